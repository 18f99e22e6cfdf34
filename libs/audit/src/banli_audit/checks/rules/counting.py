"""The rules by which a clock is counted, and whether what is said of its days follows from them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from banli_audit.checks.days import DAY, Calendar, Count, count, end_of, length, zone_of
from banli_audit.checks.known import Known
from banli_events.deadlines import Basis, Pause, Span, TimeUnit
from banli_events.supervision import ClockRule, RuleSet
from banli_events.words import PackRef


@dataclass(frozen=True, slots=True)
class Held:
    """A rule set with its time zone and the calendar that days are counted by."""

    rules: RuleSet
    zone: ZoneInfo
    calendar: Calendar

    def rule(self, clock: str) -> ClockRule | None:
        """Find how long something may take; None where the rules do not say."""
        kind = clock.partition(":")[0]
        return next((rule for rule in self.rules.clocks if rule.clock == kind), None)

    def day(self, moment: datetime) -> date:
        """Tell on which civil day a moment lies."""
        return moment.astimezone(self.zone).date()

    def is_over(self, day: date, at: datetime) -> bool:
        """Tell whether a day ends at an instant."""
        return end_of(day, self.zone) == at

    def count(
        self, rule: ClockRule, span: Span, start: date, pauses: tuple[Pause, ...] = ()
    ) -> Count:
        """Count a span anew, day by day."""
        return count(span, start, self.calendar, rolls=rule.rolls, pauses=pauses)

    def explains(self, rule: ClockRule, basis: Basis) -> bool:
        """Tell whether all that a basis says follows from its span and its pauses."""
        if basis.span is None:
            return False
        counted = self.count(rule, basis.span, basis.counted_from, basis.pauses)
        working = basis.span.unit == TimeUnit.WORKING_DAY
        by_calendar = rule.rolls or working
        first = basis.counted_from + DAY if working else counted.rolled_from or counted.last_day
        covered = self.calendar.first <= first and counted.last_day <= self.calendar.last
        return (
            Count(basis.last_day, basis.rolled_from, basis.skipped) == counted
            and basis.calendar == (self.calendar.ref if by_calendar else None)
            and basis.provisional == (by_calendar and not covered)
            and basis.source == rule.source
        )


def held_to(known: Known, ref: PackRef) -> Held | None:
    """Look up rules as they were published; None where they are not known for sure."""
    published, rules = known.published, known.published.rules(ref, known.upto)
    zone = zone_of(rules.timezone) if rules else None
    if rules is None or zone is None or published.unsure("pack", ref.pack):
        return None
    if published.unsure("calendar", rules.calendar):
        return None
    return Held(rules, zone, published.calendar(rules.calendar, known.upto) or Calendar())


def moved_on(day: date, pause: Pause) -> date:
    """Move a day that somebody named by the days on which its clock stood still."""
    return day + timedelta(days=length(pause))
