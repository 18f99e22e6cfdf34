"""Old and new builds side by side: what the old one does not know is not missing afterwards."""

import sys
from pathlib import Path

from aiokafka.partitioner import murmur2
from bodies import Straight, feedback
from processes import until
from traffic import check
from wholelog import events_of, query, read_log
from world import World

from banli_events.words import Grade
from banli_local.postgres import execute
from banli_testing.story import ANNA, HUGO

BOTH = ("supervision", "reporting")
EVERY = 7
"""Cases on so many of twelve partitions: each of two processes reads some."""

NOTING = """
    create table if not exists noted (type text, subject text);
    truncate noted;
    create or replace function note() returns trigger language plpgsql as
        $$ begin insert into noted values (new.type, new.subject); return null; end $$;
    create or replace trigger noting after insert on unknown for each row execute function note()
"""


def _older(service: str) -> list[str]:
    """Give the command that runs a service's older build."""
    return [sys.executable, str(Path(__file__).with_name("builds.py")), "older", service]


def note_what_is_unknown(world: World, service: str) -> None:
    """Keep which events a process noted as unknown, also when the note is gone again."""
    execute(world.dsns[service], NOTING)


def noted(world: World, service: str, type_: str = "Assigned") -> set[str]:
    """Name the subjects of which a process did not know an event."""
    rows = query(world.dsns[service], "select subject from noted where type = $1", type_)
    return {subject for (subject,) in rows}


def _unknown(world: World, service: str) -> list[str]:
    """Name the subjects of which an event still waits for a process that knows it."""
    return [subject for (subject,) in query(world.dsns[service], "select subject from unknown")]


def spread(world: World) -> list[Straight]:
    """Begin cases that lie in different partitions, so that each of two processes reads some."""
    found: dict[int, Straight] = {}
    while len(found) < EVERY:
        case = world.case()
        found.setdefault((murmur2(case.subject.encode()) & 0x7FFFFFFF) % 12, case)
    return list(found.values())


def _line(world: World, case: Straight) -> tuple[bool, bool]:
    """Tell whether reporting's ledger knows who has a case, and its clock."""
    sql = "select lead_unit is not null, clock is not null from handling where subject = $1"
    ((has_unit, has_clock),) = query(world.dsns["reporting"], sql, case.subject)
    return has_unit, has_clock


def _types(world: World, subject: str) -> list[str]:
    return [e.type for e in events_of(read_log(world)) if e.subject == subject]


def test_what_the_old_build_does_not_know_is_done_by_the_new_one_beside_it(world: World) -> None:
    for service in BOTH:
        world.mains[service].stop()
        note_what_is_unknown(world, service)
        world.start(service, command=_older(service))
        world.join(service)
        until(lambda service=service: world.members(service) == 2, "both have partitions")
    cases = [case.assigned() for case in spread(world)]
    subjects = {case.subject for case in cases}
    for case in cases:
        until(lambda case=case: "DeadlineSet" in _types(world, case.subject), "its clock runs")
    for service in BOTH:
        until(lambda service=service: not _unknown(world, service), "the new one learns it")
        read_by_the_old_one = noted(world, service) & subjects
        assert 0 < len(read_by_the_old_one) < EVERY, "each of the two has read some"
    check(world, [])
    for case in cases:
        assert _line(world, case) == (True, True), "its line tells who has it, and until when"


def test_what_only_the_old_build_has_read_is_done_by_the_new_one_that_comes_after(
    world: World,
) -> None:
    for service in BOTH:
        world.mains[service].stop()
        world.start(service, command=_older(service))
    case = world.case().assigned()
    for service in BOTH:
        until(lambda service=service: _unknown(world, service) == [case.subject], "it is noted")
        assert world.status(service)["unknown"] == {"Assigned": 1}
    assert "DeadlineSet" not in _types(world, case.subject)
    for service in BOTH:
        world.mains[service].stop()
        world.start(service)
    until(lambda: "DeadlineSet" in _types(world, case.subject), "its clock runs")
    for service in BOTH:
        assert world.status(service)["unknown"] == {}
    check(world, [])


def test_a_word_that_the_old_build_does_not_know_is_kept(world: World) -> None:
    case = world.case().approved().issued()
    for service in BOTH:
        world.mains[service].stop()
        world.start(service, command=_older(service))
    for signer, grade in (("P-li", Grade.NOT_SATISFIED), ("P-wang", Grade.SATISFIED)):
        rated = world.ask("intake", feedback(signer, grade), HUGO, case.subject, after=case.after)
        assert rated.status == 200
    world.settle()
    for service in BOTH:
        world.mains[service].stop()
        world.start(service)
    summed = world.ask("supervision", case.summary, ANNA, case.subject)
    said = [event["type"] for event in summed.body["events"]]
    assert said == ["CaseSummaryFiled", "RehandlingOrdered"], "one was not content"
    check(world, [])
