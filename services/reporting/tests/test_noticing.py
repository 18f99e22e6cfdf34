"""What units learn from what happens to their cases, and nobody else."""

from datetime import date

from telling import Fact, told

from banli_engine.store import Message
from banli_events.assignment import ObjectionUpheld, Reassigned
from banli_events.catalogue import EVENTS
from banli_events.envelope import encode
from banli_events.intake import FeedbackReceived, ItemWithdrawn
from banli_events.notice import Notice, NoticeType, Sentence, headers_of, notice_id
from banli_events.supervision import (
    CoOpinionRequested,
    DeadlineMissed,
    PhoneUrged,
    Reminded,
    ReplyReturned,
    SupervisionNoticeIssued,
)
from banli_events.words import Grade, ReturnReason
from banli_reporting import case as cases
from banli_reporting.noticing import TOLD, WORDS
from banli_testing import story

TODAY = date(2025, 4, 1)
ASSIGNED = (story.REGISTERED, story.CLASSIFIED, story.PROPOSED, story.ASSIGNED)


def learnt(*facts: Fact) -> list[tuple[str, str]]:
    """What which unit learns, in this order."""
    case = cases.begin(story.CASE, "case-events", 0)
    for n, event in enumerate(told(*facts)):
        cases.take(case, Message("case-events", 0, n, encode(event)))
    assert not case.held
    return [(each.type, each.unit) for each in case.tidings]


def test_each_unit_learns_that_it_was_assigned_and_who_lost_it_that_it_went_away() -> None:
    fire = story.LEAD.model_copy(update={"unit": "fire"})
    anew = Reassigned(lead=fire, co=(story.CO,), duty_basis="x", reason="x")
    assert learnt(*ASSIGNED, anew) == [
        ("ASSIGNED", "traffic"), ("ASSIGNED", "patrol"),
        ("ASSIGNED", "fire"), ("REASSIGNED_AWAY", "traffic"),
    ]  # fmt: skip


def test_the_window_to_object_is_told_with_its_end_to_the_unit_that_has_it() -> None:
    window = story.CLOCK.model_copy(update={"clock": "objection:patrol"})
    assert learnt(*ASSIGNED, window, story.CLOCK)[2:] == [("OBJECTION_WINDOW", "patrol")]


def test_what_becomes_of_a_draft_is_told_to_the_lead_and_what_went_out_to_all() -> None:
    returned = ReplyReturned(
        reply_hash=story.REPLY.digest(), reason=ReturnReason.LOW_QUALITY, remark="x"
    )
    rated = FeedbackReceived(signer=story.LI, grade=Grade.SATISFIED, received_on=TODAY)
    facts = (story.DRAFTED, returned, story.DRAFTED, story.PASSED, story.APPROVED, story.ISSUED)
    assert learnt(*ASSIGNED, *facts, rated)[2:] == [
        ("RETURNED", "traffic"), ("APPROVED", "traffic"), ("ISSUED", "traffic"),
        ("ISSUED", "patrol"), ("RATED", "traffic"),
    ]  # fmt: skip


def test_who_owes_it_learns_that_it_is_late_and_was_urged() -> None:
    window = story.CLOCK.model_copy(update={"clock": "unit-opinion:patrol"})
    facts = (
        CoOpinionRequested(unit="patrol", question="?"),
        window,
        Reminded(clock="reply", due=story.DUE, unit="traffic", handler="anna"),
        DeadlineMissed(clock="unit-opinion:patrol", due=story.DUE),
        DeadlineMissed(clock="objection:traffic", due=story.DUE),  # nobody owes it
        PhoneUrged(clock="reply", answered_by="anna", called_on=TODAY, said="x"),
        SupervisionNoticeIssued(
            number="n1", clock="reply", unit="traffic", text="x", reply_by=TODAY, issued_on=TODAY
        ),
        ObjectionUpheld(unit="patrol", reason="x"),
        ItemWithdrawn(reason="x", withdrawn_on=TODAY),
    )
    assert learnt(*ASSIGNED, *facts)[2:] == [
        ("OPINION_ASKED", "patrol"), ("REMINDED", "traffic"), ("OVERDUE", "patrol"),
        ("URGED", "traffic"), ("NOTICE_ISSUED", "traffic"), ("OBJECTION_UPHELD", "patrol"),
        ("WITHDRAWN", "traffic"), ("WITHDRAWN", "patrol"),
    ]  # fmt: skip


def test_a_redelivery_and_a_fold_anew_tell_nothing_twice() -> None:
    case = cases.begin(story.CASE, "case-events", 0)
    messages = [Message("case-events", 0, n, encode(e)) for n, e in enumerate(told(*ASSIGNED))]
    for message in (*messages, *messages):
        cases.take(case, message)
    case.refold(cases.begin(story.CASE, "case-events", 0).lines, case.events)
    assert len(case.tidings) == 2
    case.written()
    assert case.tidings == []


def test_every_type_has_its_words_and_every_telling_event_is_about_a_case() -> None:
    assert set(WORDS) == set(NoticeType)
    assert TOLD.keys() <= EVENTS.keys()


def test_a_notice_keeps_its_id_its_headers_and_what_a_later_build_adds() -> None:
    id_ = notice_id("dept-x", "0195f0a0-0000-7000-8000-000000000001", "ASSIGNED", "traffic")
    assert str(id_) == "ea008fbc-1564-5f79-9a9e-bf2edf96669e"
    notice = Notice(
        id=id_, type="ASSIGNED", subject=story.CASE, unit="traffic", at=story.DUE,
        sentence=Sentence(zh="x", en="x"),
    )  # fmt: skip
    assert dict(headers_of(notice))["ce_id"] == str(id_).encode()
    later = {**notice.model_dump(mode="json"), "type": "SANG", "song": "x"}
    assert Notice.model_validate(later).type == "SANG"
