"""Persons: entered sealed, named by cases, shown for a reason to whom it concerns, forgotten."""

import pytest

from banli_engine.errors import NotAssignedUnit, NotPermitted, TooLarge
from banli_engine.sight import published_sight
from banli_events.base import Event
from banli_events.intake import (
    EnterPerson,
    ForgetPerson,
    ItemRegistered,
    PersonEntered,
    PersonForgotten,
    PersonUnsealed,
    RegisterItem,
    UnsealPerson,
)
from banli_events.sealed import public_key_of, seal
from banli_intake import parts
from banli_intake.persons import FORGOTTEN, must_see
from banli_intake.refusals import (
    CaseMissing,
    Forgotten,
    NoSuchPart,
    NoSuchPerson,
    NotOfCase,
    UnfitPart,
)
from banli_intake.service import SERVICE
from banli_testing.grammar import NOON, Case
from banli_testing.story import ANNA, ASSIGNED, CARA, DORA, HUGO, LEAD, PUBLISHED, REGISTERED

PUBLIC = public_key_of(bytes(range(32)))
NAME = seal(PUBLIC, "王小明", "person/wang", "name")
PHONE = seal(PUBLIC, "13812345678", "person/wang", "phone")
ENTERED = PersonEntered(public_key=PUBLIC, sealed=(NAME, PHONE), mark="a" * 64)
WANG = Case(SERVICE, "person/wang", PUBLISHED)
SHOW = UnsealPerson(parts=("phone",), reason="Call back.")


def _case(*facts: Event, persons: tuple[str, ...] = ("wang",), **more: object) -> Case:
    named = REGISTERED.model_copy(update={"persons": persons, **more})
    return Case(SERVICE, "case/one", PUBLISHED).given(named, *facts)


def test_a_person_is_entered_once_and_anew_where_something_else_is_sealed() -> None:
    command = EnterPerson(**ENTERED.model_dump())
    WANG.when(command, by=HUGO).then(ENTERED)
    WANG.given(ENTERED).when(command, by=HUGO).then_nothing()
    other = command.model_copy(update={"mark": "b" * 64})
    WANG.given(ENTERED).when(other, by=HUGO).then(PersonEntered(**other.model_dump()))
    WANG.when(command, by=DORA).then_rejected(NotPermitted)


def test_the_office_is_shown_any_part_that_is_sealed_for_a_reason() -> None:
    known = WANG.given(ENTERED)
    known.when(SHOW, by=CARA).then(PersonUnsealed(parts=("phone",), reason="Call back."))
    twice = SHOW.model_copy(update={"parts": ("name", "phone", "name")})
    shown = PersonUnsealed(parts=("name", "phone"), reason="Call back.")
    known.when(twice, by=HUGO).then(shown)
    absent = SHOW.model_copy(update={"parts": ("name", "address")})
    known.when(absent, by=CARA).then_rejected(NoSuchPart, "data.parts.1")
    WANG.when(SHOW, by=CARA).then_rejected(NoSuchPerson)
    known.when(SHOW, by=DORA).then_rejected(NotPermitted)


def test_a_handler_is_shown_whom_a_case_of_the_own_unit_names_and_for_its_sake() -> None:
    known, asked = WANG.given(ENTERED), SHOW.model_copy(update={"case": "case/one"})
    known.when(SHOW, by=ANNA).then_rejected(CaseMissing, "data.case")
    shown = PersonUnsealed(parts=("phone",), case="case/one", reason="Call back.")
    known.when(asked, by=ANNA, beside=[_case(ASSIGNED)]).then(shown)
    known.when(asked, by=ANNA, beside=[_case()]).then_too_early()
    elsewhere = ASSIGNED.model_copy(
        update={"lead": LEAD.model_copy(update={"unit": "water"}), "co": ()}
    )
    known.when(asked, by=ANNA, beside=[_case(elsewhere)]).then_rejected(NotAssignedUnit)
    known.when(asked, by=ANNA, beside=[_case(ASSIGNED, persons=())]).then_rejected(NotOfCase)
    known.when(asked, by=CARA).then_rejected(NotOfCase)


@pytest.mark.parametrize("accused", [ANNA.person, ANNA.unit])
def test_whom_a_case_accuses_is_shown_nothing_for_its_sake(accused: str) -> None:
    asked = SHOW.model_copy(update={"case": "case/one"})
    case = _case(ASSIGNED, accused=(accused,))
    WANG.given(ENTERED).when(asked, by=ANNA, beside=[case]).then_rejected(NotOfCase)


@pytest.mark.parametrize("accused", [HUGO.person, ANNA.person])
def test_for_whom_a_case_accuses_the_person_is_not_there(accused: str) -> None:
    case = _case(ASSIGNED, accused=(accused,)).state
    for one in (HUGO, ANNA):
        sight = published_sight(PUBLISHED, one, NOON.date(), ())
        if one.person != accused:
            must_see(sight, [case])
            continue
        with pytest.raises(NoSuchPerson) as refused:
            must_see(sight, [case])
        assert refused.value.field == "subject"  # in every word as where nobody was entered


def test_who_is_forgotten_stays_so_and_is_found_by_the_keeper() -> None:
    command = ForgetPerson(reason="Asked for it.")
    forgotten = PersonForgotten(reason="Asked for it.")
    WANG.given(ENTERED).when(command, by=HUGO).then(forgotten)
    gone = WANG.given(ENTERED, forgotten)
    gone.when(command, by=CARA).then_nothing()
    gone.when(SHOW, by=CARA).then_rejected(Forgotten)
    gone.when(EnterPerson(**ENTERED.model_dump()), by=HUGO).then_rejected(Forgotten)
    WANG.when(command, by=HUGO).then_rejected(NoSuchPerson)
    WANG.given(ENTERED).when(command, by=ANNA).then_rejected(NotPermitted)
    assert [*SERVICE.aggregates["person"].watches(gone.state)] == [FORGOTTEN]
    assert [*SERVICE.aggregates["person"].watches(WANG.given(ENTERED).state)] == []


def test_an_item_names_only_persons_who_were_entered_and_are_not_forgotten() -> None:
    said = REGISTERED.model_dump(exclude={"persons"})
    command = RegisterItem(**said, persons=("wang", "wang"))
    case, known = Case(SERVICE, "case/one", PUBLISHED), WANG.given(ENTERED)
    (event,) = case.when(command, by=HUGO, beside=[known]).events
    assert isinstance(event, ItemRegistered)
    assert event.persons == ("wang",)
    case.when(command, by=HUGO).then_rejected(NoSuchPerson, "data.persons.0")
    case.when(command, by=HUGO, beside=[WANG]).then_rejected(NoSuchPerson)
    gone = known.given(PersonForgotten(reason="Asked for it."))
    case.when(command, by=HUGO, beside=[gone]).then_rejected(Forgotten, "data.persons.0")
    assert [*SERVICE.aggregates["case"].watches(_case().state)] == ["person/wang"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"Name": "王"},
        {"13812345678": "x"},
        {"text.13812345678": "x"},
        {"name": 1},
        {"name": {"first": "王"}},
        {"name": "  "},
        {"name": "王" * 501},
        {"name": "\ud800"},
        {"text.a": "王" * 90_001},
        {f"text.{n}": "x" for n in range(101)},
    ],
)
def test_what_is_no_part_is_refused_and_never_named(body: object) -> None:
    with pytest.raises(UnfitPart) as caught:
        parts.read(body)
    assert caught.value.field == "body"


def test_parts_are_texts_of_bounded_length() -> None:
    fit = {"name": "王小明", "text.petition-1": "王" * 90_000, "birth_date": "1990-01-01"}
    assert parts.read(fit) == fit
    with pytest.raises(TooLarge):
        parts.read({f"text.{n}": "王" * 90_000 for n in range(3)})


@pytest.mark.parametrize(
    ("part", "text", "masked"),
    [
        ("name", "王小明", "王**"),
        ("name", "王", "王**"),
        ("phone", "13812345678", "138****5678"),
        ("phone", "12345", "***"),
        ("id_number", "11010519491231002X", "110***2X"),
        ("email", "wang@example.cn", "w***@example.cn"),
        ("address", "示例市示例区示例路一百二十号", "示例市示例区***"),
        ("address", "示例路一号", "***"),
        ("text.p1", "我家门口的路灯坏了", "***"),
        ("birth_date", "1990-01-01", "***"),
    ],
)
def test_a_part_is_masked_so_that_who_knows_it_knows_it_again(
    part: str, text: str, masked: str
) -> None:
    assert parts.mask(part, text) == masked
