"""Who may ask what of reporting: each way out names one of these rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from banli_engine.errors import NotPermitted
from banli_engine.sight import EVERYTHING, Sight
from banli_events.words import PostRole


@dataclass(frozen=True, slots=True)
class Rule:
    """Which callers a read is for; which cases are told then is the affair of their sight."""

    roles: frozenset[PostRole]
    operators: bool = False  # without what people wrote
    signers: bool = False  # of what they signed
    whole: bool = False  # what is counted over all cases, but those that accuse the caller

    def admit(self, sight: Sight) -> Sight:
        """Let a caller pass, with what is told then. Raises NotPermitted."""
        if sight.operator:
            if not self.operators:
                raise NotPermitted
        elif sight.signs is not None:
            if not self.signers:
                raise NotPermitted
        elif sight.role not in self.roles:
            raise NotPermitted
        return replace(sight, everything=True) if self.whole else sight


_ALL = frozenset(PostRole)
CASES = Rule(_ALL, operators=True)
TEXTS = Rule(_ALL)
ANSWERED = Rule(_ALL, operators=True, signers=True)
FIGURES = Rule(_ALL, operators=True, whole=True)
OVERALL = Rule(frozenset(EVERYTHING), operators=True)

_TEXTS = frozenset(
    {
        *("title", "content", "text", "corrected", "withdrawn_for", "refused_for"),
        *("measures", "verified", "answer", "said", "about", "how", "remark", "proof", "plan"),
        *("asked_for", "refused", "extended", "suspended_for", "explained", "basis", "clause"),
        *("题目", "主要内容", "具体诉求", "备注"),
        *("data", "duty_basis", "referred", "question", "opinion", "sentence"),
    }
)
"""Under which names people's own words stand in answers."""


def without_texts(said: Any) -> Any:
    """Leave out of an answer what people wrote: operators see that it is there, not what it says.

    >>> without_texts({"title": "Lights", "step": "IN_HAND", "extended": True})
    {'title': None, 'step': 'IN_HAND', 'extended': True}
    """
    match said:
        case Mapping():
            hidden = _TEXTS - {"proof"} if "holds" in said else _TEXTS  # there it is of a sum
            return {
                name: None if name in hidden and _wordy(value) else without_texts(value)
                for name, value in said.items()
            }
        case list() | tuple():
            return [without_texts(each) for each in said]
        case _:
            return said


def _wordy(value: Any) -> bool:
    """Tell whether words stand there: no number, no name that the house gave in two languages."""
    match value:
        case Mapping():
            return value.keys() != {"zh", "en"}
        case list() | tuple():
            return not all(isinstance(each, Mapping) for each in value)
        case _:
            return isinstance(value, str)
