"""What assignment publishes: units and their duties, posts and who holds them, systems, forks."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from banli_events.base import Command, Event, Id, Line, Open, Sha256
from banli_events.subjects import SUBJECT
from banli_events.words import Duty, PostRole, SystemGrant


class UnitOpened(Event):
    """A unit of this body exists from a day on."""

    name: Line
    parent: Id | None = None
    since: date


class PostCreated(Event):
    """A post of a unit exists, with what it is there for."""

    unit: Id
    title: Line
    role: Open[PostRole]
    office_number: Line | None = None


class DutiesPublished(Event):
    """A unit has these duties from now on, in place of those before (R070, R071)."""

    duties: tuple[Duty, ...]


class ChargeGiven(Event):
    """Who holds the leader's post is in charge of these units, in place of those before (R059)."""

    units: tuple[Id, ...]


class HolderAppointed(Event):
    """A person holds the post from a day on, until the other day where one is named."""

    person: Id
    name: Line
    since: date
    until: date | None = None
    acting: bool = False


class AppointmentEnded(Event):
    """A person no longer holds the post from a day on."""

    person: Id
    since: date
    reason: Line


class SystemAdmitted(Event):
    """A department's system may submit these commands for these units; the grants go beyond them.

    Approving, reviewing, extending and recording feedback need a grant, beside the command's name.
    """

    schema_version = 2

    name: Line
    units: tuple[Id, ...]
    commands: tuple[Line, ...]
    grants: tuple[Open[SystemGrant], ...] = ()  # version 2


class SystemRetired(Event):
    """A department's system may submit nothing more, until it is admitted again."""

    reason: Line


class ForkSettled(Event):
    """Of the events that claim one place of a stream, one is kept; what continues another falls.

    Whoever reads the log follows it, for ever.
    """

    subject: Line
    source: Id
    version: int
    keep: Sha256
    reason: Line


class OpenUnit(Command):
    """Publish a unit of this body."""

    name: Line
    parent: Id | None = None
    since: date


class CreatePost(Command):
    """Publish a post of a unit."""

    unit: Id
    title: Line
    role: PostRole
    office_number: Line | None = None


class PublishDuties(Command):
    """Publish what a unit is there for (R070, R071)."""

    duties: Annotated[tuple[Duty, ...], Field(max_length=500)]


class GiveCharge(Command):
    """Publish of which units the holder of a leader's post is in charge (R059)."""

    units: Annotated[tuple[Id, ...], Field(max_length=500)]


class AppointHolder(Command):
    """Publish that a person holds a post."""

    person: Id
    name: Line
    since: date
    until: date | None = None
    acting: bool = False


class EndAppointment(Command):
    """Publish that a person no longer holds a post."""

    person: Id
    since: date
    reason: Line


class AdmitSystem(Command):
    """Publish that a department's system may submit."""

    name: Line
    units: Annotated[tuple[Id, ...], Field(min_length=1)]
    commands: Annotated[tuple[Line, ...], Field(min_length=1)]
    grants: tuple[SystemGrant, ...] = ()


class RetireSystem(Command):
    """Publish that a department's system may submit nothing more."""

    reason: Line


class SettleFork(Command):
    """Choose, once and for ever, which of the events that claim one place of a stream is kept."""

    subject: Annotated[str, StringConstraints(pattern=SUBJECT, max_length=200)]
    source: Id
    version: Annotated[int, Field(ge=1, le=2_147_483_647)]
    keep: Sha256
    reason: Line
