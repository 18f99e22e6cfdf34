"""The rules of a case: each breach is named where it was said, judged by what was known then."""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from banli_audit.checks.rules import RULES
from banli_audit.checks.speakers import POSTS
from banli_audit.checks.systems import ASKED_AS, GRANTED
from banli_audit.codes import Code
from banli_audit.facts import FIRST
from banli_audit.labels import LABELS
from banli_events.assignment import (
    AppointmentEnded,
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    ChargeGiven,
    Classified,
    DutiesPublished,
    ForkSettled,
    HolderAppointed,
    MeetingHeld,
    PostCreated,
    SystemAdmitted,
    SystemRetired,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.catalogue import COMMANDS, EVENTS
from banli_events.intake import (
    FeedbackReceived,
    FeedbackRequested,
    HandOverListed,
    ItemCorrected,
    ItemRegistered,
)
from banli_events.supervision import (
    AlarmRaised,
    CalendarPublished,
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    DeadlineSet,
    PackPublished,
    ProposerContacted,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
    RuleSetPublished,
)
from banli_events.words import (
    Actor,
    AskAnswer,
    Grade,
    PackRef,
    PostRole,
    Product,
    Responsible,
    ReturnReason,
)

OTHER = "ab" * 32
REGISTRAR = Actor(person="p-reg", post="registrar", unit="office")
OFFICE = Actor(person="p-off", post="office", unit="office")
HANDLER = Actor(person="p-han", post="handler", unit="traffic")
HEAD = Actor(person="p-head", post="head", unit="traffic")

Said = dict[str, Any] | Callable[[Any], dict[str, Any]]


def data(**fields: Any) -> Said:
    return {"data": fields}


def reply(honest: bool = True, **fields: Any) -> Said:
    """A draft whose reply differs from the straight one, under its own hash where honest."""

    def said(log: Any) -> dict[str, Any]:
        drafted = log.drafted().model_copy(update=fields)
        named = (drafted if honest else log.drafted()).digest()
        return {"data": {"reply": drafted, "reply_hash": named}}

    return said


def who(responsible: str, **fields: str) -> Said:
    def said(log: Any) -> dict[str, Any]:
        named = log.straight(AssignmentProposed)[0].lead.model_copy(update=fields)
        return {"data": {responsible: named}}

    return said


INSTEAD: list[tuple[type[Event], Said, set[Code]]] = [
    # who spoke
    (Classified, {"actor": None, "via": "reaction:guess", "causation": "x"}, {Code.CAUSE_MISSING}),
    (DeadlineSet, {"actor": OFFICE}, {Code.ACTOR_UNEXPECTED}),
    (Classified, {"actor": Actor(person="p-x", post="office", unit="office")}, {Code.NOT_HOLDER}),
    (Classified, {"actor": Actor(person="p-off", post="office", unit="x")}, {Code.NOT_HOLDER}),
    (Classified, {"actor": Actor(person="p-off", post="x", unit="office")}, {Code.NOT_HOLDER}),
    (Classified, {"reference": 0}, {Code.NOT_HOLDER}),
    (Classified, {"actor": HEAD}, {Code.WRONG_POST}),
    # intake
    (ItemRegistered, data(asks=()), {Code.REGISTER_INCOMPLETE}),
    (FeedbackReceived, data(signer="s9"), {Code.NOT_A_SIGNER}),
    (FeedbackReceived, data(round=2), {Code.NOT_ISSUED}),
    (FeedbackReceived, {"seen": {"supervision": 0}}, {Code.NOT_ISSUED, Code.SEEN_BACKWARDS}),
    (FeedbackRequested, data(reply_hash=OTHER), {Code.NOT_APPROVED}),
    (FeedbackRequested, data(signer="s9"), {Code.NOT_ISSUED}),
    # assignment
    (Classified, {"seen": {}}, {Code.NOT_REGISTERED}),
    (Assigned, who("lead", handler="p-head"), {Code.NOT_PROPOSED, Code.NOT_RESPONSIBLE}),
    (
        Assigned,
        {"data": {"co": (Responsible(unit="x", leader="p-chief", handler="p-han"),)}},
        {Code.NOT_PROPOSED, Code.NOT_RESPONSIBLE},
    ),
    (AssignmentAccepted, data(unit="office"), {Code.NOT_ITS_UNIT}),
    (AssignmentAccepted, {"actor": OFFICE}, {Code.NOT_ITS_UNIT, Code.WRONG_POST}),
    (DeadlineSet, {"seen": {"intake": 1, "assignment": 2}}, {Code.NOT_ASSIGNED, Code.CAUSE_UNSEEN}),
    # before the draft
    (ProposerContacted, data(signer="s9"), {Code.NOT_A_SIGNER}),
    (ProposerContacted, {"actor": OFFICE}, {Code.NOT_ITS_UNIT, Code.WRONG_POST}),
    (
        ReplyDrafted,
        {"seen": {"intake": 1, "assignment": 3}},
        {Code.NOT_ACCEPTED, Code.SEEN_BACKWARDS},
    ),
    (ReplyDrafted, reply(answers=(AskAnswer(ask="a1", text="Yes."),)), {Code.ASKS_UNANSWERED}),
    (
        ReplyDrafted,
        reply(answers=tuple(AskAnswer(ask=a, text=".") for a in ("a1", "a2", "a2"))),
        {Code.ASKS_UNANSWERED},
    ),
    (ReplyDrafted, reply(honest=False, text="No light."), {Code.WRONG_HASH}),
    (ReplyDrafted, reply(product=Product.CO_OPINION), {Code.WRONG_PRODUCT}),
    (ReplyDrafted, reply(addressees=("s1",)), {Code.WRONG_ADDRESSEES}),
    # review and approval
    (ReplyReviewed, data(reply_hash=OTHER), {Code.NOT_THE_DRAFT}),
    (ReplyReviewed, {"actor": HANDLER}, {Code.OWN_DRAFT, Code.WRONG_POST}),
    (ReplyApproved, data(reply_hash=OTHER), {Code.NOT_THE_DRAFT}),
    (ReplyApproved, data(role=PostRole.DEPUTY_CHIEF), {Code.WRONG_APPROVER}),
    (ReplyApproved, {"actor": HEAD}, {Code.WRONG_APPROVER, Code.WRONG_POST}),
    # sending
    (ReplyIssued, data(reply_hash=OTHER), {Code.NOT_APPROVED}),
    (ReplyIssued, data(to=("s1",)), {Code.WRONG_ADDRESSEES}),
    (ReplyIssued, data(to=("s1", "s1", "s2")), {Code.WRONG_ADDRESSEES}),
    # clocks
    (DeadlineSet, data(days=91), {Code.CLOCK_MISCOUNTED}),
    (DeadlineSet, data(days=None), {Code.CLOCK_MISCOUNTED}),
    (DeadlineSet, data(counted_from=date(2026, 3, 3)), {Code.CLOCK_MISCOUNTED}),
    (DeadlineSet, data(rules=PackRef(pack="suggestions", version=2)), {Code.NO_PACK}),
    # closing
    (
        CaseArchived,
        data(rules=PackRef(pack="other", version=1)),
        {Code.ARCHIVE_NO_RULES, Code.ARCHIVE_NO_SUMMARY},
    ),
]


@pytest.mark.parametrize(("type_", "said", "codes"), INSTEAD)
def test_a_sentence_that_breaks_a_rule_is_named_and_nothing_else(
    log: Any, type_: type[Event], said: Said, codes: set[Code]
) -> None:
    log.play(type_)
    said = said(log) if callable(said) else said
    if "actor" in said and said["actor"] is None:
        log.say(log.straight(type_)[0], **{k: v for k, v in said.items() if k != "actor"})
    else:
        log.step(type_, **said)
    assert set(log.codes()) == codes


WITHOUT: list[tuple[type[Event], tuple[type[Event], ...], set[Code]]] = [
    (Classified, (ItemRegistered,), {Code.NOT_REGISTERED}),
    (AssignmentProposed, (Classified,), {Code.NOT_CLASSIFIED}),
    (Assigned, (AssignmentProposed,), {Code.NOT_PROPOSED}),
    (AssignmentAccepted, (Assigned, DeadlineSet), {Code.NOT_ASSIGNED}),
    (ReplyDrafted, (AssignmentAccepted,), {Code.NOT_ACCEPTED}),
    (ReplyDrafted, (ProposerContacted,), {Code.NO_CONTACT}),
    (ReplyDrafted, (ResearchLogged,), {Code.NO_RESEARCH}),
    (ReplyReviewed, (ReplyDrafted,), {Code.NOT_THE_DRAFT}),
    (ReplyApproved, (ReplyReviewed,), {Code.NOT_PASSED}),
    (ReplyIssued, (ReplyApproved,), {Code.NOT_APPROVED}),
    (FeedbackReceived, (ReplyIssued, FeedbackRequested), {Code.NOT_ISSUED}),
    (CaseArchived, (CaseSummaryFiled,), {Code.ARCHIVE_NO_SUMMARY}),
    (CaseArchived, (FeedbackReceived,), {Code.ARCHIVE_UNFINISHED, Code.ARCHIVE_NO_SUMMARY}),
    (CaseArchived, (DeadlineSet,), {Code.ARCHIVE_NO_RULES, Code.ARCHIVE_NO_SUMMARY}),
    (
        CaseArchived,
        (
            ProposerContacted,
            ReplyDrafted,
            ReplyReviewed,
            ReplyApproved,
            ReplyIssued,
            FeedbackRequested,
            FeedbackReceived,
        ),
        {Code.ARCHIVE_NO_CONTACT, Code.ARCHIVE_NO_MEASURES, Code.ARCHIVE_NO_OUTCOME}
        | {Code.ARCHIVE_NO_SUMMARY, Code.ARCHIVE_UNFINISHED},
    ),
]


@pytest.mark.parametrize(("type_", "without", "codes"), WITHOUT)
def test_a_sentence_said_too_early_is_named_and_nothing_else(
    log: Any, type_: type[Event], without: Iterable[type[Event]], codes: set[Code]
) -> None:
    log.play(type_, without)
    log.step(type_)
    assert set(log.codes()) == codes


ON_NOTHING: list[tuple[type[Event], set[Code]]] = [
    (AssignmentProposed, {Code.NOT_REGISTERED, Code.NOT_CLASSIFIED}),
    (ResearchLogged, {Code.NOT_ASSIGNED}),
    (ProposerContacted, {Code.NOT_ASSIGNED, Code.NOT_REGISTERED}),
    (
        ReplyDrafted,
        {Code.NOT_ASSIGNED, Code.NO_CONTACT, Code.NO_RESEARCH, Code.NOT_REGISTERED},
    ),
    (ReplyIssued, {Code.NOT_APPROVED, Code.NOT_REGISTERED}),
    (CoOpinionDelivered, {Code.NOT_APPROVED, Code.NOT_REGISTERED}),
    (CaseSummaryFiled, {Code.NOT_ASSIGNED}),
]


@pytest.mark.parametrize(("type_", "codes"), ON_NOTHING)
def test_a_sentence_that_rests_on_nothing_is_named(
    log: Any, type_: type[Event], codes: set[Code]
) -> None:
    log.step(type_)
    assert set(log.codes()) == codes


AGAIN: list[tuple[type[Event], Said, set[Code]]] = [
    (ItemRegistered, {}, {Code.REGISTERED_TWICE}),
    (Assigned, {}, {Code.ASSIGNED_TWICE, Code.AFTER_ARCHIVE}),
    (AssignmentAccepted, {}, {Code.ACCEPTED_TWICE, Code.AFTER_ARCHIVE}),
    (DeadlineSet, {}, {Code.CLOCK_TWICE}),
    (ReplyIssued, {}, {Code.ISSUED_TWICE, Code.AFTER_ARCHIVE}),
    (ReplyDrafted, {}, {Code.DRAFTED_AFTER_ISSUE, Code.AFTER_ARCHIVE}),
    (FeedbackRequested, {}, {Code.FEEDBACK_TWICE}),
    (FeedbackReceived, {}, {Code.FEEDBACK_TWICE}),
    (CaseSummaryFiled, {}, {Code.AFTER_ARCHIVE}),
    (CaseArchived, {}, {Code.AFTER_ARCHIVE}),
    (ReplyReviewed, {}, {Code.AFTER_ARCHIVE}),
]


@pytest.mark.parametrize(("type_", "said", "codes"), AGAIN)
def test_a_sentence_said_twice_is_named_and_nothing_else(
    log: Any, type_: type[Event], said: dict[str, Any], codes: set[Code]
) -> None:
    log.play()
    log.step(type_, **said)
    assert set(log.codes()) == codes


def test_a_person_is_named_where_one_must_speak(log: Any) -> None:
    log.play(Classified)
    log.say(Classified(category="traffic"))
    assert log.codes() == [Code.ACTOR_MISSING]


def test_a_holder_who_has_left_does_not_speak_for_the_post(log: Any) -> None:
    log.play(Classified)
    log.now += timedelta(days=400)
    log.step(Classified)
    assert log.codes() == []
    left = {"person": "p-off", "since": date(2026, 5, 1), "reason": "retired"}
    log.say(EVENTS["AppointmentEnded"].model.model_validate(left), subject="post/office")
    log.step(AssignmentProposed)
    assert log.codes() == [Code.NOT_HOLDER]


def test_a_day_is_a_civil_day_in_shanghai(log: Any) -> None:
    new = HolderAppointed(person="p-new", name="New", since=date(2026, 4, 2))
    log.say(new, subject="post/office")
    log.play(Classified)
    actor = Actor(person="p-new", post="office", unit="office")
    log.now = log.now.replace(month=4, day=1, hour=15, minute=58)
    log.step(Classified, actor=actor)
    assert log.codes() == [Code.NOT_HOLDER]
    log.step(Classified, actor=actor)  # 16:00 UTC is the next day there
    assert log.codes() == [Code.NOT_HOLDER]


def test_what_is_published_later_does_not_count(log: Any) -> None:
    before = log.end("reference-events", 0)
    new = HolderAppointed(person="p-new", name="New", since=date(2026, 1, 1))
    log.say(new, subject="post/office")
    log.play(Classified)
    actor = Actor(person="p-new", post="office", unit="office")
    log.step(Classified, actor=actor, reference=before)
    assert log.codes() == [Code.NOT_HOLDER]


def test_a_case_has_the_id_that_its_number_gives(log: Any) -> None:
    log.step(ItemRegistered, subject="case/5")
    assert log.codes() == [Code.WRONG_CASE_ID]


def test_a_number_is_not_corrected(log: Any) -> None:
    fixed = ItemCorrected(field="numbering.number", before="1", after="2", reason="typing")
    log.say(fixed, REGISTRAR)
    log.step(ItemRegistered)
    assert log.codes() == [Code.NOT_REGISTERED, Code.NUMBER_CORRECTED]


def test_a_returned_draft_is_not_approved_until_it_is_redone(log: Any) -> None:
    log.play(ReplyReviewed)
    hash_ = log.last(ReplyDrafted).data.reply_hash
    back = ReplyReturned(reply_hash=hash_, reason=ReturnReason.LOW_QUALITY, remark="Say when.")
    log.say(back, HEAD)
    assert log.codes() == []
    log.step(ReplyReviewed)
    assert log.codes() == [Code.NOT_THE_DRAFT]


def test_an_approval_is_void_when_the_draft_is_written_anew(log: Any) -> None:
    log.play(ReplyIssued)
    log.step(ReplyDrafted, **reply(text="Another text.")(log))  # type: ignore[operator]
    log.step(ReplyIssued)
    assert log.codes() == [Code.NOT_APPROVED]


def test_a_co_opinion_goes_to_the_outer_lead_alone(co: Any) -> None:
    co.play(CoOpinionDelivered)
    co.step(CoOpinionDelivered, data={"to": "Parks"})
    assert co.codes() == [Code.WRONG_ADDRESSEES]


def test_a_corrected_outer_lead_counts(co: Any) -> None:
    co.play(CoOpinionDelivered)
    co.say(ItemCorrected(field="outer.lead", before="Roads", after="Parks", reason="?"), REGISTRAR)
    co.step(CoOpinionDelivered, data={"to": "Parks"})
    assert co.codes() == []


def test_a_reply_is_no_co_opinion(co: Any) -> None:
    co.play(CoOpinionDelivered)
    hash_ = co.last(ReplyDrafted).data.reply_hash
    co.say(
        ReplyIssued(
            reply_hash=hash_, to=("s1", "s2"), document_number="1", issued_on=date(2026, 1, 1)
        ),
        OFFICE,
    )
    assert co.codes() == [Code.WRONG_PRODUCT]


def test_an_assigners_earlier_date_binds_the_clock(log: Any) -> None:
    outer = log.register().outer.model_copy(update={"due_on": date(2026, 4, 1)})
    log.step(ItemRegistered, data={"outer": outer})
    log.play(DeadlineSet, without=(ItemRegistered,))
    log.step(DeadlineSet)
    assert log.codes() == [Code.CLOCK_MISCOUNTED]
    log.said.pop(), log.records.pop()
    due = log.now.replace(month=4, day=1, hour=16, minute=0)
    log.step(DeadlineSet, data={"days": None, "due": due})
    assert log.codes() == []


def miss(log: Any, **said: Any) -> None:
    clock = log.last(DeadlineSet)
    missed = DeadlineMissed(clock=clock.data.clock, due=said.pop("due", clock.data.due))
    log.say(missed, cause=clock, via="clock", **{"time": clock.data.due, **said})


def test_a_clock_is_missed_once_and_from_its_due_instant_on(log: Any) -> None:
    log.play(AssignmentAccepted)
    miss(log)
    assert log.codes() == []
    miss(log)
    assert log.codes() == [Code.MISSED_TWICE]


def test_a_clock_is_not_missed_early(log: Any) -> None:
    log.play(AssignmentAccepted)
    miss(log, time=log.last(DeadlineSet).data.due - timedelta(seconds=1))
    assert log.codes() == [Code.NOT_DUE]


def test_a_clock_that_does_not_run_is_not_missed(log: Any) -> None:
    log.play(AssignmentAccepted)
    miss(log, due=log.last(DeadlineSet).data.due - timedelta(days=1))
    assert log.codes() == [Code.NO_CLOCK]


def test_a_clock_that_was_met_is_not_missed(log: Any) -> None:
    log.play(FeedbackRequested)
    miss(log)
    assert set(log.codes()) == {Code.WAS_IN_TIME, Code.MISS_STANDS}


def test_a_case_with_a_signer_who_is_not_content_stays_open(log: Any) -> None:
    log.play(FeedbackReceived)
    log.step(FeedbackReceived, data={"grade": Grade.NOT_SATISFIED})
    log.step(FeedbackReceived, data={"signer": "s2"})
    log.close()
    assert log.codes() == [Code.ARCHIVE_UNFINISHED]


def test_every_code_has_a_test() -> None:
    here = Path(__file__).parent
    named = {
        name
        for file in here.rglob("test_*.py")
        for name in re.findall(r"Code\.([A-Z][A-Z_]+)", file.read_text())
    }
    assert named == set(Code.__members__)


PUBLISHED = {UnitOpened, PostCreated, HolderAppointed, SystemAdmitted, PackPublished, ForkSettled}
PUBLISHED |= {AppointmentEnded, DutiesPublished, ChargeGiven, RuleSetPublished, CalendarPublished}
PUBLISHED |= {SystemRetired}

UNRULED = {AlarmRaised, HandOverListed, MeetingHeld}
"""What may be said at any time: the first of a case, the others of what is no case."""


def test_of_every_sentence_that_a_person_says_it_is_told_by_which_command() -> None:
    assert ASKED_AS.keys() == POSTS.keys()
    assert set(COMMANDS) >= set().union(*ASKED_AS.values())
    assert GRANTED.keys() <= ASKED_AS.keys()


def test_every_sentence_about_a_case_has_a_rule_and_every_sentence_its_two_names() -> None:
    ruled = {type_.__name__ for type_ in RULES}
    assert ruled | {type_.__name__ for type_ in PUBLISHED | UNRULED} == set(EVENTS)
    assert set(LABELS) == set(EVENTS)
    assert {EVENTS[name].source for name in ruled} <= set(FIRST)
