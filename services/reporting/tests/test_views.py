"""What is late or due soon, and what changed from draft to draft."""

import json
from datetime import timedelta
from typing import Any

from telling import day, line_of, told

from banli_events.supervision import DeadlineMissed, DeadlineSet, PhoneUrged, ReplyReturned
from banli_events.words import ReturnReason
from banli_reporting.dispatch import late_or_soon
from banli_reporting.drafts import compared, drafts_of
from banli_reporting.ledgers.deadlines import DEADLINES
from banli_testing import story
from banli_testing.grammar import NOON

WEEK = timedelta(days=7)


def clock(name: str, due_in: int) -> DeadlineSet:
    event = story.CLOCK.model_copy(update={"clock": name, "due": day(due_in)})
    assert isinstance(event, DeadlineSet)
    return event


def row(*facts: Any) -> dict[str, Any]:
    line = line_of(DEADLINES, told(story.REGISTERED, story.ASSIGNED, *facts))
    calls = [{"clock": f.clock} for f in facts if isinstance(f, PhoneUrged)]
    return {
        "subject": story.CASE, "number": "117", "title": "T", "kind": "SUGGESTION",
        "step": "IN_HAND", "lead_unit": "traffic", "handler": "anna",
        "clocks": json.dumps(line.clocks), "states": json.dumps(line.states),
        "reminders": None, "calls": json.dumps(calls), "notices": None,
    }  # fmt: skip


def test_laggards_are_late_or_due_soon_and_charged_to_who_owes_it() -> None:
    """R022, R063, R083."""
    missed = DeadlineMissed(clock="first-contact", due=day(5))
    called = PhoneUrged(clock="first-contact", answered_by="anna", called_on=NOON.date(), said="x")
    facts = (clock("reply", 90), clock("first-contact", 5), clock("unit-opinion:patrol", 12),
             clock("referral:r1", 6), clock("objection:traffic", 6), missed, called)  # fmt: skip
    found = {each["clock"]: each for each in late_or_soon(row(*facts), day(8), WEEK)}
    assert {name: each["status"] for name, each in found.items()} == {
        "first-contact": "late", "unit-opinion:patrol": "soon",
    }  # fmt: skip
    assert (found["first-contact"]["unit"], found["first-contact"]["days"]) == ("traffic", 3)
    assert found["first-contact"]["calls"] == 1
    assert (found["unit-opinion:patrol"]["unit"], found["unit-opinion:patrol"]["days"]) == (
        "patrol", 4,
    )  # fmt: skip


def test_what_is_done_is_no_laggard() -> None:
    facts = (clock("first-contact", 5), story.CONTACTED)
    assert list(late_or_soon(row(*facts), day(8), WEEK)) == []


# -- drafts


def event(type_: str, **data: Any) -> dict[str, Any]:
    return {"type": type_, "data": data, "time": "t", "actor": None, "id": "e", "label": {}}


def draft(hash_: str, text: str, *answers: str) -> dict[str, Any]:
    reply = {"text": text, "answers": [{"ask": f"a{n}", "text": t} for n, t in enumerate(answers)]}
    return event("ReplyDrafted", reply_hash=hash_, reply=reply)


STORY = [
    draft("1" * 64, "Thank you.\nSoon.", "Soon."),
    event("ReplyReturned", reason="LOW_QUALITY", remark="When?"),
    draft("2" * 64, "Thank you.\nIn May.", "In May."),
    event("ReplyReviewed", role="UNIT_HEAD"),
    draft("3" * 64, "Thank you.\nIn June.", "In May."),
]


def test_old_drafts_are_kept_with_what_became_of_them() -> None:
    """R068"""
    found = drafts_of(STORY)
    assert [each["hash"][0] for each in found] == ["1", "2", "3"]
    assert found[0]["became"][0]["reason"] == "LOW_QUALITY"
    assert ReplyReturned.__name__ == found[0]["became"][0]["type"]
    assert found[0]["became"][0]["reason"] == ReturnReason.LOW_QUALITY


def test_two_drafts_are_compared_line_by_line_and_ask_by_ask() -> None:
    """R068"""
    found = compared(drafts_of(STORY), "1" * 64, "2" * 64)
    assert found is not None
    assert found["text"][-3:] == [" Thank you.", "-Soon.", "+In May."]
    assert found["answers"][-2:] == ["-a0: Soon.", "+a0: In May."]


def test_without_hashes_the_last_draft_is_compared_with_the_one_before() -> None:
    """R068"""
    found = compared(drafts_of(STORY), None, None)
    assert found is not None
    assert (found["before"][0], found["after"][0]) == ("2", "3")
    assert found["answers"] == []


def test_an_unknown_draft_is_compared_with_nothing() -> None:
    assert compared(drafts_of(STORY), "9" * 64, None) is None
    assert compared(drafts_of(STORY[:1]), None, None) == {
        "text": [], "answers": [], "before": None, "after": None,
    }  # fmt: skip
