"""The reply or co-opinion, as it is written and as it goes out: always one and the same text."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import must_be_its_unit
from banli_audit.checks.rules.order import must_be_its_turn
from banli_audit.codes import Code
from banli_audit.facts.intake import Register
from banli_events.deadlines import ClockKind, Step
from banli_events.supervision import (
    CoOpinionDelivered,
    PublicationDecided,
    Reply,
    ReplyDrafted,
    ReplyIssued,
)
from banli_events.words import Extent, Outcome, OutcomeClass, OuterRole, Product


def drafted(known: Known, said: ReplyDrafted) -> Breaches:
    """After acceptance and groundwork the handler answers each ask, for all who must have it."""
    yield from must_be_its_unit(known)
    handling, rules = known.assignment.handling, known.rules
    if handling is not None:
        if handling.lead.unit not in known.assignment.accepted:
            yield Code.NOT_ACCEPTED
        if known.unit in handling.units and known.speaker != handling.lead.handler:
            yield Code.NOT_THE_HANDLER
        if rules and rules.thorough and handling.lead.unit not in known.assignment.planned:
            yield Code.NO_PLAN
    if said.round in known.supervision.sents:
        yield Code.DRAFTED_AFTER_ISSUE
    elif said.round != known.supervision.rounds.last:
        yield Code.WRONG_ROUND
    yield from _groundwork(known)
    known_shape = known.event.schema <= ReplyDrafted.schema_version
    if known_shape and said.reply.digest() != said.reply_hash:
        yield Code.WRONG_HASH
    yield from _tells_each_opinion(known, said.reply)
    if rules and rules.thorough and not _is_shown(said.reply.outcome):
        yield Code.OUTCOME_UNPROVEN
    if known.intake.register is None:
        yield Code.NOT_REGISTERED
    else:
        yield from _fits(known.intake.register, said.reply)


def _groundwork(known: Known) -> Breaches:
    """What comes before the draft; the first clock is known late, so without rules the least."""
    if known.rules is not None:
        yield from must_be_its_turn(known, Step.DRAFT)
        return
    if not known.supervision.ground.contacts:
        yield Code.NO_CONTACT
    if not known.supervision.ground.researched:
        yield Code.NO_RESEARCH


def _fits(register: Register, reply: Reply) -> Breaches:
    if sorted(answer.ask for answer in reply.answers) != sorted(register.asks):
        yield Code.ASKS_UNANSWERED
    leads = register.role == OuterRole.LEAD
    if reply.product != (Product.REPLY if leads else Product.CO_OPINION):
        yield Code.WRONG_PRODUCT
    if sorted(reply.addressees) != (sorted(register.signers) if leads else []):
        yield Code.WRONG_ADDRESSEES


def _tells_each_opinion(known: Known, reply: Reply) -> Breaches:
    """Of each co-unit it tells what became of its opinion, or that none came (R036, R037)."""
    handling, said = known.assignment.handling, known.supervision
    co = set(handling.units[1:]) if handling else set()
    given = co & said.ground.opinions.keys()
    told = [each.unit for each in reply.opinions]
    late = {unit for unit in co - given if _time_is_over(known, unit)}
    awaited = co - given - late if known.rules and known.rules.thorough else set()
    if sorted(told) != sorted(given) or set(reply.without) != late or awaited:
        yield Code.OPINIONS_INCOMPLETE


def _time_is_over(known: Known, unit: str) -> bool:
    clock = known.clock(f"{ClockKind.UNIT_OPINION}:{unit}")
    return clock is not None and clock.suspended_at is None and clock.due <= known.event.time


def _is_shown(outcome: Outcome) -> bool:
    """A: done on a day, with evidence; B: a plan and its day; C, D: why not (R043, R085)."""
    match outcome.result:
        case OutcomeClass.A:
            return outcome.completed_on is not None and bool(outcome.evidence)
        case OutcomeClass.B:
            return outcome.plan is not None and outcome.planned_for is not None
        case OutcomeClass.C | OutcomeClass.D:
            return outcome.reason is not None
        case _:
            return True  # of a scheme that this build does not know


def issued(known: Known, said: ReplyIssued) -> Breaches:
    """The approved reply goes once a round to every signer, sealed, with the form (R027)."""
    yield from _must_be_approved(known, said.reply_hash, Product.REPLY, said.round)
    rules = known.rules
    if rules and rules.thorough and not (said.sealed and said.opinion_form):
        yield Code.ISSUED_BARE
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif sorted(said.to) != sorted(register.signers):
        yield Code.WRONG_ADDRESSEES


def delivered(known: Known, said: CoOpinionDelivered) -> Breaches:
    """The approved co-opinion goes once to the body that leads (R038)."""
    round_ = known.supervision.rounds.last
    yield from _must_be_approved(known, said.reply_hash, Product.CO_OPINION, round_)
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif said.to != register.outer_lead:
        yield Code.WRONG_ADDRESSEES


def _must_be_approved(known: Known, named: str, product: Product, number: int) -> Breaches:
    draft = known.supervision.draft
    if known.supervision.approved != named:
        yield Code.NOT_APPROVED
    if draft is not None and draft.product != product:
        yield Code.WRONG_PRODUCT
    if number in known.supervision.sents:
        yield Code.ISSUED_TWICE
    elif draft is not None and draft.round != number:
        yield Code.WRONG_ROUND
    yield from must_be_valid(known)


def must_be_valid(known: Known) -> Breaches:
    """A draft counts only while its author handles the case (R009)."""
    draft, handling = known.supervision.draft, known.assignment.handling
    if draft is not None and handling is not None and draft.author != handling.lead.handler:
        yield Code.DRAFT_VOID


def published(known: Known, said: PublicationDecided) -> Breaches:
    """Once the reply is out: in full, as a summary that is there, or not, with the reason."""
    if said.round not in known.supervision.sents:
        yield Code.NOT_ISSUED
    bare = {Extent.SUMMARY: said.summary is None, Extent.NONE: said.reason is None}
    if any(said.extent == extent and lacks for extent, lacks in bare.items()):
        yield Code.PUBLICATION_UNFIT
