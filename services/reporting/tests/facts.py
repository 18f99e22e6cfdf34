"""Facts of a case, stage by stage, from which its further life is told."""

from datetime import date

from telling import Fact

from banli_events.assignment import (
    AssignmentObjected,
    OuterObjectionAnswered,
    OuterObjectionRaised,
)
from banli_events.intake import FeedbackReceived
from banli_events.supervision import (
    DeadlineMissed,
    RehandlingOrdered,
    ReplyIssued,
)
from banli_events.words import (
    Grade,
)
from banli_testing import story

TODAY = date(2025, 4, 1)
HASH = story.REPLY.digest()
ASSIGNED: tuple[Fact, ...] = (
    story.REGISTERED, story.CLASSIFIED, story.PROPOSED, story.ASSIGNED, story.CLOCK,
)  # fmt: skip
IN_HAND = (*ASSIGNED, story.ACCEPTED, story.CONTACTED, story.RESEARCHED)
APPROVED = (*IN_HAND, story.DRAFTED, story.PASSED, story.APPROVED)
ISSUED = (*APPROVED, story.ISSUED)
AGAIN = RehandlingOrdered(round=2, unsatisfied=(story.LI,), lead=story.LEAD, reason="x")
ISSUED_AGAIN = ReplyIssued(
    reply_hash=HASH, to=(story.LI, story.WANG), document_number="2", issued_on=TODAY, round=2
)
FIRE = story.LEAD.model_copy(update={"unit": "fire"})


def rated(signer: str, grade: Grade, round: int = 1) -> FeedbackReceived:
    return FeedbackReceived(signer=signer, grade=grade, round=round, received_on=TODAY)


UNHAPPY = (rated(story.LI, Grade.NOT_SATISFIED), rated(story.WANG, Grade.SATISFIED))
UNHAPPY_AGAIN = (rated(story.LI, Grade.NOT_SATISFIED, 2), rated(story.WANG, Grade.SATISFIED, 2))
OBJECTED = AssignmentObjected(unit="traffic", reason="x")
OUTER = OuterObjectionRaised(reason="x", raised_on=TODAY)


def answered(upheld: bool) -> OuterObjectionAnswered:
    return OuterObjectionAnswered(upheld=upheld, reason="x", answered_on=TODAY)


MISSED = DeadlineMissed(clock="reply", due=story.DUE)
