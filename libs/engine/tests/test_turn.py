"""A subject's turn: what is folded, answered, kept waiting and set aside."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from toy_service import (
    ANNA,
    CASE,
    FACTS,
    HOLDS,
    NOON,
    SERVICE,
    Table,
    command,
    log,
    research,
    submission,
)

from banli_engine.decider import Due
from banli_engine.fold import HistoryNeeded
from banli_engine.pending import Cause, from_clock, from_http
from banli_engine.reading import GAP, NEVER_WRITTEN
from banli_events.assignment import AppointmentEnded
from banli_events.envelope import decode
from banli_events.intake import FeedbackReceived, ItemRegistered
from banli_events.words import Grade
from banli_testing.grammar import Said, published
from banli_testing.story import REGISTERED

FEEDBACK = FeedbackReceived(signer="p1", grade=Grade.SATISFIED, received_on=HOLDS)


def outcome(turn, n=0):
    answered = turn.answered[n]
    return answered.answer.outcome if answered.answer else answered.why.code


def code(turn, n=0):
    return json.loads(turn.answered[n].answer.answer)["problem"]["code"]


# -- answers


def test_a_repeated_command_gets_the_first_answers_bytes():
    table = Table()
    first = table.turn(command(category="a"))
    again = table.turn(command(category="a"))
    assert first.answered[0].answer.answer == again.answered[0].answer.answer
    assert table.types == ["Classified"]


def test_a_command_that_comes_twice_in_one_batch_is_decided_once():
    table = Table()
    turn = table.turn(command(category="a"), command(category="a"))
    assert table.types == ["Classified"]
    assert turn.answered[0].answer is turn.answered[1].answer


def test_the_same_id_with_another_body_is_refused_and_the_first_answer_stays():
    table = Table()
    table.turn(command(category="a"))
    turn = table.turn(command(category="b"))
    assert code(turn) == "id-reused"
    assert outcome(table.turn(command(category="a"))) == "admitted"


def test_the_answer_is_the_same_when_only_the_log_remembers_the_command():
    table = Table()
    answer = table.turn(command(category="a")).answered[0].answer
    rebuilt = Table()
    rebuilt.turn(*(stored.wire for stored in table.events), caught_up=False)
    assert rebuilt.turn(command(category="a")).answered[0].answer == answer
    assert rebuilt.types == ["Classified"]


def test_the_same_id_with_another_body_is_known_from_the_log_too():
    table, rebuilt = Table(), Table()
    table.turn(command(category="a"))
    rebuilt.turn(*(stored.wire for stored in table.events), caught_up=False)
    assert code(rebuilt.turn(command(category="b"))) == "id-reused"


def test_what_changes_nothing_is_answered_as_unchanged():
    table = Table()
    table.turn(command(category="a"))
    assert outcome(table.turn(command(number=2, category="a"))) == "unchanged"


def test_a_command_of_which_only_the_first_event_reached_the_log_is_finished():
    table, restored = Table(), Table()
    table.turn(*log(research()))
    whole = table.turn(command("ConfirmAssignment")).answered[0].answer
    assert table.types == ["ResearchLogged", "Classified", "AssignmentAccepted"]
    restored.turn(*(stored.wire for stored in table.events[:2]), caught_up=False)
    finished = restored.turn(command("ConfirmAssignment")).answered[0].answer
    assert restored.types == table.types
    assert [e["type"] for e in json.loads(finished.answer)["events"]] == [
        e["type"] for e in json.loads(whole.answer)["events"]
    ]


def test_a_command_is_finished_by_who_might_ask_it_when_it_began():
    table, restored = Table(), Table()
    table.turn(*log(research()))
    table.turn(command("ConfirmAssignment"))
    gone = published(("post/office", AppointmentEnded(person="anna", since=HOLDS, reason="x")))
    restored.facts = [*FACTS, *gone]
    restored.turn(*(stored.wire for stored in table.events[:2]), caught_up=False)
    assert outcome(restored.turn(command("ConfirmAssignment"))) == "admitted"
    assert code(restored.turn(command(number=2, category="a"))) == "not-holder"
    assert restored.types == table.types


def test_a_command_is_finished_also_beside_what_has_just_arrived():
    table, restored = Table(), Table()
    one, two = log(research("one"), research("two"))
    table.turn(one)
    table.turn(command("ConfirmAssignment"))
    restored.turn(*(stored.wire for stored in table.events[:2]), caught_up=False)
    assert outcome(restored.turn(two, command("ConfirmAssignment"))) == "admitted"
    assert restored.types == [*table.types[:2], "ResearchLogged", "AssignmentAccepted"]


def test_a_bug_in_a_decision_is_answered_as_ours_and_alarmed():
    turn = Table().turn(command(category="bug"))
    assert code(turn) == "internal-fault"
    assert turn.alarms


def test_what_is_too_large_for_the_log_is_refused_at_append():
    table = Table()
    assert code(table.turn(command(category="huge"))) == "too-large"
    assert table.events == []


# -- too early


def test_too_early_over_http_leaves_no_trace():
    table = Table()
    assert outcome(table.turn(command("ConfirmAssignment"))) == "too-early"
    assert (table.changes, table.answers, table.waiting) == (0, {}, [])


def test_a_submission_that_comes_too_early_waits_for_its_fact():
    table = Table()
    turn = table.turn(submission("ConfirmAssignment"))
    assert turn.answered == []
    assert len(table.waiting) == 1
    turn = table.turn(*log(research()), waited_ms=1_000)
    assert outcome(turn) == "admitted"
    assert table.waiting == []
    assert turn.effects.receipts[0].version == 2


def test_a_submission_is_refused_when_its_patience_is_over():
    table = Table()
    table.turn(submission("ConfirmAssignment"))
    turn = table.turn(waited_ms=30_000)
    assert code(turn) == "too-early"
    assert table.waiting == []


def test_a_submission_that_waits_twice_is_decided_once():
    table = Table()
    table.turn(submission("ConfirmAssignment"))
    table.turn(submission("ConfirmAssignment"))
    assert len(table.waiting) == 2
    turn = table.turn(*log(research()))
    assert [a.answer.outcome for a in turn.answered] == ["admitted", "admitted"]
    assert table.types == ["ResearchLogged", "Classified", "AssignmentAccepted"]


def test_a_submission_does_not_overtake_an_earlier_one_of_its_sender():
    table = Table()
    table.turn(submission("ConfirmAssignment", 1), submission("ClassifyItem", 2, category="a"))
    assert (table.events, len(table.waiting)) == ([], 2)
    table.turn(command(number=3, category="b"))  # who asks over HTTP waits for no department
    turn = table.turn(*log(research()))
    assert [a.answer.outcome for a in turn.answered] == ["admitted", "admitted"]
    categories = ["Classified", "ResearchLogged", "Classified", "AssignmentAccepted", "Classified"]
    assert table.types == categories


def test_what_a_command_names_as_its_ground_must_have_been_read():
    table = Table()
    early = replace(command(category="a"), after=((CASE, "supervision", 1),))
    assert outcome(table.turn(early)) == "too-early"
    table.turn(*log(research()))
    assert outcome(table.turn(early)) == "admitted"


def test_a_ground_may_be_of_another_case_or_of_what_is_published():
    for ground, expected in (
        (("case/other", "intake", 2), "admitted"),
        (("case/other", "intake", 3), "too-early"),
        (("unit/so", "assignment", 1), "admitted"),
        (("unit/so", "assignment", 2), "too-early"),
    ):
        assert outcome(Table().turn(replace(command(category="a"), after=(ground,)))) == expected


def test_a_ground_that_is_no_token_is_refused_at_its_field():
    body = {"id": str(UUID(int=1)), "type": "ClassifyItem", "subject": CASE, "data": {}}
    tokens = ("nonsense", "case/\0@intake:1", "case/1@in take:1", "case/1@intake:" + "9" * 30)
    for token in tokens:
        turn = Table().turn(from_http(SERVICE, body | {"after": [token]}, ANNA, frozenset()))
        problem = json.loads(turn.answered[0].answer.answer)["problem"]
        assert (problem["code"], problem["field"]) == ("malformed", "after")


def test_nobody_overtakes_submissions_that_wait_and_were_not_loaded():
    table = Table(more_wait=True)
    assert table.turn(submission("ClassifyItem", 2, category="a")).answered == []
    assert (table.events, len(table.waiting)) == ([], 1)
    assert outcome(table.turn(command(category="a"))) == "admitted"  # over HTTP nobody waits


def test_an_event_that_rests_on_more_than_is_published_here_is_waited_for():
    table = Table()
    turn = table.turn(command(category="a"))
    behind = Table(offset_read=1)
    behind.turn(*(stored.wire for stored in table.events), caught_up=False)
    assert outcome(turn) == "admitted"
    assert outcome(behind.turn(command(number=2, category="b"))) == "too-early"


# -- reactions


def test_a_reaction_waits_until_the_service_has_caught_up():
    table = Table()
    table.turn(*log(FEEDBACK), caught_up=False)
    assert table.types == ["FeedbackReceived"]
    table.turn()
    assert table.types == ["FeedbackReceived", "Classified"]
    assert table.waiting == []


@pytest.fixture
def begins_anew(monkeypatch):
    anew = replace(SERVICE.aggregates["case"], begins=ItemRegistered)
    monkeypatch.setitem(SERVICE.aggregates, "case", anew)


@pytest.mark.usefixtures("begins_anew")
@pytest.mark.parametrize("caught_up", [True, False])
def test_a_reaction_to_what_was_said_before_its_subject_began_anew_comes_to_nothing(caught_up):
    """R007"""
    for facts, types in (
        ((REGISTERED, FEEDBACK, REGISTERED), []),
        ((REGISTERED, REGISTERED, FEEDBACK), ["Classified"]),
    ):
        table = Table()
        table.turn(*log(*facts), caught_up=caught_up)
        table.turn()
        assert table.types == [*(type(fact).__name__ for fact in facts), *types]
        assert table.waiting == []


def test_a_reaction_that_ran_before_a_rebuild_says_nothing_after_it():
    table, rebuilt = Table(), Table()
    table.turn(*log(FEEDBACK))
    rebuilt.turn(*(stored.wire for stored in table.events), caught_up=False)
    rebuilt.turn()
    assert rebuilt.types == table.types == ["FeedbackReceived", "Classified"]
    assert rebuilt.waiting == []


def test_a_reaction_is_caused_by_the_event_it_read():
    table = Table()
    turn = table.turn(*log(FEEDBACK))
    head = dict(turn.effects.events[1][0].wire.headers)
    assert head["ce_causationid"] == dict(log(FEEDBACK)[0].headers)["ce_id"]


def test_what_comes_of_a_clock_belongs_to_what_the_event_that_set_it_belongs_to():
    table = Table()
    set_by = decode(table.turn(command(category="a")).effects.events[0][0].wire)
    turn = table.turn(from_clock(CASE, Due("reply", NOON, set_by.id)))
    late = decode(turn.effects.events[0][0].wire)
    assert (late.causation, late.context.via) == (set_by.id, "clock")
    assert late.context.correlationid == set_by.context.correlationid != late.context.command.id


@pytest.mark.usefixtures("begins_anew")
def test_a_clock_set_anew_for_the_same_instant_runs_out_anew():
    """R007, R063: that of an item entered in error ran out before."""
    table = Table()
    for number, registered in enumerate(log(REGISTERED, REGISTERED), start=1):
        table.turn(registered)
        (set_by, _), *_ = table.turn(command(number=number, category="a")).effects.events
        clock = from_clock(CASE, Due("reply", NOON, decode(set_by.wire).id))
        for types in (["Classified"], []):
            events = table.turn(clock).effects.events
            assert [decode(each.wire).type for each, _ in events] == types


def test_the_event_that_set_a_clock_is_asked_for_where_only_the_fold_is_at_hand():
    table = Table()
    turn = table.turn(command(category="a"))
    set_by = decode(turn.effects.events[0][0].wire)
    table.events.clear()
    with pytest.raises(HistoryNeeded):
        table.turn(from_clock(CASE, Due("reply", NOON, set_by.id)), known=turn.folded)


# -- messages


def test_an_event_delivered_again_is_counted_and_dropped():
    table = Table()
    table.turn(*log(research()))
    turn = table.turn(*log(research()))
    assert (turn.redelivered, table.changes, len(table.events)) == (1, 1, 1)


def test_the_same_version_with_other_bytes_parks_the_case():
    table = Table()
    table.turn(*log(research("one")))
    turn = table.turn(*log(research("other")))
    assert turn.alarms == ["fork: another event has this version"]
    assert outcome(table.turn(command(category="a"))) == "case-parked"


def test_an_event_that_does_not_continue_its_stream_is_a_fork():
    one, two = log(research("one"), research("two"))
    other = log(research("other"), research("two"))
    table = Table()
    table.turn(one, other[1])
    assert [each.reason for each in table.parked] == [
        "fork: it does not continue the event before it"
    ]
    assert two not in [each.message.wire for each in table.parked]


def test_a_missing_event_parks_the_case_until_it_arrives():
    one, two, three = log(research("one"), research("two"), research("three"))
    table = Table()
    turn = table.turn(one, three)
    assert [each.reason for each in table.parked] == [GAP]
    assert turn.alarms == [GAP]
    table.turn(two)
    assert table.parked == []
    assert table.types == ["ResearchLogged"] * 3


def test_nothing_is_decided_while_an_own_event_is_missing_from_the_log():
    table, rebuilt = Table(), Table()
    for number, category in enumerate("abc", 1):
        table.turn(command(number=number, category=category))
    one, _, three = (stored.wire for stored in table.events)
    rebuilt.turn(one, three, caught_up=False)
    assert [each.reason for each in rebuilt.parked] == [GAP]
    assert outcome(rebuilt.turn(command(number=4, category="d"))) == "case-parked"
    assert rebuilt.types == ["Classified"]


def test_what_lies_behind_a_message_that_cannot_be_read_waits_and_is_redriven_in_order():
    poison, two = log(research("poison"), research("two"))
    table = Table()
    table.turn(poison, two, submission("ClassifyItem", category="a"))
    assert [each.reason for each in table.parked] == ["fault: ZeroDivisionError", "behind"]
    assert len(table.waiting) == 1
    table.turn(submission("ClassifyItem", category="a"), waited_ms=60_000)
    assert table.answers == {}  # a parked case's submissions wait without an end
    table.turn(redrive=True)
    assert [each.reason for each in table.parked] == ["fault: ZeroDivisionError", "behind"]


def test_a_redrive_goes_on_in_order_once_the_cause_is_gone(monkeypatch):
    poison, two = log(research("poison"), research("two"))
    table = Table()
    table.turn(poison, two, submission("ClassifyItem", category="a"))
    mended = replace_evolve(monkeypatch)
    turn = table.turn(redrive=True)
    assert mended
    assert table.parked == []
    assert table.types == ["ResearchLogged", "ResearchLogged", "Classified"]
    assert outcome(turn) == "admitted"


def test_what_a_fault_parked_is_no_redelivery_for_the_process_that_met_it(monkeypatch):
    (poison,) = log(research("poison"))
    table = Table()
    met = table.turn(poison)
    replace_evolve(monkeypatch)
    turn = table.turn(redrive=True, known=met.folded)
    assert (turn.redelivered, table.parked, table.types) == (0, [], ["ResearchLogged"])


def replace_evolve(monkeypatch):
    """Run a build whose fold is mended."""
    import toy_service as table

    from banli_engine.decider import Aggregate

    kinds = {"case": Aggregate((), table.decide, lambda state, event: state)}
    monkeypatch.setattr(table, "SERVICE", replace(table.SERVICE, aggregates=kinds))
    return True


def test_an_own_event_that_this_service_never_wrote_is_a_second_writer():
    table, other = Table(), Table()
    other.turn(command(category="a"))
    turn = table.turn(*(stored.wire for stored in other.events))
    assert turn.alarms == ["fork: an own event that this service never wrote"]


def test_an_own_event_behind_the_end_is_a_second_writer_also_for_who_has_not_caught_up():
    table, other = Table(), Table()
    table.turn(command(category="a"))
    (event,) = table.events
    other.ends = {("case-events", 0): 0}
    turn = other.turn(event.wire, caught_up=False)
    assert turn.alarms[0].startswith("fork:")
    assert other.events == []


def test_a_second_writers_event_stays_one_also_for_a_later_start():
    table, other = Table(), Table()
    table.turn(command(category="a"))
    (event,) = table.events
    other.turn(event.wire)
    other.ends = {("case-events", 0): 1_000}
    assert other.turn(redrive=True).stored == []
    assert [each.reason for each in other.parked] == [NEVER_WRITTEN]


def test_an_own_event_that_comes_back_is_no_news():
    table = Table()
    table.turn(command(category="a"))
    turn = table.turn(*(stored.wire for stored in table.events))
    assert (turn.redelivered, turn.alarms, table.changes) == (1, [], 1)


def test_a_message_under_another_key_is_parked():
    (wire,) = log(research())
    turn = Table().turn(replace(wire, key=b"case/2"))
    assert turn.alarms == ["unreadable: the key is no subject"]


# -- time


def test_recorded_time_is_never_before_what_the_subject_has_seen():
    table = Table()
    table.turn(*log(Said(research(), at=NOON + timedelta(hours=1))))
    turn = table.turn(command(category="a"))
    assert dict(turn.effects.events[0][0].wire.headers)["ce_time"] == b"2025-03-10T05:00:00.000000Z"


def test_recorded_time_is_never_before_its_cause():
    late = Cause("e", NOON + timedelta(hours=2), "c")
    turn = Table().turn(replace(command(category="a"), cause=late))
    assert dict(turn.effects.events[0][0].wire.headers)["ce_time"] == b"2025-03-10T06:00:00.000000Z"
