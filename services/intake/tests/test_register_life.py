"""Refusing to register, taking back, registering anew; and the assigner's list."""

from datetime import date
from random import Random
from typing import Any

import pytest

from banli_engine.errors import NotPermitted, UnfitSubject
from banli_events.intake import (
    CorrectItem,
    FeedbackRequested,
    HandOverListed,
    ItemCorrected,
    ItemRefused,
    ItemWithdrawn,
    ListHandOver,
    RefuseItem,
    RegisterItem,
    RequestFeedback,
    WithdrawItem,
)
from banli_events.supervision import CoOpinionDelivered
from banli_events.words import Excluded, ItemKind
from banli_intake.refusals import (
    AlreadyListed,
    AlreadyRefused,
    AlreadyRegistered,
    AlreadyReplied,
    AlreadyWithdrawn,
    NoSuchSession,
    NotRegistered,
    NumberingTwice,
)
from banli_intake.service import SERVICE
from banli_testing.grammar import Case, interleavings, said, state_of
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    CARA,
    CASE,
    HUGO,
    ISSUED,
    LI,
    NUMBERING,
    PUBLISHED,
    REGISTERED,
)

case = Case(SERVICE, CASE, PUBLISHED)
DAY = date(2025, 3, 10)
REGISTER = RegisterItem(**{name: getattr(REGISTERED, name) for name in RegisterItem.model_fields})
REFUSE = RefuseItem(
    kind=ItemKind.SUGGESTION,
    numbering=NUMBERING,
    ground=Excluded.PROMOTION,
    reason="It praises a product.",
    received_on=DAY,
)
REFUSED = ItemRefused(**REFUSE.model_dump())
WITHDRAW = WithdrawItem(reason="They took it back.", withdrawn_on=DAY)
WITHDRAWN = ItemWithdrawn(**WITHDRAW.model_dump())
IN_ERROR = WithdrawItem(reason="Number mistyped.", entered_in_error=True, withdrawn_on=DAY)
ENTERED_IN_ERROR = ItemWithdrawn(**IN_ERROR.model_dump())
DELIVERED = CoOpinionDelivered(reply_hash="0" * 64, to="Roads bureau", delivered_on=DAY)


def test_an_item_tells_the_place_it_is_about() -> None:
    """R071"""
    told = REGISTER.model_copy(update={"territory": "East"})
    case.when(told, by=HUGO).then(REGISTERED.model_copy(update={"territory": "East"}))


# -- refusing


def test_what_is_no_congress_business_is_not_registered() -> None:
    """R007"""
    assert SERVICE.subject_of[RefuseItem](REFUSE) == CASE
    case.when(REFUSE, by=HUGO).then(REFUSED)
    case.given(REFUSED).when(REFUSE, by=HUGO).then_nothing()
    case.when(REFUSE, by=CARA).then_rejected(NotPermitted)


def test_a_number_is_refused_or_registered_never_both() -> None:
    """R007"""
    case.given(REFUSED).when(REGISTER, by=HUGO).then_rejected(AlreadyRefused)
    case.given(REGISTERED).when(REFUSE, by=HUGO).then_rejected(AlreadyRegistered)
    other = REFUSE.model_copy(update={"ground": Excluded.EMPTY})
    case.given(REFUSED).when(other, by=HUGO).then_rejected(AlreadyRefused)


def test_a_refused_item_names_its_session() -> None:
    """R007"""
    odd = REFUSE.model_copy(update={"numbering": NUMBERING.model_copy(update={"term": 0})})
    case.when(odd, by=HUGO).then_rejected(NoSuchSession)


# -- taking back


def test_an_item_is_taken_back() -> None:
    """R202"""
    for known in (case.given(REGISTERED), case.given(REGISTERED, ASSIGNED)):
        known.when(WITHDRAW, by=HUGO).then(WITHDRAWN)
    case.given(REGISTERED, WITHDRAWN).when(WITHDRAW, by=HUGO).then_nothing()
    case.given(REGISTERED, WITHDRAWN).when(IN_ERROR, by=HUGO).then_rejected(AlreadyWithdrawn)
    case.when(WITHDRAW, by=HUGO).then_rejected(NotRegistered)
    case.given(REGISTERED).when(WITHDRAW, by=ANNA).then_rejected(NotPermitted)


@pytest.mark.parametrize("sent", [ISSUED, DELIVERED])
def test_what_is_answered_is_not_taken_back(sent: Any) -> None:
    """R202: nor said to have been entered in error."""
    case.given(REGISTERED, sent).when(WITHDRAW, by=HUGO).then_rejected(AlreadyReplied)
    case.given(REGISTERED, sent).when(IN_ERROR, by=HUGO).then_rejected(AlreadyReplied)


def test_what_was_taken_back_can_still_be_put_right() -> None:
    """R202"""
    correct = CorrectItem(field="title", after="Crossings", reason="Typing error.")
    case.given(REGISTERED, WITHDRAWN).when(correct, by=HUGO).then(
        ItemCorrected(
            field="title", before=REGISTERED.title, after="Crossings", reason="Typing error."
        )
    )


def test_the_number_of_an_item_that_was_taken_back_stays_its_own() -> None:
    """R007"""
    case.given(REGISTERED, WITHDRAWN).when(REGISTER, by=HUGO).then_rejected(AlreadyRegistered)
    case.given(REGISTERED, WITHDRAWN).when(REFUSE, by=HUGO).then_rejected(AlreadyRegistered)


def test_a_number_entered_in_error_is_free_again() -> None:
    """R007"""
    freed = case.given(REGISTERED, ENTERED_IN_ERROR)
    freed.when(REGISTER, by=HUGO).then(REGISTERED)
    freed.given(REGISTERED).when(REGISTER, by=HUGO).then_rejected(AlreadyRegistered)
    freed.when(REFUSE, by=HUGO).then(REFUSED)


def test_an_item_registered_anew_begins_anew() -> None:
    """R007, R077: what went out for the one entered in error was not for this one."""
    old = case.given(REGISTERED, said(FeedbackRequested(signer=LI, reply_hash="0" * 64)))
    again = old.given(ISSUED, ENTERED_IN_ERROR, REGISTERED)
    assert again.state.issued == {}
    again.when(WITHDRAW, by=HUGO).then(WITHDRAWN)
    ask = RequestFeedback(signers=(LI,), reply_hash="1" * 64)
    again.when(ask).then(FeedbackRequested(signer=LI, reply_hash="1" * 64))
    assert set(again.given(ISSUED).state.issued) == {1}


def test_what_intake_knows_does_not_depend_on_the_order_of_reading() -> None:
    """R007"""
    whole = case.given(REGISTERED, ASSIGNED, ISSUED, ENTERED_IN_ERROR, REGISTERED, ASSIGNED, ISSUED)
    streams = [
        [event for event in whole.history if event.source == source]
        for source in ("intake", "assignment", "supervision")
    ]
    for order in interleavings(streams, Random(7), 50):
        assert state_of(SERVICE, order) == whole.state


# -- the assigner's list

handover = Case(SERVICE, "handover/2025-3", PUBLISHED)
LIST = ListHandOver(
    assigner="Congress office",
    kind=ItemKind.SUGGESTION,
    numberings=(NUMBERING, NUMBERING.model_copy(update={"number": "118"})),
    stated_total=3,
    received_on=DAY,
)
LISTED = HandOverListed(**LIST.model_dump())


def test_the_assigner_s_list_is_entered_once_as_it_came() -> None:
    """R057: also with a total that its lines do not sum to."""
    handover.when(LIST, by=HUGO).then(LISTED)
    handover.given(LISTED).when(LIST, by=HUGO).then_nothing()
    other = LIST.model_copy(update={"stated_total": 2})
    handover.given(LISTED).when(other, by=HUGO).then_rejected(AlreadyListed)
    handover.when(LIST, by=CARA).then_rejected(NotPermitted)


def test_an_item_stands_in_a_list_once() -> None:
    """R057"""
    twice = LIST.model_copy(update={"numberings": (NUMBERING, NUMBERING)})
    handover.when(twice, by=HUGO).then_rejected(NumberingTwice, "data.numberings")


def test_a_list_is_no_case() -> None:
    """R057"""
    handover.when(WITHDRAW, by=HUGO).then_rejected(UnfitSubject)
    case.when(LIST, by=HUGO).then_rejected(UnfitSubject)
