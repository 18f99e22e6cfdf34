"""What supervision says of the work before a draft: contact, research, co-units, consultation."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Sha256, Text
from banli_events.words import ContactMode


class ProposerContacted(Event):
    """A signer was met or spoken with about the item."""

    signer: Id
    mode: Open[ContactMode]
    contacted_on: date  # as stated
    summary: Text


class ResearchLogged(Event):
    """The matter was looked into on the ground or in the files."""

    researched_on: date  # as stated
    summary: Text


class ConsultationHeld(Event):
    """Those who signed were consulted face to face about what the reply will say (R011)."""

    held_on: date  # as stated
    place: Line
    people: tuple[Id, ...]  # of those who signed
    result: Text


class MeasureTaken(Event):
    """Something was put right before the reply (R080)."""

    taken_on: date  # as stated
    what: Text


class CoOpinionRequested(Event):
    """The lead unit asked a co-unit for its opinion (R032, R036)."""

    unit: Id
    question: Text


class CoOpinionSubmitted(Event):
    """A co-unit gave the lead unit its opinion (R038)."""

    unit: Id
    opinion: Text
    attachments: tuple[Sha256, ...] = ()


class RecordContact(Command):
    """Record that a signer was met or spoken with (R031)."""

    signer: Id
    mode: ContactMode
    contacted_on: date
    summary: Text


class LogResearch(Command):
    """Record that the matter was looked into (R030)."""

    researched_on: date
    summary: Text


class RecordConsultation(Command):
    """Record that those who signed were consulted face to face (R011)."""

    held_on: date
    place: Line
    people: Annotated[tuple[Id, ...], Field(min_length=1, max_length=500)]
    result: Text


class RecordMeasure(Command):
    """Record what was put right before the reply (R080)."""

    taken_on: date
    what: Text


class RequestCoOpinion(Command):
    """Ask a co-unit for its opinion (R032, R036)."""

    unit: Id
    question: Text


class SubmitCoOpinion(Command):
    """Give the lead unit the opinion of the co-unit one speaks for (R038)."""

    opinion: Text
    attachments: Annotated[tuple[Sha256, ...], Field(max_length=100)] = ()
