"""Every ledger takes a stand on every event type, and its lines come out the same every time."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lives import folded, lives
from pydantic_core import to_json

from banli_events.assignment import UnitOpened
from banli_events.base import Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived, FeedbackRequested, ItemCorrected
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    CoOpinionDelivered,
    DeadlineMissed,
    ReplyReturned,
)
from banli_events.words import Grade, ReturnReason
from banli_reporting import case as cases
from banli_reporting.labels import LABELS
from banli_reporting.ledger import Ledger, Reader, undecided
from banli_reporting.ledgers import LEDGERS, types
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.ledgers.units import UNITS
from banli_reporting.steps import SENTENCES, STEPS, missing
from banli_testing import story
from banli_testing.grammar import NOON, Said, record, said

Fact = Event | Said
HASH = story.REPLY.digest()
RETURNED = ReplyReturned(reply_hash=HASH, reason=ReturnReason.LOW_QUALITY, remark="Say when.")
REGISTERED = (story.REGISTERED,)
ASSIGNED = (*REGISTERED, story.CLASSIFIED, story.PROPOSED, story.ASSIGNED)
IN_HAND = (*ASSIGNED, story.CLOCK, story.ACCEPTED, story.CONTACTED, story.RESEARCHED)
APPROVED = (*IN_HAND, story.DRAFTED, story.PASSED, story.APPROVED)
ISSUED = (*APPROVED, story.ISSUED)


def rated(signer: str, grade: Grade) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, received_on=date(2025, 4, 1))


def asked(signer: str) -> FeedbackRequested:
    return FeedbackRequested(signer=signer, reply_hash=HASH)


RATED = (*ISSUED, asked(story.LI), asked(story.WANG), rated(story.LI, Grade.SATISFIED))
ARCHIVED = (
    *RATED,
    rated(story.WANG, Grade.BASICALLY),
    CaseSummaryFiled(summary="Done."),
    CaseArchived(rules=story.RULES),
)


def told(*facts: Fact, subject: str = story.CASE) -> list[Recorded]:
    """Record the facts in this order, each a day after the other."""
    events: list[Recorded] = []
    for n, fact in enumerate(facts):
        one = fact if isinstance(fact, Said) else said(fact)
        later = said(one.event, by=one.by, at=NOON + timedelta(days=n))
        events.append(record(events, subject, later))
    return events


def fold(ledger: Ledger[Any], events: list[Recorded]) -> Any:
    line = ledger.line()
    for event in events:
        ledger.fold(line, event)
    return ledger.read(ledger.row(line))


def handling(*facts: Fact) -> Any:
    return fold(HANDLING, told(*facts))


def codes(line: Any) -> list[str]:
    return [each["code"] for each in missing(line, {})]


@pytest.mark.parametrize("ledger", LEDGERS.values(), ids=LEDGERS)
def test_every_ledger_takes_one_stand_on_every_event_type(ledger: Ledger[Any]) -> None:
    assert undecided(ledger) == (set(), set())


def test_every_event_type_belongs_to_one_group() -> None:
    groups = [
        *(types.COMING_IN, types.RATING, types.ASSIGNING, types.OUTSIDE, types.TASKS),
        *(types.CLOCKS, types.GROUNDWORK, types.REPLY, types.AFTER, types.LADDER),
    ]
    assert frozenset().union(*groups) == types.OF_CASES
    groups += [types.PUBLISHED, types.TOGETHER]
    assert frozenset().union(*groups) == {each.model for each in EVENTS.values()}
    assert sum(map(len, groups)) == len(EVENTS)


def test_every_event_type_has_a_label() -> None:
    assert set(LABELS) == {model.__name__ for model in (*HANDLING.lines, *HANDLING.ignores)}


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (REGISTERED, "REGISTERED"),
        (ASSIGNED[:2], "CLASSIFIED"),
        (ASSIGNED[:3], "PROPOSED"),
        (ASSIGNED, "ASSIGNED"),
        (IN_HAND, "IN_HAND"),
        (APPROVED[:-2], "DRAFTED"),
        (APPROVED[:-1], "REVIEWED"),
        ((*APPROVED[:-1], RETURNED), "REWORK"),
        ((*APPROVED[:-1], RETURNED, story.DRAFTED), "DRAFTED"),
        (APPROVED, "APPROVED"),
        ((*APPROVED, story.DRAFTED), "DRAFTED"),
        (ISSUED, "REPLIED"),
        (RATED, "REPLIED"),
        ((*RATED, rated(story.WANG, Grade.BASICALLY)), "RATED"),
        (ARCHIVED, "ARCHIVED"),
    ],
)
def test_a_case_stands_at_the_step_that_its_last_fact_led_to(
    facts: tuple[Fact, ...], step: str
) -> None:
    line = handling(*facts)
    assert line.step == step
    assert step in STEPS
    assert line.since is not None
    assert set(codes(line)) <= set(SENTENCES)


def test_a_line_says_since_when_the_case_stands_at_its_step() -> None:
    assert handling(*IN_HAND).since == NOON + timedelta(days=5)  # accepted, not researched
    assert handling(*ARCHIVED).since == NOON + timedelta(days=len(ARCHIVED) - 1)
    assert handling(*ISSUED).since == NOON + timedelta(days=len(ISSUED) - 1)


def test_a_line_says_what_is_missing() -> None:
    assert codes(handling(*IN_HAND[:-1])) == ["research", "draft", "review", "approval", "issue",
                                              "summary"]  # fmt: skip
    assert codes(handling(*ARCHIVED)) == []
    assert codes(handling(*ARCHIVED[:-1])) == ["archiving"]
    assert "new-draft" in codes(handling(*APPROVED[:-1], RETURNED))


def test_a_case_stays_open_while_a_signer_is_silent_or_not_satisfied() -> None:
    line = handling(*ISSUED, asked(story.LI), rated(story.LI, Grade.NOT_SATISFIED))
    assert {each["code"]: each.get("who") for each in missing(line, {})} == {
        "feedback": [story.WANG],
        "satisfaction": [story.LI],
        "summary": None,
    }


def test_a_reply_after_the_due_instant_is_late_and_one_never_sent_is_missed() -> None:
    missed = DeadlineMissed(clock="reply", due=story.DUE)
    late = said(story.ISSUED.event, at=story.DUE + timedelta(seconds=1))
    events = told(*APPROVED)
    events.append(record(events, story.CASE, late))
    assert fold(HANDLING, events).in_time is False
    assert handling(*IN_HAND).in_time is None
    assert handling(*IN_HAND, missed).in_time is False
    assert handling(*IN_HAND, missed).missed
    assert handling(*ISSUED).in_time is True


def test_a_co_opinion_is_delivered_and_rated_by_nobody() -> None:
    delivered = CoOpinionDelivered(reply_hash=HASH, to="Transport", delivered_on=date(2025, 4, 1))
    line = handling(story.REGISTERED_AS_CO, *APPROVED[1:], delivered)
    assert line.step == "DELIVERED"
    assert codes(line) == ["summary"]
    assert "delivery" in codes(handling(story.REGISTERED_AS_CO, *APPROVED[1:]))


def test_the_register_shows_the_corrected_value_and_that_it_was_corrected() -> None:
    fix = [
        ItemCorrected(field="title", before="Crossings near schools", after="A", reason="typo"),
        ItemCorrected(field="title", before="A", after="B", reason="typo"),
        ItemCorrected(field="signers.P-li.name", before="Li", after="Lee", reason="typo"),
        ItemCorrected(field="asks.a2.text", before="Send patrols.", after="X", reason="typo"),
        ItemCorrected(field="received_on", before="2025-03-03", after="2025-03-02", reason="typo"),
        ItemCorrected(field="of.a.later.build", before="1", after="2", reason="typo"),
    ]
    line = fold(REGISTER, told(story.REGISTERED, *fix))
    assert (line.title, line.received_on) == ("B", date(2025, 3, 2))
    assert [each["name"] for each in line.deputies] == ["Lee", "Wang"]
    assert line.asks[1]["text"] == "X"
    assert line.corrected["title"]["before"] == "Crossings near schools"
    assert set(line.corrected) == {each.field for each in fix}
    assert line.ask_count == 2


def test_a_unit_is_listed_with_its_name() -> None:
    opened = UnitOpened(name="交通处", since=date(2025, 1, 1))
    line = fold(UNITS, told(opened, subject="unit/traffic"))
    assert (line.unit, line.name) == ("traffic", "交通处")


CASES = [ledger for ledger in LEDGERS.values() if ledger.kind == "case"]
FEW = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
READER = Reader(NOON + timedelta(days=500), {"traffic": "交通处"}, {})


@FEW
@given(st.data())
def test_no_line_depends_on_how_the_sources_interleave(data: st.DataObject) -> None:
    events = data.draw(lives())
    streams = {
        source: [event for event in events if event.source == source]
        for source in ("intake", "assignment", "supervision")
    }
    mixed: list[Recorded] = []
    while any(streams.values()):
        left = sorted(source for source, stream in streams.items() if stream)
        mixed.append(streams[data.draw(st.sampled_from(left))].pop(0))
    for ledger in CASES:
        assert folded(ledger, mixed) == folded(ledger, events), ledger.name


@FEW
@given(lives())
def test_a_line_read_back_and_folded_on_is_the_line_folded_at_once(events: list[Recorded]) -> None:
    told = cases.begin(events[0].subject, "case-events", 0)
    for event in events:
        cases.fold(told, event)
        lines = [x.read(x.row(line)) for x, line in zip(CASES, told.lines, strict=True)]
        told = cases.load(events[0].subject, "case-events", 0, b"", lines)
    for ledger, line in zip(CASES, told.lines, strict=True):
        kept = {name: getattr(line, name) for name in ledger.keeps}
        assert line == replace(folded(ledger, events), **kept), ledger.name


@FEW
@given(lives())
def test_whatever_happened_to_a_case_every_ledger_can_tell_it(events: list[Recorded]) -> None:
    for ledger in CASES:
        line = folded(ledger, events)
        plain = {"subject": events[0].subject, **json.loads(to_json(line))}
        json.dumps(ledger.tell(line, plain, READER))


def test_a_folded_line_shares_nothing_with_another() -> None:
    one, other = HANDLING.line(), HANDLING.line()
    HANDLING.fold(one, told(*RATED)[-1])
    assert other == HANDLING.line()
    assert one.grades != other.grades
