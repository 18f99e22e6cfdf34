"""What a draft says came of the matter: its result class, shown as the class asks."""

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.supervision import DraftReply, RuleSet
from banli_events.words import FollowUp, NotNow, OutcomeClass
from banli_supervision.refusals import (
    FollowUpMissing,
    MeasuresMissing,
    ReasonMissing,
    ResultUnproved,
    UnknownResult,
)
from banli_supervision.state import State


def must_be_shown(state: State, asked: Asked, rules: RuleSet, command: DraftReply) -> None:
    """A draft names a known result, shown as its class asks, and a measure or plan (R043, R085)."""
    outcome = command.outcome
    if outcome.result not in set(OutcomeClass):
        raise UnknownResult("data.outcome.result")
    if not command.measures and not outcome.plan:
        raise MeasuresMissing("data.measures")
    if not state.heard.files.issuperset(command.attachments):
        raise TooEarly("data.attachments")
    if not state.heard.files.issuperset(outcome.evidence):
        raise TooEarly("data.outcome.evidence")
    if rules.thorough:
        _must_fit_its_class(command)
        _must_be_followed_up(asked, command)


def _must_fit_its_class(command: DraftReply) -> None:
    """A: done on a day, with evidence; B: a plan and its day; C, D: why not (R043, R049, R085)."""
    outcome = command.outcome
    match outcome.result:
        case OutcomeClass.A if outcome.completed_on is None or not outcome.evidence:
            raise ResultUnproved("data.outcome")
        case OutcomeClass.B if outcome.plan is None or outcome.planned_for is None:
            raise ResultUnproved("data.outcome")
        case OutcomeClass.C | OutcomeClass.D if outcome.reason not in set(NotNow):
            raise ReasonMissing("data.outcome.reason")


def _must_be_followed_up(asked: Asked, command: DraftReply) -> None:
    """What is not solved yet has somebody in office to follow it up, on a day (R087)."""
    match command.follow_up:
        case FollowUp(owner=owner):
            if not _in_office(asked, owner):
                raise TooEarly("data.follow_up.owner")
        case None if command.outcome.result != OutcomeClass.A:
            raise FollowUpMissing("data.follow_up")


def _in_office(asked: Asked, person: str) -> bool:
    return any(
        holder.person == person and holder.on(asked.today)
        for post in asked.reference.posts.values()
        for holder in post.holders
    )
