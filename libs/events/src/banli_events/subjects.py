"""What events are about: subjects, the topic each kind lies on, and the id of a numbered item."""

import json
import re
from uuid import UUID, uuid5

from banli_events.words import ItemKind, Numbering

NAMESPACE = UUID("8f0f8f6e-6f0c-5c0a-9a55-62616e6c6900")
"""The namespace of every name-based id that Banli derives (RFC 9562, version 5)."""

CASE_EVENTS = "case-events"
REFERENCE_EVENTS = "reference-events"
FORK = "fork"
REFERENCE_KINDS = frozenset({"unit", "post", "system", "pack", "calendar", FORK})

SUBJECT = r"^[a-z]+/[0-9a-zA-Z._-]+$"
"""What names a subject; at most 200 characters."""

_SUBJECT = re.compile(SUBJECT.strip("^$"))


def is_subject(text: str) -> bool:
    """Tell whether this names a subject: in a command, or as the key of a message."""
    return len(text) <= 200 and _SUBJECT.fullmatch(text) is not None


def kind_of(subject: str) -> str:
    """Tell what kind of thing a subject is: `case`, `unit`, `post`, `system` …"""
    return subject.partition("/")[0]


def topic_of(subject: str) -> str:
    """Tell on which log a subject's events lie."""
    return REFERENCE_EVENTS if kind_of(subject) in REFERENCE_KINDS else CASE_EVENTS


def numbered_case(kind: ItemKind | str, numbering: Numbering) -> str:
    """Derive a numbered item's subject, so that a second registration meets the first (R007)."""
    name = [
        numbering.body,
        numbering.level,
        numbering.term,
        numbering.session,
        str(kind),
        numbering.number,
    ]
    return f"case/{uuid5(NAMESPACE, json.dumps(name, ensure_ascii=False, separators=(',', ':')))}"


def fork_at(subject: str, source: str, version: int) -> str:
    """Derive the subject under which it is settled what is kept at one place of a stream."""
    name = json.dumps([FORK, subject, source, version], separators=(",", ":"))
    return f"{FORK}/{uuid5(NAMESPACE, name)}"
