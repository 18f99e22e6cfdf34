"""Many cases at random through the three real services: what must hold whatever people do.

`WALK_CASES=2000 pytest tests/flow/test_walk.py` walks with more; each takes about 75 steps.
"""

import os
from collections import Counter

import pytest
from moves import Item
from walk import Walk

from banli_audit.records import Record
from banli_audit.verify import verify
from banli_events.supervision import CaseArchived, DeadlineMissed, DeadlineSet
from banli_supervision import gates
from banli_supervision.state import State

CASES = int(os.environ.get("WALK_CASES", "60"))


@pytest.fixture(scope="module")
def walk() -> Walk:
    """A walk in which everybody did a lot and then what was left."""
    walk = Walk(CASES, seed=int(os.environ.get("WALK_SEED", "7")))
    walk.go(75 * CASES)
    walk.finish()
    return walk


def test_no_reaction_is_refused_nothing_is_parked_and_nothing_waits(walk: Walk) -> None:
    for name, desk in walk.office.desks.items():
        assert (name, desk.faults, desk.alarms, desk.waits) == (name, [], [], set())
        assert not any(rows.parked for rows in desk.rows.values())


def test_the_auditor_finds_nothing_in_the_log(walk: Walk) -> None:
    log = walk.office.log
    records = [
        Record(message.topic, 0, message.offset, message.wire)
        for topic in ("reference-events", "case-events")
        for message in log[topic]
    ]
    report = verify(records, dict.fromkeys(log, 1))
    assert report.records == len(records) > 30 * CASES
    assert [str(finding) for finding in report.findings[:10]] == []


def test_no_case_is_stuck_without_a_named_reason(walk: Walk) -> None:
    supervision = walk.office.desks["supervision"]
    for item in walk.items.values():
        if item.ended:
            continue
        state = supervision.state(item.subject)
        assert isinstance(state, State)
        assert state.rules is not None, item.number
        rules = supervision.published.reference.rules(state.rules)
        assert any(gate(state, rules) for gate in gates.GATES.values()), item.number


def test_each_deadline_is_missed_at_most_once_and_never_before_it_is_due(walk: Walk) -> None:
    missed = [(item, event) for item in walk.items.values() for event in said(item, DeadlineMissed)]
    assert missed, "the walk never misses a deadline: it shows nothing"
    times = Counter((item.subject, event.data.clock, event.data.due) for item, event in missed)
    assert set(times.values()) == {1}
    assert all(event.time >= event.data.due for _, event in missed)


def test_every_assigned_case_has_its_clocks_and_is_closed_once(walk: Walk) -> None:
    for item in walk.items.values():
        assert len(said(item, CaseArchived)) <= 1
        assert bool(said(item, DeadlineSet)) or item.assigned is None or item.ended


def test_the_walk_takes_many_ways(walk: Walk) -> None:
    assert len(walk.types) >= 45, sorted(walk.types)
    codes = {answer.partition(": ")[2] for answer in walk.answers}
    assert len(codes) >= 25, sorted(codes)


def said(item: Item, kind: type) -> list:  # type: ignore[type-arg]
    """Give the events of a kind, with their envelope."""
    return [event for event in item.events if isinstance(event.data, kind)]
