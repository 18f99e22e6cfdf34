"""Who may: answered from published posts and from whom the token or topic proves to speak."""

from banli_engine.decider import INTERNAL, OPERATORS, Asked, OverHttp, Service
from banli_engine.errors import (
    HandlesItself,
    NotAdmitted,
    NotAssignedUnit,
    NotGranted,
    NotHolder,
    NotPermitted,
    TooEarly,
    UnknownCommand,
)
from banli_engine.pending import Pending
from banli_engine.tokens import NONE
from banli_events.subjects import kind_of
from banli_events.words import PostRole

OF_A_UNIT = frozenset({PostRole.HANDLER, PostRole.UNIT_HEAD})
"""Who acts for a unit, in what it handles; all others act for the whole body (R060, R061)."""


def permit(service: Service, asked: Pending, question: Asked, state: object) -> None:
    """Let a command pass, or refuse it.

    Raises UnknownCommand, NotPermitted, NotAdmitted, NotGranted, HandlesItself, NotHolder,
    NotAssignedUnit, or TooEarly where what is published may not have arrived yet.
    """
    allowed = service.commands.get(type(question.command))
    if allowed is None:
        raise UnknownCommand("type")
    own = asked.via == "clock" or asked.via.startswith("reaction:")
    if own or allowed == INTERNAL:
        if not own:
            raise NotPermitted("type")
        return
    if allowed == OPERATORS:
        if not (asked.via == "http" and asked.operator):
            raise NotPermitted("actor")
        return
    if isinstance(allowed, OverHttp):
        if asked.via != "http" or (allowed.door and not asked.door):
            raise NotPermitted("type")
        allowed = allowed.roles
    if asked.actor is None or asked.actor.post == NONE:
        raise NotPermitted("actor")
    if asked.via.startswith("system:"):
        _admitted(service, question, state)
    role = role_of(question)
    if role not in allowed:
        raise NotPermitted("actor.post")
    aggregate = service.aggregates[kind_of(question.subject)]
    handle = aggregate.units
    if handle and role in OF_A_UNIT and asked.actor.unit not in handle(state, question):
        raise NotAssignedUnit("actor.unit")
    if accused := frozenset(aggregate.accused(state)):
        _must_not_be_accused(question, accused)


def _must_not_be_accused(asked: Asked, accused: frozenset[str]) -> None:
    """Keep who is accused from speaking, and a system of theirs: answers tell what a case says."""
    system = asked.via.partition(":")[2]
    hears = asked.reference.system(system).units if system else ()
    if not asked.reference.within(accused).isdisjoint(hears) or asked.reference.accuses(
        accused, asked.speaker.person, asked.today
    ):
        raise NotPermitted("actor")


def _admitted(service: Service, asked: Asked, state: object) -> None:
    """A system acts only by commands and for units that it is admitted for.

    What needs a grant it does only with it, and never for what one of its own units handles.
    """
    system = asked.reference.system(asked.via.partition(":")[2])
    if type(asked.command).__name__ not in system.commands:
        raise NotAdmitted("type")
    if asked.speaker.unit not in system.units:
        raise NotAdmitted("actor.unit")
    grant = service.grants.get(type(asked.command))
    if grant is None:
        return
    if grant not in system.grants:
        raise NotGranted("type")
    handle = service.aggregates[kind_of(asked.subject)].units
    if handle and not asked.reference.within(handle(state, asked)).isdisjoint(system.units):
        raise HandlesItself("type")


def role_of(asked: Asked) -> str:
    """Find the role of the post that the speaker holds today. Raises NotHolder, or TooEarly."""
    actor = asked.speaker
    post = asked.reference.post(actor.post, "actor.post")
    if post.unit != actor.unit:
        raise NotHolder("actor.unit")
    terms = [holder for holder in post.holders if holder.person == actor.person]
    if not terms:
        raise TooEarly("actor.person")  # the appointment may still be on its way
    if not any(holder.on(asked.today) for holder in terms):
        raise NotHolder("actor.person")
    return post.role
