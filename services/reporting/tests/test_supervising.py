"""What is shown of urging, of returned drafts, of contacts, and of what cannot be done now."""

from facts import AGAIN, ASSIGNED, HASH, IN_HAND, MISSED, TODAY
from telling import Fact, line_of, shown, told

from banli_events.supervision import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    CallbackDone,
    ConsultationHeld,
    DeadlineMissWithdrawn,
    PhoneUrged,
    ProposerContacted,
    Reminded,
    ReplyDrafted,
    ReplyReturned,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
)
from banli_events.words import (
    AlarmKind,
    ContactMode,
    FollowUp,
    NotNow,
    Outcome,
    OutcomeClass,
    ReturnReason,
)
from banli_reporting.ledgers.contacts import CONTACTS
from banli_reporting.ledgers.not_now import NOT_NOW
from banli_reporting.ledgers.returns import RETURNS
from banli_reporting.ledgers.supervision import SUPERVISION
from banli_testing import story
from banli_testing.grammar import said


def test_the_ladder_is_shown_with_receipt_and_answer() -> None:
    """R022, R063, R064, R065"""
    found = shown(
        SUPERVISION,
        story.REGISTERED,
        Reminded(clock="reply", due=story.DUE, unit="traffic", handler="anna"),
        MISSED,
        said(PhoneUrged(clock="reply", answered_by="anna", called_on=TODAY, said="Soon."),
             by=story.CARA),
        SupervisionNoticeIssued(number="n1", clock="reply", unit="traffic", text="x",
                                reply_by=TODAY, issued_on=TODAY),
        SupervisionNoticeReceived(number="n1", received_on=TODAY),
        AlarmRaised(alarm="a1", kind=AlarmKind.VACANT_POST, about="anna"),
    )  # fmt: skip
    assert [each["clock"] for each in found["reminders"]] == ["reply"]
    assert (found["calls"][0]["by"], found["calls"][0]["said"]) == ("cara", "Soon.")
    assert found["notices"]["n1"]["received_on"] == TODAY.isoformat()
    assert (found["open_notices"], found["open_alarms"]) == (1, 1)


def test_an_answered_notice_and_a_settled_alarm_are_open_no_more() -> None:
    """R065"""
    line = line_of(
        SUPERVISION,
        told(
            SupervisionNoticeIssued(number="n1", clock="reply", unit="traffic", text="x",
                                    reply_by=TODAY, issued_on=TODAY),
            SupervisionNoticeAnswered(number="n1", answer="Done."),
            AlarmRaised(alarm="a1", kind=AlarmKind.VACANT_POST, about="anna"),
            AlarmAcknowledged(alarm="a1"),
            AlarmClosed(alarm="a1", how="Filled."),
            MISSED,
            DeadlineMissWithdrawn(clock="reply", due=story.DUE, done_at=story.DUE),
        ),
    )  # fmt: skip
    assert (line.open_notices, line.open_alarms) == (0, 0)
    assert line.notices["n1"]["answer"] == "Done."
    assert line.misses[0]["withdrawn"]


def test_each_return_is_counted_with_its_reason_round_and_loop() -> None:
    """R067, R068"""

    def back(reason: ReturnReason) -> Fact:
        return said(ReplyReturned(reply_hash=HASH, reason=reason, remark="x"), by=story.BEN)

    second = said(ReplyDrafted(reply=story.REPLY, reply_hash=HASH, round=2), by=story.ANNA)
    found = shown(
        RETURNS,
        *IN_HAND,
        story.DRAFTED,
        back(ReturnReason.LOW_QUALITY),
        story.DRAFTED,
        back(ReturnReason.NON_STANDARD),
        AGAIN,
        second,
        back(ReturnReason.NOT_IMPLEMENTED),
    )
    assert [(each["loop"], each["round"], each["reason"]) for each in found["returns"]] == [
        (1, 1, "LOW_QUALITY"), (2, 1, "NON_STANDARD"), (3, 2, "NOT_IMPLEMENTED"),
    ]  # fmt: skip
    assert [each["redrafted_at"] is None for each in found["returns"]] == [False, False, True]
    assert len(found["drafts"]) == found["loops"] == 3


def test_contacts_are_counted_per_person_and_by_phase() -> None:
    """R003, R034, R076, R081, R201"""

    def met(signer: str, mode: ContactMode) -> ProposerContacted:
        return ProposerContacted(signer=signer, mode=mode, contacted_on=TODAY, summary="x")

    found = shown(
        CONTACTS,
        *ASSIGNED,
        met(story.LI, ContactMode.PHONE),
        met(story.LI, ContactMode.LETTER),
        story.RESEARCHED,
        ConsultationHeld(held_on=TODAY, place="x", people=(story.LI,), result="x"),
        story.ISSUED,
        CallbackDone(signer=story.WANG, called_on=TODAY, summary="x"),
    )
    assert found["coverage"] == "2/2"
    assert (found["persons"], found["contacted"], found["live"]) == (2, 2, 1)
    assert found["gaps"] == {
        "before": [story.WANG], "during": [story.WANG], "after": [story.LI],
    }  # fmt: skip
    li = next(each for each in found["people"] if each["person"] == story.LI)
    assert [len(li[phase]) for phase in ("before", "during", "after")] == [2, 1, 0]


def test_what_cannot_be_done_now_shows_reason_plan_and_who_follows_it_up() -> None:
    """R085, R087"""
    reply = story.REPLY.model_copy(
        update={
            "outcome": Outcome(result=OutcomeClass.C, proof="x", reason=NotNow.NO_FUNDS),
            "follow_up": FollowUp(owner="anna", on=TODAY),
        }
    )
    drafted = said(ReplyDrafted(reply=reply, reply_hash=reply.digest()), by=story.ANNA)
    found = shown(NOT_NOW, *IN_HAND, drafted, story.ISSUED)
    assert (found["reason"], found["reason_label"]["zh"]) == ("NO_FUNDS", "财力限制")
    assert (found["owner"], found["follow_up_on"]) == ("anna", TODAY.isoformat())
    assert found["sent_at"] is not None
    assert shown(NOT_NOW, *IN_HAND, drafted)["sent_at"] is None
