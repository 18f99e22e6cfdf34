"""What was settled about forks of a subject: which event is kept, and what falls with the others.

At a settled place only the kept event counts; another, and whatever continues another, falls: it is
set aside for good and holds nothing up. So what a subject comes to follows from the log and the
choices alone, in whatever order they are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from banli_engine.decider import Service
from banli_engine.fold import Folded, HistoryNeeded, fold_stored, folded, place
from banli_engine.store import Effects, Loaded, Message, Parked, StoredEvent
from banli_events.envelope import Recorded, Unreadable, Wire, decode

NOT_KEPT = "not kept"
"""The one reason for parking that holds nothing up: another event was chosen."""

AWAITED = "fork: the event that is to be kept here has not arrived"

Place = tuple[str, int]


@dataclass(slots=True)
class Choice:
    """What holds for one subject."""

    kept: Mapping[Place, str]  # hash by source and version
    fallen: set[str]  # hashes of what was not kept, and of what continues it
    awaited: set[Place] = field(default_factory=set)  # another is stored, the kept one is not here
    adopted: set[str] = field(default_factory=set)  # own events taken over from another writer

    def against(self, wire: Wire) -> str | None:
        """Tell why a message does not count, or None where nothing was settled against it."""
        try:
            at, digest = place(wire), wire.hash.hex()
        except Unreadable:
            return None
        keep = self.kept.get(at)
        if keep == digest:
            return None
        if at in self.awaited:
            return AWAITED
        if keep is None and digest not in self.fallen and _previous(wire) not in self.fallen:
            return None
        self.fallen.add(digest)
        return NOT_KEPT

    def adopts(self, event: Recorded) -> bool:
        """Tell whether an own event that this service never wrote counts all the same.

        The kept one does, and so does what lies behind it when it is taken over.
        """
        digest = event.hash.hex()
        kept = self.kept.get((event.source, event.version)) == digest
        if not kept and event.context.previous not in self.adopted:
            return False
        self.adopted.add(digest)
        return True

    def uproot(
        self,
        service: Service,
        subject: str,
        into: Folded,
        loaded: Loaded,
        came: Iterable[Message],
        effects: Effects,
    ) -> None:
        """Take out of fold and table what was not kept, with all that continues it.

        Only where the kept event is at hand to take its place. Raises HistoryNeeded where the
        events are not.
        """
        fitting = {message.wire.hash.hex() for message in came if _continues(into, message.wire)}
        first: dict[str, int] = {}  # version from which on a stream falls
        for (source, version), keep in self.kept.items():
            stored = into.hash_at(source, version)
            if stored is None or stored.hex() == keep:
                continue
            if keep in fitting:
                first[source] = min(version, first.get(source, version))
            else:
                self.awaited.add((source, version))
        self.awaited = {at for at in self.awaited if at[1] < first.get(at[0], at[1] + 1)}
        if not first:
            return
        if len(loaded.events) < sum(into.heads.values()):
            raise HistoryNeeded
        out = [e for e in loaded.events if e.version >= first.get(e.source, e.version + 1)]
        effects.out = [(each, each.source == service.name) for each in out]
        effects.parked += [_set_aside(subject, each) for each in out]
        self.fallen |= {each.hash.hex() for each in out}
        loaded.events = [each for each in loaded.events if each not in out]
        _fold_anew(service, subject, into, loaded)


def choice_of(kept: Mapping[Place, str], parked: Iterable[Parked]) -> Choice:
    """Recall what fell before: it lies among what is parked."""
    return Choice(kept, {p.message.wire.hash.hex() for p in parked if p.reason == NOT_KEPT})


def _previous(wire: Wire) -> str | None:
    try:
        return decode(wire).context.previous
    except Unreadable:
        return None


def _continues(into: Folded, wire: Wire) -> bool:
    """Tell whether a message can be read and its predecessor is the one that is stored."""
    try:
        event = decode(wire)
    except Unreadable:
        return False
    before = into.hash_at(event.source, event.version - 1)
    return event.context.previous == (before.hex() if before else None)


def _set_aside(subject: str, stored: StoredEvent) -> Parked:
    """Keep what is taken out: where it lay on the log is not known any more."""
    message = Message(f"{subject}/{stored.source}", 0, stored.version, stored.wire)
    return Parked(message, NOT_KEPT)


def _fold_anew(service: Service, subject: str, into: Folded, loaded: Loaded) -> None:
    anew = folded(service, subject)
    anew.changes = loaded.changes
    fold_stored(service, anew, loaded.events)
    for each in fields(Folded):
        setattr(into, each.name, getattr(anew, each.name))
