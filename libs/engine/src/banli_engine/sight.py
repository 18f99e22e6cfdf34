"""Who sees which cases: by the posts that somebody holds, never by what a token claims alone."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from banli_engine.authority import OF_A_UNIT
from banli_engine.errors import NotHolder
from banli_engine.reference import Reference
from banli_engine.tokens import NONE
from banli_events.words import Actor, PostRole

EVERYTHING = frozenset({PostRole.SUPERVISION_OFFICE, PostRole.REGISTRAR, PostRole.CHIEF})
"""The roles that see all cases but those that accuse them; who acts for a unit, or leads, some."""


class Concerning(Protocol):
    """What of a case tells who sees it."""

    @property
    def accused(self) -> Collection[str]:
        """Units and people whom it accuses."""

    @property
    def parts(self) -> Collection[str]:
        """Units that have or had a part in it."""

    @property
    def leader(self) -> str | None:
        """Who answers for it."""

    @property
    def sponsor(self) -> str | None:
        """Who vouches for it."""

    @property
    def signers(self) -> Collection[str]:
        """Who signed it."""


class Held(NamedTuple):
    """A post that somebody holds on a day, acting included."""

    post: str
    unit: str
    role: str
    charge: Collection[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one caller sees; by default nothing."""

    person: str
    post: str | None = None
    role: str | None = None
    unit: str | None = None
    operator: bool = False
    everything: bool = False
    units: frozenset[str] = frozenset()  # the cases in which these have or had a part
    leads: str | None = None  # the cases for which this person answers as leader or sponsor
    signs: str | None = None  # the cases that this person signed
    rows: frozenset[str] | None = None  # of figures, the units shown by themselves; None: all
    barred: frozenset[str] = frozenset()  # never a case that accuses one of these

    def sees(self, case: Concerning) -> bool:
        """Tell whether a case is seen; one that accuses the caller, or a unit of theirs, never."""
        if not self.barred.isdisjoint(case.accused):
            return False
        return (
            self.everything
            or not self.units.isdisjoint(case.parts)
            or (self.leads is not None and self.leads in (case.leader, case.sponsor))
            or (self.signs is not None and self.signs in case.signers)
        )


def named(actor: Actor, held: Iterable[Held]) -> Held | None:
    """Find the post that a token names, which its holder must hold; None where it names none.

    Raises NotHolder.
    """
    if actor.post == NONE:
        return None
    post = next((one for one in held if one.post == actor.post), None)
    if post is None or post.unit != actor.unit:
        raise NotHolder("actor.post")
    return post


def charge_of(post: Held | None) -> frozenset[str]:
    """Name the units whose cases a post sees: its own, or those in a deputy's charge (R059)."""
    if post is None:
        return frozenset()
    if post.role in OF_A_UNIT:
        return frozenset({post.unit})
    return frozenset(post.charge) if post.role == PostRole.DEPUTY_CHIEF else frozenset()


def sight_of(
    actor: Actor,
    post: Held | None,
    units: frozenset[str],
    above: Collection[str],
    operators: Collection[str],
) -> Sight:
    """Say what a caller sees in a post; who names none is an operator, or sees what they signed.

    `units`: those of the post with their sections. `above`: the units of all posts that the caller
    holds and those above: who accuses a unit accuses its sections.
    """
    barred = frozenset({actor.person, *above})
    if post is None:
        if actor.person in operators:
            return Sight(actor.person, operator=True, everything=True, barred=barred)
        return Sight(actor.person, signs=actor.person, barred=barred)
    everything = post.role in EVERYTHING
    return Sight(
        *(actor.person, post.post, post.role, post.unit),
        everything=everything,
        units=units,
        leads=actor.person if post.role == PostRole.DEPUTY_CHIEF else None,
        rows=None if everything else units,
        barred=barred,
    )


def published_sight(
    reference: Reference, actor: Actor, day: date, operators: Collection[str]
) -> Sight:
    """Find what a caller sees by what is published. Raises NotHolder."""
    held = [
        Held(name, post.unit, post.role, post.charge)
        for name, post in reference.posts.items()
        if any(one.person == actor.person and one.on(day) for one in post.holders)
    ]
    post = named(actor, held)
    above = {unit for one in held for unit in _upwards(reference, one.unit)}
    return sight_of(actor, post, reference.within(charge_of(post)), above, operators)


def _upwards(reference: Reference, unit: str | None) -> Iterator[str]:
    while unit is not None:
        yield unit
        opened = reference.units.get(unit)
        unit = opened.parent if opened else None
