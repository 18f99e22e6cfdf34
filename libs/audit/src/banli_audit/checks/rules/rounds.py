"""After the reply: ratings waited for or closed, a further round, a meeting, what was verified."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import must_have_a_say
from banli_audit.codes import Code
from banli_audit.facts.supervision import Sent
from banli_events.deadlines import ClockKind
from banli_events.supervision import (
    CallbackDone,
    ClosingReportSent,
    FeedbackClosed,
    MeasureVerified,
    MeetingDecided,
    RehandlingOrdered,
)
from banli_events.words import Grade, Ruling

CONTENT = frozenset({Grade.SATISFIED, Grade.BASICALLY})
_KNOWN = frozenset(Grade)


def heard(known: Known, sent: Sent) -> dict[str, str | None]:
    """Give each rating of a round; who was silent when it was closed is left out (R077)."""
    closed = known.supervision.rounds.closed.get(sent.round, ())
    asked = sent.to if known.leads else ()
    grades = known.intake.grades
    return {each: grades.get((each, sent.round)) for each in asked if each not in closed}


def awaited(known: Known, sent: Sent) -> bool:
    """Tell whether somebody's rating is waited for."""
    return any(grade not in _KNOWN for grade in heard(known, sent).values())


def unsatisfied(known: Known, sent: Sent) -> set[str]:
    """Name those who are not content."""
    return {who for who, grade in heard(known, sent).items() if grade not in CONTENT}


def feedback_closed(known: Known, said: FeedbackClosed) -> Breaches:
    """When its clock has run out a round is closed once, and who said nothing is named (R077)."""
    sent = known.supervision.sents.get(said.round)
    if sent is None:
        yield Code.NOT_ISSUED
        return
    if said.round in known.supervision.rounds.closed:
        yield Code.CLOSED_TWICE
    elif set(said.silent) != {who for who, grade in heard(known, sent).items() if grade is None}:
        yield Code.WRONG_SILENT
    clock = known.clock(f"{ClockKind.FEEDBACK}:{said.round}")
    if clock is None or known.event.time < clock.due:
        yield Code.FEEDBACK_OPEN


def rehandling_ordered(known: Known, said: RehandlingOrdered) -> Breaches:
    """The next round follows the last where somebody is not content, to the same handler.

    After the second a meeting decides so.
    """
    rounds, handling = known.supervision.rounds, known.assignment.handling
    sent = known.supervision.sents.get(rounds.last)
    if said.round != rounds.last + 1:
        yield Code.WRONG_ROUND
    if sent is None:
        yield Code.NOT_ISSUED
        return
    if awaited(known, sent):
        yield Code.FEEDBACK_OPEN
    named = set(said.unsatisfied)
    decided = sent.round == 1 or rounds.rulings.get(sent.round) == Ruling.REHANDLE
    if not named or named != unsatisfied(known, sent) or not decided:
        yield Code.REHANDLED_AT_WILL
    if handling is None or handling.lead != said.lead:
        yield Code.NOT_THE_HANDLER


def meeting_decided(known: Known, said: MeetingDecided) -> Breaches:
    """A meeting decides, once, on a second reply that did not satisfy (R077)."""
    rounds = known.supervision.rounds
    sent = known.supervision.sents.get(said.round)
    if said.round != rounds.last or said.round in rounds.rulings:
        yield Code.WRONG_ROUND
    if sent is None or said.round < 2 or awaited(known, sent) or not unsatisfied(known, sent):
        yield Code.NOTHING_TO_DECIDE


def called_back(known: Known, said: CallbackDone) -> Breaches:
    """After the reply, somebody to whom it went is called back (R076)."""
    sent = known.supervision.sents.get(known.supervision.rounds.last)
    if sent is None:
        yield Code.NOT_ISSUED
    elif not known.leads or said.signer not in sent.to:
        yield Code.NOT_A_SIGNER
    yield from must_have_a_say(known)


def verified(known: Known, said: MeasureVerified) -> Breaches:
    """It is looked into whether a measure that the reply names was carried out (R028)."""
    sent = known.supervision.sents.get(known.supervision.rounds.last)
    if sent is None:
        yield Code.NOT_ISSUED
    elif sent.draft is not None and said.measure not in sent.draft.measures:
        yield Code.NO_SUCH_MEASURE


def reported(known: Known, said: ClosingReportSent) -> Breaches:
    """The assigner has the closing report when the reply is out and nobody waited for (R199)."""
    register = known.intake.register
    sent = known.supervision.sents.get(known.supervision.rounds.last)
    if sent is None:
        yield Code.NOT_ISSUED
    elif awaited(known, sent):
        yield Code.FEEDBACK_OPEN
    if register is not None and said.to != register.assigner:
        yield Code.WRONG_ADDRESSEES
