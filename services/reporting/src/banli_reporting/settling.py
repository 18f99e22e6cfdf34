"""Follow what was settled about forks: what is kept goes on, what is not falls."""

from collections.abc import Mapping

from banli_engine.choice import NOT_KEPT, Choice
from banli_engine.store import Message
from banli_events.assignment import ForkSettled
from banli_events.envelope import Unreadable, Wire, decode
from banli_events.subjects import fork_at
from banli_reporting import case as cases
from banli_reporting.case import Case, Held
from banli_reporting.places import read_events, read_places

Kept = Mapping[tuple[str, int], str]
"""The hash of the event that is kept, by source and version."""


def learn(into: dict[str, dict[tuple[str, int], str]], wire: Wire) -> None:
    """Note a choice where it stands under its own subject, which allows one for each place."""
    event = decode(wire)
    match event.data:
        case ForkSettled() as choice:
            place = choice.source, choice.version
            if event.subject == fork_at(choice.subject, *place):
                into.setdefault(choice.subject, {}).setdefault(place, choice.keep)


def bind(into: Case, kept: Kept | None) -> None:
    """Let a case know what was settled about it."""
    if not kept:
        return
    into.choice = Choice(kept, {each.message.wire.hash.hex() for each in into.fallen})
    into.choice.awaited = {
        place for place, keep in kept.items() if (_stored(into, *place) or keep) != keep
    }


def follow(into: Case, kept: Kept | None, places: bytes, events: bytes) -> None:
    """Try again what is parked; where another event was kept than is told, tell the story anew."""
    bind(into, kept)
    if into.choice is not None and (first := _falling(into, into.choice)):
        _retell(into, first, places, events)
        bind(into, kept)
    cases.redrive(into)


def _stored(into: Case, source: str, version: int) -> str | None:
    stream = into.streams.get(source, ())
    return stream[version - 1].hex() if 0 < version <= len(stream) else None


def _falling(into: Case, choice: Choice) -> dict[str, int]:
    """Find the version from which on a stream falls: where the one to be kept is at hand."""
    parked = [each.message.wire for each in into.held]
    fitting = {wire.hash.hex() for wire in parked if _continues(into, wire)}
    first: dict[str, int] = {}
    for source, version in choice.awaited:
        if choice.kept[source, version] in fitting:
            first[source] = min(version, first.get(source, version))
    return first


def _continues(into: Case, wire: Wire) -> bool:
    try:
        event = decode(wire)
    except Unreadable:
        return False
    return event.context.previous == _stored(into, event.source, event.version - 1)


def _retell(into: Case, first: Mapping[str, int], places: bytes, events: bytes) -> None:
    """Begin the story anew, without what falls."""
    into.lines = cases.begin(into.subject, into.topic, into.part).lines
    into.streams, into.stored, into.retold, into.refolded = {}, 0, True, True
    into.changed, into.began = set(), 0
    told = zip(read_places(places), read_events(into.subject, events), strict=True)
    for at, wire in told:
        if at.version >= first.get(at.source, at.version + 1):
            aside = Message(f"{into.subject}/{at.source}", 0, at.version, wire)
            into.fallen.append(Held(aside, NOT_KEPT))
            continue
        event = decode(wire)
        cases.fold(into, event)
        cases.keep(into, event, Message(into.topic, into.part, at.offset, wire))
