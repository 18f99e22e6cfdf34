"""What intake may say: registration, corrections, withdrawal, files, and the signers' ratings."""

from collections.abc import Sequence

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.intake import (
    AttachmentAdded,
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRefused,
    ItemRegistered,
    ItemWithdrawn,
)
from banli_events.subjects import numbered_case
from banli_events.words import OuterRole, PostRole


def registered(known: Known, said: ItemRegistered) -> Breaches:
    """An item is registered once, under the id that its number gives, with all that names it.

    What was withdrawn as entered in error is registered anew (R007, R056).
    """
    yield from _must_be_free(known, said)
    asks = [ask.id for ask in said.asks]
    signers = [signer.person for signer in said.signers]
    named = _each_once(asks) and _each_once(signers)
    if not named or (said.outer.role == OuterRole.CO and said.outer.lead is None):
        yield Code.REGISTER_INCOMPLETE


def refused(known: Known, said: ItemRefused) -> Breaches:
    """What is not entered was not entered before, and stands under its number."""
    yield from _must_be_free(known, said)


def _must_be_free(known: Known, said: ItemRegistered | ItemRefused) -> Breaches:
    if known.intake.register is not None and not known.intake.in_error:
        yield Code.REGISTERED_TWICE
    if known.intake.refused:
        yield Code.REFUSED_BEFORE
    if known.event.subject != numbered_case(said.kind, said.numbering):
        yield Code.WRONG_CASE_ID


def corrected(known: Known, said: ItemCorrected) -> Breaches:
    """What is registered may be put right, but never the number (R202)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    if said.field.partition(".")[0] == "numbering":
        yield Code.NUMBER_CORRECTED


def withdrawn(known: Known, said: ItemWithdrawn) -> Breaches:
    """What is registered is taken back once, until its reply has gone out (R202)."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    if known.intake.withdrawn_at is not None:
        yield Code.WITHDRAWN_TWICE
    if known.supervision.sents:
        yield Code.AFTER_REPLY


def attached(known: Known, said: AttachmentAdded) -> Breaches:
    """A file is added once, with bytes and a media type; its hash is well formed or unreadable."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    handling = known.assignment.handling
    units = handling.units if handling else ()
    if known.role in (PostRole.HANDLER, PostRole.UNIT_HEAD) and (
        known.published.with_those_above(known.unit).isdisjoint(units)
    ):
        yield Code.NOT_ITS_UNIT
    kind, slash, name = said.media_type.partition("/")
    if said.size < 1 or not (kind and slash and name) or said.file in known.intake.files:
        yield Code.ATTACHMENT_UNFIT


def feedback_requested(known: Known, said: FeedbackRequested) -> Breaches:
    """Each signer to whom a reply went is asked once a round (R077)."""
    sent = known.supervision.sents.get(said.round)
    if sent is None or said.signer not in sent.to:
        yield Code.NOT_ISSUED
    elif sent.hash != said.reply_hash:
        yield Code.NOT_APPROVED
    if (said.signer, said.round) in known.intake.requested:
        yield Code.FEEDBACK_TWICE
    if known.intake.withdrawn_at is not None:
        yield Code.AFTER_END


def feedback_received(known: Known, said: FeedbackReceived) -> Breaches:
    """Each signer to whom a reply went rates it once a round; no handler records it (R077)."""
    sent = known.supervision.sents.get(said.round)
    if sent is None:
        yield Code.NOT_ISSUED
    elif said.signer not in sent.to:
        yield Code.NOT_A_SIGNER
    if (said.signer, said.round) in known.intake.grades:
        yield Code.FEEDBACK_TWICE
    if known.intake.withdrawn_at is not None:
        yield Code.AFTER_END
    was = known.assignment
    handled = (*was.before, was.handling) if was.handling else was.before
    if any(known.speaker in each.handlers for each in handled):
        yield Code.HANDLER_RATED


def _each_once(names: Sequence[str]) -> bool:
    return 0 < len(names) == len(set(names))
