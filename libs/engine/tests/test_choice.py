"""A fork that is settled: what is kept goes on, what is not falls with all that continues it."""

from dataclasses import replace

import pytest
from toy_service import CASE, FACTS, HOLDS, Table, command, research
from toy_service import log as written

from banli_engine.choice import AWAITED, NOT_KEPT
from banli_engine.fold import HistoryNeeded
from banli_engine.reference import Reference, fold
from banli_engine.store import Loaded
from banli_engine.turn import take
from banli_events.assignment import Classified, ForkSettled
from banli_events.envelope import decode
from banli_events.intake import FeedbackReceived
from banli_events.subjects import fork_at
from banli_events.words import Grade
from banli_testing.grammar import publish, published

FORK = "fork: another event has this version"
NEVER_WRITTEN = "fork: an own event that this service never wrote"


def choice(wire, keep=None):
    """Settle the place of a message: it is kept, or what has this hash."""
    at = decode(wire)
    place = {"subject": CASE, "source": at.source, "version": at.version}
    settled = ForkSettled(**place, keep=keep or wire.hash.hex(), reason="Written twice.")
    return fork_at(*place.values()), settled


def settle(table, *choices):
    """Let the choices be read back."""
    table.facts = [*FACTS, *published(*choices)]


def branch(name, length=3):
    """A stream of foreign facts; the branches have only their first fact in common."""
    return written(research("first"), *(research(f"{name}{n}") for n in range(length - 1)))


def research_of(table):
    events = sorted(table.events, key=lambda e: (e.source, e.version))
    return [decode(e.wire).data.summary for e in events if e.source == "supervision"]


def held(table):
    return [each.reason for each in table.parked if each.reason != NOT_KEPT]


ONE, A2, A3 = branch("a")
_, B2, B3 = branch("b")


def test_keeping_the_stored_event_lets_the_rest_go_on_in_order():
    table = Table()
    table.turn(ONE, A2, B2, A3, command(category="x"))
    assert held(table) == [FORK, "behind"]
    settle(table, choice(A2))
    turn = table.turn(command(number=2, category="y"), redrive=True)
    assert research_of(table) == ["first", "a0", "a1"]
    assert held(table) == []
    assert turn.alarms == []
    assert [a.answer.outcome for a in turn.answered] == ["admitted"]


def test_keeping_the_parked_event_takes_the_stored_one_out_and_folds_anew():
    table = Table()
    assert table.turn(ONE, A2, B2).folded.hash_at("supervision", 2) == A2.hash
    settle(table, choice(B2))
    turn = table.turn(redrive=True)
    assert research_of(table) == ["first", "b0"]
    assert [stored.hash for stored, _ in turn.effects.out] == [A2.hash]
    assert turn.folded.hash_at("supervision", 2) == B2.hash
    assert turn.folded.state == ("researched", "researched")
    assert held(table) == []


def test_a_process_that_still_remembers_what_was_taken_out_begins_anew():
    table = Table()
    remembered = table.turn(ONE, A2, B2).folded
    settle(table, choice(B2))
    table.turn(redrive=True)
    turn = table.turn(command(number=2, category="y"), known=remembered)
    assert turn.folded.hash_at("supervision", 2) == B2.hash
    assert [a.answer.outcome for a in turn.answered] == ["admitted"]


def test_what_continues_an_event_that_is_not_kept_falls_with_it():
    table = Table()
    table.turn(ONE, A2, B2, B3, A3)
    settle(table, choice(A2))
    table.turn(redrive=True)
    assert research_of(table) == ["first", "a0", "a1"]
    *_, b4 = branch("b", 4)
    assert table.turn(b4).alarms == []  # B3 is known to have fallen, also later
    assert held(table) == []


def test_later_events_that_are_stored_fall_with_the_one_not_kept():
    table = Table()
    table.turn(ONE, A2, A3, B2, B3)
    settle(table, choice(B2))
    turn = table.turn(redrive=True)
    assert research_of(table) == ["first", "b0", "b1"]
    assert held(table) == []
    assert len(turn.effects.out) == 2
    *_, a4 = branch("a", 4)
    table.turn(a4)
    assert research_of(table) == ["first", "b0", "b1"]
    assert held(table) == []


@pytest.mark.parametrize("log", [(ONE, A2, A3, B2, B3), (ONE, A2, B2, A3, B3)])
@pytest.mark.parametrize("keep", [A2, B2])
def test_a_choice_leads_to_the_same_in_whatever_order_it_is_read(keep, log):
    stories = []
    for before in range(6):
        table = Table()
        for n, wire in enumerate(log):
            if n == before:
                settle(table, choice(keep))
            table.turn(wire)
        settle(table, choice(keep))
        table.turn(redrive=True)
        assert held(table) == []
        stories.append(research_of(table))
    assert stories == [stories[0]] * 6
    assert stories[0] == (["first", "a0", "a1"] if keep is A2 else ["first", "b0", "b1"])


def test_a_message_that_cannot_be_read_falls_where_another_is_kept():
    table = Table()
    table.turn(ONE, replace(A2, value=b"{"), A2)
    settle(table, choice(A2))
    table.turn(redrive=True)
    assert research_of(table) == ["first", "a0"]
    assert held(table) == []


def test_the_case_stays_parked_until_the_event_that_is_to_be_kept_arrives():
    table = Table()
    table.turn(ONE, A2, B2)
    settle(table, choice(A2, keep="ab" * 32))
    turn = table.turn(command(category="x"), redrive=True)
    assert held(table) == [AWAITED]
    assert turn.answered[0].why.code == "case-parked"
    assert research_of(table) == ["first", "a0"]


def test_nothing_is_decided_on_an_event_that_will_be_replaced():
    table = Table()
    table.turn(ONE, A2)
    settle(table, choice(B2))
    assert table.turn(command(category="x")).answered[0].why.code == "case-parked"
    table.turn(B2)
    assert research_of(table) == ["first", "b0"]
    assert table.turn(command(category="x")).answered[0].answer.outcome == "admitted"


def test_an_own_event_that_was_never_written_is_taken_over_with_what_lies_behind_it():
    strange = written(*(Classified(category=each) for each in "abc"))
    table = Table()
    table.turn(*strange[:2])
    assert held(table) == [NEVER_WRITTEN, "behind"]
    settle(table, choice(strange[0]))
    table.turn(redrive=True)
    assert held(table) == []
    assert table.types == ["Classified", "Classified"]
    assert table.turn(strange[2]).alarms == [NEVER_WRITTEN]  # whoever goes on writing is told


def test_an_own_event_is_replaced_by_the_one_that_another_writer_wrote():
    table = Table()
    table.turn(command(category="mine"))
    (strange,) = written(Classified(category="theirs"))
    table.turn(strange)
    assert held(table) == [FORK]
    settle(table, choice(strange))
    turn = table.turn(redrive=True)
    assert turn.folded.state == ("theirs",)
    assert turn.effects.out[0][1], "it is told that it is an own one: it is not sent any more"
    assert [own for _, own in turn.effects.events] == [False]


def test_the_reactions_to_what_is_kept_run():
    one = FeedbackReceived(signer="p1", grade=Grade.SATISFIED, received_on=HOLDS)
    (theirs,) = written(one.model_copy(update={"signer": "p2"}))
    table = Table()
    table.turn(*written(one.model_copy(update={"signer": "p3"})), caught_up=False)
    table.waiting.clear()
    table.turn(theirs)
    settle(table, choice(theirs))
    table.turn(redrive=True)
    assert table.types == ["FeedbackReceived", "Classified"]


def test_the_events_are_asked_for_where_only_their_fold_is_at_hand():
    table = Table()
    known = table.turn(ONE, A2).folded
    table.turn(B2)
    parked = list(table.parked)
    settle(table, choice(B2))
    desk = table.turn().desk
    with pytest.raises(HistoryNeeded):
        take(desk, CASE, Loaded(2, parked=parked), known, [], [])


def test_only_assignment_settles_and_only_once_under_the_places_own_subject():
    subject, settled = choice(A2)
    place = {(settled.source, settled.version): settled.keep}
    assert publish((subject, settled)).settled == {CASE: place}
    assert publish((fork_at("case/2", "supervision", 2), settled)).settled == {}
    other = settled.model_copy(update={"keep": "cd" * 32})
    again = [*published((subject, settled)), *published((subject, other))]
    reference = Reference()
    for event in again:
        reference = fold(reference, event)
    assert reference.settled == {CASE: place}


def test_a_choice_about_another_case_changes_nothing_here():
    table = Table()
    _, settled = choice(B2)
    elsewhere = settled.model_copy(update={"subject": "case/2"})
    table.facts = [*FACTS, *published((fork_at("case/2", "supervision", 2), elsewhere))]
    table.turn(ONE, A2, B2)
    table.turn(redrive=True)
    assert held(table) == [FORK]
    assert research_of(table) == ["first", "a0"]
