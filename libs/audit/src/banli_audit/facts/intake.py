"""What intake has said of a case, or of a private person."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from banli_audit.facts.steps import Steps
from banli_events import intake as i
from banli_events.envelope import Recorded


@dataclass(frozen=True, slots=True)
class Register:
    """What the register says of an item, as far as a rule rests on it."""

    kind: str
    body: str
    asks: tuple[str, ...]
    signers: tuple[str, ...]
    role: str
    outer_lead: str | None
    assigner: str
    due_on: date | None
    assigned_on: date | None
    received_on: date


@dataclass(frozen=True, slots=True)
class Intake:
    """What intake has said of a case, or of a private person."""

    begun: int = 0  # the version with which the case began anew; 0 where it never did
    register: Register | None = None
    refused: bool = False
    withdrawn_at: datetime | None = None
    in_error: bool = False  # the withdrawal was of an item entered in error
    files: frozenset[str] = frozenset()
    requested: frozenset[tuple[str, int]] = frozenset()  # signer, round
    grades: Mapping[tuple[str, int], str] = field(default_factory=dict)
    rated_at: Mapping[tuple[str, int], datetime] = field(default_factory=dict)
    entered: bool = False  # a person
    forgotten: bool = False


def _registered(was: Intake, said: i.ItemRegistered, event: Recorded) -> Intake:
    """An item that had been entered in error begins anew."""
    register = Register(
        str(said.kind),
        said.numbering.body,
        tuple(each.id for each in said.asks),
        tuple(each.person for each in said.signers),
        str(said.outer.role),
        said.outer.lead,
        said.outer.assigner,
        said.outer.due_on,
        said.outer.assigned_on,
        said.received_on,
    )
    return Intake(begun=event.version if was.register else 0, register=register)


def _corrected(was: Intake, said: i.ItemCorrected, _: Recorded) -> Intake:
    if was.register is None:
        return was
    match said.field:
        case "outer.lead":
            return replace(was, register=replace(was.register, outer_lead=said.after))
        case "outer.assigner":
            return replace(was, register=replace(was.register, assigner=said.after))
        case _:
            return was


def _refused(was: Intake, _: i.ItemRefused, __: Recorded) -> Intake:
    return replace(was, refused=True)


def _withdrawn(was: Intake, said: i.ItemWithdrawn, event: Recorded) -> Intake:
    return replace(was, withdrawn_at=event.time, in_error=said.entered_in_error)


def _attached(was: Intake, said: i.AttachmentAdded, _: Recorded) -> Intake:
    return replace(was, files=was.files | {said.file})


def _requested(was: Intake, said: i.FeedbackRequested, _: Recorded) -> Intake:
    return replace(was, requested=was.requested | {(said.signer, said.round)})


def _received(was: Intake, said: i.FeedbackReceived, event: Recorded) -> Intake:
    who = (said.signer, said.round)
    grades, rated_at = {**was.grades, who: str(said.grade)}, {who: event.time, **was.rated_at}
    return replace(was, grades=grades, rated_at=rated_at)


def _entered(was: Intake, _: i.PersonEntered, __: Recorded) -> Intake:
    return replace(was, entered=True)


def _forgotten(was: Intake, _: i.PersonForgotten, __: Recorded) -> Intake:
    return replace(was, forgotten=True)


STEPS: Steps = {
    i.ItemRegistered: _registered,
    i.ItemCorrected: _corrected,
    i.ItemRefused: _refused,
    i.ItemWithdrawn: _withdrawn,
    i.AttachmentAdded: _attached,
    i.FeedbackRequested: _requested,
    i.FeedbackReceived: _received,
    i.PersonEntered: _entered,
    i.PersonForgotten: _forgotten,
}
