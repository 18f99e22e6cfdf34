"""Where a case stands through its whole life, and what it lacks."""

from typing import Any

import pytest
from facts import (
    AGAIN,
    APPROVED,
    ASSIGNED,
    FIRE,
    IN_HAND,
    ISSUED,
    ISSUED_AGAIN,
    OBJECTED,
    OUTER,
    TODAY,
    UNHAPPY,
    UNHAPPY_AGAIN,
    answered,
    rated,
)
from telling import Fact, line_of, shown, told

from banli_events.assignment import (
    ObjectionRefused,
    ObjectionUpheld,
    OutOfScopeExplained,
    Reassigned,
)
from banli_events.intake import AttachmentAdded, ItemRefused, ItemRegistered, ItemWithdrawn
from banli_events.supervision import (
    CaseSummaryFiled,
    CoOpinionRequested,
    CoOpinionSubmitted,
    FeedbackClosed,
    MeetingDecided,
)
from banli_events.words import (
    Excluded,
    Grade,
    ItemKind,
    Ruling,
)
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import REGISTER
from banli_testing import story


def codes(*facts: Fact, rules: dict[str, Any] | None = None) -> list[str]:
    found = shown(HANDLING, *facts, rules={"congress@1": rules or {}})
    return [each["code"] for each in found["missing"]]


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ((*ASSIGNED, ItemWithdrawn(reason="x", withdrawn_on=TODAY)), "WITHDRAWN"),
        ((*ASSIGNED, OutOfScopeExplained(reason="x", explained_to=(story.LI,),
                                         explained_on=TODAY)), "OUT_OF_SCOPE"),
        ((*ASSIGNED, OUTER), "OUTER_OBJECTION"),
        ((*ASSIGNED, OUTER, answered(True)), "GIVEN_BACK"),
        ((*IN_HAND, OUTER, answered(False)), "IN_HAND"),
        ((ItemRefused(kind=ItemKind.SUGGESTION, numbering=story.NUMBERING, ground=Excluded.EMPTY,
                      reason="x", received_on=TODAY),), "REFUSED"),
        ((*ASSIGNED, OBJECTED), "OBJECTED"),
        ((*ASSIGNED, OBJECTED, ObjectionRefused(unit="traffic", reason="x")), "ASSIGNED"),
        ((*ASSIGNED, OBJECTED, ObjectionUpheld(unit="traffic", reason="x")), "OBJECTED"),
        ((*ASSIGNED, OBJECTED, ObjectionUpheld(unit="traffic", reason="x"),
          Reassigned(lead=FIRE, duty_basis="x", reason="x")), "ASSIGNED"),
        ((*ISSUED, *UNHAPPY), "RATED"),
        ((*ISSUED, FeedbackClosed(round=1, silent=(story.LI, story.WANG))), "RATED"),
        ((*ISSUED, *UNHAPPY, AGAIN), "REHANDLING"),
        ((*ISSUED, *UNHAPPY, AGAIN, story.DRAFTED), "DRAFTED"),
        ((*ISSUED, *UNHAPPY, AGAIN, story.DRAFTED, ISSUED_AGAIN), "REPLIED"),
        ((*ISSUED, *UNHAPPY, AGAIN, ISSUED_AGAIN, *UNHAPPY_AGAIN), "MEETING"),
        ((*ISSUED, *UNHAPPY, AGAIN, ISSUED_AGAIN, *UNHAPPY_AGAIN,
          MeetingDecided(round=2, ruling=Ruling.CLOSE, reason="x", held_on=TODAY, people=("x",))),
         "RATED"),
    ],
)  # fmt: skip
def test_a_case_stands_where_its_life_led_it(facts: tuple[Fact, ...], step: str) -> None:
    line = line_of(HANDLING, told(*facts))
    assert line.step == step
    assert line.since is not None


def test_who_has_a_case_after_it_was_reassigned() -> None:
    """R009"""
    found = shown(HANDLING, *IN_HAND, Reassigned(lead=FIRE, duty_basis="x", reason="x"))
    assert (found["lead_unit"], found["accepted"]) == ("fire", {})
    assert "acceptance" in codes(*IN_HAND, Reassigned(lead=FIRE, duty_basis="x", reason="x"))


def test_a_draft_of_one_who_has_the_case_no_more_counts_no_more() -> None:
    """R009"""
    other = story.LEAD.model_copy(update={"handler": "finn"})
    handed_on = Reassigned(lead=other, duty_basis="x", reason="x")
    assert line_of(HANDLING, told(*APPROVED, handed_on)).step == "IN_HAND"
    assert "draft" in codes(*APPROVED, handed_on)


def test_a_withdrawn_case_lacks_nothing_and_one_registered_anew_begins_anew() -> None:
    taken_back = ItemWithdrawn(reason="x", entered_in_error=True, withdrawn_on=TODAY)
    assert codes(*IN_HAND, taken_back) == []
    line = line_of(HANDLING, told(*IN_HAND, taken_back, story.REGISTERED))
    assert (line.step, line.lead_unit, line.contacts) == ("REGISTERED", None, 0)
    assert line_of(REGISTER, told(story.REGISTERED, taken_back)).in_error
    assert not line_of(REGISTER, told(story.REGISTERED, taken_back, story.REGISTERED)).in_error


def test_what_was_said_without_the_new_registration_in_view_counts_no_more() -> None:
    taken_back = ItemWithdrawn(reason="x", entered_in_error=True, withdrawn_on=TODAY)
    before = told(*ASSIGNED[:4], story.ACCEPTED)
    anew = told(*ASSIGNED[:1], taken_back, story.REGISTERED)
    late = [event for event in before if event.source != "intake"]
    line = line_of(HANDLING, [*anew, *late])
    assert (line.step, line.lead_unit) == ("REGISTERED", None)


def test_a_file_belongs_to_the_case_whatever_is_entered_in_it() -> None:
    file = AttachmentAdded(file="0" * 64, title="x", media_type="image/png", size=1)
    taken_back = ItemWithdrawn(reason="x", entered_in_error=True, withdrawn_on=TODAY)
    facts = told(story.REGISTERED, file, taken_back, story.REGISTERED)
    assert (line_of(HANDLING, facts).files, len(line_of(REGISTER, facts).files)) == (1, 1)


def test_what_is_missing_depends_on_the_rules_of_the_case() -> None:
    """R003, R011, R028, R199"""
    asked = {"contact_each": True, "consult": True, "verify": True, "report": True, "publish": True}
    found = shown(HANDLING, *IN_HAND, rules={"congress@1": asked})["missing"]
    assert next(each for each in found if each["code"] == "contact")["who"] == [story.WANG]
    assert "consultation" in codes(*IN_HAND, rules=asked)
    after = codes(*ISSUED, *UNHAPPY, rules=asked)
    assert {"verification", "report", "publication", "satisfaction", "summary"} <= set(after)
    assert not {"verification", "report", "publication"} & set(codes(*ISSUED, *UNHAPPY))


def test_a_second_dissatisfaction_lacks_a_meeting_and_what_it_closes_lacks_none() -> None:
    twice = (*ISSUED, *UNHAPPY, AGAIN, story.DRAFTED, story.PASSED, story.APPROVED, ISSUED_AGAIN,
             *UNHAPPY_AGAIN)  # fmt: skip
    assert codes(*twice) == ["satisfaction", "meeting", "summary"]
    closed = MeetingDecided(round=2, ruling=Ruling.CLOSE, reason="x", held_on=TODAY, people=("x",))
    assert codes(*twice, closed) == ["summary"]


def test_whoever_was_silent_is_not_waited_for_and_a_late_rating_changes_nothing() -> None:
    """R077"""
    closed = FeedbackClosed(round=1, silent=(story.LI,))
    facts = (*ISSUED, rated(story.WANG, Grade.SATISFIED), closed)
    assert codes(*facts) == ["summary"]
    assert codes(*facts, rated(story.LI, Grade.NOT_SATISFIED)) == ["summary"]


def test_a_summary_of_the_first_round_is_none_of_the_second() -> None:
    facts = (*ISSUED, CaseSummaryFiled(summary="x"), *UNHAPPY, AGAIN)
    assert "summary" in codes(*facts)


def test_co_units_that_were_asked_are_missing_until_they_answer() -> None:
    """R036, R038"""
    asked = CoOpinionRequested(unit="patrol", question="?")
    assert "co-opinion" in codes(*IN_HAND, asked)
    assert "co-opinion" not in codes(
        *IN_HAND, asked, CoOpinionSubmitted(unit="patrol", opinion="!")
    )


def test_an_item_that_was_not_entered_stands_in_the_register_with_its_ground() -> None:
    refused = ItemRefused(kind=ItemKind.SUGGESTION, numbering=story.NUMBERING,
                          ground=Excluded.PROMOTION, reason="x", received_on=TODAY)  # fmt: skip
    line = line_of(REGISTER, told(refused))
    assert (line.registered_at, line.refused_for) == (None, "PROMOTION")
    assert line_of(REGISTER, told(refused, story.REGISTERED)).refused_for is None
    assert ItemRegistered in REGISTER.lines
