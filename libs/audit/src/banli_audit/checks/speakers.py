"""Who spoke: a person where a person must, in a post that they held on that civil day."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.findings import Code
from banli_events.words import PostRole

_REGISTRAR = frozenset({PostRole.REGISTRAR})
_OFFICE = frozenset({PostRole.SUPERVISION_OFFICE})
_HANDLER = frozenset({PostRole.HANDLER})
_REVIEWERS = frozenset({PostRole.UNIT_HEAD, PostRole.SUPERVISION_OFFICE})

POSTS: dict[str, frozenset[PostRole]] = {
    "ItemRegistered": _REGISTRAR,
    "ItemCorrected": _REGISTRAR,
    "FeedbackReceived": _REGISTRAR,
    "Classified": _OFFICE,
    "AssignmentProposed": _OFFICE,
    "Assigned": _OFFICE,
    "ProposerContacted": _HANDLER,
    "ResearchLogged": _HANDLER,
    "ReplyDrafted": _HANDLER,
    "ReplyReviewed": _REVIEWERS,
    "ReplyReturned": _REVIEWERS,
}
"""Which posts may say what, where the word for the post says so; approval follows the pack."""


def check_speaker(known: Known) -> Breaches:
    """Check who spoke on a case, by what was published up to the event's `reference`."""
    context = known.event.context
    actor = context.actor
    if context.via == "clock" or context.via.startswith("reaction:"):
        if actor is not None:
            yield Code.ACTOR_UNEXPECTED
        return
    if actor is None:
        yield Code.ACTOR_MISSING
        return
    if not known.published.holds(actor, known.day, known.upto):
        yield Code.NOT_HOLDER
        return
    posts = POSTS.get(known.event.type)
    if known.published.unsure("post", actor.post):
        return
    if posts is not None and known.published.role(actor.post, known.upto) not in posts:
        yield Code.WRONG_POST
