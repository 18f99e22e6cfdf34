"""What waits to be taken by the loop, and how it is sorted by subject."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from banli_engine.answering import Answered
from banli_engine.decider import Service
from banli_engine.pending import Pending, from_message
from banli_engine.store import Message, Move
from banli_events.subjects import is_subject


@dataclass(slots=True)
class Delivery:
    """Messages of one poll, with the positions that move when they are written."""

    messages: Sequence[Message]
    moves: Sequence[Move]
    done: asyncio.Future[None]


@dataclass(slots=True)
class Call:
    """A command whose caller waits for the answer."""

    asked: Pending
    done: asyncio.Future[Answered]


@dataclass(slots=True)
class Work:
    """What came for one subject."""

    messages: list[Message] = field(default_factory=list)
    commands: list[Pending] = field(default_factory=list)
    redrive: bool = False


def sort(
    service: Service,
    calls: Sequence[Call],
    deliveries: Sequence[Delivery],
    asked: Sequence[Pending],
    touched: Mapping[str, bool],
) -> dict[str, Work]:
    """Sort what came by subject; what tells no subject is answered under the empty one."""
    work: dict[str, Work] = {}
    for subject, redrive in touched.items():
        work.setdefault(subject, Work()).redrive |= redrive
    for call in calls:
        work.setdefault(call.asked.subject, Work()).commands.append(call.asked)
    for message in (m for delivery in deliveries for m in delivery.messages):
        if "submissions." in message.topic:
            command = from_message(service, message)
            work.setdefault(command.subject, Work()).commands.append(command)
        else:
            work.setdefault(subject_of(message), Work()).messages.append(message)
    for clock in asked:
        work.setdefault(clock.subject, Work()).commands.append(clock)
    return work


def subject_of(message: Message) -> str:
    """Read the subject off the key; what has none is parked under a name made of where it lies."""
    key = (message.wire.key or b"").decode(errors="replace")
    if is_subject(key):
        return key
    return f"unreadable/{message.topic}-{message.part}-{message.offset}"
