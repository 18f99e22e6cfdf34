"""Read a subject's messages: fold what fits, drop what was delivered before, park the rest."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from banli_engine import answers
from banli_engine.choice import NOT_KEPT, Choice, choice_of
from banli_engine.decider import Service
from banli_engine.fold import (
    Folded,
    Fork,
    Gap,
    HistoryNeeded,
    command_key,
    fit,
    fold,
    place,
)
from banli_engine.store import Effects, Loaded, Message, Parked, StoredAnswer, StoredEvent
from banli_events.envelope import Recorded, Unreadable, decode
from banli_events.subjects import REFERENCE_EVENTS

GAP = "gap"
"""The one reason for parking that ends by itself: when the missing event arrives."""

NEVER_WRITTEN = "fork: an own event that this service never wrote"
"""A second writer's, found when it was read: a later start, whose log ends behind it, could not."""

BEHIND = "behind"
"""Parked for what lies before it."""


@dataclass(slots=True)
class Reading:
    """What became of a subject's messages."""

    stored: list[Recorded] = field(default_factory=list)
    stuck: bool = False  # something is parked: nothing is decided on the subject
    redelivered: int = 0
    alarms: list[str] = field(default_factory=list)


def read(
    service: Service,
    subject: str,
    into: Folded,
    loaded: Loaded,
    messages: Sequence[Message],
    effects: Effects,
    *,
    ends: Mapping[tuple[str, int], int],
    kept: Mapping[tuple[str, int], str],
    redrive: bool = False,
) -> Reading:
    """Take in the messages of a subject, those parked before first.

    A message that cannot be read, forks its stream or breaks the fold parks the subject with all
    that follows; one whose predecessor is missing is parked until that arrives. `ends`: where the
    log ended when this process began; an own event that lies behind is known, or is a fork. `kept`:
    what was settled about forks; what was not kept falls.
    """
    parked = [each for each in loaded.parked if each.reason != NOT_KEPT]
    before = {id(p.message): p for p in parked}
    queue = [*(p.message for p in parked), *messages] if before else messages
    choice: Choice | None = None
    if kept:
        choice, redrive = choice_of(kept, loaded.parked), True
        choice.uproot(service, subject, into, loaded, queue, effects)
    reading = Reading(stuck=not redrive and any(p.reason != GAP for p in parked))
    foreign = {id(p.message) for p in parked if p.reason == NEVER_WRITTEN}
    take = partial(_take, service, subject, into, ends=ends, choice=choice, foreign=foreign)
    left = _take_all(take, queue, before, reading, effects)
    # Nothing is decided while an event is missing: an own one would be said anew, and fork.
    reading.stuck |= bool(left) or bool(choice and choice.awaited)
    for message, why in left:
        _park(before.get(id(message)), message, why, reading, effects, redrive=redrive)
    for event in reading.stored:
        _remember(service, into, loaded, event, effects)
    return reading


def _take_all(
    take: Callable[[Message], Recorded | str | None],
    queue: Sequence[Message],
    before: Mapping[int, Parked],
    reading: Reading,
    effects: Effects,
) -> list[tuple[Message, str]]:
    """Take messages in until no more fit; give those that are left, each with the reason."""
    left: list[tuple[Message, str]] = []
    while queue:
        left = []
        for message in queue:
            taken = BEHIND if reading.stuck else take(message)
            if isinstance(taken, str) and taken != NOT_KEPT:
                left.append((message, taken))
                reading.stuck |= taken not in (GAP, BEHIND)
                continue
            if id(message) in before:
                effects.unparked.append(message)
            if isinstance(taken, str):
                effects.parked.append(Parked(message, taken))
            else:
                _note(taken, message, reading, effects)
        if reading.stuck or len(left) == len(queue):
            break
        queue = [message for message, _ in left]
    return left


def _take(
    service: Service,
    subject: str,
    into: Folded,
    message: Message,
    *,
    ends: Mapping[tuple[str, int], int],
    choice: Choice | None,
    foreign: Container[int],
) -> Recorded | str | None:
    """Fold one message: the event, None for a redelivery, or the reason why it does not fit."""
    try:
        if choice is not None and (why := choice.against(message.wire)):
            return why
        event = fit(into, subject, message.wire)
        if event is None:
            return None
        end = ends.get((message.topic, message.part), 0)
        never = event.source == service.name and (message.offset >= end or id(message) in foreign)
        if never and not (choice is not None and choice.adopts(event)):
            return NEVER_WRITTEN
        fold(service, into, event)
    except Gap:
        return GAP
    except (Fork, Unreadable) as fault:
        return f"{type(fault).__name__.lower()}: {fault}"
    except Exception as fault:  # a bug of this build must not stop the other subjects
        return f"fault: {type(fault).__name__}"
    return event


def _note(event: Recorded | None, message: Message, reading: Reading, effects: Effects) -> None:
    """Note what is to be written of a message that was taken in."""
    if message.topic.endswith(REFERENCE_EVENTS):
        effects.published.append((message.offset, *place(message.wire)))
    if event is None:
        reading.redelivered += 1
        return
    reading.stored.append(event)
    stored = StoredEvent(event.source, event.version, event.hash, message.wire)
    effects.events.append((stored, False))
    if event.data is None:
        effects.unknown.append((event.type, event.source, event.version))


def _park(
    before: Parked | None,
    message: Message,
    why: str,
    reading: Reading,
    effects: Effects,
    *,
    redrive: bool,
) -> None:
    if before is not None:
        if not redrive or before.reason == why:
            return
        effects.unparked.append(message)
    effects.parked.append(Parked(message, why))
    if why != BEHIND:
        reading.alarms.append(why)


def _remember(
    service: Service, into: Folded, loaded: Loaded, event: Recorded, effects: Effects
) -> None:
    """Know the answer to a command again, once the last of its events is back from the log."""
    ref = event.context.command
    if event.source != service.name or ref.part != ref.of:
        return
    key = command_key(event)
    if key[0].startswith("reaction:") or key[0] == "clock":
        return
    effects.remembered[key] = answer_of(service, into, loaded, key, effects)


def answer_of(
    service: Service, into: Folded, loaded: Loaded, key: tuple[str, str], effects: Effects
) -> StoredAnswer:
    """Make the answer to a command again from its events.

    Raises HistoryNeeded where their bytes are not at hand.
    """
    stored = [*loaded.events, *(event for event, _ in effects.events)]
    wires = {each.version: each.wire for each in stored if each.source == service.name}
    versions = into.said[key].versions
    if any(version not in wires for version in versions):
        raise HistoryNeeded
    said = [wires[version] for version in versions]
    return answers.admitted(key[0], [(decode(wire), wire) for wire in said])
