"""What supervision says after the reply: ratings in, handled again, verified, closed."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Open, Text
from banli_events.words import PackRef, Responsible, Ruling


class FeedbackClosed(Event):
    """No more ratings of this round are waited for; who has said nothing is named (R077)."""

    round: int
    silent: tuple[Id, ...] = ()


class RehandlingOrdered(Event):
    """Someone who signed is not satisfied: the same handler handles the item once more."""

    round: int  # the one that begins
    unsatisfied: tuple[Id, ...]
    lead: Responsible  # who handled it, and does again
    reason: Line


class MeetingDecided(Event):
    """A meeting decided what becomes of a case whose second reply did not satisfy."""

    round: int  # the one it was held about
    ruling: Open[Ruling]
    reason: Text
    held_on: date  # as stated
    people: tuple[Line, ...]


class CallbackDone(Event):
    """After the reply, someone who signed was called back (R076)."""

    signer: Id
    called_on: date  # as stated
    summary: Text


class MeasureVerified(Event):
    """It was looked into whether a measure of the reply was really carried out (R028)."""

    measure: Line  # as the reply names it
    carried_out: bool
    verified_on: date  # as stated
    how: Text


class ClosingReportSent(Event):
    """The case was reported closed to the assigner, who gave a receipt (R199)."""

    to: Line
    document_number: Line
    sent_on: date  # as stated
    receipt: Line


class CaseSummaryFiled(Event):
    """The handler summed the case up for the file."""

    summary: Text


class CaseArchived(Event):
    """The file is complete and closed: contact, rules, measures, outcome and summary are there."""

    rules: PackRef


class DecideByMeeting(Command):
    """Record what a meeting decided on a case whose second reply did not satisfy."""

    ruling: Ruling
    reason: Text
    held_on: date
    people: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)]


class RecordCallback(Command):
    """Record that someone who signed was called back after the reply (R076)."""

    signer: Id
    called_on: date
    summary: Text


class VerifyMeasure(Command):
    """Record whether a measure of the reply was really carried out (R028)."""

    measure: Line
    carried_out: bool
    verified_on: date
    how: Text


class SendClosingReport(Command):
    """Report the case closed to the assigner, and keep the receipt (R199)."""

    document_number: Line
    sent_on: date
    receipt: Line


class FileCaseSummary(Command):
    """Sum the case up for the file (R029)."""

    summary: Text


class ArchiveCase(Command):
    """Close the file where all its records are there; else order what the ratings ask for."""
