"""The handling ledger 办理台账: one line a case, who has it, at which step, what is missing."""

from typing import Any

from banli_events.intake import FeedbackRequested
from banli_events.supervision import CallbackDone, ExtensionRefused, ExtensionRequested
from banli_reporting.ledger import Ledger, Reader
from banli_reporting.ledgers.handling.assigning import ASSIGNING
from banli_reporting.ledgers.handling.coming_in import COMING_IN
from banli_reporting.ledgers.handling.line import Line
from banli_reporting.ledgers.handling.working import WORKING
from banli_reporting.ledgers.types import LADDER, PUBLISHED, TOGETHER
from banli_reporting.steps import SENTENCES, STEPS, missing, since_of, step_of

__all__ = ["HANDLING", "Line"]


def derive(line: Line) -> None:
    """Derive what depends on several sources: the step, since when, in time or not."""
    line.step = step_of(line)
    line.since = since_of(line, line.step)
    sent = line.delivered_at
    if line.issued_round is not None and line.issued_round >= line.ordered:
        sent = line.issued_at
    if line.due is None or (sent is None and not line.missed):
        line.in_time = None
    else:
        line.in_time = sent is not None and sent <= line.due


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Add the words for the step, the unit's name, and what is missing under the case's rules."""
    lacks = missing(line, reader.rules.get(line.rules or "", {}))
    return plain | {
        "step_label": STEPS[line.step or "REGISTERED"],
        "lead_unit_name": reader.units.get(line.lead_unit or ""),
        "missing": [{**each, **SENTENCES[each["code"]]} for each in lacks],
    }


HANDLING = Ledger(
    name="handling",
    kind="case",
    title={"zh": "办理台账", "en": "handling"},
    line=Line,
    lines={**COMING_IN, **ASSIGNING, **WORKING},
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *LADDER,
            CallbackDone,
            ExtensionRefused,
            ExtensionRequested,
            FeedbackRequested,
        }
    ),
    keeps=("files", "accused", "parts"),
    derive=derive,
    tell=tell,
    indexes=("registered_at, subject",),  # not on what changes: such an index costs each update
)
