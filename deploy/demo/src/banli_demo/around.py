"""What happens around the cases: meetings, the assigners' lists, somebody who leaves."""

from datetime import date

from banli_demo.people import People
from banli_demo.scenario import Step, Year, moment
from banli_events.assignment import EndAppointment, HoldMeeting
from banli_events.base import Command
from banli_events.intake import ListHandOver
from banli_events.words import Actor, MeetingKind, PostRole

OPERATOR = Actor(person="operator", post="operator", unit="operator")
"""Who publishes reference data; a token says who it is, so post and unit are not told."""

HANDED_OVER = date(2022, 3, 4)
LISTED = date(2022, 7, 6)
LEFT = date(2022, 4, 29)
LEAVES = "auxiliary"
"""The unit whose handler leaves while a case is open."""


def meeting_of(assembly: str) -> str:
    """Name the meeting in which an assembly's items are handed over."""
    return f"hand-over-{assembly.lower()}-2022"


def around(year: Year, people: People) -> list[Step]:
    """Tell these steps, for the assemblies whose items are handed over together."""
    sessions = {name: year.of(name) for name in ("S", "Q")}
    steps = [
        step
        for name, items in sessions.items()
        if items
        for step in (_meet(name, people), _list(name, year, people))
    ]
    return [*steps, _leave(people)] if steps else []


def _meet(assembly: str, people: People) -> Step:
    """The meeting in which the items of a session are handed over."""
    meeting = HoldMeeting(
        kind=MeetingKind.ASSIGNMENT,
        held_on=HANDED_OVER,
        people=("局长（虚构）", "督查室（示例）", "各承办单位负责人（示例）"),
        minutes="逐件交办，明确责任领导、责任单位和承办人员（示例）。",
    )
    office = people.in_post(PostRole.SUPERVISION_OFFICE)
    subject = f"meeting/{meeting_of(assembly)}"
    return _step(f"{assembly}/meet", HANDED_OVER, "assignment", office, subject, meeting)


def _list(assembly: str, year: Year, people: People) -> Step:
    """The assigner's list of all that it handed over; of one item nobody knew until then."""
    items = year.of(assembly)
    listed = ListHandOver(
        assigner=year.assemblies[assembly].body,
        kind=year.assemblies[assembly].kind,
        numberings=tuple(year.numbering(assembly, item.number) for item in items),
        stated_total=len(items),
        received_on=LISTED,
    )
    registrar = people.in_post(PostRole.REGISTRAR)
    subject = f"handover/{assembly}"
    return _step(f"{assembly}/list", LISTED, "intake", registrar, subject, listed)


def _leave(people: People) -> Step:
    """The handler of a unit leaves."""
    gone = people.in_post(PostRole.HANDLER, LEAVES)
    left = EndAppointment(person=gone.person, since=LEFT, reason="调离（示例）")
    return _step("leave", LEFT, "assignment", OPERATOR, f"post/{gone.post}", left)


def _step(name: str, day: date, service: str, actor: Actor, subject: str, command: Command) -> Step:
    return Step(f"around/{name}", moment(day), service, "http", actor, subject, command)
