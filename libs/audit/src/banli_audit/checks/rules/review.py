"""Review and approval: level by level, by somebody else each time, of the draft in hand."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.order import must_be_its_turn
from banli_audit.checks.rules.reply import must_be_valid
from banli_audit.codes import Code
from banli_events.deadlines import Step
from banli_events.supervision import ReplyApproved, ReplyReturned, ReplyReviewed, RuleSet
from banli_events.words import PostRole


def passed(known: Known, said: ReplyReviewed) -> Breaches:
    """The level whose turn it is passes the draft in hand; nobody takes two (R012, R061, R066)."""
    yield from _must_be_the_draft(known, said.reply_hash)
    yield from _must_be_of_the_chain(known)
    draft, rules = known.supervision.draft, known.rules
    if draft is None:
        return
    if draft.verdict == "returned":
        yield Code.NOT_THE_DRAFT
    if rules is None or not rules.thorough:
        return
    if known.speaker in {person for person, _ in draft.passed}:
        yield Code.TWO_LEVELS
    levels = rules.chain[len(draft.passed) : -1]
    if not levels or (known.role, said.role) != (levels[0], levels[0]):
        yield Code.WRONG_LEVEL


def sent_back(known: Known, said: ReplyReturned) -> Breaches:
    """A post of the chain that did not write it sends the draft in hand back (R067, R068)."""
    yield from _must_be_the_draft(known, said.reply_hash)
    yield from _must_be_of_the_chain(known)
    draft = known.supervision.draft
    if draft is not None and draft.verdict == "returned":
        yield Code.NOT_THE_DRAFT


def approved(known: Known, said: ReplyApproved) -> Breaches:
    """The last of the chain releases a draft that every level before passed (R012, R066)."""
    yield from _must_be_the_draft(known, said.reply_hash)
    draft, rules = known.supervision.draft, known.rules
    if draft is None or draft.verdict != "passed":
        yield Code.NOT_PASSED
    if known.role != said.role or (rules is not None and rules.chain[-1] != said.role):
        yield Code.WRONG_APPROVER
    if rules is None:
        return
    if known.leads:
        yield from _must_be_met(known, rules)
    yield from must_be_its_turn(known, Step.APPROVE)
    if draft is not None and rules.thorough:
        yield from _must_have_passed(known, rules)


def _must_have_passed(known: Known, rules: RuleSet) -> Breaches:
    draft, handling = known.supervision.draft, known.assignment.handling
    if draft is None:
        return
    if draft.verdict == "passed" and len(draft.passed) < len(rules.chain) - 1:
        yield Code.CHAIN_INCOMPLETE
    if known.speaker in {person for person, _ in draft.passed}:
        yield Code.TWO_LEVELS
    if handling is not None and draft.opinions != set(handling.units[1:]):
        yield Code.OPINIONS_INCOMPLETE


def _must_be_met(known: Known, rules: RuleSet) -> Breaches:
    """As the rules ask, all who signed were contacted (R003) and consulted (R011)."""
    register, ground = known.intake.register, known.supervision.ground
    if rules.contact_each and register and not set(register.signers) <= ground.contacts.keys():
        yield Code.NOT_ALL_CONTACTED
    if rules.consult and not ground.consulted:
        yield Code.NOT_CONSULTED


def _must_be_of_the_chain(known: Known) -> Breaches:
    """A head reviews for the lead unit alone (R060, R061)."""
    handling = known.assignment.handling
    if handling and known.role == PostRole.UNIT_HEAD and known.unit != handling.lead.unit:
        yield Code.NOT_ITS_UNIT


def _must_be_the_draft(known: Known, named: str) -> Breaches:
    draft = known.supervision.draft
    if draft is None or draft.hash != named:
        yield Code.NOT_THE_DRAFT
    elif draft.author == known.speaker:
        yield Code.OWN_DRAFT
    yield from must_be_valid(known)
