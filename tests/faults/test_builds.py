"""Old and new builds side by side: what the old one does not know is not missing afterwards."""

import sys
from pathlib import Path

from aiokafka.partitioner import murmur2
from bodies import Straight, feedback
from traffic import check
from wholelog import events_of, read_log
from world import World, until

from banli_engine.story import ANNA, HUGO
from banli_events.words import Grade

OLDER = [sys.executable, str(Path(__file__).with_name("builds.py")), "older"]


def _spread(world: World, count: int) -> list[Straight]:
    """Begin cases that lie in different partitions, so that each of two processes reads some."""
    found: dict[int, Straight] = {}
    while len(found) < count:
        case = world.case()
        found.setdefault((murmur2(case.subject.encode()) & 0x7FFFFFFF) % 12, case)
    return list(found.values())


def _types(world: World, subject: str) -> list[str]:
    return [e.type for e in events_of(read_log(world)) if e.subject == subject]


def test_what_the_old_build_does_not_know_is_done_by_the_new_one_beside_it(world: World) -> None:
    world.mains["supervision"].stop()
    world.start("supervision", command=OLDER)
    new = world.join("supervision")
    cases = [case.assigned() for case in _spread(world, 7)]
    for case in cases:
        until(lambda case=case: "DeadlineSet" in _types(world, case.subject), "its clock runs")
    new.stop()
    check(world, [])


def test_what_only_the_old_build_has_read_is_done_by_the_new_one_that_comes_after(
    world: World,
) -> None:
    world.mains["supervision"].stop()
    world.start("supervision", command=OLDER)
    case = world.case().assigned()
    until(lambda: world.status("supervision")["unknown"] == {"Assigned": 1}, "it is noted")
    assert "DeadlineSet" not in _types(world, case.subject)
    world.mains["supervision"].stop()
    world.start("supervision")
    until(lambda: "DeadlineSet" in _types(world, case.subject), "its clock runs")
    assert world.status("supervision")["unknown"] == {}
    check(world, [])


def test_a_word_that_the_old_build_does_not_know_is_kept(world: World) -> None:
    case = world.case().approved().issued()
    world.mains["supervision"].stop()
    world.start("supervision", command=OLDER)
    for signer, grade in (("P-li", Grade.NOT_SATISFIED), ("P-wang", Grade.SATISFIED)):
        rated = world.ask("intake", feedback(signer, grade), HUGO, case.subject, after=case.after)
        assert rated.status == 200
    world.settle()
    world.mains["supervision"].stop()
    world.start("supervision")
    summed = world.ask("supervision", case.summary, ANNA, case.subject)
    assert [e["type"] for e in summed.body["events"]] == ["CaseSummaryFiled"], "not content: open"
    check(world, [])
