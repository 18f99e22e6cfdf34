"""Check a whole log: every record once, in the order of its partition, without Kafka at hand."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import TypeAlias

from banli_audit.checks.causes import Causes
from banli_audit.checks.commands import Commands, check_last, check_parts, is_incomplete
from banli_audit.checks.known import Known, facts_of
from banli_audit.checks.meetings import Meetings
from banli_audit.checks.origin import check_origin
from banli_audit.checks.published import Published
from banli_audit.checks.rules import judge
from banli_audit.checks.rules.stopping import check_misses
from banli_audit.checks.settling import check_choice
from banli_audit.checks.sight import Unmet, check_seen
from banli_audit.checks.speakers import check_speaker
from banli_audit.checks.streams import UNKNOWN_PART, Place, Stream
from banli_audit.checks.systems import check_system
from banli_audit.codes import Code
from banli_audit.facts import FIRST, fold
from banli_audit.findings import Report, finding
from banli_audit.records import End, Fault, Heading, Record, heading, heading_of_unreadable
from banli_audit.settled import Settled
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, Unreadable, Wire, decode
from banli_events.subjects import REFERENCE_EVENTS, kind_of

Given: TypeAlias = Record | Fault | End
Streams: TypeAlias = dict[str, Stream]  # by source

IN_FLIGHT = 10.0
"""Seconds within which the other parts of a command may still be on their way to a living log."""


def verify(given: Iterable[Given], partitions: Mapping[str, int]) -> Report:
    """Check a log; `reference-events` comes first, and each partition in the order of its offsets.

    `partitions` tells how many partitions each topic has. After a partition's `End` nothing of it
    may follow; without such marks all is settled at the end.
    """
    verifier = Verifier(partitions)
    for each in given:
        verifier.take(each)
    return verifier.finish()


class Verifier:
    """One pass over a log, with what must be kept of it to judge what follows."""

    def __init__(self, partitions: Mapping[str, int], opened: float = inf) -> None:
        self.report = Report()
        self._opened = opened  # when the ends of the log were asked, by the broker's clock
        self._partitions = partitions
        self._subjects: dict[tuple[str, int], dict[str, Streams]] = {}  # by topic and partition
        self._unmet: dict[tuple[str, int], list[Unmet]] = {}
        self._next: dict[tuple[str, int], int] = {}
        self._causes = Causes()
        self._commands = Commands()
        self._meetings = Meetings()
        self._published = Published()
        self._settled = Settled()
        self._fallen: list[tuple[Heading, float]] = []
        self._held: list[Given] | None = []  # `reference-events`, until all choices are known

    def take(self, given: Given) -> None:
        """Check one record, note what the reader found, or settle a partition."""
        if self._held is not None:
            if given.topic == REFERENCE_EVENTS and not isinstance(given, End):
                self._held.append(given)
                if isinstance(given, Record):
                    self._settled.learn(given)
                return
            self._release()
        self._take(given)

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for given in held:
            self._take(given)

    def _take(self, given: Given) -> None:
        match given:
            case Record():
                self._check(given)
            case Fault():
                at = Heading(given.topic, given.partition, given.offset)
                self.tell(given.code, at, why="its batch cannot be unpacked")
            case End():
                self._settle((given.topic, given.partition))

    def finish(self) -> Report:
        """Settle what is left and give the report, its findings in the order of the log."""
        if self._held is not None:
            self._release()
        for place in list(self._subjects):
            self._settle(place)
        for at, time in self._fallen:  # what they led to was said, though they fell
            self._causes.add(at, time, _silent)
        self._causes.settle(self.tell)
        self._meetings.settle(self.tell)
        self.report.settled = self._settled.choices
        for choice in self._settled.choices:
            if choice.kept_at is None:
                self.tell(Code.KEPT_MISSING, choice.at)
        self.report.findings.sort(key=lambda each: (each.topic, each.partition, each.offset))
        return self.report

    def tell(self, code: Code, at: Heading, **values: object) -> None:
        """Note a finding."""
        self.report.findings.append(finding(code, at, **values))

    def _check(self, record: Record) -> None:
        self.report.records += 1
        self._check_offset(record)
        try:
            event = decode(record.wire)
            digest = event.hash
        except Unreadable as fault:
            digest = record.wire.hash
            found = self._read_under_its_subject(record)
            if found is None:
                self._enter_unreadable(record, digest, str(fault))
                return
            event = found
        at = heading(record, event)
        if self._falls(record, at, digest, event):
            return
        if check_origin(at, record.wire, self._partitions, self.tell):
            self._enter(at, event, digest, record.appended)

    def _falls(self, record: Record, at: Heading, digest: bytes, event: Recorded | None) -> bool:
        """Tell whether another record was chosen to be kept: then this one is not judged."""
        if not self._settled or record.wire.key != at.subject.encode():
            return False
        if not self._settled.falls(at, digest, event.context.previous if event else None):
            return False
        if event is not None:
            self.report.events += 1
            self._fallen.append((at, event.time.timestamp()))
        return True

    def _check_offset(self, record: Record) -> None:
        place = (record.topic, record.partition)
        expected = self._next.get(place, 0)
        if record.offset > expected:
            at = Heading(record.topic, record.partition, record.offset)
            code = Code.OFFSET_GAP if expected else Code.BEGINNING_MISSING
            self.tell(code, at, count=record.offset - expected)
        self._next[place] = record.offset + 1

    def _read_under_its_subject(self, record: Record) -> Recorded | None:
        """Read an event although its key is not its subject: the rest of it still counts."""
        named = [value for name, value in record.wire.headers if name == "ce_subject"]
        try:
            return decode(Wire(named[0], record.wire.headers, record.wire.value))
        except (IndexError, Unreadable):
            return None

    def _enter_unreadable(self, record: Record, digest: bytes, why: str) -> None:
        """Keep an unreadable record's place in its stream, so that no gap is told as well."""
        at = heading_of_unreadable(record)
        if self._falls(record, at, digest, None):
            return
        self.tell(Code.UNREADABLE, at, why=why)
        if not (at.subject and at.source and at.version):
            return
        stream = self._streams(at).setdefault(at.source, Stream())
        if at.version == len(stream) + 1:
            stream.enter_unread(at, digest)
            self._published.doubt(at.subject)

    def _streams(self, at: Heading) -> Streams:
        subjects = self._subjects.setdefault((at.topic, at.partition), {})
        return subjects.setdefault(at.subject, {})

    def _enter(self, at: Heading, event: Recorded, digest: bytes, appended: float) -> None:
        """Enter an event into its stream; what was there before is not judged again."""
        streams = self._streams(at)
        stream = streams.setdefault(at.source, Stream())
        place = stream.place(at, digest, event.context.previous, self.tell)
        if place is Place.AGAIN:
            self.report.redeliveries += 1
            return
        self.report.events += 1
        if place is Place.FORK:
            return
        time = event.time.timestamp()
        self._causes.add(at, time, self.tell)
        self._causes.check(at, event, time, self.tell)
        self._commands.check(at, event, self.tell)
        if _is_own(event):
            self._meetings.note(at, event)
        if place is Place.LATE:
            self.report.not_judged += 1
            return
        unmet = self._unmet.setdefault((at.topic, at.partition), [])
        before = len(unmet)
        latest = check_seen(at, event, streams, unmet, self.tell)
        if self._settled:
            fell = self._settled.fell
            unmet[before:] = [
                u for u in unmet[before:] if not fell(at.subject, u.source, u.version)
            ]
        if time < max(latest, stream.times[-1] if stream.times else 0.0):
            self.tell(Code.TIME_BACKWARDS, at)
        if place is Place.AHEAD or self._settled.takes_over(at):
            stream.part = UNKNOWN_PART
        check_parts(at, event, stream, self.tell)
        self._judge(at, event, streams)
        self._append(at, event, stream, time, _begun(streams, event))
        stream.appended = appended

    def _append(
        self, at: Heading, event: Recorded, stream: Stream, time: float, begun: int
    ) -> None:
        stream.times.append(max(time, stream.times[-1] if stream.times else 0.0))
        facts = (stream.facts[-1] if stream.facts else None) or FIRST.get(at.source)
        known = EVENTS.get(event.type)
        if known is None:
            self.report.unknown_types[event.type] += 1
            stream.doubt(at.version)
        elif event.schema > known.model.schema_version:
            self.report.newer_schemas[f"{event.type}-{event.schema}"] += 1
        stream.facts.append(fold(facts, event, begun) if _is_own(event) else facts)
        stream.last = at
        if at.topic == REFERENCE_EVENTS:
            if _is_own(event):
                self._published.fold(at.offset, event)
                check_choice(at, event, self._settled, self.tell)
            if stream.doubtful_from:
                self._published.doubt(at.subject)

    def _judge(self, at: Heading, event: Recorded, streams: Streams) -> None:
        """Judge a sentence on the log of cases by exactly what was known when it was said."""
        if (event.context.reference or 0) > self._next.get((REFERENCE_EVENTS, 0), 0):
            self.tell(Code.REFERENCE_AHEAD, at)
        if at.topic == REFERENCE_EVENTS or not _is_own(event):
            return
        facts = facts_of(streams, {**event.context.seen, at.source: at.version - 1})
        if facts is None or self._settled.unsure(at, event):
            self.report.not_judged += 1
            return
        caused_at = self._causes.time_of(event.causation)
        known = Known(event=event, published=self._published, caused_at=caused_at, **facts)
        rules = judge(known) if kind_of(at.subject) in ("case", "person") else ()
        for code in (*check_speaker(known), *check_system(known), *rules):
            self.tell(code, at)

    def _settle(self, place: tuple[str, int]) -> None:
        subjects = self._subjects.pop(place, {})
        for streams in subjects.values():
            for stream in streams.values():
                stream.settle(self.tell)
                if stream.appended > self._opened - IN_FLIGHT and is_incomplete(stream):
                    self.report.in_flight += 1
                else:
                    check_last(stream, self.tell)
            supervision = streams.get("supervision")
            if supervision and supervision.appended <= self._opened - IN_FLIGHT:
                check_misses(streams, self.tell)
            self.report.streams += len(streams)
        self.report.subjects += len(subjects)
        for unmet in self._unmet.pop(place, []):
            unmet.settle(subjects, self.tell)


def _silent(code: Code, at: Heading, **values: object) -> None:
    """Tell nothing."""


def _is_own(event: Recorded) -> bool:
    """Tell whether this build knows the type, and its owner said it."""
    known = EVENTS.get(event.type)
    return known is not None and known.source == event.source


def _begun(streams: Streams, event: Recorded) -> int:
    """Tell with which version of intake the case had begun anew, as the event knew."""
    intake, seen = streams.get("intake"), event.context.seen.get("intake", 0)
    known = intake.facts[seen - 1] if intake and 0 < seen <= len(intake.facts) else None
    return known.begun if known else 0
