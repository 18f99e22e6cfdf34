"""Registering items and putting errors in the register right."""

from datetime import date
from typing import Any

import pytest

from banli_engine.errors import NotPermitted, Rejection
from banli_events.intake import (
    CorrectItem,
    ItemCorrected,
    ItemRegistered,
    RegisterItem,
    WithdrawItem,
)
from banli_events.words import Ask, ItemKind, OuterAssignment, OuterRole, Signer
from banli_intake import correction
from banli_intake.refusals import (
    AlreadyRegistered,
    AskTwice,
    NoSuchSession,
    NotCorrectable,
    NotRegistered,
    OuterLeadMissing,
    SignerTwice,
    TwoLeadSigners,
    UnfitCorrection,
    UnknownOuterRole,
)
from banli_intake.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ANNA,
    CARA,
    CASE,
    HUGO,
    NUMBERING,
    PUBLISHED,
    REGISTERED,
    REGISTERED_AS_CO,
)

case = Case(SERVICE, CASE, PUBLISHED)


def register(**changed: Any) -> RegisterItem:
    return RegisterItem(
        **{**{n: getattr(REGISTERED, n) for n in RegisterItem.model_fields}, **changed}
    )


def correct(field: str, after: str) -> CorrectItem:
    return CorrectItem(field=field, after=after, reason="Typing error.")


def corrected(field: str, before: str, after: str) -> ItemCorrected:
    return ItemCorrected(field=field, before=before, after=after, reason="Typing error.")


def test_an_item_is_registered_with_signers_content_and_asks() -> None:
    """R001, R055, R056"""
    case.given().when(register(), by=HUGO).then(REGISTERED)


@pytest.mark.parametrize("number", [0, -1, 10_000, 10**12])
def test_no_term_and_no_session_has_such_a_number(number: int) -> None:
    for part in ("term", "session"):
        numbering = NUMBERING.model_copy(update={part: number})
        asked = case.given().when(register(numbering=numbering), by=HUGO)
        asked.then_rejected(NoSuchSession, "data.numbering")


def test_the_first_signer_leads_where_none_is_marked() -> None:
    """R056"""
    unmarked = tuple(s.model_copy(update={"lead": False}) for s in REGISTERED.signers)
    case.given().when(register(signers=unmarked), by=HUGO).then(REGISTERED)


def test_the_signer_marked_as_lead_leads_wherever_they_stand() -> None:
    signers = (
        Signer(person="P-1", name="A", unit="U"),
        Signer(person="P-2", name="B", unit="U", lead=True),
    )
    case.given().when(register(signers=signers), by=HUGO).then(
        REGISTERED.model_copy(update={"signers": signers})
    )


def test_a_co_item_names_the_body_that_leads() -> None:
    """R001"""
    case.given().when(register(outer=REGISTERED_AS_CO.outer), by=HUGO).then(REGISTERED_AS_CO)


def test_a_second_registration_of_the_number_is_refused() -> None:
    """R007"""
    case.given(REGISTERED).when(register(), by=HUGO).then_rejected(AlreadyRegistered)
    case.given(REGISTERED).when(register(title="Other"), by=HUGO).then_rejected(AlreadyRegistered)


def test_the_same_number_is_the_same_case_and_another_number_another() -> None:
    """R007"""
    of = SERVICE.subject_of[RegisterItem]
    assert of(register(title="Other")) == CASE
    assert of(register(kind=ItemKind.PROPOSAL)) != CASE
    for name, value in [
        ("body", "cppcc"),
        ("level", "province"),
        ("term", 17),
        ("session", 4),
        ("number", "118"),
    ]:
        assert of(register(numbering=NUMBERING.model_copy(update={name: value}))) != CASE


@pytest.mark.parametrize(
    ("changed", "refusal", "field"),
    [
        ({"asks": (Ask(id="a", text="x"), Ask(id="a", text="y"))}, AskTwice, "data.asks"),
        ({"signers": REGISTERED.signers * 2}, SignerTwice, "data.signers"),
        (
            {"signers": tuple(s.model_copy(update={"lead": True}) for s in REGISTERED.signers)},
            TwoLeadSigners,
            "data.signers",
        ),
        (
            {"outer": OuterAssignment(assigner="Office", role=OuterRole.CO)},
            OuterLeadMissing,
            "data.outer.lead",
        ),
        (
            {"outer": OuterAssignment(assigner="Office", role="GUEST")},
            UnknownOuterRole,
            "data.outer.role",
        ),
    ],
)
def test_what_cannot_be_registered(
    changed: dict[str, Any], refusal: type[Rejection], field: str
) -> None:
    """R001, R056"""
    case.given().when(register(**changed), by=HUGO).then_rejected(refusal, field)


@pytest.mark.parametrize("speaker", [ANNA, CARA])
def test_only_the_registry_registers(speaker: Any) -> None:
    case.given().when(register(), by=speaker).then_rejected(NotPermitted)


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("title", "Crossings near schools", "Crossings near a school"),
        ("content", REGISTERED.content, "Two\nlines"),
        ("received_on", "2025-03-03", "2025-03-04"),
        ("outer.assigner", "Congress office", "Congress secretariat"),
        ("signers.P-li.name", "Li", "Lin"),
        ("signers.P-wang.unit", "Second school", "Third school"),
        ("asks.a2.text", "Send patrols.", "Send two patrols."),
    ],
)
def test_a_typing_error_is_put_right_and_both_values_are_kept(
    field: str, before: str, after: str
) -> None:
    """R202"""
    right = corrected(field, before, after)
    case.given(REGISTERED).when(correct(field, after), by=HUGO).then(right)
    case.given(REGISTERED, right).when(correct(field, after), by=HUGO).then_nothing()
    case.given(REGISTERED, right).when(correct(field, before), by=HUGO).then(
        corrected(field, after, before)
    )


def test_a_correction_shows_in_the_item_and_changes_nothing_else() -> None:
    item = case.given(REGISTERED, corrected("received_on", "2025-03-03", "2025-03-04")).state.item
    assert item == REGISTERED.model_copy(update={"received_on": date(2025, 3, 4)})


def test_the_outer_lead_is_corrected_where_there_is_one() -> None:
    """R202"""
    case.given(REGISTERED_AS_CO).when(correct("outer.lead", "Roads bureau"), by=HUGO).then(
        corrected("outer.lead", "Transport bureau", "Roads bureau")
    )
    case.given(REGISTERED).when(correct("outer.lead", "Roads"), by=HUGO).then_rejected(
        NotCorrectable
    )


@pytest.mark.parametrize(
    "field",
    [
        *("numbering.number", "number", "kind", "outer.role", "outer.due_on", "signers", "."),
        *("signers.P-li", "signers.P-li.person", "signers.P-li.lead", "signers.nobody.name"),
        *("asks.a1.id", "asks..text"),
    ],
)
def test_the_number_and_what_names_a_thing_are_never_corrected(field: str) -> None:
    """R007, R202"""
    case.given(REGISTERED).when(correct(field, "x"), by=HUGO).then_rejected(
        NotCorrectable, "data.field"
    )


@pytest.mark.parametrize(("field", "after"), [("received_on", "soon"), ("title", "x" * 501)])
def test_a_correction_must_fit_its_field(field: str, after: str) -> None:
    """R202"""
    case.given(REGISTERED).when(correct(field, after), by=HUGO).then_rejected(
        UnfitCorrection, "data.after"
    )


def test_nothing_is_corrected_before_it_is_registered() -> None:
    case.given().when(correct("title", "x"), by=HUGO).then_rejected(NotRegistered)


def test_an_id_with_dots_is_found() -> None:
    dotted = REGISTERED.model_copy(
        update={"signers": (Signer(person="P.1.x", name="A", unit="U", lead=True),)}
    )
    assert correction.read(dotted, "signers.P.1.x.name") == "A"


def test_a_correction_of_a_field_that_this_build_does_not_know_leaves_the_item_alone() -> None:
    item = case.given(REGISTERED, corrected("colour", "red", "blue")).state.item
    assert isinstance(item, ItemRegistered)
    assert item == REGISTERED


@pytest.mark.parametrize("accused", [HUGO.person, HUGO.unit])
def test_whom_an_item_accuses_puts_nothing_right_in_it_nor_is_told_what_stood_there(
    accused: str,
) -> None:
    """Policies, row 30."""
    item = REGISTERED.model_copy(update={"accused": (accused,)})
    there = case.given(item)
    there.when(correct("content", "x"), by=HUGO).then_rejected(NotPermitted, "actor")
    error = WithdrawItem(reason="x", entered_in_error=True, withdrawn_on=date(2025, 3, 3))
    there.when(error, by=HUGO).then_rejected(NotPermitted, "actor")
