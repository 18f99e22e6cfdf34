"""The six gates and the five records: what a case still lacks, told by name.

The decisions refuse by the same checks, so that a gate and a refusal cannot differ.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from banli_engine.errors import Rejection, TooEarly
from banli_events.deadlines import Rung, Step
from banli_events.supervision import CoOpinionDelivered, ReplyIssued, RuleSet
from banli_events.words import Product
from banli_supervision import refusals
from banli_supervision.state import Draft, State


class Missing(StrEnum):
    """What a case lacks."""

    ASSIGNMENT = "ASSIGNMENT"  # lead and co-units, on the ground of a duty
    DEADLINE = "DEADLINE"
    ACCEPTANCE = "ACCEPTANCE"
    PLAN = "PLAN"
    CONTACT = "CONTACT"
    RESEARCH = "RESEARCH"
    COORDINATION = "COORDINATION"
    RECTIFICATION = "RECTIFICATION"
    RECONTACT = "RECONTACT"
    CONSULTATION = "CONSULTATION"
    EACH_CONTACT = "EACH_CONTACT"
    REMINDER = "REMINDER"
    URGE = "URGE"
    DRAFT = "DRAFT"
    VALIDITY = "VALIDITY"  # the author of the draft handles the case
    OPINIONS = "OPINIONS"  # the draft tells those of the co-units
    REDRAFT = "REDRAFT"
    REVIEWS = "REVIEWS"
    APPROVAL = "APPROVAL"
    ISSUE = "ISSUE"
    SIGNERS = "SIGNERS"
    SEAL = "SEAL"
    OPINION_FORM = "OPINION_FORM"
    VERIFICATION = "VERIFICATION"
    PUBLICATION = "PUBLICATION"
    TASKS = "TASKS"
    REPORT = "REPORT"
    RECORD = "RECORD"
    RULES = "RULES"
    MEASURES = "MEASURES"
    RESULT = "RESULT"
    SUMMARY = "SUMMARY"


REFUSALS: Mapping[Missing, type[Rejection]] = {
    Missing.ASSIGNMENT: TooEarly,  # these four: facts that may still be on their way
    Missing.DEADLINE: TooEarly,
    Missing.ACCEPTANCE: TooEarly,
    Missing.PLAN: TooEarly,
    Missing.CONTACT: refusals.NotContacted,
    Missing.RESEARCH: refusals.NotResearched,
    Missing.COORDINATION: refusals.NotCoordinated,
    Missing.RECTIFICATION: refusals.NotRectified,
    Missing.RECONTACT: refusals.NotContactedAgain,
    Missing.CONSULTATION: refusals.NotConsulted,
    Missing.EACH_CONTACT: refusals.SignerNotContacted,
    Missing.DRAFT: refusals.NoDraft,
    Missing.VALIDITY: refusals.DraftVoid,
    Missing.OPINIONS: refusals.OpinionsChanged,
    Missing.REDRAFT: refusals.DraftReturned,
    Missing.REVIEWS: refusals.NotPassed,
    Missing.APPROVAL: refusals.NotApproved,
    Missing.SIGNERS: refusals.NotToEverySigner,
    Missing.SEAL: refusals.NotSealed,
    Missing.OPINION_FORM: refusals.OpinionFormMissing,
}
"""How a decision says for what it refuses; for the others none does, the case only waits."""

_STEPS: Mapping[str, Missing] = {
    Step.CONTACT: Missing.CONTACT,
    Step.RESEARCH: Missing.RESEARCH,
    Step.COORDINATE: Missing.COORDINATION,
    Step.RECTIFY: Missing.RECTIFICATION,
    Step.RECONTACT: Missing.RECONTACT,
    Step.CONSULT: Missing.CONSULTATION,
    Step.DRAFT: Missing.DRAFT,
    Step.APPROVE: Missing.APPROVAL,
}


def must_pass(missing: Sequence[Missing], field: str = "subject") -> None:
    """Refuse for the first of what is missing."""
    if missing:
        raise REFUSALS[missing[0]](field)


def _lacks(**asked: bool) -> list[Missing]:
    """List what is not there, in the order of the list."""
    return [Missing[name] for name, there in asked.items() if not there]


def order(state: State, rules: RuleSet, step: Step, unit: str) -> list[Missing]:
    """What must come before a step, by the rules and the unit (R030, R031, R032, R080)."""
    before = (
        after
        for rule in rules.steps
        if rule.step == step and (not rule.units or unit in rule.units)
        for after in rule.after
    )
    return [_STEPS[each] for each in before if each in _STEPS and not _done(state, each)]


def _done(state: State, step: str) -> bool:
    match step:
        case Step.CONTACT:
            return bool(state.contacts)
        case Step.RESEARCH:
            return bool(state.research)
        case Step.COORDINATE:
            return co_units(state) <= state.asked.keys()
        case Step.RECTIFY:
            return bool(state.measures_taken)
        case Step.RECONTACT:
            return state.recontacted
        case Step.CONSULT:
            return bool(state.consulted)
        case Step.DRAFT:
            return state.draft is not None
        case _:
            return state.draft is not None and state.draft.approved


def co_units(state: State) -> frozenset[str]:
    """Name the units that work with the one that leads (R039)."""
    assigned = state.assigned
    return frozenset() if assigned is None else frozenset(each.unit for each in assigned.co)


def assignment(state: State, rules: RuleSet) -> list[Missing]:
    """Gate 1: handed over on the ground of a duty, with a deadline, and taken on (R023)."""
    assigned = state.assigned
    return _lacks(
        ASSIGNMENT=assigned is not None and bool(assigned.duty_basis),
        DEADLINE=state.rules is not None,
        ACCEPTANCE=assigned is not None and assigned.lead.unit in state.heard.accepted,
    )


def handling(state: State, rules: RuleSet) -> list[Missing]:
    """Gate 2: the unit took the item on, said how it will handle it, and made contact (R024)."""
    lead = None if state.assigned is None else state.assigned.lead.unit
    return _lacks(
        ACCEPTANCE=lead in state.heard.accepted,
        PLAN=not rules.thorough or lead in state.heard.planned,
        CONTACT=not rules.thorough or bool(state.contacts),
    )


def urging(state: State, rules: RuleSet) -> list[Missing]:
    """Gate 3: what is late was reminded of before, and urged after, by the ladder (R010, R025)."""
    missed = [clock for clock in state.clocks.values() if clock.missed and clock.owed]
    notices = state.notices.values()
    urged = {call.clock for call in state.urged} | {notice.issued.clock for notice in notices}
    asked = {Rung.PHONE, Rung.NOTICE} & {rung.rung for rung in rules.ladder}
    return _lacks(
        REMINDER=all(clock.reminded or clock.remind_at is None for clock in missed),
        URGE=not asked or urged.issuperset(clock.name for clock in missed),
    )


def review(state: State, rules: RuleSet) -> list[Missing]:
    """Gate 4: reviewed at each level, and what comes before the approval done (R026).

    Everyone who signed was contacted (R003), and they were consulted (R011); a co-opinion goes to
    the outer lead, whose affair these are.
    """
    draft, item = state.draft, state.item
    if draft is None:
        return [Missing.DRAFT]
    reply = draft.product == Product.REPLY
    met = {contact.signer for contact in state.contacts}
    unit = "" if state.assigned is None else state.assigned.lead.unit
    missing = _lacks(
        VALIDITY=not validity(state),
        REDRAFT=draft.returned is None,
        REVIEWS=not levels_left(draft, rules),
        OPINIONS=not rules.thorough or _fits(state, draft),
        EACH_CONTACT=not (reply and rules.contact_each)
        or (item is not None and met.issuperset(item.signers)),
        CONSULTATION=not (reply and rules.consult) or bool(state.consulted),
    )
    return missing + order(state, rules, Step.APPROVE, unit)


def _fits(state: State, draft: Draft) -> bool:
    """Tell whether a draft tells of these co-units, and of none that spoke that it did not."""
    told_of = draft.told | draft.without
    return told_of == co_units(state) and draft.without.isdisjoint(state.opinions)


def validity(state: State) -> list[Missing]:
    """A draft counts only while its author handles the case; a new handler writes anew (R009)."""
    draft, assigned = state.draft, state.assigned
    own = draft is not None and assigned is not None and draft.author == assigned.lead.handler
    return _lacks(VALIDITY=own)


def levels_left(draft: Draft, rules: RuleSet) -> tuple[str, ...]:
    """Name the levels that have yet to review, before the last, which approves (R012, R066)."""
    levels = tuple(str(level) for level in rules.chain[:-1])
    if rules.thorough:
        return levels[len(draft.passed) :]
    return () if draft.passed else levels


def approved(state: State) -> list[Missing]:
    """What goes out is approved, and by an author who handles the case."""
    draft = state.draft
    if draft is None:
        return [Missing.DRAFT]
    return validity(state) + _lacks(APPROVAL=draft.approved)


def reply(state: State, rules: RuleSet, issued: ReplyIssued | None = None) -> list[Missing]:
    """Gate 5: signed, sealed, sent to every signer, with the form to rate it (R027)."""
    sent = state.sent.get(state.ordered)
    if issued is not None:
        return approved(state) + _served(state, rules, issued)
    if sent is None:
        return [Missing.ISSUE]
    return [] if isinstance(sent.what, CoOpinionDelivered) else _served(state, rules, sent.what)


def _served(state: State, rules: RuleSet, issued: ReplyIssued) -> list[Missing]:
    item = state.item
    return _lacks(
        SIGNERS=item is not None and set(issued.to) >= set(item.signers),
        SEAL=not rules.thorough or issued.sealed is True,
        OPINION_FORM=not rules.thorough or issued.opinion_form is True,
    )


def verification(state: State, rules: RuleSet) -> list[Missing]:
    """Gate 6: after the reply, each of its measures was found carried out (R028)."""
    sent = state.sent.get(state.ordered)
    if sent is None:
        return [Missing.ISSUE]
    if not rules.verify or isinstance(sent.what, CoOpinionDelivered):
        return []
    done = {name for name, found in state.verified.items() if found.carried_out}
    return _lacks(VERIFICATION=done.issuperset(sent.draft.measures))


GATES: Mapping[str, Callable[[State, RuleSet], list[Missing]]] = {
    "R023": assignment,
    "R024": handling,
    "R025": urging,
    "R026": review,
    "R027": reply,
    "R028": verification,
}
"""The six gates by their rules, in the order in which a case comes to them."""


def records(state: State) -> list[Missing]:
    """The five records of a case: record, rules, measures, result and summary (R029)."""
    sent = state.sent.get(state.ordered)
    return _lacks(
        RECORD=bool(state.contacts),
        RULES=state.rules is not None,
        MEASURES=sent is not None and (bool(sent.draft.measures) or sent.draft.planned),
        RESULT=sent is not None and sent.draft.proof,
        SUMMARY=state.summary is not None,
    )


def closing(state: State, rules: RuleSet) -> list[Missing]:
    """What a case lacks to be closed, besides good ratings (R014, R017, R028, R029, R199)."""
    sent = state.sent.get(state.ordered)
    if sent is None:
        return [Missing.ISSUE]
    reply = not isinstance(sent.what, CoOpinionDelivered)
    asked = _lacks(
        PUBLICATION=not (reply and rules.publish) or state.ordered in state.published,
        TASKS=not state.heard.open_tasks,
        REPORT=not (reply and rules.report) or state.reported is not None,
    )
    return verification(state, rules) + asked + records(state)
