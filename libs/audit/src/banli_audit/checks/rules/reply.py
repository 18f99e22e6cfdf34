"""The reply or co-opinion: drafted, reviewed, approved and sent, always one and the same text."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import must_be_its_unit
from banli_audit.facts import Register
from banli_audit.findings import Code
from banli_events.supervision import (
    CoOpinionDelivered,
    Reply,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
)
from banli_events.words import OuterRole, Product


def drafted(known: Known, said: ReplyDrafted) -> Breaches:
    """After acceptance, contact and research each ask is answered, for all who must have it."""
    yield from must_be_its_unit(known)
    handling, sent = known.assignment.handling, known.supervision.sent
    if handling is not None and handling.lead.unit not in known.assignment.accepted:
        yield Code.NOT_ACCEPTED
    if sent is not None and sent.round >= said.round:
        yield Code.DRAFTED_AFTER_ISSUE
    if not known.supervision.contacted:
        yield Code.NO_CONTACT
    if not known.supervision.researched:
        yield Code.NO_RESEARCH
    known_shape = known.event.schema <= ReplyDrafted.schema_version
    if known_shape and said.reply.digest() != said.reply_hash:
        yield Code.WRONG_HASH
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    else:
        yield from _fits(known.intake.register, said.reply)


def _fits(register: Register, reply: Reply) -> Breaches:
    if sorted(answer.ask for answer in reply.answers) != sorted(register.asks):
        yield Code.ASKS_UNANSWERED
    leads = register.role == OuterRole.LEAD
    if reply.product != (Product.REPLY if leads else Product.CO_OPINION):
        yield Code.WRONG_PRODUCT
    if sorted(reply.addressees) != (sorted(register.signers) if leads else []):
        yield Code.WRONG_ADDRESSEES


def judged(known: Known, said: ReplyReviewed | ReplyReturned) -> Breaches:
    """A reviewer who is not its author passes or returns the draft in hand."""
    yield from _must_be_the_draft(known, said.reply_hash)
    draft = known.supervision.draft
    if draft is not None and draft.verdict == "returned":
        yield Code.NOT_THE_DRAFT


def approved(known: Known, said: ReplyApproved) -> Breaches:
    """The post that the case's pack names releases the draft that was passed."""
    yield from _must_be_the_draft(known, said.reply_hash)
    draft, actor = known.supervision.draft, known.event.context.actor
    if draft is None or draft.verdict != "passed":
        yield Code.NOT_PASSED
    role = known.published.role(actor.post, known.upto) if actor else None
    pack = next(
        (known.published.pack(clock.rules, known.upto) for clock in known.supervision.clocks), None
    )
    if role != said.role or (pack is not None and pack.approver != said.role):
        yield Code.WRONG_APPROVER


def issued(known: Known, said: ReplyIssued) -> Breaches:
    """The approved reply goes once a round to every signer."""
    yield from _must_be_approved(known, said.reply_hash, Product.REPLY, said.round)
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif sorted(said.to) != sorted(register.signers):
        yield Code.WRONG_ADDRESSEES


def delivered(known: Known, said: CoOpinionDelivered) -> Breaches:
    """The approved co-opinion goes once to the body that leads."""
    yield from _must_be_approved(known, said.reply_hash, Product.CO_OPINION, 1)
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif said.to != register.outer_lead:
        yield Code.WRONG_ADDRESSEES


def _must_be_the_draft(known: Known, named: str) -> Breaches:
    draft = known.supervision.draft
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    if draft is None or draft.hash != named:
        yield Code.NOT_THE_DRAFT
    elif draft.author == known.speaker:
        yield Code.OWN_DRAFT


def _must_be_approved(known: Known, named: str, product: Product, number: int) -> Breaches:
    draft, sent = known.supervision.draft, known.supervision.sent
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    if known.supervision.approved != named:
        yield Code.NOT_APPROVED
    if draft is not None and draft.product != product:
        yield Code.WRONG_PRODUCT
    if sent is not None and sent.round >= number:
        yield Code.ISSUED_TWICE
