"""What reporting makes of a walk: gates as supervision sees them, figures as the events say."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json
from walk import Walk

from banli_events.envelope import Recorded, decode
from banli_reporting import case as cases
from banli_reporting.authority import without_texts
from banli_reporting.evaluation import by_unit, tally
from banli_reporting.gating import lacks, records
from banli_reporting.ledger import Ledger, Reader
from banli_reporting.ledgers import ledgers_of
from banli_reporting.ledgers.register import REGISTER
from banli_reporting.registers import entry
from banli_reporting.steps import missing
from banli_supervision import gates
from banli_supervision.state import State

sys.path.insert(0, str(Path(__file__).parents[2] / "services/reporting/tests"))

from slow import SLOW, that_counts

CASES = 40
STEPS = 75


@pytest.fixture(scope="module", params=["left off", "finished"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """A walk that was left off in the middle, or finished."""
    walk = Walk(CASES, seed=3)
    walk.go(STEPS * CASES)
    if request.param == "finished":
        walk.finish()
    return walk


def stories(walk: Walk, topic: str) -> dict[str, list[Recorded]]:
    told: dict[str, list[Recorded]] = {}
    for message in walk.office.log[topic]:
        event = decode(message.wire)
        told.setdefault(event.subject, []).append(event)
    return told


def lines_of(events: list[Recorded]) -> dict[str, Any]:
    """The lines of a subject in all ledgers, by name."""
    subject = events[0].subject
    case = cases.begin(subject, "log", 0)
    for event in events:
        cases.fold(case, event)
    ledgers = ledgers_of(subject.partition("/")[0])
    return {x.name: x.read(x.row(line)) for x, line in zip(ledgers, case.lines, strict=True)}


def rules_of(walk: Walk) -> Mapping[str, Mapping[str, Any]]:
    packs = [
        lines_of(events)["packs"]
        for subject, events in stories(walk, "reference-events").items()
        if subject.startswith("pack/")
    ]
    return {f"{each.pack}@{n}": asked for each in packs for n, asked in each.versions.items()}


def test_reporting_and_supervision_see_the_same_gates_open_and_closed(walk: Walk) -> None:
    """R023, R024, R025, R026, R027, R028, R029"""
    rules, supervision = rules_of(walk), walk.office.desks["supervision"]
    for subject, events in stories(walk, "case-events").items():
        if not subject.startswith("case/"):
            continue
        lines, state = lines_of(events), supervision.state(subject)
        assert isinstance(state, State)
        if state.rules is None or state.ended_at is not None:
            continue
        asked = supervision.published.reference.rules(state.rules)
        found = lacks(lines["gates"], rules[lines["gates"].rules])
        for gate, check in gates.GATES.items():
            assert bool(found[gate]) == bool(check(state, asked)), (gate, subject)
        assert all(records(lines["gates"]).values()) == (not gates.records(state)), subject
        lacking = missing(lines["handling"], rules[lines["handling"].rules])
        assert bool(lacking) != state.archived


def test_every_ledger_can_tell_every_case_and_every_day_is_charged(walk: Walk) -> None:
    reader = Reader(walk.office.now, {}, rules_of(walk))
    for subject, events in stories(walk, "case-events").items():
        lines = lines_of(events)
        for ledger in ledgers_of(subject.partition("/")[0]):
            plain = {"subject": subject, **json.loads(to_json(lines[ledger.name]))}
            told = ledger.tell(lines[ledger.name], plain, reader)
            json.dumps(told)
            assert told.get("gap", 0) == 0


def test_nothing_that_anybody_wrote_reaches_an_operator(walk: Walk) -> None:
    reader, shown = Reader(walk.office.now, {}, rules_of(walk)), 0
    for subject, events in stories(walk, "case-events").items():
        lines, words = lines_of(events), set(_words([each.data.model_dump() for each in events]))
        told = [entry(1, _plain(REGISTER, lines["register"]), None)]
        for ledger in ledgers_of("case"):
            plain = {"subject": subject, **_plain(ledger, lines[ledger.name])}
            told.append(ledger.tell(lines[ledger.name], plain, reader))
        hidden = set(_words(without_texts(told))) & words
        assert not hidden, hidden
        shown += len(set(_words(told)) & words)
    assert shown > 5 * CASES, "the ledgers show nothing that anybody wrote: it shows nothing"


def _plain(ledger: Ledger[Any], line: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(to_json(line))
    return plain


def _words(said: Any) -> Iterator[str]:
    """Find the sentences that people wrote in the walk: they end with a full stop."""
    match said:
        case Mapping():
            for name, each in said.items():
                yield from _words(name)
                yield from _words(each)
        case list() | tuple():
            for each in said:
                yield from _words(each)
        case str() if said.endswith(".") or said == "Crossings":
            yield said


def test_evaluations_equal_a_slow_computation_from_the_events_of_the_walk(walk: Walk) -> None:
    told = [e for e in stories(walk, "case-events").values() if e[0].subject.startswith("case/")]
    known = [(events, lines_of(events)["counted"]) for events in told]
    known = [(events, line) for events, line in known if line.registered is not None]
    counting = [that_counts(events) for events, _ in known]
    shown = by_unit({}, *tally(line for _, line in known))
    for each in shown["totals"]:
        expected = SLOW[each["figure"]](counting)
        assert (each["numerator"], each["denominator"]) == expected, each["figure"]
    assert all(each["holds"] for each in shown["proof"])
