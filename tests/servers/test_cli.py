"""The operators' command line against services that run: doors, the count of losses, exit codes."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError

from banli_client import Client, Request, Settings
from banli_engine import topics
from banli_events.intake import CorrectItem
from banli_local import Cluster, Servers
from banli_local.profile import write_profile

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))  # its world, for a stack of our own

from bodies import HUGO, SYSTEM
from department import send
from disks import hold_back, let_go
from processes import OPERATOR
from world import World, opened

SOON = 5.0


@pytest.fixture(scope="module")
def world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(servers, "c", tmp_path_factory.mktemp("cli")) as world:
        case = world.case().registered()
        asyncio.run(submit(world.department, case.subject, 3))
        world.settle()
        yield world


def begun(world: World, *words: str, **env: str) -> "subprocess.Popen[str]":
    """Begin a command as an operator does, in a pipe."""
    profile = write_profile(
        world.folder / "banli.toml",
        world.servers,
        world.dsns,
        {name: [f"http://127.0.0.1:{child.port}"] for name, child in world.mains.items()},
        epoch=world.epoch,
        operators=[OPERATOR],
    )
    return subprocess.Popen(
        [sys.executable, "-m", "banli_cli", *words],
        env={"PATH": "", "BANLI_PROFILE": str(profile), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(command: "subprocess.Popen[str]", code: int) -> str:
    """Hold that a command ends with this code, and give what it said."""
    out, err = command.communicate(timeout=60)
    assert command.returncode == code, out + err
    assert "Traceback" not in err, err
    assert "\x1b" not in out + err
    return out or err


def banli(world: World, *words: str, code: int = 0, **env: str) -> str:
    """Give a command, and hold that it ends with this code."""
    return ended(begun(world, *words, **env), code)


async def submit(settings: Settings, subject: str, count: int) -> list[str]:
    """Submit corrections as a department's system; tell what became of each."""
    async with Client(settings) as client:
        asked = [
            Request(
                CorrectItem(field="title", after=f"n-{n}", reason="typing error"), HUGO, subject
            )
            for n in range(count)
        ]
        return [each.outcome for each in await client.submit_many(asked)]


def login_of(world: World, system: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((world.folder / "systems" / f"{system}.json").read_text())
    return told


def settings_of(world: World, system: str) -> Settings:
    login = login_of(world, system)
    return Settings(
        kafka=login["bootstrap"],
        system=system,
        user=login["user"],
        password=login["password"],
        mechanism=login["mechanism"],
        protocol=login["protocol"],
        epoch=world.epoch,
        timeout=20,
    )


def counted(world: World, code: int = 0) -> dict[str, int]:
    """Let it count, and give what is missing by line."""
    said = json.loads(banli(world, "status", "--json", code=code))["count"]
    assert said["adds_up"] == (code == 0)
    return {line["line"]: line["gap"] for line in said["lines"] if line["gap"]}


def change(world: World, service: str, query: str, *words: Any) -> Any:
    async def go() -> Any:
        db = await asyncpg.connect(world.dsns[service])
        try:
            return await db.fetch(query, *words)
        finally:
            await db.close()

    return asyncio.run(go())


def test_a_system_is_let_in_submits_and_is_cut_off_at_once(world: World) -> None:
    if not isinstance(world.servers, Servers):
        pytest.skip("servers given by address have one login only")
    words = ("--units", HUGO.unit, "--commands", "CorrectItem", "--title", "来访登记")
    assert "login: made" in banli(world, "system", "admit", "visits", *words)
    again = banli(world, "system", "admit", "visits")
    for step in ("there already", "as it stands", "stays as it is"):
        assert step in again
    case = world.case().registered()
    asked = submit(settings_of(world, "visits"), case.subject, 2)
    assert asyncio.run(asked) == ["admitted", "admitted"]
    asyncio.run(_write_until_cut_off(world))
    assert "retired" in banli(world, "system", "list")
    banli(world, "system", "retire", "visits", "--reason", "Replaced.")
    told = json.loads(banli(world, "system", "show", "visits", "--json"))
    assert (told["state"], told["retired"], told["rights"]) == ("retired", "Replaced.", 0)
    banli(world, "system", "admit", "visits")
    assert asyncio.run(submit(settings_of(world, "visits"), case.subject, 1)) == ["admitted"]


async def _write_until_cut_off(world: World) -> None:
    """Hold a connection on which writing goes well, until the system is retired."""
    login = login_of(world, "visits")
    producer = AIOKafkaProducer(
        bootstrap_servers=login["bootstrap"],
        security_protocol=login["protocol"],
        sasl_mechanism=login["mechanism"],
        sasl_plain_username=login["user"],
        sasl_plain_password=login["password"],
        enable_idempotence=False,
    )
    (topic,) = login["submissions"]
    async with producer:
        await producer.send_and_wait(topic, b"{}")
        await asyncio.to_thread(banli, world, "system", "retire", "visits", "--reason", "Replaced.")
        with pytest.raises(TopicAuthorizationFailedError):
            await asyncio.wait_for(producer.send_and_wait(topic, b"{}"), SOON)


def test_where_nothing_is_lost_it_adds_up_and_says_so(world: World) -> None:
    world.settle()
    assert counted(world) == {}
    shown = banli(world, "status")
    assert "It adds up: nothing is missing." in shown
    said = json.loads(banli(world, "status", "--json"))["count"]
    due = {line["line"]: line["due"] for line in said["lines"]}
    assert due["submissions"] >= 3
    assert all(due.values()), "each line counts something"


TAKEN = {
    "copy.assignment": ("assignment", "events", "source = 'intake'"),
    "copy.intake": ("intake", "events", "source = 'assignment'"),
    "answers": ("intake", "answers", "sender like 'system:%'"),
    "ledger.register": ("reporting", "register", "registered_at is not null"),
}
"""A row of each of these is taken away, and which line of the count must miss it."""


def test_what_is_taken_from_a_database_is_missed_and_nothing_else(world: World) -> None:
    world.settle()
    rows = {line: _take(world, *what) for line, what in TAKEN.items()}
    assert counted(world, code=1) == dict.fromkeys(TAKEN, 1)
    for line, row in rows.items():
        service, table, _ = TAKEN[line]
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        change(world, service, f"insert into {table} values ({places})", *row.values())
    assert counted(world) == {}


def _take(world: World, service: str, table: str, where: str) -> Any:
    one = f"select ctid from {table} where {where} limit 1"
    (row,) = change(world, service, f"delete from {table} where ctid = ({one}) returning *")
    return row


def test_an_event_that_was_never_sent_is_missed(world: World) -> None:
    """The row that says it is still to be sent is taken away: the worst that a database can do."""
    world.settle()
    hold_back(world.dsns["intake"])
    world.ask("intake", world.case().registration, HUGO)
    assert counted(world) == {}, "it is on its way"
    gone = change(world, "intake", "delete from unsent returning subject, version")
    let_go(world.dsns["intake"])
    assert counted(world, code=1)["said"] == len(gone) == 1
    change(world, "intake", "insert into unsent (subject, version) values ($1, $2)", *gone[0])
    world.settle()
    assert counted(world) == {}


def test_a_submission_that_was_passed_over_is_missed(world: World) -> None:
    """As where somebody sets a service's position by hand."""
    world.settle()
    world.mains["intake"].stop()
    (offset,) = send(world, b"{}")
    to = "update positions set next_offset = $3 where topic = $1 and part = 0 and next_offset = $2"
    topic = topics.submissions("intake", SYSTEM, world.epoch)
    change(world, "intake", to, topic, offset, offset + 1)
    missing = json.loads(banli(world, "status", "--json", code=3))["count"]["lines"]
    assert {each["line"]: each["gap"] for each in missing if each["gap"]} == {"submissions": 1}
    change(world, "intake", to, topic, offset + 1, offset)
    world.start("intake")
    world.settle()
    assert counted(world) == {}


def test_a_rebuild_that_is_interrupted_leaves_the_service_open(world: World) -> None:
    world.settle()
    hold_back(world.dsns["intake"])
    world.ask("intake", world.case().registration, HUGO)
    rebuilding = begun(world, "rebuild", "intake")
    assert rebuilding.stderr is not None
    while "waiting until 1 events" not in (line := rebuilding.stderr.readline()):
        assert line, "it ended by itself"
    rebuilding.send_signal(signal.SIGINT)
    ended(rebuilding, code=130)
    (mode,) = change(world, "intake", "select value from settings where name = 'mode'")
    assert mode["value"] == "open"
    let_go(world.dsns["intake"])
    world.settle()
    assert counted(world) == {}


def test_who_may_not_and_who_is_down_end_differently(world: World) -> None:
    assert "valid bearer token" in banli(world, "ledger", code=4, BANLI_TOKEN="no.such.token")
    world.mains["reporting"].stop()
    try:
        assert "reporting does not answer" in banli(world, "ledger", code=3)
        assert "reporting: no answer" in banli(world, "status", "--quick", code=3)
    finally:
        world.start("reporting")
