"""What supervision decides about rule packs: the deadlines and approvers of cases (R021)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from banli_engine.decider import Asked
from banli_engine.errors import UnfitSubject
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.supervision import PackPublished, PublishPack
from banli_events.words import PostRole
from banli_supervision.refusals import (
    AlreadyPublished,
    UnfitApprover,
    UnknownTimezone,
    VersionOutOfOrder,
)

APPROVERS = frozenset({PostRole.DEPUTY_CHIEF, PostRole.CHIEF})
"""The posts that a pack can name as approver: never one of the handling unit (R061, R066)."""


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack's versions so far, the first at the front; all from supervision."""

    versions: tuple[PackPublished, ...] = ()


def decide(state: Pack, asked: Asked) -> Sequence[Event]:
    """Answer a command about a pack with what becomes true."""
    match asked.command:
        case PublishPack() as command:
            return publish(state, command)
        case _:
            raise UnfitSubject("subject")


def publish(state: Pack, command: PublishPack) -> list[Event]:
    """The versions of a pack are published one after the other and never change."""
    published = PackPublished(
        version=command.version,
        name=command.name,
        kinds=command.kinds,
        reply=command.reply,
        co_opinion=command.co_opinion,
        approver=command.approver,
        timezone=command.timezone,
        valid_from=command.valid_from,
    )
    if published in state.versions:
        return []
    if command.version <= len(state.versions):
        raise AlreadyPublished("data.version")
    if command.version > len(state.versions) + 1:
        raise VersionOutOfOrder("data.version")
    if command.approver not in APPROVERS:
        raise UnfitApprover("data.approver")
    if not _is_timezone(command.timezone):
        raise UnknownTimezone("data.timezone")
    return [published]


def evolve(state: Pack, recorded: Recorded) -> Pack:
    """Fold one fact into what is known of a pack."""
    match recorded.data:
        case PackPublished() as published:
            return replace(state, versions=(*state.versions, published))
        case _:
            return state


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
