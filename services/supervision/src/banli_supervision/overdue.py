"""What supervision refuses about clocks, rule sets and calendars, the ladder and alarms."""

from banli_engine.errors import Rejection


class UnknownClock(Rejection):
    """The case has no such clock."""


class ClockStopped(Rejection):
    """What the clock waits for has been done, or nobody waits for it any more."""

    status = 409


class ClockRanOut(Rejection):
    """The clock has run out already."""

    status = 409


class ClockSuspended(Rejection):
    """The clock stands still."""

    status = 409


class AlreadySuspended(Rejection):
    """The clock stands still already, for another reason."""

    status = 409


class NotExtendable(Rejection):
    """The rules of this case allow no more time for this."""


class AlreadyExtended(Rejection):
    """A clock is extended once only."""

    status = 409


class AlreadyRequested(Rejection):
    """More time was asked for already, and that is not decided yet."""

    status = 409


class NotRequested(Rejection):
    """Nobody has asked for more time for this clock."""


class ConsentMissing(Rejection):
    """More time needs the assigner's consent: say how it was given."""


class OwnExtension(Rejection):
    """Nobody decides on more time for themselves."""

    status = 403


class NotOwed(Rejection):
    """What this clock waits for is owed by no unit of this body."""


class NotUrgent(Rejection):
    """The unit has not been reminded of this clock yet, and it has not run out."""

    status = 409


class RungTooSoon(Rejection):
    """The rules allow this step of urging only on a later day."""

    status = 409


class NotCalled(Rejection):
    """A notice follows a call about the same clock."""


class NumberTaken(Rejection):
    """There is another notice of this number in the case."""

    status = 409


class AnsweredBeforeIssued(Rejection):
    """The answer would be owed before the notice is issued."""


class UnknownNotice(Rejection):
    """The case has no notice of this number."""


class OtherUnit(Rejection):
    """The notice went to another unit."""

    status = 403


class AlreadyReceived(Rejection):
    """The notice was taken already, on another day."""

    status = 409


class NotReceived(Rejection):
    """A notice is answered after it was taken."""


class NoticeAnswered(Rejection):
    """The notice is answered already, in other words."""

    status = 409


class UnknownAlarm(Rejection):
    """The case has no such alarm."""


class StillVacant(Rejection):
    """The person named has not taken up the post again, and the case is still theirs."""

    status = 409


class StillUndecided(Rejection):
    """The meeting that the alarm asks for has not decided yet."""

    status = 409


class UnknownWord(Rejection):
    """The rules use a word that this build does not know."""


class UnfitChain(Rejection):
    """Those who review are named once each, and none of them handles or registers items."""


class ClockTwice(Rejection):
    """The rules say twice how long one thing may take."""


class ReplyClockMissing(Rejection):
    """The rules do not say how long a reply may take."""


class UnfitExtension(Rejection):
    """The time with an extension is counted as the time without, and is longer."""


class UnfitLadder(Rejection):
    """The steps of urging come once each: the reminder before the last day, the notice after."""


class StepsInCircle(Rejection):
    """The steps are in an order in which none of them could be the first."""


class UnfitRange(Rejection):
    """The calendar ends before it begins."""


class UnfitHoliday(Rejection):
    """A holiday is a Monday to Friday of the days that the calendar covers."""


class UnfitWorkday(Rejection):
    """A make-up workday is a Saturday or Sunday of the days that the calendar covers."""
