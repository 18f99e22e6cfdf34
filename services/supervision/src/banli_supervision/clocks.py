"""When a reply or co-opinion is due, and whether it was late."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from banli_engine.decider import LOCAL, Asked
from banli_events.base import Event
from banli_events.supervision import CheckDeadline, DeadlineMissed, DeadlineSet, SetDeadline
from banli_events.words import PackRef, Product
from banli_supervision.guards import item_of, product_of
from banli_supervision.state import Item, State

CLOCKS = {Product.REPLY: "reply", Product.CO_OPINION: "co-opinion"}


def set_deadline(state: State, asked: Asked, command: SetDeadline) -> list[Event]:
    """An assignment starts one clock, by the pack in force that day, now the case's own (R021)."""
    if state.clock is not None:
        return []
    item = item_of(state)
    rules = asked.reference.pack_for(item.kind, command.assigned_at.astimezone(LOCAL).date())
    return [_deadline(item, asked, command.assigned_at, rules)]


def _deadline(item: Item, asked: Asked, assigned_at: datetime, rules: PackRef) -> DeadlineSet:
    """Count calendar days from the day after; the assigner's own date binds where it is earlier."""
    pack, product = asked.reference.pack(rules), product_of(item)
    zone = ZoneInfo(pack.timezone)
    rule = pack.reply if product is Product.REPLY else pack.co_opinion
    assigned_on = assigned_at.astimezone(zone).date()
    last = assigned_on + timedelta(days=rule.days)
    outer = item.outer.due_on
    bound = outer is not None and outer < last
    return DeadlineSet(
        clock=CLOCKS[product],
        due=_end_of(outer if outer is not None and bound else last, zone),
        counted_from=assigned_on,
        days=None if bound else rule.days,
        rules=rules,
        clause="the assigner's own due date, earlier than " + rule.clause if bound else rule.clause,
    )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the end of a civil day."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def check_deadline(state: State, asked: Asked, command: CheckDeadline) -> list[Event]:
    """A clock is missed where its product had not gone out by the due instant (R063)."""
    clock = state.clock
    if clock is None or (clock.name, clock.due) != (command.clock, command.due):
        return []
    if clock.missed or state.in_time or asked.at < clock.due:
        return []
    return [DeadlineMissed(clock=clock.name, due=clock.due)]
