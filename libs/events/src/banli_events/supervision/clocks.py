"""What supervision says of clocks: set, extended, suspended, missed."""

from datetime import date

from banli_events.base import Command, Event, Id, Instant, Line
from banli_events.deadlines import Basis, Pause
from banli_events.words import PackRef


class DeadlineSet(Event):
    """A clock was started: what it waits for is due at the instant named, on the ground named."""

    schema_version = 2

    clock: Line
    due: Instant
    counted_from: date
    days: int | None = None  # calendar days; none where it is counted otherwise: see `basis`
    rules: PackRef
    clause: Line
    basis: Basis | None = None  # version 2, as the next
    remind_at: Instant | None = None  # when the unit is reminded, where the rules have that


class ExtensionRequested(Event):
    """The handler asked for more time for a clock, with the reason."""

    clock: Line
    reason: Line
    consent: Line | None = None  # how the assigner agreed, where the rules ask for that


class DeadlineExtended(Event):
    """A leader allowed more time: the clock is due at the new instant."""

    clock: Line
    due: Instant
    basis: Basis
    clause: Line
    reason: Line
    remind_at: Instant | None = None


class ExtensionRefused(Event):
    """A leader did not allow more time."""

    clock: Line
    reason: Line


class DeadlineSuspended(Event):
    """A clock stands still, with the reason."""

    clock: Line
    reason: Line


class DeadlineResumed(Event):
    """A clock runs on; what it waits for is due later by the days on which it stood still."""

    clock: Line
    due: Instant
    pause: Pause
    basis: Basis
    remind_at: Instant | None = None


class DeadlineMissed(Event):
    """The instant passed and what the clock waits for had not been done."""

    clock: Line
    due: Instant


class DeadlineMissWithdrawn(Event):
    """What the clock waits for had been done in time; that was only heard of later."""

    clock: Line
    due: Instant
    done_at: Instant


class SetDeadline(Command):
    """Start the clocks that an assignment sets going."""

    assigned_at: Instant


class SetReferralDeadline(Command):
    """Start the clock of the result that an outside body owes (R046, R086)."""

    referral: Id
    sent_at: Instant
    expected_by: date | None = None


class SetOuterClock(Command):
    """Start the clock of an outer objection, or of its answer (R053)."""

    clock: Line
    started_at: Instant


class RequestExtension(Command):
    """Ask for more time for a clock."""

    clock: Line
    reason: Line
    consent: Line | None = None


class GrantExtension(Command):
    """Allow the time that was asked for."""

    clock: Line
    reason: Line


class RefuseExtension(Command):
    """Do not allow the time that was asked for."""

    clock: Line
    reason: Line


class SuspendDeadline(Command):
    """Let a clock stand still."""

    clock: Line
    reason: Line


class ResumeDeadline(Command):
    """Let a clock run on."""

    clock: Line


class CheckDeadline(Command):
    """Look whether a clock that has run out was met."""

    clock: Line
    due: Instant


class WithdrawMiss(Command):
    """Look whether a clock that was found missed had been met after all."""
