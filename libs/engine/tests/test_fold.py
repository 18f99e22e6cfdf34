"""What a subject is folded into where it begins anew."""

from dataclasses import replace
from itertools import permutations

from toy_service import CASE, SERVICE, decide, evolve

from banli_engine.decider import Aggregate
from banli_engine.fold import fold, fold_all, folded
from banli_events.assignment import Classified
from banli_events.envelope import Recorded
from banli_events.intake import ItemRegistered
from banli_events.supervision import ResearchLogged
from banli_testing.grammar import record, said
from banli_testing.story import REGISTERED, RESEARCHED

ANEW = replace(
    SERVICE,
    aggregates={"case": Aggregate((), decide, evolve, begins=ItemRegistered)},
)


def history(*facts: ItemRegistered | Classified | ResearchLogged) -> list[Recorded]:
    told: list[Recorded] = []
    for fact in facts:
        told.append(record(told, CASE, said(fact)))
    return told


FACTS = history(
    REGISTERED,
    Classified(category="before"),
    RESEARCHED,
    REGISTERED,
    Classified(category="after"),
)


def test_what_was_decided_before_a_subject_began_anew_counts_no_more() -> None:
    now = folded(ANEW, CASE)
    for event in FACTS:
        fold(ANEW, now, event)
    assert now.state == ("after",)
    assert now.heads == {"intake": 2, "assignment": 2, "supervision": 1}


def test_it_counts_no_more_in_whatever_order_the_sources_are_read() -> None:
    for order in permutations(("intake", "assignment", "supervision")):
        now = folded(ANEW, CASE)
        fold_all(ANEW, now, [e for source in order for e in FACTS if e.source == source])
        assert now.state == ("after",), order


def test_a_fact_on_its_way_that_had_not_seen_the_beginning_counts_no_more() -> None:
    late = history(REGISTERED, Classified(category="before"), REGISTERED)
    now = folded(ANEW, CASE)
    for event in (late[0], late[2], late[1]):
        fold(ANEW, now, event)
    assert now.state == ()
