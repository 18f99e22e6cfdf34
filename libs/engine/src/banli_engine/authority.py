"""Who may: answered from published posts and from whom the token or topic proves to speak."""

from datetime import date

from banli_engine.decider import INTERNAL, OPERATORS, OverHttp, Service
from banli_engine.errors import NotAdmitted, NotHolder, NotPermitted, TooEarly, UnknownCommand
from banli_engine.pending import Pending
from banli_engine.reference import Reference
from banli_events.words import Actor


def permit(service: Service, asked: Pending, reference: Reference, today: date) -> None:
    """Let a command pass, or refuse it.

    Raises UnknownCommand, NotPermitted, NotHolder, NotAdmitted, or TooEarly where what is published
    may not have arrived yet.
    """
    allowed = service.commands.get(type(asked.command)) if asked.command else None
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
    if asked.actor is None:
        raise NotPermitted("actor")
    if asked.via.startswith("system:"):
        _admitted(asked, asked.actor, reference)
    role = _role(asked.actor, reference, today)
    if role not in allowed:
        raise NotPermitted("actor.post")


def _admitted(asked: Pending, actor: Actor, reference: Reference) -> None:
    """A system acts only by commands and for units that it is admitted for."""
    system = reference.system(asked.via.partition(":")[2])
    if type(asked.command).__name__ not in system.commands:
        raise NotAdmitted("type")
    if actor.unit not in system.units:
        raise NotAdmitted("actor.unit")


def _role(actor: Actor, reference: Reference, today: date) -> str:
    """Find the role of the post that the speaker holds today."""
    post = reference.post(actor.post, "actor.post")
    if post.unit != actor.unit:
        raise NotHolder("actor.unit")
    terms = [holder for holder in post.holders if holder.person == actor.person]
    if not terms:
        raise TooEarly("actor.person")  # the appointment may still be on its way
    if not any(holder.on(today) for holder in terms):
        raise NotHolder("actor.person")
    return post.role
