"""Submit commands to Banli over Kafka, and wait for their receipts."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)

from banli_client.errors import BanliError, NoAnswer, NotAllowed, PersonalData, TooLarge
from banli_client.kafka import knock, partitions_of, start_consumer, start_producer
from banli_client.settings import Settings
from banli_client.waiting import Waiter, Waiting
from banli_events import personal
from banli_events.base import Command
from banli_events.catalogue import COMMANDS
from banli_events.intake import RegisterItem
from banli_events.subjects import numbered_case
from banli_events.submission import Answer, Submission
from banli_events.trace import TRACE
from banli_events.words import Actor

MAX_BYTES = 1_000_000  # the topic takes 1,048,588 with everything around it
WINDOW = 500  # how many of `submit_many` are on their way at a time


@dataclass(frozen=True, slots=True)
class Request:
    """A command as `submit_many` takes it; asked again as it stands, it is the same command."""

    command: Command
    actor: Actor | None = None
    subject: str | None = None  # may be left out where the command tells it (RegisterItem)
    after: tuple[str, ...] = ()  # `after` of answers that this rests on
    id: UUID = field(default_factory=uuid4)
    traceparent: str | None = None  # the span it belongs to, where the department traces

    @property
    def service(self) -> str:
        """The service that decides this command."""
        name = type(self.command).__name__
        if name not in COMMANDS or COMMANDS[name].model is not type(self.command):
            raise TypeError("this is no command of the catalogue")
        return COMMANDS[name].service

    @property
    def key(self) -> bytes:
        """What orders it among others: the case it is about."""
        if self.subject is None and isinstance(self.command, RegisterItem):
            return numbered_case(self.command.kind, self.command.numbering).encode()
        return (self.subject or str(self.id)).encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """What goes beside it; it is the same command with and without."""
        return [(TRACE, self.traceparent.encode())] if self.traceparent else []

    def body(self) -> bytes:
        """Write it as it goes on the wire.

        Defaults are left out: so it stays the same command when a later build knows more fields.
        Raises PersonalData: such a command would be refused, and lie on its topic for days.
        """
        if where := personal.find_asked(self.command, self.actor, self.subject, self.after):
            raise PersonalData(where)
        submission = Submission(
            id=self.id,
            type=type(self.command).__name__,
            subject=self.subject,
            actor=self.actor,
            after=self.after,
            data=self.command.model_dump(mode="json", exclude_defaults=True),
        )
        return submission.model_dump_json(exclude_defaults=True).encode()


class Client:
    """A department system's way to Banli: `async with Client(settings) as banli`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._waiting = Waiting()
        self._lock = asyncio.Lock()
        self._topics: set[str] = set()
        self._producer: Any = None
        self._consumer: Any = None
        self._reader: asyncio.Task[None] | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._closed: BanliError | None = BanliError("The client is not open.")

    async def __aenter__(self) -> Self:
        await knock(self.settings)
        try:
            self._producer = await start_producer(self.settings)
            partitions = await partitions_of(self._producer, self.settings.receipts, self.settings)
            self._consumer = await start_consumer(self.settings, partitions)
        except BaseException:
            await self._stop()
            raise
        self._reader = asyncio.create_task(self._read())
        self._closed = None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def submit(
        self,
        command: Command,
        *,
        actor: Actor | None = None,
        subject: str | None = None,
        after: Iterable[str] = (),
        id: UUID | None = None,
        timeout: float | None = None,
        traceparent: str | None = None,
    ) -> Answer:
        """Submit a command and return its answer: admitted, unchanged or refused.

        NoAnswer names the id where none comes in time; asked again with that id, a command that was
        admitted meanwhile is not admitted twice, and its first answer comes.
        """
        request = Request(command, actor, subject, tuple(after), id or uuid4(), traceparent)
        waiter = await self._send(request, timeout or self.settings.timeout)
        return await waiter.answer

    async def submit_many(
        self, requests: Iterable[Request], *, timeout: float | None = None
    ) -> list[Answer]:
        """Submit many without waiting for each, in order, and return the answers in that order.

        Each has its own `timeout`. NoAnswer carries the ids left over and the answers that came.
        """
        room = asyncio.Semaphore(WINDOW)
        waiters: list[Waiter] = []
        for request in requests:
            await room.acquire()
            waiter = await self._send(request, timeout or self.settings.timeout)
            waiter.answer.add_done_callback(lambda _: room.release())
            waiters.append(waiter)
        if waiters:
            await asyncio.wait([each.answer for each in waiters])
        return _gather(waiters)

    async def _send(self, request: Request, timeout: float) -> Waiter:
        topic, body = self.settings.submissions(request.service), request.body()
        if self._closed:
            raise self._closed
        if len(body) > MAX_BYTES:
            raise TooLarge
        producer = await self._ready_producer(topic)
        waiter = self._waiting.add(request.id, body, timeout)
        try:
            async with asyncio.timeout(timeout):
                delivery = await producer.send(topic, body, request.key, headers=request.headers)
        except TimeoutError:
            waiter.fail(NoAnswer([request.id]))
        except KafkaError as fault:
            self._undelivered(waiter, topic, producer, fault)
        else:
            delivery.add_done_callback(
                lambda done: self._undelivered(waiter, topic, producer, _fault_of(done))
            )
        return waiter

    async def _ready_producer(self, topic: str) -> Any:
        async with self._lock:
            if self._producer is None:  # an idempotent producer is dead after one refused message
                self._producer = await start_producer(self.settings)
            if topic not in self._topics:
                await partitions_of(self._producer, topic, self.settings)
                self._topics.add(topic)
            return self._producer

    def _undelivered(
        self, waiter: Waiter, topic: str, producer: Any, fault: BaseException | None
    ) -> None:
        if fault is None:
            return
        if self._producer is producer:
            self._producer = None
            stop = asyncio.create_task(_stopped(producer))
            self._stopping.add(stop)
            stop.add_done_callback(self._stopping.discard)
        if isinstance(fault, TopicAuthorizationFailedError):
            waiter.fail(NotAllowed(topic))
        elif isinstance(fault, MessageSizeTooLargeError):
            waiter.fail(TooLarge())
        else:  # it may have arrived all the same
            waiter.fail(NoAnswer([waiter.id]))

    async def _read(self) -> None:
        try:
            while True:
                for records in (await self._consumer.getmany(timeout_ms=1_000)).values():
                    for record in records:
                        self._waiting.take(record.key, record.headers, record.value)
        except TopicAuthorizationFailedError:
            self._closed = NotAllowed(self.settings.receipts)
        except KafkaError as fault:
            self._closed = BanliError(f"Receipts cannot be read: {type(fault).__name__}.")
        self._waiting.fail_all(self._closed)

    async def _stop(self) -> None:
        if self._reader:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        for each in (self._producer, self._consumer):
            if each is not None:
                await _stopped(each)
        await asyncio.gather(*self._stopping)
        self._closed = BanliError("The client is closed.")
        self._waiting.fail_all(self._closed)


def _gather(waiters: list[Waiter]) -> list[Answer]:
    """Return all answers, or raise the first fault that asking again does not mend."""
    faults = [(each.id, each.answer.exception()) for each in waiters if each.answer.exception()]
    for _, fault in faults:
        if fault and not isinstance(fault, NoAnswer):
            raise fault
    if faults:
        came = {each.id: each.answer.result() for each in waiters if not each.answer.exception()}
        raise NoAnswer([id_ for id_, _ in faults], came)
    return [each.answer.result() for each in waiters]


def _fault_of(delivery: asyncio.Future[Any]) -> BaseException | None:
    return None if delivery.cancelled() else delivery.exception()


async def _stopped(client: Any) -> None:
    """Stop a producer or consumer; one that has lost its broker would wait for it."""
    try:
        async with asyncio.timeout(5):
            await client.stop()
    except (TimeoutError, KafkaError):
        pass
