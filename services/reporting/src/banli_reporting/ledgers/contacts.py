"""The contacts 沟通台账: who of those who signed was met, how, and in which phase of the handling.

The phases come of the order of the events: before the work on the matter began, during it, and
after the reply or co-opinion went out; a new round begins another "during" (R076, R201).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from banli_events.base import Event, instant
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered
from banli_events.supervision import (
    CallbackDone,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionRequested,
    MeasureTaken,
    ProposerContacted,
    RehandlingOrdered,
    ReplyDrafted,
    ReplyIssued,
    ResearchLogged,
)
from banli_events.words import ContactMode
from banli_reporting.ledger import Ledger, Reader, ref
from banli_reporting.ledgers.types import (
    AFTER,
    ASSIGNING,
    CLOCKS,
    COMING_IN,
    GROUNDWORK,
    LADDER,
    OUTSIDE,
    PUBLISHED,
    RATING,
    REPLY,
    TASKS,
    TOGETHER,
)

LIVE = frozenset({ContactMode.VISIT, ContactMode.SYMPOSIUM, ContactMode.SITE_INSPECTION})
"""The ways of meeting somebody face to face (R034)."""

CONSULTATION, CALLBACK = "CONSULTATION", "CALLBACK"
"""A consultation (面商) is a contact face to face; a call-back after the reply is not."""

PHASES: Mapping[str, Mapping[str, str]] = {
    "before": {"zh": "办理前", "en": "before handling"},
    "during": {"zh": "办理中", "en": "during handling"},
    "after": {"zh": "答复后", "en": "after the reply"},
}


@dataclass(slots=True)
class Line:
    """The contacts with each who signed."""

    persons: int = 0  # this and the next three are derived
    contacted: int = 0
    live: int = 0
    gaps: dict[str, list[str]] = field(default_factory=dict)  # by phase: who was not met in it
    signers: list[dict[str, Any]] = field(default_factory=list)  # from intake
    contacts: list[dict[str, Any]] = field(default_factory=list)  # this and the next: supervision
    phase: str = "before"


def enter(line: Line, recorded: Recorded, item: ItemRegistered) -> None:
    """Note who signed."""
    line.signers = [{"person": each.person, "lead": each.lead} for each in item.signers]


def contact(line: Line, recorded: Recorded, met: ProposerContacted) -> None:
    """Note a contact with one who signed (R003)."""
    _note(line, recorded, met.signer, str(met.mode), met.contacted_on.isoformat())


def consult(line: Line, recorded: Recorded, held: ConsultationHeld) -> None:
    """Note a consultation with each who was there (R011)."""
    for person in held.people:
        _note(line, recorded, person, CONSULTATION, held.held_on.isoformat())


def call_back(line: Line, recorded: Recorded, called: CallbackDone) -> None:
    """Note a call-back (R076)."""
    _note(line, recorded, called.signer, CALLBACK, called.called_on.isoformat())


def work(line: Line, recorded: Recorded, said: object) -> None:
    """Note that the work on the matter has begun."""
    if line.phase == "before":
        line.phase = "during"


def send(line: Line, recorded: Recorded, said: object) -> None:
    """Note that the reply or co-opinion went out."""
    line.phase = "after"


def begin_again(line: Line, recorded: Recorded, said: RehandlingOrdered) -> None:
    """Note that the matter is worked on once more."""
    line.phase = "during"


def _note(line: Line, recorded: Recorded, person: str, mode: str, on: str) -> None:
    live = mode == CONSULTATION or mode in LIVE
    said = {"person": person, "mode": mode, "live": live, "on": on, "phase": line.phase}
    line.contacts.append(said | {"at": instant(recorded.time), "event": ref(recorded)})


def derive(line: Line) -> None:
    """Count persons, not contacts; whom nobody met, and in which phase, is named (R081, R201)."""
    people = [each["person"] for each in line.signers]
    met = {each["person"] for each in line.contacts}
    live = {each["person"] for each in line.contacts if each["live"]}
    line.persons = len(people)
    line.contacted, line.live = len(met.intersection(people)), len(live.intersection(people))
    line.gaps = {}
    for phase in PHASES:
        there = {each["person"] for each in line.contacts if each["phase"] == phase}
        line.gaps[phase] = [person for person in people if person not in there]


def tell(line: Line, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Show for each person the contacts by phase, and the coverage of the case."""
    people = [
        each
        | {
            phase: [
                c for c in line.contacts if (c["person"], c["phase"]) == (each["person"], phase)
            ]
            for phase in PHASES
        }
        for each in line.signers
    ]
    coverage = f"{line.contacted}/{line.persons}"
    return plain | {"people": people, "coverage": coverage, "phases": PHASES}


_WORK: tuple[type[Event], ...] = (ResearchLogged, MeasureTaken, CoOpinionRequested, ReplyDrafted)
_SENT: tuple[type[Event], ...] = (ReplyIssued, CoOpinionDelivered)

CONTACTS = Ledger(
    name="contacts",
    kind="case",
    title={"zh": "沟通台账", "en": "contacts"},
    line=Line,
    lines={
        ItemRegistered: enter,
        ProposerContacted: contact,
        ConsultationHeld: consult,
        CallbackDone: call_back,
        **dict.fromkeys(_WORK, work),
        **dict.fromkeys(_SENT, send),
        RehandlingOrdered: begin_again,
    },
    ignores=frozenset(
        {
            *PUBLISHED,
            *TOGETHER,
            *(COMING_IN - {ItemRegistered}),
            *RATING,
            *ASSIGNING,
            *OUTSIDE,
            *TASKS,
            *CLOCKS,
            *(GROUNDWORK - {ProposerContacted, ConsultationHeld, *_WORK}),
            *(REPLY - {*_WORK, *_SENT}),
            *(AFTER - {CallbackDone, RehandlingOrdered}),
            *LADDER,
        }
    ),
    derive=derive,
    tell=tell,
)
