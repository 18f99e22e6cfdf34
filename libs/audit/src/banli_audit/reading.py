"""Read the log from Kafka alone: no group, the ends asked first, and by position to those ends."""

import logging
import struct
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic, time
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    AuthorizationError,
    CorruptRecordError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from banli_audit.codes import Code
from banli_audit.records import End, Fault, Record
from banli_audit.settings import MECHANISMS, Settings
from banli_events.envelope import Wire
from banli_events.subjects import CASE_EVENTS, REFERENCE_EVENTS

STALLED = 30.0
"""Seconds without a record before the end, after which the reader gives up."""

_TELLING = (AuthorizationError, SaslAuthenticationFailedError, UnsupportedSaslMechanismError)

_SKIPPED = 1_000
"""How many offsets are tried, one by one, to get past what no client can unpack."""


class CannotRead(Exception):
    """The log cannot be read; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Span:
    """One partition as the broker describes it: from its first record to its end."""

    topic: str  # without the epoch
    partition: int
    begin: int
    end: int


class Log:
    """The two topics that hold all events, from their first records to the ends met at opening."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._consumer = _consumer(settings)
        self.opened = time()
        try:
            # What a case rests on was published before it: so the end of the cases is asked first.
            cases, reference = (self._spans(topic) for topic in (CASE_EVENTS, REFERENCE_EVENTS))
        except BaseException:
            self._consumer.close()
            raise
        self.spans = [*reference, *cases]
        self.partitions: Mapping[str, int] = {
            CASE_EVENTS: len(cases),
            REFERENCE_EVENTS: len(reference),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._consumer.close()

    @property
    def length(self) -> int:
        """Count the offsets between the beginnings and the ends."""
        return sum(span.end - span.begin for span in self.spans)

    def read(self) -> Iterator[Record | Fault | End]:
        """Read all partitions, one after the other, those of `reference-events` first."""
        for span in self.spans:
            yield from self.read_span(span)

    def read_span(self, span: Span) -> Iterator[Record | Fault | End]:
        """Read one partition to its end; what cannot be read is a fault, and the rest goes on."""
        if span.begin == span.end > 0:
            yield Fault(Code.BEGINNING_MISSING, span.topic, span.partition, span.begin)
        at = span.begin
        told = set[str]()
        while at < span.end:
            try:
                for record in self._records(span, at):
                    at = record.offset + 1
                    yield record
                at = span.end
            except CorruptRecordError as damage:
                if str(damage) not in told:  # it names the batch; one finding for each
                    told.add(str(damage))
                    yield Fault(Code.CHECKSUM, span.topic, span.partition, at)
                at = yield from self._unchecked(span, at)
            except OffsetOutOfRangeError:
                yield Fault(Code.END_MISSING, span.topic, span.partition, at)
                at = span.end
            except KafkaError as fault:
                raise _why(fault, self._settings) from None
            except (ValueError, struct.error):  # the client's parser met bytes it cannot unpack
                yield Fault(Code.UNREADABLE, span.topic, span.partition, at)
                at = yield from self._unchecked(span, at + 1)
        yield End(span.topic, span.partition)

    def _spans(self, topic: str) -> list[Span]:
        named = self._settings.topic(topic)
        try:
            numbers = sorted(self._consumer.partitions_for_topic(named))
            if not numbers:
                raise CannotRead(f"The topic {named} is not there, or this login may not see it.")
            places = [TopicPartition(named, number) for number in numbers]
            ends = self._consumer.end_offsets(places, timeout_ms=15_000)
            begins = self._consumer.beginning_offsets(places, timeout_ms=15_000)
        except KafkaError as fault:
            raise _why(fault, self._settings) from None
        return [Span(topic, each.partition, begins[each], ends[each]) for each in places]

    def _records(self, span: Span, at: int) -> Iterator[Record]:
        place = TopicPartition(self._settings.topic(span.topic), span.partition)
        self._consumer.assign([place])
        self._consumer.seek(place, at)
        yield from _poll(self._consumer, place, span)

    def _unchecked(self, span: Span, at: int) -> Generator[Record, None, int]:
        """Read a damaged batch as it lies, checksums aside, and return where to go on."""
        place = TopicPartition(self._settings.topic(span.topic), span.partition)
        self._renew()
        for skipped in range(_SKIPPED):
            consumer = _consumer(self._settings, check_crcs=False)
            try:
                consumer.assign([place])
                consumer.seek(place, at + skipped)
                got = consumer.poll(timeout_ms=15_000, max_records=100).get(place, [])
            except Exception:  # whatever the client's parser makes of damaged bytes
                continue
            finally:
                consumer.close()
            for each in got:
                if each.offset < span.end:
                    yield _record(span, each)
            return min(got[-1].offset + 1, span.end) if got else span.end
        return span.end

    def _renew(self) -> None:
        """Take a new consumer: after a damaged batch the old one keeps part of it."""
        self._consumer.close()
        self._consumer = _consumer(self._settings)


def _poll(consumer: KafkaConsumer, place: TopicPartition, span: Span) -> Iterator[Record]:
    heard = monotonic()
    while consumer.position(place, timeout_ms=15_000) < span.end:
        got: list[Any] = consumer.poll(timeout_ms=1_000).get(place, [])
        if got:
            heard = monotonic()
        elif monotonic() - heard > STALLED:
            raise CannotRead("The broker stopped giving records before the end of the log.")
        for each in got:
            if each.offset >= span.end:
                return
            yield _record(span, each)


def _record(span: Span, each: ConsumerRecord) -> Record:
    wire = Wire(each.key, tuple(each.headers), each.value)
    return Record(span.topic, span.partition, each.offset, wire, each.timestamp / 1_000)


def _consumer(settings: Settings, check_crcs: bool = True) -> KafkaConsumer:
    if settings.user and settings.mechanism not in MECHANISMS:
        raise CannotRead(f"The mechanism of the login is one of {', '.join(MECHANISMS)}.")
    overheard = _Overheard()
    logger = logging.getLogger("kafka")
    logger.addHandler(overheard)
    try:
        return KafkaConsumer(
            **settings.client(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",  # "earliest" hides that the beginning was deleted
            check_crcs=check_crcs,
            max_poll_records=2_000,
            max_partition_fetch_bytes=8 * 1024 * 1024,
        )
    except KafkaTimeoutError as fault:
        raise _why(overheard.fault or fault, settings) from None
    except (KafkaError, OSError, ValueError) as fault:
        raise _why(fault, settings) from None
    finally:
        logger.removeHandler(overheard)


class _Overheard(logging.Handler):
    """Keeps the most telling fault that the client logs: what it raises is a timeout at best."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.fault: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        given = record.args if isinstance(record.args, tuple) else ()
        for each in given:
            if isinstance(each, _TELLING) or (
                isinstance(each, KafkaConnectionError)
                and "disconnected" in str(each)
                and not isinstance(self.fault, _TELLING)
            ):
                self.fault = each


def _why(fault: Exception, settings: Settings) -> CannotRead:
    """Say in one sentence why the log cannot be read."""
    match fault:
        case SaslAuthenticationFailedError():
            return CannotRead(f"Kafka at {settings.kafka} refused the login.")
        case AuthorizationError():
            return CannotRead("This login may not read the log: READ on its two topics is needed.")
        case UnsupportedSaslMechanismError():
            return CannotRead(f"Kafka at {settings.kafka} does not take this SASL mechanism.")
        case KafkaConnectionError() if "disconnected" in str(fault):
            # A broker hangs up on a wrong password; this client does not hear more than that.
            protocol = settings.client()["security_protocol"]
            return CannotRead(
                f"Kafka at {settings.kafka} hung up: it refused the login,"
                f" or does not speak {protocol}."
            )
        case KafkaError():
            name = type(fault).__name__
            return CannotRead(f"Kafka at {settings.kafka} cannot be reached ({name}).")
        case _:
            return CannotRead(f"A setting of the connection is wrong ({type(fault).__name__}).")
