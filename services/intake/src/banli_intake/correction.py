"""Which fields of the register can be put right, how they are addressed, what becomes of the item.

`title`, `content`, `received_on`, `outer.assigner`, `outer.lead`, `signers.<person>.name`,
`signers.<person>.unit`, `asks.<id>.text`. Never the number, which names the item, and never the
assigner's due date, on which a clock may rest already.
"""

from typing import Any

from banli_events.intake import ItemRegistered

_PLAIN = frozenset({"title", "content", "received_on"})
_OUTER = frozenset({"assigner", "lead"})
_LISTED = {"signers": ("person", frozenset({"name", "unit"})), "asks": ("id", frozenset({"text"}))}


def read(item: ItemRegistered, field: str) -> str | None:
    """Tell what stands in a field; None where there is no such field, or nothing in it."""
    place = _place(item.model_dump(mode="json"), field)
    return None if place is None else place[0][place[1]]


def write(item: ItemRegistered, field: str, value: str) -> ItemRegistered:
    """Put a value into a field; ValueError where it cannot stand there."""
    said = item.model_dump(mode="json")
    place = _place(said, field)
    if place is None:
        raise ValueError("no such field")
    holder, name = place
    holder[name] = value
    return ItemRegistered.model_validate(said)


def _place(said: dict[str, Any], field: str) -> tuple[dict[str, Any], str] | None:
    """Find the object and the key that an address means; an id may itself contain dots."""
    if field in _PLAIN:
        return said, field
    head, _, rest = field.partition(".")
    if head == "outer":
        return (said["outer"], rest) if rest in _OUTER else None
    id_, _, name = rest.rpartition(".")
    key, names = _LISTED.get(head, ("", frozenset[str]()))
    if name not in names:
        return None
    return next(((each, name) for each in said[head] if each[key] == id_), None)
