"""Search all that was written for strings that must not be there, in every form they may take.

Strings of one kind share a mark, so that a place is looked through for few needles, however large
it is; what stands around a mark is then compared with the strings themselves.
"""

import asyncio
import random
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg
from wholelog import Line

CHUNK = 1 << 22
AROUND = 4_000
"""How much is read at once, and how far a string may reach beyond its mark, in any form."""


def forms(text: str) -> list[bytes]:
    """Write a text in every form in which somebody might have written it down."""
    raw = text.encode()
    escaped = "".join(c if c.isascii() else f"\\u{ord(c):04x}" for c in text).encode()
    written = [raw, *(text.encode(c) for c in ("utf-16-le", "utf-16-be", "gb18030"))]
    written += [escaped, escaped.replace(escaped, _upper(escaped))]
    written += [quote(text, safe="").encode(), quote(text, safe="").lower().encode()]
    written += [raw.hex().encode(), raw.hex().upper().encode()]
    for before in range(3):  # base64, wherever in a longer text it stands
        whole = b64encode(b"\0" * before + raw)
        core = whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        written += [core, core.replace(b"+", b"-").replace(b"/", b"_")]
    return list(dict.fromkeys(written))


def _upper(escaped: bytes) -> bytes:
    head, *rest = escaped.split(b"\\u")
    return b"\\u".join([head, *(each[:4].upper() + each[4:] for each in rest)])


@dataclass
class Kind:
    """Strings that share a mark."""

    mark: str
    texts: dict[str, str] = field(default_factory=dict)  # by name

    def say(self, name: str, before: str = "", after: str = "") -> str:
        """Make a string of this kind under a name."""
        assert name not in self.texts
        self.texts[name] = before + self.mark + after
        return self.texts[name]


def han(count: int) -> str:
    """Draw Chinese characters, without which no name is spelt."""
    return "".join(chr(random.randrange(0x4E00, 0x9FA5)) for _ in range(count))


def digits(count: int) -> str:
    """Draw digits."""
    return "".join(random.choices("0123456789", k=count))


def letters(count: int) -> str:
    """Draw small letters."""
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=count))


class Search:
    """What is searched for, all that has been said until now, and where what of it was found."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self.sought = [
            (forms(kind.mark), {name: forms(text) for name, text in kind.texts.items()})
            for kind in kinds
        ]
        self.found: dict[str, set[str]] = {}  # by place
        self.bytes: dict[str, int] = {}

    def look(self, place: str, data: bytes) -> None:
        """Look through some bytes."""
        found = self.found.setdefault(place, set())
        self.bytes[place] = self.bytes.get(place, 0) + len(data)
        for needles, texts in self.sought:
            for needle in needles:
                at = data.find(needle)
                while at >= 0:
                    near = data[max(0, at - AROUND) : at + AROUND]
                    found |= {
                        name
                        for name, written in texts.items()
                        if name not in found and any(form in near for form in written)
                    }
                    at = data.find(needle, at + AROUND // 2)

    def look_at_records(self, lines: Iterable[Line]) -> None:
        """Look through records: key, headers and value of each."""
        by_topic: dict[str, list[bytes]] = {}
        for line in lines:
            parts = [line.wire.key, *(part for pair in line.wire.headers for part in pair)]
            said = [part.encode() if isinstance(part, str) else part or b"" for part in parts]
            by_topic.setdefault(line.topic, []).extend([*said, line.wire.value or b""])
        for topic, said in by_topic.items():
            self.look(f"records of {topic}", b"\n".join(said))

    def look_at_rows(self, name: str, dsn: str) -> None:
        """Look through every row of every table of a database, as text and as it is sent."""
        asyncio.run(self._rows(name, dsn))

    async def _rows(self, name: str, dsn: str) -> None:
        db = await asyncpg.connect(dsn)
        tables = await db.fetch(
            "select n.nspname as schema, c.relname as name from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'm')"
            " and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
        )
        for table in tables:
            for format in ("text", "binary"):
                tail = b""

                async def take(piece: bytes) -> None:
                    nonlocal tail
                    self.look(f"rows of {name}", tail + piece)
                    tail = piece[-AROUND:]

                await db.copy_from_table(
                    table["name"], schema_name=table["schema"], output=take, format=format
                )
        await db.close()

    def look_at_files(self, folder: Path, since: float) -> None:
        """Look through every file below a folder that was written to since a moment."""
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_file() and path.stat().st_mtime >= since and _holds_text(path):
                    self._file(_place(path.relative_to(folder)), path)
            except FileNotFoundError:  # a server has removed it meanwhile
                continue

    def _file(self, place: str, path: Path) -> None:
        with path.open("rb") as file:
            tail = b""
            while piece := file.read(CHUNK):
                self.look(place, tail + piece)
                tail = piece[-AROUND:]

    def named(self, but: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
        """Tell where something was found, but for what may be there, by the beginning of places."""
        allowed = [(start, set(names)) for start, names in but.items()]
        return {
            place: left
            for place, found in self.found.items()
            if (left := found.difference(*(ns for start, ns in allowed if place.startswith(start))))
        }


def _holds_text(path: Path) -> bool:
    """Offsets and times alone stand in Kafka's indexes, which are large and empty."""
    return path.suffix not in (".index", ".timeindex")


def _place(path: Path) -> str:
    """Name the place that a file belongs to."""
    match path.parts:
        case ("postgres", "pg_wal", *_):
            return "files of the write-ahead log"
        case ("postgres", *_):
            return "files of tables"
        case ("kafka", *_, folder, _) if "." in folder:
            return f"files of {folder.rpartition('-')[0]}"
        case ("logs", name):
            return f"log {name}"
        case _:
            return f"file {path.parts[0]}"


def missing(search: Search, planted: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """Name what was planted at a place and is not found there."""
    lost = {place: set(names) - search.found.get(place, set()) for place, names in planted.items()}
    return {place: names for place, names in lost.items() if names}


def everywhere(search: Search) -> Iterator[str]:
    """Say how much was looked through, by place."""
    for place, size in sorted(search.bytes.items()):
        yield f"{place}: {size:,} bytes"
