"""What assignment says of how a case is worked on: plan, tasks, sponsor, meetings."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Text
from banli_events.words import MeetingKind, Task


class SponsorAssigned(Event):
    """A leader vouches for the case (R075)."""

    person: Id
    post: Id


class PlanFiled(Event):
    """The unit said how it will handle the item (R016, R024)."""

    unit: Id
    plan: Text


class TasksDivided(Event):
    """A unit divided the handling among its sections; nested where a task has a parent (R017)."""

    unit: Id
    tasks: tuple[Task, ...]


class TaskFinished(Event):
    """A part of the handling is done; its own parts were done before (R017)."""

    task: Id
    result: Text


class MeetingHeld(Event):
    """A meeting was held to hand items over, or to see how they go (R006)."""

    kind: Open[MeetingKind]
    held_on: date  # as stated
    people: tuple[Line, ...]
    minutes: Text


class AssignSponsor(Command):
    """Name the leader who vouches for the case (R075)."""

    person: Id
    post: Id


class FilePlan(Command):
    """Say how the unit one speaks for will handle the item (R016, R024)."""

    plan: Text


class DivideTasks(Command):
    """Divide the handling among the sections of the unit one speaks for (R017, R082)."""

    tasks: Annotated[tuple[Task, ...], Field(min_length=1, max_length=100)]


class FinishTask(Command):
    """Say that a part of the handling is done (R017)."""

    task: Id
    result: Text


class HoldMeeting(Command):
    """Record a meeting (R006)."""

    kind: MeetingKind
    held_on: date
    people: Annotated[tuple[Line, ...], Field(min_length=1, max_length=200)]
    minutes: Text
