"""The scripts: which lines each way of an item has, and the steps that come of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from banli_demo.around import around
from banli_demo.people import People
from banli_demo.scenario import Item, Step, Way, Year, moment, read
from banli_demo.telling import Ask, Case
from banli_demo.verbs import VERBS


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a script: on which day, which word, what stands behind it, how it is refused."""

    day: int
    verb: str
    words: tuple[str, ...] = ()
    refusal: str | None = None


Parts = Mapping[str, Sequence[str]]


def read_parts() -> Parts:
    """Read the file of the scripts."""
    parts: Parts = read("scripts.toml")["parts"]
    return parts


def lines_of(parts: Parts, name: str, later: int = 0) -> Iterator[Line]:
    """Tell the lines of a part, so many days later, in the order in which they stand."""
    for text in parts[name]:
        if text[0].isdigit():
            yield _line(text, later)
        else:
            part, _, more = text.partition("+")
            yield from lines_of(parts, part.strip(), later + int(more or 0))


def _line(text: str, later: int) -> Line:
    asked, _, refusal = text.partition("!")
    day, verb, *words = asked.split()
    return Line(int(day) + later, verb, tuple(words), refusal.strip() or None)


def tell(year: Year, people: People) -> list[Step]:
    """Tell all steps of the year."""
    teller = Teller(year, people)
    told = [step for item in year.items for step in teller.steps_of(item)]
    return [*told, *around(year, people)]


class Teller:
    """Makes steps of lines."""

    def __init__(self, year: Year, people: People) -> None:
        self.year, self.people, self.parts = year, people, read_parts()

    def steps_of(self, item: Item) -> Iterator[Step]:
        """Tell the steps of an item, day by day, those of one day as they stand."""
        case = Case(self.year, self.people, item, item.registered, item.unit, item.co)
        lines = sorted(lines_of(self.parts, item.takes), key=lambda line: line.day)
        for place, line in enumerate(lines):
            case.day = item.registered + timedelta(days=line.day)
            for number, ask in enumerate(VERBS[line.verb](case, *line.words)):
                yield self._step(case, line, f"{item.key}/{place}-{line.verb}-{number}", ask)

    def _step(self, case: Case, line: Line, name: str, ask: Ask) -> Step:
        return Step(
            name=name,
            at=moment(case.day),
            service=ask.service,
            way=self._way(case.item.way, ask),
            actor=ask.actor,
            subject=self.year.subject(case.item),
            command=ask.command,
            refusal=line.refusal,
            upload=ask.upload,
        )

    def _way(self, way: Way, ask: Ask) -> Way:
        by_system = self.people.submits(ask.actor.unit, type(ask.command).__name__)
        return ask.way or (way if by_system else "http")
