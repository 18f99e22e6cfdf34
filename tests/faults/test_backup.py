"""Everything is lost and comes back from a backup: no fork, nothing lost that was on the log."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from bodies import SYSTEM
from disks import hold_back, let_go, new_disk
from processes import OPERATOR, until
from traffic import Said, Traffic, check, classify, correct
from wholelog import Line, ends_of, events_of, numbers, query, read_log, read_topics
from world import Cases, Reply, World

from banli_cli.backup_files import Manifest, read_manifest
from banli_engine import topics
from banli_engine.digest import digest
from banli_engine.topics import SERVICES
from banli_local import Cluster, Servers
from banli_local.profile import write_profile
from banli_local.testing import audit
from banli_testing.story import CARA, HUGO

EPOCH = "drill"
PERSONS = "select person from persons join refs using (person)"
NOBODY = "case/00000000-0000-0000-0000-000000000000"

KILLED = """
import os, signal, sys
from banli_cli import __main__, {module}

left, right = {calls}, {module}.{name}

def until_then(*args, **kwargs):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return right(*args, **kwargs)

{module}.{name} = until_then
__main__.main()
"""
"""A command that is killed at the given call of one of its functions."""


Asked = tuple[UUID, str, str, Reply]
"""The id of a command, what it put right, of which case, and the answer."""


@dataclass
class Drill:
    """What was before the disaster, and the world after it."""

    folder: Path
    lines: list[Line]  # of every topic, as they lay before
    said: Sequence[Said]
    sure: int  # so many of these were answered before the backup was begun
    asked: list[Asked]
    cases: Cases
    world: World

    @property
    def manifest(self) -> Manifest:
        """The backup's own account."""
        return read_manifest(self.folder)


def banli(world: World, *words: str, killed: tuple[str, str, int] | None = None) -> str:
    """Run the operators' command on a world; give what it says, or the sentence why not."""
    urls = {name: [world.url(name)] for name in SERVICES} if world.mains else None
    profile = write_profile(
        world.folder / "banli.toml",
        world.servers,
        world.dsns,
        urls or {name: ["http://127.0.0.1:9"] for name in SERVICES},
        epoch=world.epoch,
        operators=[OPERATOR],
    )
    module, name, calls = killed or ("", "", 0)
    code = ["-c", KILLED.format(module=module, name=name, calls=calls)] if killed else []
    ran = subprocess.run(
        [sys.executable, *(code or ["-m", "banli_cli"]), *words, "--profile", str(profile)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    assert not killed or ran.returncode == -9, "it was to be killed on the way"
    return ran.stderr.splitlines()[-1] if ran.returncode > 0 else ran.stdout


def every_topic(world: World) -> list[str]:
    """Name what there is to be backed up."""
    with world.servers.admin() as admin:
        return [name for name in admin.list_topics() if name.startswith(f"{EPOCH}.")]


def forget_beginning(world: World) -> None:
    """Let the oldest receipt and submission expire."""
    names = [topics.receipts(SYSTEM, EPOCH), topics.submissions("intake", SYSTEM, EPOCH)]
    first = {tp: 1 for tp, end in ends_of(world, names).items() if end > 1}
    assert len({tp.topic for tp in first}) == len(names)
    with world.servers.admin() as admin:
        admin.delete_records(first)


def fresh(folder: Path, servers: Cluster) -> World:
    """Make a world on servers that know nothing of any other."""
    servers.provision(epoch=EPOCH)
    files = folder / "world"
    files.mkdir(exist_ok=True)
    return World(servers, EPOCH, servers.create_databases(f"{EPOCH}_"), files)


def ask(world: World, *subjects: str) -> list[Asked]:
    """Have something put right over HTTP; of a case that nobody registered that is refused."""
    asked = []
    for subject in subjects:
        number, id_ = f"n-{next(world.numbers)}", uuid4()
        reply = world.ask("intake", correct(number), HUGO, subject, id=id_)
        asked.append((id_, number, subject, reply))
    return asked


def classified(world: World, subject: str) -> str:
    """Have a case put under a category by another service."""
    number = f"n-{next(world.numbers)}"
    assert world.ask("assignment", classify(number), CARA, subject).status == 200
    return number


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Traffic, a backup under it, more traffic; then all is destroyed and put back elsewhere."""
    home = tmp_path_factory.mktemp("drill")
    folder = home / "backup"
    with Servers(home / "one") as servers:
        world = fresh(home, servers)
        try:
            world.open()
            open_ = tuple(world.case().registered().subject for _ in range(2))
            cases = Cases(open_, tuple(world.case().assigned().subject for _ in range(2)))
            asked = ask(world, cases.open[0], NOBODY)
            with Traffic(world, cases.open, cases.assigned) as traffic:
                until(lambda: traffic.count() > 60, "traffic runs")
                forget_beginning(world)
                sure = traffic.count()
                assert "4 databases" in banli(world, "backup", str(folder))
                after = traffic.count()
                until(lambda: traffic.count() > after + 60, "traffic goes on")
            world.settle()
            lines = read_topics(world, every_topic(world))
        finally:
            world.close()
    shutil.rmtree(home / "one")
    with Servers(home / "two") as servers:
        world = fresh(home, servers)
        world.numbers = iter(range(100_000, 200_000))
        for killed in (("restore_log", "_sent", 9), ("restore_databases", "load", 2), None):
            said = banli(world, "restore", str(folder), killed=killed)
        assert "Put back as of" in said, said
        try:
            world.begin()
            yield Drill(folder, lines, traffic.said, sure, asked, cases, world)
        finally:
            world.close()


def test_what_was_on_the_log_lies_where_it_lay(drill: Drill) -> None:
    kept = drill.manifest.topics
    assert set(kept) == set(every_topic(drill.world))
    assert sum(part.begin for topic in kept.values() for part in topic.partitions) > 1
    backed = [e for e in drill.lines if e.offset < kept[e.topic].partitions[e.part].end]
    after = {(e.topic, e.part, e.offset): e for e in read_topics(drill.world, kept)}
    assert len(drill.lines) > len(backed) == drill.manifest.records > 100
    for line in backed:
        found = after[line.topic, line.part, line.offset]
        assert found.wire == line.wire
        assert found.at == line.at or not kept[line.topic].for_ever
    begins = {(e.topic, e.part): e.offset for e in reversed(list(after.values()))}
    for name, topic in kept.items():
        for number, part in enumerate(topic.partitions):
            assert begins.get((name, number), part.begin) == part.begin


def test_nothing_forks_and_only_what_was_said_after_the_backup_is_lost(drill: Drill) -> None:
    drill.world.settle()
    on_log = set(numbers(events_of(read_log(drill.world))))
    lost = {each.number for each in drill.said} - on_log
    assert lost, "the traffic went on"
    assert lost <= {each.number for each in drill.said[drill.sure :]}
    check(drill.world, drill.said, lost)
    judged = audit(drill.world.servers, EPOCH)
    assert judged.returncode == 0, judged.stdout


def test_what_was_answered_is_answered_again_and_new_commands_as_ever(drill: Drill) -> None:
    world = drill.world
    for id_, number, subject, first in drill.asked:
        again = world.ask("intake", correct(number), HUGO, subject, id=id_)
        assert (again.status, again.raw) == (first.status, first.raw)
    with Traffic(world, drill.cases.open, drill.cases.assigned) as traffic:
        until(lambda: traffic.count() > 60, "traffic runs again")
    check(world, traffic.said)


def test_what_is_put_back_and_caught_up_is_what_the_log_alone_would_tell(drill: Drill) -> None:
    world, name = drill.world, "supervision"
    world.settle()
    before = asyncio.run(digest(world.dsns[name]))
    world.mains[name].stop()
    new_disk(world, name)
    world.start(name)
    world.settle()
    assert asyncio.run(digest(world.dsns[name])) == before


def test_databases_that_are_lost_come_back_to_a_log_that_lives(
    drill: Drill, tmp_path: Path
) -> None:
    world, subject = drill.world, drill.cases.open[1]
    world.settle()
    hold_back(world.dsns["intake"])
    ((id_, number, _, first),) = ask(world, subject)
    assert "4 databases" in banli(world, "backup", str(tmp_path / "b"))
    others = classified(world, subject)
    for service in ("intake", "reporting"):
        world.kill(service)
        new_disk(world, service)
    said = banli(world, "restore", str(tmp_path / "b"))
    assert "intake, reporting." in said, said
    assert "The log was there" in said
    let_go(world.dsns["intake"])
    for service in ("intake", "reporting"):
        world.start(service)
    world.settle()
    on_log = set(numbers(events_of(read_log(world))))
    assert {number, others} <= on_log, "what stood on the disk alone stood in its backup"
    again = world.ask("intake", correct(number), HUGO, subject, id=id_)
    assert again.raw == first.raw
    check(world, [])
    assert "no database" in banli(world, "restore", str(drill.folder)), "nothing is overwritten"


def test_the_vault_is_copied_apart_and_comes_back_to_an_empty_one(
    drill: Drill, tmp_path: Path
) -> None:
    world, folder = drill.world, str(tmp_path / "vault")
    assert "vault" not in drill.manifest.databases
    headers = {"authorization": f"Bearer {world.token(HUGO)}"}
    url = f"{world.url('intake')}/v1/persons/ref-1"
    entered = world._http.put(url, json={"name": "Nobody"}, headers=headers).json()["person"]
    assert "1 database" in banli(world, "backup", folder, "--vault", "--days", "1")
    assert read_manifest(Path(folder)).expires is not None
    assert (
        banli(world, "restore", folder)
        == "The vault holds persons already; nothing is overwritten."
    )
    new_disk(world, "vault")
    assert "Put back" in banli(world, "restore", folder)
    assert [tuple(row) for row in query(world.dsns["vault"], PERSONS)] == [(entered,)]
    assert "0 expired backups of the vault are removed, 1 are left" in banli(
        world, "backup", str(tmp_path), "--expire"
    )


def test_a_damaged_file_is_named_and_nothing_is_put_back(drill: Drill, tmp_path: Path) -> None:
    assert "is whole" in banli(drill.world, "restore", str(drill.folder), "--check")
    copy = tmp_path / "copy"
    shutil.copytree(drill.folder, copy)
    name = max(drill.manifest.files, key=lambda each: drill.manifest.files[each].size)
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    said = f"{name} is damaged: it is not the file that was written."
    assert banli(drill.world, "restore", str(copy), "--check") == said
    assert banli(drill.world, "restore", str(copy)) == said
