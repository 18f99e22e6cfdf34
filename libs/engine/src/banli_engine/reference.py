"""What is published: units, posts, who holds them, systems, rule packs; how forks are settled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from banli_engine.errors import TooEarly
from banli_events.assignment import (
    AppointmentEnded,
    ForkSettled,
    HolderAppointed,
    PostCreated,
    SystemAdmitted,
    UnitOpened,
)
from banli_events.envelope import Recorded
from banli_events.subjects import fork_at
from banli_events.supervision import PackPublished
from banli_events.words import ItemKind, PackRef

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a post from a day on, until another (excluded) where there is one."""

    person: str
    name: str
    since: date
    until: date | None

    def on(self, day: date) -> bool:
        """Tell whether the post is held on that day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a unit, with all who held it."""

    unit: str
    title: str
    role: str
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """All that is published, folded up to an offset of `reference-events`."""

    offset: int = 0
    units: Mapping[str, UnitOpened] = field(default_factory=dict)
    posts: Mapping[str, Post] = field(default_factory=dict)
    systems: Mapping[str, SystemAdmitted] = field(default_factory=dict)
    packs: Mapping[PackRef, PackPublished] = field(default_factory=dict)
    settled: Mapping[str, Mapping[tuple[str, int], str]] = field(default_factory=dict)
    """By subject: the hash of the event that is kept, by source and version."""

    def unit(self, unit: str, field: str | None = None) -> UnitOpened:
        """Find a unit; TooEarly where it is not known, for it may still be on its way."""
        return _known(self.units, unit, field)

    def post(self, post: str, field: str | None = None) -> Post:
        """Find a post; TooEarly where it is not known."""
        return _known(self.posts, post, field)

    def system(self, system: str) -> SystemAdmitted:
        """Find an admitted department system; TooEarly where it is not known."""
        return _known(self.systems, system, None)

    def pack(self, ref: PackRef) -> PackPublished:
        """Find a rule pack in its version; TooEarly where it is not known."""
        return _known(self.packs, ref, None)

    def pack_for(self, kind: ItemKind | str, day: date) -> PackRef:
        """Choose the pack in force for a kind of item: the latest valid-from, then version.

        TooEarly where none is known.
        """
        fit = [
            (pack.valid_from, ref.version, ref.pack, ref)
            for ref, pack in self.packs.items()
            if kind in pack.kinds and pack.valid_from <= day
        ]
        if not fit:
            raise TooEarly("pack")
        return max(fit, key=lambda each: each[:3])[3]

    def holds(self, person: str, role: str, day: date, unit: str | None = None) -> bool:
        """Tell whether a person holds a post of a role (in a unit, where one is named) on a day."""
        return any(
            post.role == role
            and (unit is None or post.unit == unit)
            and any(holder.person == person and holder.on(day) for holder in post.holders)
            for post in self.posts.values()
        )


def fold(reference: Reference, event: Recorded) -> Reference:
    """Fold one reference event into what is published; unknown events leave it alone."""
    name = event.subject.partition("/")[2]
    match event.data:
        case UnitOpened() as unit:
            return replace(reference, units={**reference.units, name: unit})
        case PostCreated() as made:
            held = reference.posts[name].holders if name in reference.posts else ()
            post = Post(made.unit, made.title, str(made.role), held)
            return replace(reference, posts={**reference.posts, name: post})
        case HolderAppointed() as one:
            holder = Holder(one.person, one.name, one.since, one.until)
            return _with_holders(reference, name, lambda held: (*held, holder))
        case AppointmentEnded(person=person, since=day):
            return _with_holders(reference, name, lambda held: _ended(held, person, day))
        case SystemAdmitted() as system:
            return replace(reference, systems={**reference.systems, name: system})
        case PackPublished() as pack:
            ref = PackRef(pack=name, version=pack.version)
            return replace(reference, packs={**reference.packs, ref: pack})
        case ForkSettled() as choice:
            return _settle(reference, event.subject, choice)
        case _:
            return reference


def _settle(reference: Reference, subject: str, choice: ForkSettled) -> Reference:
    """Note a choice where it stands under its own subject, which allows one for each place."""
    if subject != fork_at(choice.subject, choice.source, choice.version):
        return reference
    place = choice.source, choice.version
    kept = {place: choice.keep, **reference.settled.get(choice.subject, {})}
    return replace(reference, settled={**reference.settled, choice.subject: kept})


def _with_holders(
    reference: Reference, name: str, change: Callable[[tuple[Holder, ...]], tuple[Holder, ...]]
) -> Reference:
    post = reference.posts.get(name)
    if post is None:
        return reference
    changed = replace(post, holders=change(post.holders))
    return replace(reference, posts={**reference.posts, name: changed})


def _ended(held: tuple[Holder, ...], person: str, day: date) -> tuple[Holder, ...]:
    return tuple(
        replace(one, until=day) if one.person == person and one.on(day) else one for one in held
    )


def _known(published: Mapping[_Key, _Value], key: _Key, field: str | None) -> _Value:
    found = published.get(key)
    if found is None:
        raise TooEarly(field)
    return found
