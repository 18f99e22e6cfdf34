"""Files that belong to a case: by the hash of their content, of a few kinds, not too large."""

from collections.abc import Mapping

from banli_engine.decider import Asked
from banli_engine.errors import TooEarly
from banli_events.base import Event
from banli_events.intake import AddAttachment, AttachmentAdded
from banli_intake.refusals import FileTooLarge, NotRegistered, UnfitMediaType
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

    Its bytes were put into the store before; what reads the log says where they are missing.
    """
    if state.item is None:
        raise NotRegistered("subject")
    if command.file in state.attached:
        return []
    if command.media_type not in BEGINS:
        raise UnfitMediaType("data.media_type")
    if command.size > MAX_BYTES:
        raise FileTooLarge("data.size")
    return [
        AttachmentAdded(
            file=command.file,
            title=command.title,
            media_type=command.media_type,
            size=command.size,
        )
    ]


def file_key(file: str) -> str:
    """Name what a case watches so that it is found by its file."""
    return f"file:{file}"


def handling(state: State, asked: Asked) -> frozenset[str]:
    """The units that the item is assigned to, and their sections, add to it (R009, R017)."""
    if not state.units:
        raise TooEarly("subject")
    return asked.reference.within(state.units)
