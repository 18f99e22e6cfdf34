"""What intake does on what it reads."""

from collections.abc import Mapping
from datetime import date

from banli_engine.decider import Reaction
from banli_events.base import Command, Event
from banli_events.envelope import Recorded
from banli_events.intake import RequestFeedback
from banli_events.supervision import ReplyIssued


def ask_every_signer(recorded: Recorded) -> tuple[str, Command] | None:
    """When a reply is issued, every signer is asked to rate it."""
    match recorded.data:
        case ReplyIssued(to=to, reply_hash=reply_hash, round=number):
            return recorded.subject, RequestFeedback(
                signers=to, reply_hash=reply_hash, round=number
            )
        case _:
            return None


REACTIONS: Mapping[type[Event], Reaction] = {
    ReplyIssued: Reaction("ask-every-signer", date.min, ask_every_signer),
}
