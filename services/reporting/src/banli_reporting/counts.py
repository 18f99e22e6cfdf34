"""What counts as what: each count lists the things it counts in a case, with their events.

A thing counts once in the totals, and once for each of its units in a table of units. Pure
functions over lines of the ledger `counted`; `formulas.toml` puts the counts into words.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from banli_events.deadlines import ClockKind
from banli_events.words import Extent, Grade, OutcomeClass, OuterRole
from banli_reporting.gating import RECORDS
from banli_reporting.ledgers.counted import Line

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is counted: for which units, on which events; `value` where it is measured."""

    units: tuple[str | None, ...]
    events: tuple[str, ...]
    value: float | None = None


Count = Callable[[Line], Iterable[Thing]]


def _one(line: Line, *events: str | None) -> tuple[Thing, ...]:
    """Count one thing of the lead unit."""
    return (Thing((line.lead_unit,), tuple(each for each in events if each)),)


def items(line: Line) -> Iterable[Thing]:
    """Count the item."""
    return _one(line, line.registered)


def assigned(line: Line) -> Iterable[Thing]:
    """Count an item that a unit leads."""
    return _one(line, line.assigned[-1]["event"]) if line.assigned else ()


def handled(line: Line) -> Iterable[Thing]:
    """Count an item once for each unit that works on it, as lead or co."""
    if line.assigned:
        yield Thing((line.lead_unit, *line.co), (line.assigned[-1]["event"],))


def assigned_co(line: Line) -> Iterable[Thing]:
    """Count an item once for each of its co-units."""
    if line.co:
        yield Thing(tuple(line.co), (line.assigned[-1]["event"],))


def _leads(line: Line) -> bool:
    """Tell whether this body leads and still has the item; out of scope counts (R078)."""
    return line.outer_role == OuterRole.LEAD and not (line.withdrawn or line.given_back)


def lead(line: Line) -> Iterable[Thing]:
    """Count an item on which this body leads."""
    return _one(line, line.registered) if _leads(line) else ()


def replied(line: Line) -> Iterable[Thing]:
    """Count an item whose round in hand is replied."""
    sent = line.issued.get(str(line.ordered))
    return _one(line, sent["event"]) if sent and _leads(line) else ()


def first_replied(line: Line) -> Iterable[Thing]:
    """Count an item that was replied for the first time (R004)."""
    sent = line.issued.get("1")
    return _one(line, sent["event"]) if sent and _leads(line) else ()


def _sent_at(line: Line, clock: str) -> str | None:
    kind, _, about = clock.partition(":")
    if kind == ClockKind.CO_OPINION:
        return line.delivered.get("at")
    number = "1" if kind == ClockKind.REPLY else about or str(line.ordered)
    return line.issued.get(number, {}).get("at")


def _clocks(line: Line, *kinds: str, met: bool) -> Iterable[Thing]:
    for name, clock in sorted(line.clocks.items()):
        sent = _sent_at(line, name)
        in_time = sent is not None and sent <= clock["due"]
        ran_out = clock["missed"] or sent is not None
        if name.partition(":")[0] in kinds and (in_time if met else ran_out):
            yield from _one(line, clock["event"])


def due(line: Line) -> Iterable[Thing]:
    """Count replies whose clock was met or ran out, of whatever round (R063)."""
    return _clocks(line, ClockKind.REPLY, ClockKind.REHANDLING, met=False)


def in_time(line: Line) -> Iterable[Thing]:
    """Count replies that went out before they were due, as extended."""
    return _clocks(line, ClockKind.REPLY, ClockKind.REHANDLING, met=True)


def persons(line: Line) -> Iterable[Thing]:
    """Count each who signed an item on which this body leads."""
    return (each for _ in line.signers for each in _one(line, line.registered) if _leads(line))


def contacted(line: Line) -> Iterable[Thing]:
    """Count each of them who was met or spoken with (R003, R081)."""
    return _met(line, line.met)


def contacted_live(line: Line) -> Iterable[Thing]:
    """Count each of them who was met face to face (R034)."""
    return _met(line, line.met_live)


def _met(line: Line, met: Mapping[str, str]) -> Iterable[Thing]:
    for person in line.signers if _leads(line) else ():
        if person in met:
            yield from _one(line, met[person])


def forms(line: Line) -> Iterable[Thing]:
    """Count the forms sent with the reply of the last round."""
    for event in line.forms.get(_last(line), {}).values():
        yield from _one(line, event)


def returned_forms(line: Line) -> Iterable[Thing]:
    """Count valid ratings of the last round, but for those that came too late (R077)."""
    return _rated(line, *Grade)


def satisfied(line: Line) -> Iterable[Thing]:
    """Count ratings of satisfied."""
    return _rated(line, Grade.SATISFIED)


def content(line: Line) -> Iterable[Thing]:
    """Count ratings of satisfied or basically satisfied."""
    return _rated(line, Grade.SATISFIED, Grade.BASICALLY)


def _rated(line: Line, *grades: str) -> Iterable[Thing]:
    number = _last(line)
    silent, clock = line.silent.get(number, ()), line.clocks.get(f"{ClockKind.FEEDBACK}:{number}")
    for signer, (grade, event, at) in sorted(line.grades.get(number, {}).items()):
        in_time = clock is not None and at <= clock["due"]
        if grade in grades and (signer not in silent or in_time):
            yield from _one(line, event)


def _last(line: Line) -> str:
    """Tell the last round of which a reply went out."""
    return max(line.issued, key=int, default="")


def drafts(line: Line) -> Iterable[Thing]:
    """Count drafts."""
    return (each for event in line.drafts for each in _one(line, event))


def returns(line: Line) -> Iterable[Thing]:
    """Count drafts that went back (R067)."""
    return (each for event in line.returns for each in _one(line, event))


def assignments(line: Line) -> Iterable[Thing]:
    """Count each time an item was handed to units, for each of them."""
    return (Thing(tuple(each["units"]), (each["event"],)) for each in line.assigned)


def upheld(line: Line) -> Iterable[Thing]:
    """Count objections that were right, for the unit that objected (R053)."""
    return (Thing((each["unit"],), (each["event"],)) for each in line.upheld)


def opinions_asked(line: Line) -> Iterable[Thing]:
    """Count co-units that were asked, each for itself (R036)."""
    return (Thing((unit,), (each["event"],)) for unit, each in sorted(line.asked.items()))


def opinions_given(line: Line) -> Iterable[Thing]:
    """Count co-units that answered, each with the days it took (R038)."""
    for unit, asked in sorted(line.asked.items()):
        if given := line.opined.get(unit):
            begun, done = (datetime.fromisoformat(each["at"]) for each in (asked, given))
            days = (done - begun).total_seconds() / SECONDS_A_DAY
            yield Thing((unit,), (asked["event"], given["event"]), days)


def opinions_late(line: Line) -> Iterable[Thing]:
    """Count co-units whose clock ran out (R038)."""
    for name, clock in sorted(line.clocks.items()):
        kind, _, unit = name.partition(":")
        if kind == ClockKind.UNIT_OPINION and clock["missed"]:
            yield Thing((unit,), (clock["event"],))


def records_due(line: Line) -> Iterable[Thing]:
    """Count the five records that each assigned item owes (R029)."""
    return (each for _ in RECORDS for each in assigned(line))


def records_there(line: Line) -> Iterable[Thing]:
    """Count those that are there (R029)."""
    for name in RECORDS if line.assigned else ():
        if name in line.records:
            yield from _one(line, line.records[name])


def in_scope(line: Line) -> Iterable[Thing]:
    """Count items on which this body leads and that are its duty (R078)."""
    return () if line.out_of_scope else lead(line)


def solved(line: Line) -> Iterable[Thing]:
    """Count items whose last reply says that they are solved."""
    return _resulted(line, OutcomeClass.A)


def solved_or_planned(line: Line) -> Iterable[Thing]:
    """Count items whose last reply says that they are solved or planned."""
    return _resulted(line, OutcomeClass.A, OutcomeClass.B)


def _resulted(line: Line, *results: str) -> Iterable[Thing]:
    sent = line.issued.get(_last(line))
    if sent and sent["result"] in results and any(True for _ in in_scope(line)):
        yield from _one(line, sent["event"])


def publication_decided(line: Line) -> Iterable[Thing]:
    """Count replied items of which it is decided whether they are made public."""
    return _published(line, *Extent)


def published(line: Line) -> Iterable[Thing]:
    """Count replied items that are made public, whole or in summary."""
    return _published(line, Extent.FULL, Extent.SUMMARY)


def _published(line: Line, *extents: str) -> Iterable[Thing]:
    last = line.published.get(max(line.published, key=int, default=""))
    if last and last["extent"] in extents and any(True for _ in first_replied(line)):
        yield from _one(line, last["event"])


def outer_co(line: Line) -> Iterable[Thing]:
    """Count items on which another body leads."""
    co = line.outer_role == OuterRole.CO and not (line.withdrawn or line.given_back)
    return _one(line, line.registered) if co else ()


def delivered(line: Line) -> Iterable[Thing]:
    """Count co-opinions that went to the body that leads."""
    there = line.delivered and any(True for _ in outer_co(line))
    return _one(line, line.delivered["event"]) if there else ()


def co_due(line: Line) -> Iterable[Thing]:
    """Count co-opinions of this body whose clock was met or ran out."""
    return _clocks(line, ClockKind.CO_OPINION, met=False)


def co_in_time(line: Line) -> Iterable[Thing]:
    """Count co-opinions of this body that were delivered before they were due."""
    return _clocks(line, ClockKind.CO_OPINION, met=True)


COUNTS: Mapping[str, Count] = {
    each.__name__: each
    for each in (
        items, assigned, handled, assigned_co, lead, replied, first_replied, due, in_time,
        persons, contacted, contacted_live, forms, returned_forms, satisfied, content, drafts,
        returns, assignments, upheld, opinions_asked, opinions_given, opinions_late, records_due,
        records_there, in_scope, solved, solved_or_planned, publication_decided, published,
        outer_co, delivered, co_due, co_in_time,
    )
}  # fmt: skip
