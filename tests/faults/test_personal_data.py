"""Personal data that came in by the door, or where it must not, is found nowhere afterwards."""

import json
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from bodies import SYSTEM
from department import answers_to, as_bytes
from misplaced import send_past_the_door
from processes import OPERATOR, until
from searching import Search, everywhere, missing
from told import Naming, Told
from wholelog import query, read_topics
from world import World

from banli_engine import topics
from banli_engine.topics import SERVICES
from banli_events.assignment import OpenUnit
from banli_events.intake import CorrectItem, ForgetPerson, ListHandOver
from banli_events.supervision import PublishPack
from banli_events.words import ItemKind
from banli_local import Cluster, Servers
from banli_local.postgres import execute, programs
from banli_local.testing import audit
from banli_testing.story import ANNA, CARA, HUGO, PACK


@pytest.fixture(scope="module")
def world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose log nobody has harmed, and whose files can be read as they lie."""
    epoch = f"p{uuid4().hex[:8]}"
    servers.provision(epoch=epoch, compression="uncompressed")
    folder = tmp_path_factory.mktemp("personal")
    world = World(servers, epoch, servers.create_databases(f"{epoch}_"), folder)
    try:
        world.open()
        yield world
    finally:
        world.close()


@pytest.fixture(scope="module")
def told(world: World) -> Told:
    """Persons who were entered, cases that name them, parts that were shown, and all the rest."""
    told = Told(world)
    title = told.title()
    for of, actor in (("A", HUGO), ("B", CARA), ("C", ANNA)):
        told.enter(of, actor)
    case = Naming(world, "named-1", person=told.persons["A"], title=title).assigned()
    other = Naming(world, "named-2", person=told.persons["B"], title=title)
    (answer,) = answers_to(world, as_bytes(other.registration, actor=HUGO))
    assert answer["outcome"] == "admitted"
    shown = told.unseal("A", ANNA, case=case.subject)
    assert shown.json()["parts"]["phone"] == told.numbers.texts["A: phone"], shown.text
    assert shown.headers["cache-control"] == "no-store"
    masked = told.ask("GET", f"/v1/persons/{told.persons['A']}", ANNA).json()["parts"]
    assert masked["name"] == told.names.texts["A: name"][0] + "**"
    send_past_the_door(told)
    world.settle()
    return told


def test_no_answer_to_what_must_not_be_sent_repeats_any_of_it(told: Told) -> None:
    search = Search(told.kinds)
    for answer in told.answers:
        search.look("answers", answer.encode())
    assert search.found == {"answers": set()}
    refused = [answer for answer in told.answers if "urn:banli:refusal:personal-data" in answer]
    assert len(refused) == 2 * 6 + 2  # by either way, and two at the door
    search.look("control", json.dumps(told.words.texts).encode())
    assert search.found["control"] == set(told.words.texts)


def test_of_no_person_anything_is_found_in_record_row_file_or_line_but_what_is_planted_is(
    told: Told,
) -> None:
    world, planted = told.world, _plant(told)
    search = Search(told.kinds)
    names = [name for name in _topics(world) if name.startswith(f"{world.epoch}.")]
    search.look_at_records(read_topics(world, names))
    for name in (*SERVICES, "vault"):
        search.look_at_rows(name, world.dsns[name])
    if isinstance(world.servers, Servers):
        search.look_at_files(world.servers.folder, told.since)
    print(*everywhere(search), sep="\n")
    sent = topics.submissions("intake", SYSTEM, world.epoch)
    may = {"": told.controls, f"records of {sent}": told.hostile, f"files of {sent}": told.hostile}
    assert search.named(may) == {}
    assert missing(search, planted) == {}
    told_past_the_door = search.found[f"records of {sent}"] & told.hostile
    assert len(told_past_the_door) == 15  # these lie there for seven days


def _topics(world: World) -> list[str]:
    with world.servers.admin() as admin:
        return list(admin.list_topics())


def _plant(told: Told) -> dict[str, set[str]]:
    """Say something harmless at every place; name the places at which it must be found."""
    world, epoch, title = told.world, told.world.epoch, {"title", "han", "number"}
    of = dict.fromkeys(
        (
            topics.case_events(epoch),
            topics.receipts(SYSTEM, epoch),
            topics.submissions("intake", SYSTEM, epoch),
        ),
        title,
    )
    refused = CorrectItem(field="title", after="x", reason="x")
    subject = f"case/{told.control('refused')}"
    assert world.ask("intake", refused, HUGO, subject).status == 404
    of[topics.receipts("http", epoch)] = {"refused"}
    since = date(2025, 1, 1)
    unit = f"unit/{told.control('unit')}"
    assert world.ask("assignment", OpenUnit(name="x", since=since), OPERATOR, unit).status == 200
    pack = f"pack/{told.control('pack')}"
    published = PublishPack(**PACK.model_dump())
    assert world.ask("supervision", published, OPERATOR, pack).status == 200
    of[topics.reference_events(epoch)] = {"unit", "pack"}
    listed = ListHandOver(
        assigner="x", kind=ItemKind.PROPOSAL, numberings=(), stated_total=0, received_on=since
    )
    handed = f"handover/{told.control('handover')}"
    assert world.ask("intake", listed, HUGO, handed).status == 200
    query(world.dsns["vault"], "create table planted (text text)")
    execute(world.dsns["vault"], f"insert into planted values ('{told.control('vault')}')")
    world.settle()
    rows = dict.fromkeys(map("rows of {}".format, SERVICES), title) | {"rows of vault": {"vault"}}
    records = {f"records of {topic}": names for topic, names in of.items()}
    if not isinstance(world.servers, Servers):
        return rows | records
    return rows | records | _plant_in_files(told, of)


def _plant_in_files(told: Told, of: dict[str, set[str]]) -> dict[str, set[str]]:
    """Let the servers and reporting write a line each; have all that is in memory written down."""
    world = told.world
    with pytest.raises(asyncpg.PostgresError):
        execute(world.dsns["vault"], f"select '{told.control('statement')}' from nowhere")
    quiet = {"reporting": world.mains["reporting"].log, "kafka": world.mains["intake"].log.parent}
    quiet["kafka"] /= "kafka.log"
    for name, file in quiet.items():  # these write of nothing that was asked
        with file.open("a") as log:
            log.write(told.control(name) + "\n")
    execute(world.servers.superuser, "checkpoint")
    logs = {"intake": "handover", "assignment": "unit", "supervision": "pack"}
    logs["reporting"] = "reporting"
    lines = {f"log {world.mains[name].log.name}": {control} for name, control in logs.items()}
    lines |= {"log postgres.log": {"statement"}, "log kafka.log": {"kafka"}}
    everything = {"title", "han", "number", "vault"}
    tables = {"files of tables": everything, "files of the write-ahead log": everything}
    return lines | tables | {f"files of {topic}": names for topic, names in of.items()}


def test_who_is_forgotten_changes_no_figure_and_no_link_of_the_chain(told: Told) -> None:
    before = _figures(told.world)
    forgotten = ForgetPerson(reason="本人申请")
    subject = f"person/{told.persons['A']}"
    assert told.world.ask("intake", forgotten, HUGO, subject).status == 200
    assert told.unseal("A", HUGO).status_code == 410
    until(lambda: told.persons["A"] not in _keys(told.world), "the key is destroyed")
    told.world.settle()
    assert _figures(told.world) == before
    assert _audit(told.world) == []
    assert told.unseal("B", HUGO).status_code == 200


def test_who_was_forgotten_stays_so_when_the_vault_comes_back_from_a_backup_of_before(
    told: Told, tmp_path: Path
) -> None:
    world = told.world
    told.enter("D", HUGO)
    backup = tmp_path / "vault.dump"
    _run("pg_dump", "--format=custom", f"--file={backup}", world.dsns["vault"])
    person = told.persons["D"]
    forgotten = ForgetPerson(reason="本人申请")
    assert world.ask("intake", forgotten, HUGO, f"person/{person}").status == 200
    until(lambda: person not in _keys(world), "the key is destroyed")
    world.settle()
    for restarted in (True, False):
        if restarted:
            world.kill("intake")
        restore = ("--clean", "--if-exists", f"--dbname={world.dsns['vault']}", str(backup))
        _run("pg_restore", *restore)
        if restarted:
            assert person in _keys(world)
            world.start("intake")
        assert told.unseal("D", HUGO).status_code == 410
        until(lambda: person not in _keys(world), "the key is destroyed again")
        assert told.unseal("B", HUGO).status_code == 200


def _keys(world: World) -> set[str]:
    return {row["person"] for row in query(world.dsns["vault"], "select person from persons")}


def _run(program: str, *words: str) -> None:
    subprocess.run([programs() / program, *words], check=True, capture_output=True, timeout=60)


def _figures(world: World) -> Any:
    """Ask reporting for the evaluation of all units."""
    headers = {"authorization": f"Bearer {world.token(CARA)}"}
    url = world.url("reporting") + "/v1/evaluations/units?from=2025-01-01"
    told = httpx.get(url, headers=headers, timeout=20).raise_for_status().json()
    assert told.pop("position")
    return told


def _audit(world: World) -> list[Any]:
    """Let the auditor read the log; give the findings."""
    ran = audit(world.servers, world.epoch, "--json")
    return list(json.loads(ran.stdout)["findings"])
