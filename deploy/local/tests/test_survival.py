"""What was accepted is there again, whatever was killed."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from banli_local import Refusal, Servers, settings
from banli_local.folder import Folder, alive, listens
from banli_local.postgres import execute
from banli_local.stack import Stack
from banli_local.testing import STUB, Launcher

PLACE = TopicPartition("reference-events", 0)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with Servers(tmp_path_factory.mktemp("survival")) as own:
        own.provision()
        yield own


async def test_both_come_back_with_their_data_after_kill_9(servers: Servers) -> None:
    database = servers.create_database("kept")
    execute(database, "create table facts (id int primary key)")
    execute(database, "insert into facts values (1)")
    await send(servers, b"1")
    for child in (servers.kafka, servers.postgres):
        child.kill()
    for child in (servers.kafka, servers.postgres):
        child.wait_ready()
        assert child.restarts == 1
    execute(database, "insert into facts values (2)")
    with pytest.raises(Exception, match="duplicate key"):
        execute(database, "insert into facts values (1)")
    await send(servers, b"2")
    assert await read(servers) == [b"1", b"2"]


def test_kill_9_of_the_launcher_leaves_nothing_behind(launcher: Launcher) -> None:
    assert launcher("up", "--servers-only").returncode == 0
    state = json.loads((launcher.folder / "state.json").read_text())
    pids = [process["pid"] for process in state["processes"]]
    holder = Folder(launcher.folder).holder()
    assert holder is not None
    os.kill(holder, signal.SIGKILL)
    again = launcher("up", "--servers-only")  # waits until the children have ended
    assert again.returncode == 0, again.stderr
    assert not any(alive(pid) for pid in pids)


def test_a_process_that_has_ended_is_not_alive_while_nobody_reaps_it() -> None:
    process = subprocess.Popen(["sleep", "60"])
    assert alive(process.pid)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not alive(process.pid)
    process.wait()


def test_down_stops_children_whose_launcher_is_dead(launcher: Launcher) -> None:
    assert launcher("up", "--servers-only").returncode == 0
    folder = Folder(launcher.folder)
    state = json.loads((folder.path / "state.json").read_text())
    for process in state["processes"]:
        os.kill(process["pid"], signal.SIGSTOP)  # deaf to the signal that their parent has died
    try:
        holder = folder.holder()
        assert holder is not None
        os.kill(holder, signal.SIGKILL)
        assert "earlier start" in launcher.refused("up", "--servers-only")
    finally:
        for process in state["processes"]:
            os.kill(process["pid"], signal.SIGCONT)
    assert launcher("down").returncode == 0
    assert not listens(launcher.ports["kafka"])


@pytest.fixture
def stack(launcher: Launcher) -> Iterator[Stack]:
    stub = launcher.settings.with_name("stub.py")
    stub.write_text(STUB)
    chosen = settings.read(launcher.settings)
    one = Stack(chosen, command=lambda name: ["python3", stub])
    one.start()
    yield one
    one.stop()


def test_a_stack_gives_each_service_its_settings_and_starts_it_again(stack: Stack) -> None:
    intake = stack.services["intake"]
    seen = shown(stack, "intake")
    assert seen["BANLI_KAFKA_USER"] == "intake"
    assert seen["BANLI_OPERATORS"] == "operator"
    assert Path(seen["BANLI_TOKEN_KEYS"]).exists()
    assert (stack.folder / "tokens" / "operator").stat().st_mode & 0o777 == 0o600
    assert (stack.folder / "systems" / "letters.json").stat().st_mode & 0o777 == 0o600
    assert (stack.folder / "keys" / "signing-key.jwk").stat().st_mode & 0o777 == 0o600
    before = intake.pid
    intake.kill()
    intake.wait_ready()
    assert intake.pid != before
    assert "started again" in (stack.folder / "logs" / "intake.log").read_text()


def test_what_fails_in_prepare_stops_the_start(launcher: Launcher) -> None:
    stub = launcher.settings.with_name("stub.py")
    stub.write_text(STUB)

    def prepare(stack: Stack) -> None:
        raise Refusal("A unit was refused.")

    one = Stack(
        settings.read(launcher.settings), command=lambda _: ["python3", stub], prepare=prepare
    )
    with pytest.raises(Refusal, match="A unit was refused"):
        one.start()
    assert not any(listens(port) for port in launcher.ports.values())


def test_several_processes_of_one_service_and_one_killed(servers: Servers, tmp_path: Path) -> None:
    stub = tmp_path / "stub.py"
    stub.write_text(STUB)
    pair = [
        servers.service("intake", "postgresql://x", label=f"intake-{n}", command=["python3", stub])
        for n in (1, 2)
    ]
    try:
        for child in pair:
            child.start()
        for child in pair:
            child.wait_ready()
        pair[0].kill()
        assert not pair[0].running
        assert pair[1].ready()
        pair[0].start()
        pair[0].wait_ready()
    finally:
        for child in pair:
            child.stop()


async def send(servers: Servers, value: bytes) -> None:
    settings = servers.login("supervision").client(servers.bootstrap)
    async with AIOKafkaProducer(**settings, acks="all") as producer:
        await producer.send_and_wait(PLACE.topic, value)


async def read(servers: Servers) -> list[bytes]:
    consumer = AIOKafkaConsumer(**servers.login("auditor").client(servers.bootstrap))
    async with consumer:
        consumer.assign([PLACE])
        await consumer.seek_to_beginning(PLACE)
        end = (await consumer.end_offsets([PLACE]))[PLACE]
        return [(await consumer.getone()).value for _ in range(end)]


def shown(stack: Stack, service: str) -> Any:
    with urlopen(stack.url(service) + "/readyz", timeout=5) as answer:
        return json.load(answer)
