"""The register: entering an item or refusing to, taking it back, putting errors right."""

from banli_engine.decider import Asked
from banli_events.base import Event
from banli_events.intake import (
    CorrectItem,
    ItemCorrected,
    ItemRefused,
    ItemRegistered,
    ItemWithdrawn,
    RefuseItem,
    RegisterItem,
    WithdrawItem,
)
from banli_events.words import Numbering, OuterRole, Signer
from banli_intake import correction
from banli_intake.persons import must_be_entered
from banli_intake.refusals import (
    AlreadyRefused,
    AlreadyRegistered,
    AlreadyReplied,
    AlreadyWithdrawn,
    AskTwice,
    NoSuchSession,
    NotCorrectable,
    NotRegistered,
    OuterLeadMissing,
    SignerTwice,
    TwoLeadSigners,
    UnfitCorrection,
    UnknownOuterRole,
)
from banli_intake.state import State


def register(state: State, asked: Asked, command: RegisterItem) -> list[Event]:
    """An item is registered once under its number, with its signers and asks (R007, R055, R056).

    The subject is derived from the number, so the second registration meets the first here; it is
    admitted where the first had been entered in error, and was taken back as such.
    """
    _must_be_free(state)
    if state.refused is not None:
        raise AlreadyRefused("data.numbering")
    _must_name_a_session(command.numbering)
    if len({ask.id for ask in command.asks}) < len(command.asks):
        raise AskTwice("data.asks")
    if len({signer.person for signer in command.signers}) < len(command.signers):
        raise SignerTwice("data.signers")
    must_be_entered(asked, command.persons)
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
            territory=command.territory,
            persons=tuple(dict.fromkeys(command.persons)),
            accused=tuple(dict.fromkeys(command.accused)),
        )
    ]


def _must_be_free(state: State) -> None:
    """A number names one item for ever, unless that one was entered in error (R007)."""
    in_error = state.withdrawn is not None and state.withdrawn.entered_in_error
    if state.item is not None and not in_error:
        raise AlreadyRegistered("data.numbering")


def _must_name_a_session(numbering: Numbering) -> None:
    if not all(1 <= n <= 9999 for n in (numbering.term, numbering.session)):
        raise NoSuchSession("data.numbering")


def _with_one_lead(signers: tuple[Signer, ...]) -> tuple[Signer, ...]:
    """Exactly one signer leads: the one marked, or the first where none is (R056)."""
    leads = [signer for signer in signers if signer.lead]
    if len(leads) > 1:
        raise TwoLeadSigners("data.signers")
    if leads:
        return signers
    return (signers[0].model_copy(update={"lead": True}), *signers[1:])


def refuse(state: State, asked: Asked, command: RefuseItem) -> list[Event]:
    """What is no congress or CPPCC business is not entered, and its number is then taken (R007)."""
    refused = ItemRefused(**command.model_dump())
    if state.refused == refused:
        return []
    if state.refused is not None:
        raise AlreadyRefused("data.numbering")
    _must_be_free(state)
    _must_name_a_session(command.numbering)
    return [refused]


def withdraw(state: State, asked: Asked, command: WithdrawItem) -> list[Event]:
    """An item is taken back until its reply has gone out, as far as that is known.

    So is one that was entered in error, for a number is never put right (R007, R202).
    """
    if state.item is None:
        raise NotRegistered("subject")
    withdrawn = ItemWithdrawn(**command.model_dump())
    if state.withdrawn == withdrawn:
        return []
    if state.withdrawn is not None:
        raise AlreadyWithdrawn("subject")
    if state.issued:
        raise AlreadyReplied("subject")
    return [withdrawn]


def correct(state: State, asked: Asked, command: CorrectItem) -> list[Event]:
    """A typing error is put right at any time, with its reason; both values are kept (R202)."""
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
