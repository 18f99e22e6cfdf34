"""A fork on the log: an operator settles which event is kept, and everything follows for ever."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from bodies import Straight
from kafka import KafkaProducer
from parking import goes_on, parked, reasons
from processes import OPERATOR, until
from traffic import check, correct
from wholelog import events_of, query, read_log
from world import World

from banli_engine.choice import NOT_KEPT
from banli_engine.topics import SERVICES, case_events
from banli_events.envelope import Recorded, encode
from banli_local.profile import write_profile
from banli_local.testing import audit
from banli_reporting.places import read_places
from banli_testing.story import HUGO

FORK = "fork: another event has this version"


@dataclass(frozen=True)
class Forked:
    """A case of which two corrections claim one place."""

    case: Straight
    first: Recorded
    second: Recorded


def _forked(world: World, *, corrected_after: int) -> Forked:
    """Correct a case, and write the correction once more in other words, as a thief would."""
    case = world.case().assigned()
    for number in range(1 + corrected_after):
        said = world.ask("intake", correct(f"said-{number}"), HUGO, case.subject)
        assert said.status == 200
    world.settle()
    told = [e for e in events_of(read_log(world)) if (e.subject, e.source) == _stream(case)]
    first = told[-1 - corrected_after]
    assert first.data is not None
    other = first.data.model_copy(update={"after": "forged"})
    wire = encode(replace(first, id=str(uuid4()), data=other))
    login = world.servers.login("intake").client(world.servers.bootstrap)
    producer = KafkaProducer(**login)
    log = case_events(world.epoch)
    producer.send(log, wire.value, key=wire.key, headers=list(wire.headers)).get(20)
    producer.close()
    world.spoiled.add(case.subject)
    for service in SERVICES:
        parked(world, service, case, FORK)
    return Forked(case, first, replace(first, data=other, hash=wire.hash))


def _stream(case: Straight) -> tuple[str, str]:
    return case.subject, "intake"


def _audit(world: World, subject: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Let the auditor judge the log: its findings about a case, and the forks that are settled."""
    ran = audit(world.servers, world.epoch, "--json")
    said = json.loads(ran.stdout)
    codes = [each["code"] for each in said["findings"] if each["subject"] == subject]
    return codes, [each for each in said["settled"] if each["subject"] == subject]


def _banli(world: World, *words: str) -> subprocess.Popen[str]:
    """Start the operators' command."""
    urls = {name: [world.url(name)] for name in SERVICES}
    path = world.folder / f"banli-{next(world.numbers)}.toml"
    where = {"epoch": world.epoch, "operators": [OPERATOR]}
    write_profile(path, world.servers, world.dsns, urls, **where)
    command = [sys.executable, "-m", "banli_cli", *words, "--profile", str(path)]
    return subprocess.Popen(command, stdout=-1, stderr=-1, text=True)


def _redrive(world: World, *words: str) -> str:
    """Let the operator settle a fork; give what the command says."""
    ran = _banli(world, "redrive", *words)
    out, err = ran.communicate(timeout=90)
    assert ran.returncode == 0, err
    return out


def _rebuild(world: World, *services: str) -> None:
    """Let the operator rebuild services, whose processes somebody starts again."""
    world.settle()
    rebuilding = {service: _banli(world, "rebuild", service) for service in services}
    while any(each.poll() is None for each in rebuilding.values()):
        for service in services:
            if not world.mains[service].running:
                world.start(service, wait=False)
        time.sleep(0.05)
    for service, each in rebuilding.items():
        said = each.communicate()
        assert each.returncode == 0, said
        world.mains[service].wait_ready()


def _keep(world: World, service: str, case: Straight) -> list[str]:
    """List the hashes of what a service has of intake's stream about a case."""
    if service == "reporting":
        sql = "select places from chapters where subject = $1 order by first"
        chapters = query(world.dsns[service], sql, case.subject)
        told = [each for (packed,) in chapters for each in read_places(packed)]
        return [e.hash.hex() for e in sorted(told) if e.source == "intake"]
    sql = "select hash from events where subject = $1 and source = 'intake' order by version"
    return [hash_.hex() for (hash_,) in query(world.dsns[service], sql, case.subject)]


def _parked(world: World, service: str, case: Straight) -> list[str]:
    """List why something is parked still, without what fell."""
    return [why for why in reasons(world, service, case.subject) if why != NOT_KEPT]


def _all_keep(world: World, case: Straight, kept: Recorded, but: Sequence[Recorded]) -> None:
    """Hold that every service goes on with what is kept and has nothing of what is not."""
    for service in SERVICES:
        until(lambda s=service: not _parked(world, s, case), f"{service} goes on")
        told = until(
            lambda s=service: kept.hash.hex() in (found := _keep(world, s, case)) and found,
            f"{service} has what is kept",
        )
        assert not {each.hash.hex() for each in but} & set(told), service


def test_a_fork_settled_for_what_is_stored_goes_on_everywhere_and_the_audit_is_clean(
    world: World,
) -> None:
    forked = _forked(world, corrected_after=1)
    case, kept = forked.case, forked.first
    assert _audit(world, case.subject) == (["fork"], [])
    told = _redrive(world, case.subject)
    assert kept.hash.hex()[:16] in told
    assert forked.second.hash.hex()[:16] in told
    assert reasons(world, "intake", case.subject)[:1] == [FORK], "until somebody chooses"

    world.kill("supervision")
    said = _redrive(world, case.subject, "--keep", kept.hash.hex(), "--reason", "A thief wrote it.")
    assert "supervision does not answer" in said
    world.start("supervision")
    _all_keep(world, case, kept, [forked.second])
    _follows_at_start(world, "supervision", case)
    assert world.ask("intake", correct("after"), HUGO, case.subject).status == 200
    _is_clean(world, forked, kept, forked.second)
    _rebuild(world, "supervision", "intake")
    _all_keep(world, case, kept, [forked.second])
    assert world.ask("intake", correct("rebuilt"), HUGO, case.subject).status == 200
    _is_clean(world, forked, kept, forked.second)
    goes_on(world)
    check(world, [])


def test_a_fork_settled_for_what_is_parked_replaces_what_is_stored_and_what_continues_it(
    world: World,
) -> None:
    forked = _forked(world, corrected_after=1)
    case, kept = forked.case, forked.second
    words = ("--keep", kept.hash.hex(), "--reason", "The first was a mistake.")
    refused = _banli(world, "redrive", case.subject, *words)
    assert "--falls 1" in refused.communicate(timeout=90)[1]
    assert refused.returncode == 1
    _redrive(world, case.subject, *words, "--falls", "1")
    _all_keep(world, case, kept, [forked.first])
    register = "select title from register where subject = $1"
    assert query(world.dsns["reporting"], register, case.subject)[0]["title"] == "forged"
    assert world.ask("intake", correct("after"), HUGO, case.subject).status == 200
    _is_clean(world, forked, kept, forked.first)
    _rebuild(world, "assignment", "reporting")
    _all_keep(world, case, kept, [forked.first])
    _is_clean(world, forked, kept, forked.first)
    check(world, [])


def _follows_at_start(world: World, service: str, case: Straight) -> None:
    """Hold that a process which ended when it had read a choice follows it when it starts again."""
    world.mains[service].stop()
    sql = "update parked set reason = $2 where subject = $1 and reason = $3 returning pos"
    assert query(world.dsns[service], sql, case.subject, FORK, NOT_KEPT)
    world.start(service)
    until(lambda: not _parked(world, service, case), f"{service} follows at start")


def _is_clean(world: World, forked: Forked, kept: Recorded, fell: Recorded) -> None:
    """Hold that the audit tells the fork and finds nothing."""
    world.settle()
    found, settled = _audit(world, forked.case.subject)
    assert found == []
    assert [each["keep"] for each in settled] == [kept.hash.hex()]
    assert settled[0]["who"] == OPERATOR
    assert settled[0]["fell"]
    assert fell.hash != kept.hash
