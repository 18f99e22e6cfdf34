"""A fork that is settled: what is kept goes on, what is not falls, in whatever order it is read."""

from typing import Any

import pytest

from banli_engine.choice import AWAITED, NOT_KEPT
from banli_engine.fold import place
from banli_engine.store import Message
from banli_events.assignment import ForkSettled
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, encode
from banli_events.intake import ItemCorrected
from banli_events.subjects import fork_at
from banli_reporting import case as cases
from banli_reporting.case import Case
from banli_reporting.places import read_events, read_places
from banli_reporting.settling import Kept, bind, follow, learn
from banli_reporting.store import gather
from banli_testing import story
from banli_testing.grammar import record, said

FORK = "fork: another event has this version"
PLACE = ("case-events", 3)


def wires(*facts: Event) -> list[Wire]:
    told: list[Recorded] = []
    for fact in facts:
        told.append(record(told, story.CASE, said(fact)))
    return [encode(each) for each in told]


def corrected(after: str) -> ItemCorrected:
    return ItemCorrected(field="title", before="x", after=after, reason="typo")


ONE, A2, A3 = wires(story.REGISTERED, corrected("a2"), corrected("a3"))
_, B2, B3 = wires(story.REGISTERED, corrected("b2"), corrected("b3"))


def keeping(wire: Wire) -> Kept:
    return {place(wire): wire.hash.hex()}


class Told:
    """A case as the database would have it."""

    def __init__(self) -> None:
        self.case = cases.begin(story.CASE, *PLACE)
        self.places = self.events = b""
        self.offset = 0

    def take(self, *given: Wire) -> "Told":
        for wire in given:
            self.offset += 1
            cases.take(self.case, Message(*PLACE, self.offset, wire))
        self.write()
        return self

    def write(self) -> None:
        retold = self.case.retold
        for _, first, *_, places, events in gather([self.case]).chapters:
            assert first == (0 if retold else len(list(read_places(self.places))))
            self.places = places if retold else self.places + places
            self.events = events if retold else self.events + events

    def follow(self, kept: Kept | None) -> "Told":
        follow(self.case, kept, self.places, self.events)
        self.write()
        return self

    @property
    def story(self) -> list[Wire]:
        return list(read_events(story.CASE, self.events))


def lines(told: Told) -> Any:
    return told.case.lines


@pytest.mark.parametrize(("keep", "branch"), [(A2, [ONE, A2, A3]), (B2, [ONE, B2, B3])])
@pytest.mark.parametrize("log", [(ONE, A2, A3, B2, B3), (ONE, A2, B2, A3, B3)])
@pytest.mark.parametrize("before", range(6))
def test_a_choice_leads_to_the_same_in_whatever_order_it_is_read(
    keep: Wire, branch: list[Wire], log: tuple[Wire, ...], before: int
) -> None:
    told = Told()
    for n, wire in enumerate(log):
        if n == before:
            told.follow(keeping(keep))
        told.take(wire)
    told.follow(keeping(keep))
    assert told.story == branch
    assert told.case.held == []
    assert {each.reason for each in told.case.fallen} == {NOT_KEPT}
    assert lines(told) == lines(Told().take(*branch))


def test_what_fell_is_known_again_from_the_database() -> None:
    told = Told().take(ONE, A2, B2).follow(keeping(A2))
    again = Case(story.CASE, *PLACE, lines=told.case.lines, streams=told.case.streams)
    again.hold(told.case.aside)
    bind(again, keeping(A2))
    cases.take(again, Message(*PLACE, 9, B3))
    assert again.held == []
    assert len(again.fallen) == 2


def test_the_case_stays_parked_until_what_is_to_be_kept_arrives() -> None:
    told = Told().take(ONE, A2, B2).follow({place(A2): "ab" * 32})
    assert [each.reason for each in told.case.held] == [AWAITED]
    assert told.story == [ONE, A2]


def test_a_fork_of_which_nothing_was_settled_stays_parked() -> None:
    told = Told().take(ONE, A2, B2, A3).follow(None)
    assert [each.reason for each in told.case.held] == [FORK, "behind"]


def test_a_choice_counts_under_its_own_subject_and_only_the_first() -> None:
    settled: dict[str, dict[tuple[str, int], str]] = {}
    learn(settled, fork_choice(under="fork/elsewhere"))
    assert settled == {}
    learn(settled, fork_choice())
    learn(settled, fork_choice(keep="cd" * 32))
    assert settled == {story.CASE: {("intake", 2): "ab" * 32}}


def fork_choice(keep: str = "ab" * 32, under: str | None = None) -> Wire:
    choice = ForkSettled(subject=story.CASE, source="intake", version=2, keep=keep, reason="x")
    return encode(record([], under or fork_at(story.CASE, "intake", 2), said(choice)))
