"""Clocks: counted from the assignment by the pack, and called missed only when they were."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from banli_audit.checks.known import Breaches, Known
from banli_audit.facts import Register
from banli_audit.findings import Code
from banli_events.supervision import DeadlineMissed, DeadlineSet, PackPublished
from banli_events.words import OuterRole


def deadline_set(known: Known, said: DeadlineSet) -> Breaches:
    """A clock starts once, on the pack's days or the assigner's own date where that is earlier."""
    if known.supervision.clock(said.clock) is not None:
        yield Code.CLOCK_TWICE
    register, handling = known.intake.register, known.assignment.handling
    if register is None or handling is None:
        yield Code.NOT_ASSIGNED
        return
    if known.published.unsure("pack", said.rules.pack):
        return
    pack = known.published.pack(said.rules, known.upto)
    if pack is None or register.kind not in pack.kinds:
        yield Code.NO_PACK
    elif _counted(register, handling.time, pack) != (said.counted_from, said.days, said.due):
        yield Code.CLOCK_MISCOUNTED
    elif pack.valid_from > said.counted_from:
        yield Code.NO_PACK


def _counted(
    register: Register, assigned_at: datetime, pack: PackPublished
) -> tuple[date, int | None, datetime] | None:
    """Count anew: the day of the start is not counted, and the last day counts to its end."""
    try:
        zone = ZoneInfo(pack.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    start = assigned_at.astimezone(zone).date()
    days = (pack.reply if register.role == OuterRole.LEAD else pack.co_opinion).days
    last = start + timedelta(days=days)
    if register.due_on is not None and register.due_on < last:
        return start, None, _end_of(register.due_on, zone)
    return start, days, _end_of(last, zone)


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def deadline_missed(known: Known, said: DeadlineMissed) -> Breaches:
    """A clock is missed once, after its due instant, where nothing was known to be out in time."""
    clock = known.supervision.clock(said.clock)
    if clock is None or clock.due != said.due:
        yield Code.NO_CLOCK
    elif clock.missed:
        yield Code.MISSED_TWICE
    if known.event.time < said.due:
        yield Code.NOT_DUE
    sent = known.supervision.sent
    if sent is not None and sent.time <= said.due:
        yield Code.WAS_IN_TIME
