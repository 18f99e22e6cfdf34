"""The six gates and the five records, each saying by name what a case lacks."""

from datetime import date
from typing import Any

import pytest

from banli_events.assignment import Reassigned
from banli_events.deadlines import Rung, Span
from banli_events.supervision import (
    ApproveReply,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    IssueReply,
    PhoneUrged,
    Reminded,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    RuleSet,
    RungRule,
)
from banli_events.words import Aspect, ReturnReason
from banli_supervision import gates
from banli_supervision.gates import GATES, REFUSALS, Missing
from banli_supervision.refusals import OpinionsChanged
from banli_supervision.service import SERVICE
from banli_testing.grammar import Case, said
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    CARA,
    CASE,
    CO,
    CO_OPINION,
    CONTACTED,
    EMIL,
    LEAD,
    LI,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
    RULES,
)
from banli_testing.whole import (
    CONSULTED,
    CONTACTED_WANG,
    MADE_PUBLIC,
    OPINED,
    PLANNED,
    PREPARED,
    RATED,
    RELEASED,
    REPORTED,
    VERIFIED,
    WHOLE,
    WHOLE_APPROVED,
    WHOLE_CLOCK,
    WHOLE_DRAFTED,
    WHOLE_ISSUED,
    WHOLE_PASSED,
    WHOLE_REPLY,
    WHOLE_SET,
)

case = Case(SERVICE, CASE, WHOLE)
FILED = CaseSummaryFiled(summary="Lights stand, patrols go.")
FACTS: tuple[Any, ...] = (
    *PREPARED,
    *RELEASED,
    WHOLE_ISSUED,
    *RATED,
    VERIFIED,
    MADE_PUBLIC,
    REPORTED,
    FILED,
)
OLD = PUBLISHED.rule_sets[RULES]


def lacks(gate: str, *facts: Any, rules: RuleSet = WHOLE_SET) -> list[str]:
    """What a gate finds missing after these facts."""
    return list(GATES[gate](case.given(*facts).state, rules))


def but(*missing: Any) -> tuple[Any, ...]:
    """The whole way, but these."""
    return tuple(fact for fact in FACTS if fact not in missing)


def test_the_whole_way_passes_the_six_gates() -> None:
    """R023, R024, R025, R026, R027, R028."""
    assert list(GATES) == ["R023", "R024", "R025", "R026", "R027", "R028"]
    assert {gate: lacks(gate, *FACTS) for gate in GATES} == {gate: [] for gate in GATES}


def test_nothing_passes_but_the_gate_of_what_is_late() -> None:
    assert [gate for gate in GATES if not lacks(gate, REGISTERED)] == ["R025"]


def test_the_first_gate_names_assignment_deadline_and_acceptance() -> None:
    """R023."""
    all_three = [Missing.ASSIGNMENT, Missing.DEADLINE, Missing.ACCEPTANCE]
    assert lacks("R023", REGISTERED) == all_three
    assert lacks("R023", REGISTERED, ASSIGNED) == [Missing.DEADLINE, Missing.ACCEPTANCE]
    assert lacks("R023", REGISTERED, ASSIGNED, WHOLE_CLOCK) == [Missing.ACCEPTANCE]


def test_the_second_gate_names_acceptance_plan_and_contact() -> None:
    """R024."""
    assert lacks("R024", *but(ACCEPTED)) == [Missing.ACCEPTANCE]
    assert lacks("R024", *but(PLANNED)) == [Missing.PLAN]
    assert lacks("R024", *but(CONTACTED, CONTACTED_WANG)) == [Missing.CONTACT]
    assert lacks("R024", *but(PLANNED, CONTACTED, CONTACTED_WANG), rules=OLD) == []


def test_the_third_gate_names_reminder_and_urge_of_what_was_late() -> None:
    """R010, R025."""
    ladder = (
        RungRule(rung=Rung.REMIND, span=Span(amount=3), before=True, source="rule"),
        RungRule(rung=Rung.PHONE, span=Span(amount=1), source="rule"),
    )
    rules = WHOLE_SET.model_copy(update={"ladder": ladder})
    clock = WHOLE_CLOCK.model_copy(update={"remind_at": WHOLE_CLOCK.due})
    started = (REGISTERED, ASSIGNED, clock)
    late = (*started, DeadlineMissed(clock="reply", due=clock.due))
    reminded = Reminded(clock="reply", due=clock.due, unit="traffic", handler="anna")
    called = PhoneUrged(clock="reply", answered_by="anna", called_on=date(2025, 6, 9), said="Soon.")
    assert lacks("R025", *started, rules=rules) == []
    assert lacks("R025", *late, rules=rules) == [Missing.REMINDER, Missing.URGE]
    assert lacks("R025", *late, reminded, rules=rules) == [Missing.URGE]
    assert lacks("R025", *late, reminded, called, rules=rules) == []


RETURNED = ReplyReturned(
    reply_hash=WHOLE_REPLY.digest(),
    reason=ReturnReason.LOW_QUALITY,
    remark="Vague.",
    failed=(Aspect.FORM,),
)


def test_the_fourth_gate_names_what_the_approval_waits_for() -> None:
    """R003, R011, R012, R026."""
    assert lacks("R026", *PREPARED) == [Missing.DRAFT]
    assert lacks("R026", *PREPARED, WHOLE_DRAFTED) == [Missing.REVIEWS]
    assert lacks("R026", *PREPARED, WHOLE_DRAFTED, *WHOLE_PASSED[:2]) == [Missing.REVIEWS]
    assert lacks("R026", *PREPARED, WHOLE_DRAFTED, *WHOLE_PASSED) == []
    returned = (*PREPARED, WHOLE_DRAFTED, *WHOLE_PASSED, RETURNED)
    assert lacks("R026", *returned) == [Missing.REDRAFT, Missing.REVIEWS]
    moved = Reassigned(
        lead=LEAD.model_copy(update={"handler": "zoe"}),
        co=(CO,),
        duty_basis="Traffic keeps crossings.",
        reason="Anna left.",
    )
    assert lacks("R026", *FACTS, moved) == [Missing.VALIDITY]
    assert lacks("R026", *but(CONTACTED_WANG)) == [Missing.EACH_CONTACT]
    assert lacks("R026", *but(CONSULTED)) == [Missing.CONSULTATION]


def test_an_opinion_that_came_after_the_draft_is_told_before_the_approval() -> None:
    """R036, R037: a draft that says it is missing does not fit any more."""
    silent = WHOLE_REPLY.model_copy(update={"opinions": (), "without": ("patrol",)})
    drafted = said(ReplyDrafted(reply=silent, reply_hash=silent.digest()), by=ANNA)
    passed = tuple(
        said(fact.event.model_copy(update={"reply_hash": silent.digest()}), by=fact.by)
        for fact in WHOLE_PASSED
    )
    unheard = (*(fact for fact in PREPARED if fact is not OPINED), drafted, *passed)
    assert lacks("R026", *unheard) == []
    assert lacks("R026", *unheard, OPINED) == [Missing.OPINIONS]
    answer = case.given(*unheard, OPINED).when(ApproveReply(reply_hash=silent.digest()), by=EMIL)
    answer.then_rejected(OpinionsChanged)
    assert lacks("R026", *unheard, OPINED, rules=OLD) == []


def test_the_fifth_gate_names_what_a_reply_went_without() -> None:
    """R027."""
    assert lacks("R027", *but(WHOLE_ISSUED)) == [Missing.ISSUE]
    bare = WHOLE_ISSUED.event.model_copy(
        update={"sealed": None, "opinion_form": False, "to": (LI,)}
    )
    sent = (*PREPARED, *RELEASED, bare)
    assert lacks("R027", *sent) == [Missing.SIGNERS, Missing.SEAL, Missing.OPINION_FORM]
    assert lacks("R027", *sent, rules=OLD) == [Missing.SIGNERS]


def test_the_sixth_gate_names_what_is_not_verified() -> None:
    """R028."""
    assert lacks("R028", *but(WHOLE_ISSUED)) == [Missing.ISSUE]
    assert lacks("R028", *but(VERIFIED)) == [Missing.VERIFICATION]
    not_done = VERIFIED.model_copy(update={"carried_out": False})
    assert lacks("R028", *FACTS, not_done) == [Missing.VERIFICATION]
    assert lacks("R028", *but(VERIFIED), rules=OLD) == []


def test_a_co_opinion_asks_for_no_seal_and_no_verification() -> None:
    """R038."""
    drafted = said(ReplyDrafted(reply=CO_OPINION, reply_hash=CO_OPINION.digest()), by=ANNA)
    delivered = CoOpinionDelivered(
        reply_hash=CO_OPINION.digest(), to="Transport bureau", delivered_on=date(2025, 3, 10)
    )
    facts = (REGISTERED_AS_CO, *PREPARED[1:], drafted, delivered)
    assert (lacks("R027", *facts), lacks("R028", *facts)) == ([], [])


@pytest.mark.parametrize(
    ("missing", "record"),
    [
        ((CONTACTED, CONTACTED_WANG), Missing.RECORD),
        ((WHOLE_CLOCK,), Missing.RULES),
        ((FILED,), Missing.SUMMARY),
    ],
)
def test_the_five_records_are_named_where_they_are_missing(missing: Any, record: Missing) -> None:
    """R029."""
    assert gates.records(case.given(*FACTS).state) == []
    assert gates.records(case.given(*but(*missing)).state) == [record]


def test_measures_and_result_are_those_of_the_reply_that_went_out() -> None:
    """R029."""
    nothing = WHOLE_REPLY.model_copy(update={"measures": ()})
    drafted = said(ReplyDrafted(reply=nothing, reply_hash=nothing.digest()), by=ANNA)
    facts = [drafted if fact is WHOLE_DRAFTED else fact for fact in FACTS]
    assert gates.records(case.given(*facts).state) == [Missing.MEASURES]
    unsent = case.given(*but(WHOLE_ISSUED)).state
    assert gates.records(unsent) == [Missing.MEASURES, Missing.RESULT]


@pytest.mark.parametrize(
    "missing",
    [fact for fact in FACTS if fact not in (REGISTERED, ASSIGNED, WHOLE_CLOCK, WHOLE_DRAFTED)],
)
def test_an_approval_is_refused_exactly_where_the_fourth_gate_lacks_something(
    missing: Any,
) -> None:
    """R026: a gate and a refusal cannot differ."""
    facts: tuple[Any, ...] = (*PREPARED, *RELEASED[:-1])
    told = case.given(*(fact for fact in facts if fact is not missing))
    lacking = gates.review(told.state, WHOLE_SET)
    answer = told.when(ApproveReply(reply_hash=WHOLE_REPLY.digest()), by=EMIL)
    if lacking:
        answer.then_rejected(REFUSALS[lacking[0]])
    else:
        answer.then(WHOLE_APPROVED.event)


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("form", [True, False])
@pytest.mark.parametrize("approved", [True, False])
def test_an_issue_is_refused_exactly_where_the_fifth_gate_lacks_something(
    sealed: bool, form: bool, approved: bool
) -> None:
    """R027."""
    told = case.given(*PREPARED, *(RELEASED if approved else RELEASED[:-1]))
    issue = IssueReply(
        document_number="2025-41", issued_on=date(2025, 3, 10), sealed=sealed, opinion_form=form
    )
    answer = told.when(issue, by=CARA)
    sent = WHOLE_ISSUED.event.model_copy(update={"sealed": sealed, "opinion_form": form})
    assert isinstance(sent, ReplyIssued)
    lacking = gates.reply(told.state, WHOLE_SET, sent)
    if lacking:
        answer.then_rejected(REFUSALS[lacking[0]])
    else:
        assert answer.events[0] == sent


def test_whatever_a_decision_asks_of_the_gates_has_its_refusal() -> None:
    never_refused = {"REMINDER", "URGE", "ISSUE", "VERIFICATION", "PUBLICATION", "TASKS", "REPORT"}
    records = {"RECORD", "RULES", "MEASURES", "RESULT", "SUMMARY"}
    assert set(Missing) - REFUSALS.keys() == never_refused | records
