"""What intake decides about a case."""

from collections.abc import Sequence

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly, UnfitSubject
from banli_events.base import Event
from banli_events.intake import (
    CorrectItem,
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRegistered,
    RecordFeedback,
    RegisterItem,
    RequestFeedback,
)
from banli_events.words import OuterRole, Signer
from banli_intake import correction
from banli_intake.refusals import (
    AlreadyRated,
    AlreadyRegistered,
    AskTwice,
    NoSuchSession,
    NotCorrectable,
    NothingToRate,
    NotRegistered,
    NotSigner,
    OuterLeadMissing,
    SignerTwice,
    TwoLeadSigners,
    UnfitCorrection,
    UnknownOuterRole,
)
from banli_intake.state import State


def decide(state: State, asked: Asked) -> Sequence[Event]:
    """Answer a command about a case with what becomes true."""
    match asked.command:
        case RegisterItem() as command:
            return register(state, command)
        case CorrectItem() as command:
            return correct(state, command)
        case RequestFeedback() as command:
            return request_feedback(state, command)
        case RecordFeedback() as command:
            return record_feedback(state, command)
        case _:
            raise UnfitSubject("subject")


def register(state: State, command: RegisterItem) -> list[Event]:
    """An item is registered once under its number, with its signers and asks (R007, R056).

    The subject is derived from the number, so the second registration meets the first here.
    """
    if state.item is not None:
        raise AlreadyRegistered("data.numbering")
    if not all(1 <= n <= 9999 for n in (command.numbering.term, command.numbering.session)):
        raise NoSuchSession("data.numbering")
    if len({ask.id for ask in command.asks}) < len(command.asks):
        raise AskTwice("data.asks")
    if len({signer.person for signer in command.signers}) < len(command.signers):
        raise SignerTwice("data.signers")
    if command.outer.role not in set(OuterRole):
        raise UnknownOuterRole("data.outer.role")
    if command.outer.role == OuterRole.CO and command.outer.lead is None:
        raise OuterLeadMissing("data.outer.lead")
    return [
        ItemRegistered(
            kind=command.kind,
            numbering=command.numbering,
            title=command.title,
            content=command.content,
            asks=command.asks,
            signers=_with_one_lead(command.signers),
            topics=command.topics,
            outer=command.outer,
            received_on=command.received_on,
        )
    ]


def _with_one_lead(signers: tuple[Signer, ...]) -> tuple[Signer, ...]:
    """Exactly one signer leads: the one marked, or the first where none is (R056)."""
    leads = [signer for signer in signers if signer.lead]
    if len(leads) > 1:
        raise TwoLeadSigners("data.signers")
    if leads:
        return signers
    return (signers[0].model_copy(update={"lead": True}), *signers[1:])


def correct(state: State, command: CorrectItem) -> list[Event]:
    """A typing error is put right with its reason, and both values are kept (R202)."""
    if state.item is None:
        raise NotRegistered("subject")
    before = correction.read(state.item, command.field)
    if before is None:
        raise NotCorrectable("data.field")
    try:
        corrected = correction.write(state.item, command.field, command.after)
    except ValueError:
        raise UnfitCorrection("data.after") from None
    after = correction.read(corrected, command.field)
    if after is None or after == before:
        return []
    return [ItemCorrected(field=command.field, before=before, after=after, reason=command.reason)]


def request_feedback(state: State, command: RequestFeedback) -> list[Event]:
    """Every signer is asked once for each reply (R077)."""
    return [
        FeedbackRequested(signer=signer, reply_hash=command.reply_hash, round=command.round)
        for signer in command.signers
        if (command.round, signer) not in state.requested
    ]


def record_feedback(state: State, command: RecordFeedback) -> list[Event]:
    """A signer to whom the reply went rates it once (R077)."""
    if state.item is not None and state.item.outer.role == OuterRole.CO:
        raise NothingToRate("subject")
    if command.round not in state.issued:
        raise TooEarly("subject")
    if command.signer not in state.issued[command.round]:
        raise NotSigner("data.signer")
    known = state.grades.get((command.round, command.signer))
    if known == command.grade:
        return []
    if known is not None:
        raise AlreadyRated("data.grade")
    return [
        FeedbackReceived(
            signer=command.signer,
            grade=command.grade,
            round=command.round,
            received_on=command.received_on,
        )
    ]
