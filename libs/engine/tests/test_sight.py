"""Who sees which case: by the post that is held, and never what accuses them."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from banli_engine.errors import NotHolder
from banli_engine.sight import Sight, published_sight
from banli_engine.tokens import NONE
from banli_events.assignment import AppointmentEnded, ChargeGiven, HolderAppointed, UnitOpened
from banli_events.words import Actor
from banli_testing.grammar import publish
from banli_testing.story import ANNA, BEN, BODY, CARA, DORA, EMIL, FINN, HUGO, YEAR

TODAY = date(2025, 3, 10)
OPERATORS = frozenset({"operator"})
SECTION = ("unit/signals", UnitOpened(name="signals", parent="traffic", since=YEAR))
REFERENCE = publish(*BODY, SECTION, ("post/deputy-chief", ChargeGiven(units=("traffic",))))


@dataclass
class Case:
    """A case, as far as it tells who sees it."""

    accused: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    leader: str | None = None
    sponsor: str | None = None
    signers: tuple[str, ...] = ()


def sight(one: Actor, *more: object) -> Sight:
    return published_sight(REFERENCE, one, TODAY, OPERATORS)


def none(person: str) -> Actor:
    return Actor(person=person, post=NONE, unit=NONE)


def test_a_unit_sees_what_it_or_a_section_of_it_has_or_had_a_part_in() -> None:
    for one in (ANNA, BEN):
        assert sight(one).sees(Case(parts=("patrol", "traffic")))
        assert sight(one).sees(Case(parts=("signals",)))
        assert not sight(one).sees(Case(parts=("patrol",), leader="anna", sponsor="anna"))


def test_a_deputy_sees_the_units_in_charge_and_what_they_lead_or_vouch_for() -> None:
    assert sight(DORA).sees(Case(parts=("traffic",)))
    assert sight(DORA).sees(Case(parts=("patrol",), leader="dora"))
    assert sight(DORA).sees(Case(parts=("patrol",), sponsor="dora"))
    assert not sight(DORA).sees(Case(parts=("patrol",)))


def test_office_register_and_chief_see_all_but_what_accuses_them_or_a_unit_of_theirs() -> None:
    for one in (CARA, HUGO, EMIL):
        assert sight(one).sees(Case(parts=("patrol",)))
        assert not sight(one).sees(Case(parts=("patrol",), accused=(one.person,)))
    assert not sight(CARA).sees(Case(accused=("supervision",)))
    assert not sight(ANNA).sees(Case(parts=("traffic",), accused=("bureau",)))  # the post of chief
    assert sight(BEN).sees(Case(parts=("traffic",), accused=("bureau",)))


def test_who_accuses_a_unit_accuses_its_sections() -> None:
    post = ("post/patrol-handler", HolderAppointed(person="eve", name="Eve", since=YEAR))
    there = publish(*BODY, post, ("unit/patrol", UnitOpened(name="p", parent="fire", since=YEAR)))
    eve = Actor(person="eve", post="patrol-handler", unit="patrol")
    seen = published_sight(there, eve, TODAY, OPERATORS)
    assert not seen.sees(Case(parts=("patrol",), accused=("fire",)))


def test_who_holds_no_post_sees_what_they_signed_and_an_operator_that_things_are_there() -> None:
    signer = sight(none("P-li"))
    assert signer.sees(Case(parts=("traffic",), signers=("P-li",)))
    assert not signer.sees(Case(parts=("traffic",), signers=("P-wang",)))
    assert not signer.sees(Case(signers=("P-li",), accused=("P-li",)))
    assert sight(none("operator")).operator
    assert not sight(none("operator")).sees(Case(accused=("operator",)))


def test_a_token_that_names_a_post_of_others_or_of_the_past_names_none() -> None:
    gone = publish(*BODY, ("post/traffic-handler",
                           AppointmentEnded(person="anna", since=TODAY, reason="x")))  # fmt: skip
    for one in (replace_(FINN, post="chief", unit="bureau"), replace_(ANNA, unit="patrol")):
        with pytest.raises(NotHolder):
            sight(one)
    with pytest.raises(NotHolder):
        published_sight(gone, ANNA, TODAY, OPERATORS)
    assert published_sight(gone, ANNA, date(2025, 3, 9), OPERATORS).units == {"traffic"}


def replace_(one: Actor, **changes: str) -> Actor:
    return one.model_copy(update=changes)


def test_by_default_nothing_is_seen() -> None:
    assert not Sight("x").sees(Case(parts=("traffic",)))
    assert replace(Sight("x"), everything=True).sees(Case())
