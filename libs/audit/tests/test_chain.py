"""Chains, places, causes and commands: each damage is named, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from banli_audit.codes import Code
from banli_audit.records import Fault
from banli_audit.verify import Verifier, verify
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.envelope import CommandRef, Wire
from banli_events.intake import FeedbackReceived, ItemRegistered
from banli_events.supervision import (
    CaseArchived,
    CaseSummaryFiled,
    DeadlineSet,
    ProposerContacted,
    ReplyReviewed,
    ResearchLogged,
)
from banli_events.words import Actor

PARTITIONS = {"case-events": 12, "reference-events": 1}
NOWHERE = "00000000-0000-7000-8000-000000000000"
OFFICE = Actor(person="p-off", post="office", unit="office")


def drop(log: Any) -> None:
    log.play()
    del log.records[log.record_of(log.last(ResearchLogged))]


def drop_and_close_the_gap(log: Any) -> None:
    log.play()
    at = log.record_of(log.last(ResearchLogged))
    del log.records[at]
    log.records[at:] = [replace(each, offset=each.offset - 1) for each in log.records[at:]]


def lose_the_beginning(log: Any) -> None:
    log.records = [replace(each, offset=each.offset + 5) for each in log.records]


def flip(log: Any) -> None:
    log.play()
    log.change(log.last(ResearchLogged), b"Saw it.", b"Saw at.")


def flip_the_link(log: Any) -> None:
    log.play()
    event = log.last(ResearchLogged)
    old = event.context.previous.encode()
    log.change(event, old, bytes([old[0] ^ 1]) + old[1:])


def fork(log: Any) -> None:
    log.play()
    log.step(ProposerContacted, version=log.last(ResearchLogged).version, previous="ab" * 32)


def swap(log: Any) -> None:
    log.play()
    one = log.record_of(log.last(Classified))
    two = log.record_of(log.last(AssignmentProposed))
    first, second = log.records[one], log.records[two]
    log.records[one] = replace(first, wire=second.wire)
    log.records[two] = replace(second, wire=first.wire)


def write_no_json(log: Any) -> None:
    log.play()
    log.change(log.last(FeedbackReceived), b'{"context"', b'["context"')


def write_no_event(log: Any) -> None:
    log.put(Wire(None, (), None), "case-events", 3)


def take_another_key(log: Any) -> None:
    log.play()
    at = log.record_of(log.last(FeedbackReceived))
    wire = log.records[at].wire
    log.records[at] = replace(log.records[at], wire=Wire(b"x", wire.headers, wire.value))


DAMAGES: list[tuple[Callable[[Any], None], set[Code]]] = [
    (drop, {Code.OFFSET_GAP, Code.VERSION_MISSING}),
    (drop_and_close_the_gap, {Code.VERSION_MISSING}),
    (lose_the_beginning, {Code.BEGINNING_MISSING}),
    (flip, {Code.CHANGED}),
    (flip_the_link, {Code.LINK_BROKEN, Code.CHANGED}),
    (fork, {Code.FORK}),
    (swap, {Code.REORDERED}),
    (write_no_json, {Code.UNREADABLE}),
    (write_no_event, {Code.UNREADABLE}),
    (take_another_key, {Code.WRONG_KEY}),
]


@pytest.mark.parametrize(("damage", "codes"), DAMAGES)
def test_a_damaged_record_is_named_and_nothing_else(
    log: Any, damage: Callable[[Any], None], codes: set[Code]
) -> None:
    damage(log)
    assert set(log.codes()) == codes


Said = dict[str, Any] | Callable[[Any], dict[str, Any]]


def command(part: int, of: int) -> Said:
    return lambda log: {"command": CommandRef(id=log.id(), hash="ab" * 32, part=part, of=of)}


def caused_by(type_: type[Event]) -> Said:
    return lambda log: {"causation": log.last(type_).id}


ENVELOPES: list[tuple[type[Event], Said, set[Code]]] = [
    (ReplyReviewed, {"partition": 0}, {Code.WRONG_PARTITION}),
    (ItemRegistered, {"topic": "reference-events", "partition": 0}, {Code.WRONG_TOPIC}),
    (Classified, {"source": "supervision", "seen": {"intake": 1}}, {Code.WRONG_SOURCE}),
    (ItemRegistered, {"previous": "ab" * 32}, {Code.FIRST_HAS_PREVIOUS}),
    (AssignmentProposed, {"previous": None}, {Code.NO_PREVIOUS}),
    (Classified, lambda log: {"id": log.last(ItemRegistered).id}, {Code.ID_REUSED}),
    (DeadlineSet, {"causation": NOWHERE}, {Code.CAUSE_MISSING}),
    (DeadlineSet, caused_by(Classified), {Code.CAUSE_WRONG}),
    (DeadlineSet, {"via": "clock"}, {Code.CAUSE_WRONG}),
    (Classified, caused_by(ItemRegistered), {Code.CAUSE_WRONG}),
    (DeadlineSet, {"seen": {"intake": 1}}, {Code.CAUSE_UNSEEN, Code.NOT_ASSIGNED}),
    (
        DeadlineSet,
        lambda log: {"time": log.last(Assigned).time - timedelta(seconds=1)},
        {Code.TIME_BACKWARDS, Code.TIME_BEFORE_CAUSE},
    ),
    (
        AssignmentProposed,
        lambda log: {"time": log.last(ItemRegistered).time - timedelta(seconds=1)},
        {Code.TIME_BACKWARDS},
    ),
    (Classified, {"seen": {"intake": 2}}, {Code.SEEN_UNKNOWN}),
    (Classified, {"seen": {"intake": 1, "assignment": 1}}, {Code.SEEN_OWN}),
    (AssignmentProposed, {"seen": {}}, {Code.SEEN_BACKWARDS, Code.NOT_REGISTERED}),
    (Classified, {"reference": 99}, {Code.REFERENCE_AHEAD}),
    (Classified, command(2, 2), {Code.PARTS_BROKEN}),
    (Classified, command(3, 2), {Code.PARTS_BROKEN}),
    (Classified, command(1, 2), {Code.PARTS_INCOMPLETE}),
    (Classified, {"schema": 0}, {Code.UNREADABLE}),
]


@pytest.mark.parametrize(("type_", "said", "codes"), ENVELOPES)
def test_an_envelope_out_of_line_is_named_and_nothing_else(
    log: Any, type_: type[Event], said: Said, codes: set[Code]
) -> None:
    log.play(type_)
    log.step(type_, **(said(log) if callable(said) else said))
    assert set(log.codes()) == codes


def test_a_damaged_event_is_named_itself_with_its_place(log: Any) -> None:
    flip(log)
    event = log.last(ResearchLogged)
    lies = log.records[log.record_of(log.last(ProposerContacted)) + 1]
    (found,) = log.verify().findings
    assert (found.event, found.version, found.source) == (event.id, event.version, "supervision")
    assert (found.topic, found.partition, found.offset) == (
        lies.topic,
        lies.partition,
        lies.offset,
    )
    assert found.sentence.endswith(f"version {event.version + 1} says of it.")


def test_a_missing_event_is_named_by_its_version(log: Any) -> None:
    drop_and_close_the_gap(log)
    lost = log.last(ResearchLogged).version
    (found,) = log.verify().findings
    assert found.sentence == f"Version {lost} is missing before version {lost + 1}."
    assert found.version == lost + 1


def test_what_rests_on_a_missing_event_is_not_judged_but_counted(log: Any) -> None:
    drop(log)
    assert log.verify().not_judged == 10


def test_the_same_bytes_again_are_counted_and_no_finding(log: Any) -> None:
    log.play()
    for event in (log.last(Classified), log.last(ResearchLogged)):
        record = log.records[log.record_of(event)]
        log.put(record.wire, record.topic, record.partition)
    report = log.verify()
    assert (report.findings, report.redeliveries) == ([], 2)


def test_a_command_id_used_for_another_command_is_named(log: Any) -> None:
    log.play(AssignmentProposed)
    first = log.last(Classified).context.command
    log.step(AssignmentProposed, command=first.model_copy(update={"hash": "ef" * 32}))
    assert log.codes() == [Code.COMMAND_REUSED]


def test_parts_of_two_commands_do_not_mix(log: Any) -> None:
    log.play(Classified)
    one = CommandRef(id=log.id(), hash="ab" * 32, part=1, of=2)
    log.step(Classified, command=one)
    log.step(AssignmentProposed)
    assert log.codes() == [Code.PARTS_BROKEN]


def test_a_command_whose_parts_may_be_on_their_way_is_counted_and_no_finding(log: Any) -> None:
    log.play(Classified)
    one = CommandRef(id=log.id(), hash="ab" * 32, part=1, of=2)
    log.step(Classified, command=one)
    log.records[-1] = replace(log.records[-1], appended=1_000.0)
    soon, later = Verifier(PARTITIONS, opened=1_005.0), Verifier(PARTITIONS, opened=1_011.0)
    for record in log.records:
        soon.take(record)
        later.take(record)
    assert (soon.finish().findings, soon.report.in_flight) == ([], 1)
    assert [each.code for each in later.finish().findings] == [Code.PARTS_INCOMPLETE]


def test_a_version_that_lies_after_what_rests_on_it_is_named(log: Any) -> None:
    log.play(AssignmentAccepted)
    log.step(ProposerContacted, seen={"intake": 1, "assignment": 4})
    log.step(AssignmentAccepted)
    assert log.codes() == [Code.SEEN_LATER]


def test_a_cause_that_lies_after_its_effect_is_named(log: Any) -> None:
    log.play(Assigned)
    cause = log.id()
    log.subject = "campaign/1"
    log.say(Classified(category="x"), via="reaction:early", causation=cause)
    log.say(Classified(category="y"), OFFICE, id=cause)
    assert log.codes() == [Code.CAUSE_LATER]


def test_a_cause_on_another_partition_is_held_to_its_time(log: Any) -> None:
    log.subject = "campaign/1"
    cause = log.say(Classified(category="x"), OFFICE)
    log.subject = "campaign/2"
    log.say(Classified(category="y"), via="reaction:r", causation=cause.id)
    assert log.codes() == []
    log.say(Classified(category="z"), via="reaction:r", causation=cause.id, time=log.said[0].time)
    assert Code.CAUSE_LATER in log.codes()


def test_the_parts_of_a_command_are_said_by_one_person(log: Any) -> None:
    log.play(CaseSummaryFiled)
    log.records.pop(), log.said.pop(), log.records.pop(), log.said.pop()
    command = CommandRef(id=log.id(), hash="c2" * 32, part=1, of=2)
    log.step(CaseSummaryFiled, command=command)
    log.step(CaseArchived, OFFICE, command=command.model_copy(update={"part": 2}))
    assert log.codes() == [Code.PARTS_BROKEN]


def test_a_schema_of_another_type_is_named(log: Any) -> None:
    event = log.step(ItemRegistered)
    log.change(event, b"urn:banli:ItemRegistered:1", b"urn:banli:Classified:1")
    assert log.codes() == [Code.WRONG_SCHEMA]


def test_an_unknown_type_is_counted_and_what_rests_on_it_not_judged(log: Any) -> None:
    log.play(Classified)
    log.step(Classified, type="Unheard")
    log.step(AssignmentProposed)
    report = log.verify()
    assert report.findings == []
    assert (dict(report.unknown_types), report.not_judged) == ({"Unheard": 1}, 1)


def test_a_newer_schema_is_counted_and_no_finding(log: Any) -> None:
    log.step(ItemRegistered, schema=9)
    report = log.verify()
    assert report.findings == []
    assert dict(report.newer_schemas) == {"ItemRegistered-9": 1}


def test_the_rest_is_checked_after_a_record_that_cannot_be_read(log: Any) -> None:
    write_no_json(log)
    log.step(ProposerContacted, previous="ab" * 32)
    assert set(log.codes()) == {Code.UNREADABLE, Code.CHANGED}


def test_a_record_that_names_no_stream_makes_none(log: Any) -> None:
    before = log.verify().streams
    write_no_event(log)
    assert log.verify().streams == before


def test_what_was_written_first_stands_where_there_is_a_fork(log: Any) -> None:
    log.play(AssignmentProposed)
    first = log.last(Classified)
    log.step(Classified, version=1, previous=None, source="assignment")
    log.said.pop()
    log.said.append(first)
    log.step(AssignmentProposed, version=2, previous=first.hash.hex(), seen={"intake": 1})
    report = log.verify()
    assert [each.code for each in report.findings] == [Code.FORK]
    assert report.streams == 11 - 1  # supervision has said nothing yet


def test_a_part_whose_first_part_is_missing_is_not_named_as_well(log: Any) -> None:
    log.play()
    del log.records[log.record_of(log.last(CaseSummaryFiled))]
    assert set(log.codes()) == {Code.OFFSET_GAP, Code.VERSION_MISSING}


def test_nobody_is_held_to_what_cannot_be_known_of_a_post(log: Any) -> None:
    log.play()
    lost = next(each for each in log.said if each.subject == "post/handler")
    del log.records[log.record_of(lost)]
    assert set(log.codes()) == {Code.OFFSET_GAP, Code.VERSION_MISSING}


def test_a_reference_event_does_not_rest_on_what_lies_after_it(log: Any) -> None:
    since = log.now.date()
    log.say(UnitOpened(name="New", since=since), subject="unit/new", reference=99)
    assert log.codes() == [Code.REFERENCE_AHEAD]


def test_a_fault_of_the_reader_is_a_finding() -> None:
    faults = [Fault(code, "case-events", 3, 7) for code in (Code.CHECKSUM, Code.END_MISSING)]
    report = verify(faults, PARTITIONS)
    assert [each.code for each in report.findings] == [Code.CHECKSUM, Code.END_MISSING]
    assert str(report.findings[0]).startswith("checksum  case-events/3@7  -  -  The checksum")
