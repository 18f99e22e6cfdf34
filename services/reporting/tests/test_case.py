"""What a subject takes in, drops, and parks."""

from dataclasses import replace

import pytest

from banli_engine.store import Message
from banli_events.base import Event
from banli_events.envelope import Recorded, Wire, decode, encode
from banli_events.intake import ItemCorrected
from banli_reporting import case as cases
from banli_reporting.case import Case
from banli_reporting.places import read_events, read_places
from banli_reporting.store import gather
from banli_testing import story
from banli_testing.grammar import Said, record, said

PLACE = ("case-events", 3)
TITLE = ItemCorrected(field="title", before="a", after="b", reason="typo")
FACTS: tuple[Event | Said, ...] = (story.REGISTERED, TITLE, story.CLASSIFIED, story.PROPOSED)


def wires(*facts: Event | Said) -> list[Wire]:
    told: list[Recorded] = []
    for fact in facts:
        one = fact if isinstance(fact, Said) else said(fact)
        told.append(record(told, story.CASE, one))
    return [encode(each) for each in told]


def message(wire: Wire, offset: int) -> Message:
    return Message(*PLACE, offset, wire)


def taken(*given: Wire) -> Case:
    case = cases.begin(story.CASE, *PLACE)
    for offset, wire in enumerate(given):
        cases.take(case, message(wire, offset))
    return case


def reasons(case: Case) -> list[str]:
    return [each.reason.partition(":")[0] for each in case.held]


def other(wire: Wire, **headers: str) -> Wire:
    """The same message with other headers."""
    changed = tuple(
        (name, headers[name[3:]].encode() if name[3:] in headers else value)
        for name, value in wire.headers
    )
    return replace(wire, headers=changed)


def test_a_story_is_kept_as_it_lay_on_the_log() -> None:
    given = wires(*FACTS)
    case = taken(*given)
    batch = gather([case])
    ((*_, places, events),) = batch.chapters
    assert list(read_events(story.CASE, events)) == given
    assert [(each.source, each.version, each.offset) for each in read_places(places)] == [
        ("intake", 1, 0), ("intake", 2, 1), ("assignment", 1, 2), ("assignment", 2, 3),
    ]  # fmt: skip
    assert gather([case]) == type(batch)()  # written once


def test_the_same_bytes_again_are_a_redelivery() -> None:
    given = wires(*FACTS)
    case = taken(*given, given[1], given[0])
    assert case.redelivered == {PLACE: 2}
    assert not case.held
    assert sum(map(len, case.streams.values())) == len(given)


def test_the_same_version_with_other_bytes_is_a_fork_and_parks_what_follows() -> None:
    given = wires(*FACTS)
    case = taken(*given[:2], other(given[1], id="another"), *given[2:])
    assert reasons(case) == ["fork", "behind", "behind"]
    assert [each.reason for each in case.alarms] == [case.held[0].reason]


def test_a_broken_chain_is_a_fork() -> None:
    first, _ = wires(story.REGISTERED, TITLE)
    _, second = wires(story.REGISTERED_AS_CO, TITLE)
    assert reasons(taken(first, second)) == ["fork"]


def test_a_missing_event_parks_its_stream_until_it_arrives() -> None:
    given = wires(story.REGISTERED, TITLE, TITLE, story.CLASSIFIED)
    case = taken(given[0], given[2], given[3])
    assert reasons(case) == ["gap"]
    assert len(case.streams["assignment"]) == 1  # another stream goes on
    cases.take(case, message(given[1], 9))
    assert not case.held
    assert sum(map(len, case.streams.values())) == 4


def test_an_unreadable_event_parks_its_subject() -> None:
    given = wires(*FACTS)
    case = taken(given[0], replace(given[1], value=b"{"), given[2])
    assert reasons(case) == ["unreadable", "behind"]


def test_a_type_of_another_service_is_not_taken_from_this_one() -> None:
    (given,) = wires(story.CLASSIFIED)
    assert reasons(taken(other(given, source="intake"))) == ["unreadable"]


def test_an_unknown_type_is_kept_and_noted() -> None:
    first, second = wires(story.REGISTERED, TITLE)
    later = other(second, type="ItemBlessed", dataschema="urn:banli:ItemBlessed:1")
    case = taken(first, later)
    assert case.unknown == [("ItemBlessed", 1, "intake", 2)]
    assert not case.held


def test_a_fold_that_fails_parks_the_event_and_the_lines_are_folded_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = wires(*FACTS)
    real = cases.fold

    def fold(into: Case, event: Recorded) -> None:
        real(into, event)
        if event.type == "Classified":
            raise RuntimeError

    monkeypatch.setattr(cases, "fold", fold)
    case = taken(*given)
    assert reasons(case) == ["fault", "behind"]
    assert case.broken
    monkeypatch.setattr(cases, "fold", real)
    case.refold(cases.begin(story.CASE, *PLACE).lines, case.events)
    assert case.lines == taken(*given[:2]).lines
    cases.redrive(case)
    assert not case.held
    assert case.lines == taken(*given).lines


def test_redrive_goes_on_in_order_up_to_what_still_does_not_fit() -> None:
    given = wires(*FACTS)
    fork = other(given[1], id="another")
    case = taken(*given[:2], fork, given[2])
    cases.redrive(case)
    assert reasons(case) == ["fork", "behind"]
    case.hold([each for each in case.held if each.message.wire != fork])
    cases.redrive(case)
    assert not case.held
    assert len(case.streams["assignment"]) == 1


def test_the_place_of_a_known_event_is_never_taken_on_the_number_alone() -> None:
    given = wires(*FACTS)
    changed = replace(given[0], value=(given[0].value or b"").replace(b"unsafe", b"unsafE"))
    assert decode(changed).version == 1
    assert reasons(taken(*given, changed)) == ["fork"]


def test_a_subject_whose_first_event_fails_has_no_line_yet() -> None:
    case = taken(replace(wires(*FACTS)[0], value=b"{"))
    case.refold(case.lines, b"")
    batch = gather([case])
    assert (batch.chapters, batch.lines) == ([], {})
    assert len(batch.held) == 1


def test_a_gap_that_closes_in_its_batch_is_named_once() -> None:
    given = wires(story.REGISTERED, TITLE, TITLE)
    case = taken(given[0], given[2], given[1])
    assert [each.reason for each in case.alarms] == ["gap"]
    assert not gather([case]).held
    assert case.alarms == []
