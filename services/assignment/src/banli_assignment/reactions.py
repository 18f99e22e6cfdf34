"""What assignment does on what it reads."""

from collections.abc import Mapping
from datetime import date

from banli_engine.decider import Reaction
from banli_events.assignment import AssignAgain, RouteItem, StandByReply
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered
from banli_events.supervision import CoOpinionDelivered, RehandlingOrdered, ReplyIssued


def find_a_route(recorded: Recorded) -> tuple[str, Command] | None:
    """When an item is registered, it is looked whose duty it is (R070, R071)."""
    match recorded.data:
        case ItemRegistered(topics=topics, territory=territory) if topics:
            return recorded.subject, RouteItem(functions=topics, territory=territory)
        case _:
            return None


def give_it_back(recorded: Recorded) -> tuple[str, Command] | None:
    """When another round is ordered, the same handler has the case again."""
    match recorded.data:
        case RehandlingOrdered(round=number, lead=lead):
            return recorded.subject, AssignAgain(round=number, lead=lead)
        case _:
            return None


def stand_by_the_reply(recorded: Recorded) -> tuple[str, Command] | None:
    """When a reply or co-opinion is out, those who wrote it answer for it (R009)."""
    match recorded.data:
        case ReplyIssued(round=number):
            pass
        case CoOpinionDelivered():
            number = 1
        case _:
            return None
    known = recorded.context.seen.get("assignment", 0)
    return recorded.subject, StandByReply(round=number, known=known)


REACTIONS: Mapping[type[Event], Reaction] = {
    ItemRegistered: Reaction("find-a-route", date.min, find_a_route),
    RehandlingOrdered: Reaction("give-it-back", date.min, give_it_back),
    ReplyIssued: Reaction("stand-by-the-reply", date.min, stand_by_the_reply),
    CoOpinionDelivered: Reaction("stand-by-the-co-opinion", date.min, stand_by_the_reply),
}
