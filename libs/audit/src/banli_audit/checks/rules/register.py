"""What intake may say: registration, corrections, and the signers' ratings."""

from collections.abc import Sequence

from banli_audit.checks.known import Breaches, Known
from banli_audit.findings import Code
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    ItemCorrected,
    ItemRegistered,
)
from banli_events.subjects import numbered_case
from banli_events.words import OuterRole


def registered(known: Known, said: ItemRegistered) -> Breaches:
    """An item is registered once, under the id that its number gives, with all that names it."""
    if known.intake.register is not None:
        yield Code.REGISTERED_TWICE
    if known.event.subject != numbered_case(said.kind, said.numbering):
        yield Code.WRONG_CASE_ID
    asks = [ask.id for ask in said.asks]
    signers = [signer.person for signer in said.signers]
    named = _each_once(asks) and _each_once(signers)
    if not named or (said.outer.role == OuterRole.CO and said.outer.lead is None):
        yield Code.REGISTER_INCOMPLETE


def corrected(known: Known, said: ItemCorrected) -> Breaches:
    """What is registered may be put right, but never the number."""
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    if said.field.partition(".")[0] == "numbering":
        yield Code.NUMBER_CORRECTED


def feedback_requested(known: Known, said: FeedbackRequested) -> Breaches:
    """Each signer to whom a reply went is asked once a round."""
    sent = known.supervision.sent
    if sent is None or sent.round != said.round or said.signer not in sent.to:
        yield Code.NOT_ISSUED
    elif sent.hash != said.reply_hash:
        yield Code.NOT_APPROVED
    if (said.signer, said.round) in known.intake.requested:
        yield Code.FEEDBACK_TWICE


def feedback_received(known: Known, said: FeedbackReceived) -> Breaches:
    """Each signer to whom a reply went rates it once a round."""
    sent = known.supervision.sent
    if sent is None or sent.round != said.round:
        yield Code.NOT_ISSUED
    elif said.signer not in sent.to:
        yield Code.NOT_A_SIGNER
    if (said.signer, said.round) in (known.intake.grades or {}):
        yield Code.FEEDBACK_TWICE


def _each_once(names: Sequence[str]) -> bool:
    return 0 < len(names) == len(set(names))
