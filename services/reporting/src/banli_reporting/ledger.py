"""What a ledger is: its line, one function per event type, and the event types it ignores.

A line is mutable, unlike a decider's state: a rebuild folds hundreds of thousands of events a
second, and whoever folds gives the line up where a fold fails half-way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from pydantic_core import from_json, to_json

from banli_events.base import Event
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded

LineT = TypeVar("LineT")

Lines: TypeAlias = Mapping[type[Event], Callable[[Any, Recorded, Any], None]]
"""What each type of event changes on a line."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What is told besides a line: the moment asked about, units' names, what rule sets ask for."""

    at: datetime
    units: Mapping[str, str]
    rules: Mapping[str, Mapping[str, Any]]  # by pack and version: `suggestion@2`


def _as_it_is(line: Any, plain: dict[str, Any], reader: Reader) -> dict[str, Any]:
    return plain


def ref(recorded: Recorded) -> str:
    """Name an event within its subject: `supervision:12`."""
    return f"{recorded.source}:{recorded.version}"


_FILL = 70
"""How full a page of lines is made, in percent: a line that changes then stays in its page."""

_SQL: Mapping[object, str] = {
    str: "text",
    int: "int",
    bool: "bool",
    date: "date",
    datetime: "timestamptz",
    list: "jsonb",
    dict: "jsonb",
}


@dataclass(frozen=True, eq=False)
class Ledger(Generic[LineT]):
    """A table with one line a subject of one kind, folded from that subject's events alone."""

    name: str
    kind: str  # of subject
    title: Mapping[str, str]  # in Chinese and English
    line: type[LineT]
    lines: Mapping[type[Event], Callable[[LineT, Recorded, Any], None]]
    ignores: frozenset[type[Event]]
    derive: Callable[[LineT], None] = lambda _: None
    tell: Callable[[LineT, dict[str, Any], Reader], dict[str, Any]] = _as_it_is
    keeps: Sequence[str] = ()  # what of a line stays where an item is registered anew
    shown: str = "true"  # which lines a page shows, in SQL, where the ledger is called `l`
    indexes: Sequence[str] = ()

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns behind `subject`, in the order of the line's fields."""
        return tuple(each.name for each in fields(self.line))  # type: ignore[arg-type]

    @cached_property
    def types(self) -> tuple[str, ...]:
        """Their types in the database."""
        return tuple(_sql(hint) for hint in get_type_hints(self.line).values())

    @cached_property
    def by_type(self) -> Mapping[str, Callable[[LineT, Recorded, Any], None]]:
        """The functions by the name of the event type."""
        return {model.__name__: note for model, note in self.lines.items()}

    @cached_property
    def _json(self) -> tuple[int, ...]:
        return tuple(i for i, type_ in enumerate(self.types) if type_ == "jsonb")

    @cached_property
    def _values(self) -> Callable[[LineT], tuple[Any, ...]]:
        get: Callable[[LineT], Any] = attrgetter(*self.columns)
        return get if len(self.columns) > 1 else lambda line: (get(line),)

    def anew(self, line: LineT) -> LineT:
        """Begin a line anew, with what stays of the old one."""
        fresh = self.line()
        for name in self.keeps:
            setattr(fresh, name, getattr(line, name))
        return fresh

    def fold(self, line: LineT, recorded: Recorded) -> None:
        """Note one event on the line; what the ledger ignores or does not know changes nothing."""
        note = self.by_type.get(recorded.type)
        if note is not None and recorded.data is not None:
            note(line, recorded, recorded.data)

    def row(self, line: LineT) -> list[Any]:
        """Write a line as the database takes it."""
        self.derive(line)
        row = list(self._values(line))
        for i in self._json:
            row[i] = to_json(row[i]).decode()  # a tenth of what the json module takes
        return row

    def read(self, row: Iterable[Any]) -> LineT:
        """Read a line as the database gives it."""
        values = list(row)
        for i in self._json:
            values[i] = from_json(values[i])
        return self.line(*values)

    def schema(self) -> str:
        """Write the statements that make the table; each may be repeated."""
        pairs = zip(self.columns, self.types, strict=True)
        declared = "".join(f", {name} {type_}" for name, type_ in pairs)
        made = f"create table if not exists {self.name} (subject text primary key{declared})"
        made += f" with (fillfactor = {_FILL});\n"
        return made + "".join(
            f"create index if not exists {self.name}_{n} on {self.name} ({index});\n"
            for n, index in enumerate(self.indexes)
        )

    def upsert(self, lines: str) -> str:
        """Write the statement that puts lines in their places: `lines` is an array of rows."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.columns)
        return (
            f"insert into {self.name} select * from unnest({lines})"
            f" on conflict (subject) do update set {changes}"
        )


def _sql(hint: Any) -> str:
    plain = next((each for each in get_args(hint) if each in _SQL), hint)
    return _SQL[hint if hint in _SQL else get_origin(hint) if get_origin(hint) in _SQL else plain]


def undecided(ledger: Ledger[Any]) -> tuple[set[type[Event]], set[type[Event]]]:
    """Name the event types on which a ledger takes no stand, and those on which it takes two."""
    catalogue = {each.model for each in EVENTS.values()}
    noted = set(ledger.lines)
    return catalogue ^ (noted | ledger.ignores), noted & ledger.ignores
