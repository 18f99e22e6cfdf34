"""Writing the reply or co-opinion: by its handler, after the groundwork, answering each ask."""

from collections.abc import Sequence

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.deadlines import ClockKind, Step
from banli_events.supervision import DraftReply, Reply, ReplyDrafted, RuleSet
from banli_events.words import Adopted, AskAnswer, Product, Taken
from banli_supervision import gates, outcome
from banli_supervision.guards import (
    assignment_of,
    item_of,
    must_be_handler,
    must_be_open,
    product_of,
    rules_of,
)
from banli_supervision.refusals import (
    AlreadySent,
    AskAnsweredTwice,
    AskUnanswered,
    OpinionsAwaited,
    OpinionUntold,
    UnchangedDraft,
    UnknownAsk,
    UnknownOpinion,
    UnknownTaken,
)
from banli_supervision.state import Item, State


def draft(state: State, asked: Asked, command: DraftReply) -> list[Event]:
    """After acceptance and groundwork the handler answers each ask (R030, R031, R042, R061).

    A new draft takes the place of the old one; reviews and approval of that one are void.
    """
    must_be_open(state)
    if state.ordered in state.sent:
        raise AlreadySent("subject")
    item, assigned = item_of(state), assignment_of(state)
    must_be_handler(state, asked)
    if assigned.round < state.ordered:
        raise TooEarly("subject")
    rules = rules_of(state, asked)
    gates.must_pass([
        *gates.assignment(state, rules),
        *gates.handling(state, rules),
        *gates.order(state, rules, Step.DRAFT, assigned.lead.unit),
    ])  # fmt: skip
    _must_answer_each(item.asks, command.answers)
    outcome.must_be_shown(state, asked, rules, command)
    without = _out_of_time(state, asked)
    _must_have_heard(state, rules, without)
    _must_tell_each(state, command.opinions)
    return _unless_known(state, _reply(item, command, without))


def _unless_known(state: State, reply: Reply) -> list[Event]:
    """Repeating the draft in hand changes nothing.

    One that was returned (R068), or did not satisfy in an earlier round, must be redone.
    """
    reply_hash = reply.digest()
    if any(sent.draft.hash == reply_hash for sent in state.sent.values()):
        raise UnchangedDraft("data")
    if state.draft is not None and state.draft.hash == reply_hash:
        if state.draft.returned is not None:
            raise UnchangedDraft("data")
        if not gates.validity(state):
            return []
    return [ReplyDrafted(reply=reply, reply_hash=reply_hash, round=state.ordered)]


def _must_answer_each(asks: frozenset[str], answers: tuple[AskAnswer, ...]) -> None:
    answered = [answer.ask for answer in answers]
    for index, ask in enumerate(answered):
        if ask not in asks:
            raise UnknownAsk(f"data.answers.{index}.ask")
    if len(set(answered)) < len(answered):
        raise AskAnsweredTwice("data.answers")
    if asks - set(answered):
        raise AskUnanswered("data.answers")


def _out_of_time(state: State, asked: Asked) -> tuple[str, ...]:
    """Name the co-units whose time was over before they gave an opinion (R036)."""
    silent = gates.co_units(state) - state.opinions.keys()
    clocks = {unit: state.clocks.get(f"{ClockKind.UNIT_OPINION}:{unit}") for unit in silent}
    return tuple(
        sorted(
            unit
            for unit, clock in clocks.items()
            if clock is not None and clock.suspended_at is None and clock.due <= asked.at
        )
    )


def _must_have_heard(state: State, rules: RuleSet, without: Sequence[str]) -> None:
    """Each co-unit has given its opinion, or its time is over (R036)."""
    awaited = gates.co_units(state) - state.opinions.keys() - set(without)
    if rules.thorough and awaited:
        raise OpinionsAwaited("subject")


def _must_tell_each(state: State, told: tuple[Adopted, ...]) -> None:
    """Of each opinion that was given it is told once what became of it, and why (R037)."""
    given = gates.co_units(state) & state.opinions.keys()
    for index, one in enumerate(told):
        if one.unit not in given:
            raise UnknownOpinion(f"data.opinions.{index}.unit")
        if one.taken not in set(Taken):
            raise UnknownTaken(f"data.opinions.{index}.taken")
    if len(told) != len(given) or {one.unit for one in told} != given:
        raise OpinionUntold("data.opinions")


def _reply(item: Item, command: DraftReply, without: tuple[str, ...]) -> Reply:
    """A reply goes to all who signed; a co-opinion to the outer lead, so it names nobody (R038)."""
    product = product_of(item)
    return Reply(
        product=product,
        text=command.text,
        answers=command.answers,
        outcome=command.outcome,
        measures=command.measures,
        addressees=item.signers if product is Product.REPLY else (),
        opinions=command.opinions,
        without=without,
        follow_up=command.follow_up,
        attachments=command.attachments,
    )
