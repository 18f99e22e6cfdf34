"""The rule sets 规则: what each version asks of a case before it is closed (R021)."""

from dataclasses import dataclass, field
from typing import Any

from banli_events.envelope import Recorded
from banli_events.supervision import PackPublished, RuleSetPublished
from banli_events.words import PostRole
from banli_reporting.ledger import Ledger
from banli_reporting.ledgers.types import OF_CASES, PUBLISHED, TOGETHER

_ASKED = ("thorough", "contact_each", "consult", "verify", "report", "publish")


@dataclass(slots=True)
class Line:
    """A pack with its versions."""

    pack: str | None = None
    name: str | None = None
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)


def publish_pack(line: Line, recorded: Recorded, said: PackPublished) -> None:
    """Note a version of the first form, which asks for a chain and nothing else of this."""
    chain = [PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE, str(said.approver)]
    _note(line, recorded, said.name, said.version, {"chain": [*map(str, chain)]})


def publish(line: Line, recorded: Recorded, said: RuleSetPublished) -> None:
    """Note what a version asks for."""
    asked: dict[str, Any] = {name: getattr(said.rules, name) for name in _ASKED}
    asked["chain"] = [str(role) for role in said.rules.chain]
    asked["reviews"] = len(said.rules.chain) - 1
    asked["rungs"] = sorted({str(each.rung) for each in said.rules.ladder})
    _note(line, recorded, said.rules.name, said.version, asked)


def _note(line: Line, recorded: Recorded, name: str, version: int, asked: dict[str, Any]) -> None:
    line.pack, line.name = recorded.subject.partition("/")[2], name
    line.versions[str(version)] = asked


PACKS = Ledger(
    name="packs",
    kind="pack",
    title={"zh": "规则", "en": "rule sets"},
    line=Line,
    lines={PackPublished: publish_pack, RuleSetPublished: publish},
    ignores=frozenset({*(PUBLISHED - {PackPublished, RuleSetPublished}), *TOGETHER, *OF_CASES}),
)
