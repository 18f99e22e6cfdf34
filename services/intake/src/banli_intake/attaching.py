"""Files that belong to a case: by the hash of their content, of a few kinds, not too large."""

from collections.abc import Mapping

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_engine.reference import Reference
from banli_events.base import Event
from banli_events.intake import AddAttachment, AttachmentAdded
from banli_events.words import PostRole
from banli_intake.refusals import FileTooLarge, NotAssignedUnit, NotRegistered, UnfitMediaType
from banli_intake.state import State

MAX_BYTES = 20_000_000

_ZIP = b"PK\x03\x04"
_OFFICE = "application/vnd.openxmlformats-officedocument."

BEGINS: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    f"{_OFFICE}wordprocessingml.document": _ZIP,
    f"{_OFFICE}spreadsheetml.sheet": _ZIP,
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "application/ofd": _ZIP,
    "application/wps-office.wps": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "text/plain": b"",
}
"""The kinds of file that are taken, each with the bytes it begins with."""


def add(state: State, asked: Asked, command: AddAttachment) -> list[Event]:
    """A file is added once, whoever names it again, and is of a kind and size that are taken.

    Its bytes were put into the store before; what reads the log says where they are missing. A
    handler adds to what the own unit handles; the office and the register add to every case.
    """
    if state.item is None:
        raise NotRegistered("subject")
    if command.file in state.attached:
        return []
    if command.media_type not in BEGINS:
        raise UnfitMediaType("data.media_type")
    if command.size > MAX_BYTES:
        raise FileTooLarge("data.size")
    _must_have_a_say(state, asked)
    return [
        AttachmentAdded(
            file=command.file,
            title=command.title,
            media_type=command.media_type,
            size=command.size,
        )
    ]


def _must_have_a_say(state: State, asked: Asked) -> None:
    role = asked.reference.post(asked.speaker.post).role
    if role not in (PostRole.HANDLER, PostRole.UNIT_HEAD):
        return
    if not state.units:
        raise TooEarly("subject")
    if state.units.isdisjoint(_with_those_above(asked.reference, asked.speaker.unit)):
        raise NotAssignedUnit("actor.unit")


def _with_those_above(reference: Reference, unit: str | None) -> set[str]:
    units = set[str]()
    while unit is not None and unit in reference.units:
        units.add(unit)
        unit = reference.units[unit].parent
    return units
