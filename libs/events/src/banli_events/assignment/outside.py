"""What assignment says of other bodies: objections to the assigner, referrals, what is not ours."""

from datetime import date
from typing import Annotated

from pydantic import Field

from banli_events.base import Command, Event, Id, Line, Text


class OuterObjectionRaised(Event):
    """This body holds towards the assigner that the item is not its duty (R053)."""

    reason: Text
    belongs_to: Line | None = None
    raised_on: date  # as stated


class OuterObjectionAnswered(Event):
    """The assigner answered: the item goes elsewhere, or this body must go on."""

    upheld: bool
    reason: Line
    answered_on: date  # as stated


class ReferredOut(Event):
    """An outside body was asked to do what only it can (R044, R046)."""

    referral: Id
    to: Line
    what: Text
    sent_on: date  # as stated
    expected_by: date | None = None


class EscalatedToGovernment(Event):
    """The government was asked to bring several bodies together (R086)."""

    referral: Id
    to: Line
    document_number: Line
    what: Text
    sent_on: date  # as stated
    expected_by: date | None = None


class ExternalResultReceived(Event):
    """An outside body said what came of what it was asked (R046)."""

    referral: Id
    result: Text
    received_on: date  # as stated


class OutOfScopeExplained(Event):
    """Those who signed were told why the item is not this body's duty; it stays counted (R078)."""

    reason: Text
    explained_to: tuple[Id, ...]
    belongs_to: Line | None = None
    explained_on: date  # as stated


class RaiseOuterObjection(Command):
    """Object towards the assigner that the item is this body's duty (R053)."""

    reason: Text
    belongs_to: Line | None = None
    raised_on: date


class RecordOuterAnswer(Command):
    """Record what the assigner answered to the objection."""

    upheld: bool
    reason: Line
    answered_on: date


class ReferOut(Command):
    """Ask an outside body to do what only it can (R044, R046)."""

    referral: Id
    to: Line
    what: Text
    sent_on: date
    expected_by: date | None = None


class EscalateToGovernment(Command):
    """Ask the government to bring several bodies together (R086)."""

    referral: Id
    to: Line
    document_number: Line
    what: Text
    sent_on: date
    expected_by: date | None = None


class RecordExternalResult(Command):
    """Record what an outside body said came of what it was asked (R046)."""

    referral: Id
    result: Text
    received_on: date


class ExplainOutOfScope(Command):
    """Record that those who signed were told why the item is not this body's duty (R078)."""

    reason: Text
    explained_to: Annotated[tuple[Id, ...], Field(min_length=1, max_length=500)]
    belongs_to: Line | None = None
    explained_on: date
