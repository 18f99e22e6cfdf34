"""Who sees what, over HTTP: every role, every read, own cases and others', and who is accused."""

import asyncio
import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.request import Request, urlopen

import asyncpg
import httpx
import pytest
from house import (
    ALL,
    CALLERS,
    ELSEWHERE,
    FILES,
    GONE,
    NOBODY,
    OPERATOR,
    PRETENDER,
    SEEN,
    SIGNED,
    SIGNERS,
    Caller,
    lives,
    name_of,
    published,
    subject,
)
from reported import Log, Reporting, started

from banli_engine.decider import LOCAL
from banli_engine.sight import Sight
from banli_local import Cluster
from banli_reporting import tables
from banli_reporting.http import READS, WAYS
from banli_reporting.ledgers import LEDGERS, ledgers_of
from banli_reporting.ledgers.handling import HANDLING, Line
from banli_reporting.queries import look_as
from banli_reporting.sight import SEARCH_PATH
from banli_reporting.steps import STEPS

BY_SUBJECT = {subject(n): n for n in ALL}
_CASE = re.compile(r"case/[0-9a-f-]{36}")
_OF_CASES = [each.name.replace("_", "-") for each in ledgers_of("case")]
_NOT_HOUSE = ("co-unit", "acting", "handler", "head", "section", "fire", "deputy", "other deputy")


class Asking:
    """The house over HTTP, asked by each caller in turn."""

    def __init__(self, reporting: Reporting, servers: Cluster) -> None:
        self._reporting, self._identities = reporting, servers.identities

    async def text(self, one: Caller, path: str) -> str:
        headers = {"Authorization": f"Bearer {self._identities.token(one.person, **one.claims)}"}
        url = f"http://127.0.0.1:{self._reporting.child.port}{path}"

        def read() -> str:
            with urlopen(Request(url, None, headers), timeout=10) as answer:
                text: str = answer.read().decode()
                return text

        return await asyncio.to_thread(read)

    async def __call__(self, one: Caller, path: str) -> tuple[int, Any]:
        token = self._identities.token(one.person, **one.claims)
        return await self._reporting.ask(path, token=token)


@pytest.fixture
async def ask(log: Log, reporting: Reporting, servers: Cluster) -> Asking:
    await log.say(published(datetime.now(UTC).astimezone(LOCAL).date()))
    await log.say(lives())
    await started(reporting)
    return Asking(reporting, servers)


def named(said: Any) -> set[int]:
    """Which cases an answer names anywhere, by subject or by what they say."""
    text = json.dumps(said, ensure_ascii=False)
    found = {BY_SUBJECT[each] for each in _CASE.findall(text) if each in BY_SUBJECT}
    return found | {int(n) for n in re.findall(r"(?:Title|Content) (\d)\.", text)}


async def test_every_role_sees_in_every_read_what_it_may_and_nothing_else(ask: Asking) -> None:
    """Role × read × own or another's case; policies row 30: no accusation reaches the accused."""
    for name, one in CALLERS.items():
        may = SEEN[name]
        await _lists(ask, name, one, may)
        await _figures(ask, name, one, may)
        await _by_id(ask, one, may)
    for name, one in SIGNERS.items():
        await _as_signer(ask, one, SIGNED[name])
    await _others(ask)
    await _pages(ask)
    await _waiting(ask)


async def _pages(ask: Asking) -> None:
    """Page by page, in the same order, each once; by step, unit, and what is due."""
    chief, found, offset = CALLERS["chief"], [], ""
    while offset is not None:
        _, page = await ask(chief, f"/v1/cases?limit=3{offset}")
        found += [each["subject"] for each in page["cases"]]
        offset = page["next"] and f"&offset={page['next']}"
    _, whole = await ask(chief, "/v1/cases")
    assert found == [each["subject"] for each in whole["cases"]]
    assert set(found) == {subject(n) for n in SEEN["chief"]}
    _, due = await ask(chief, "/v1/cases?due_before=2025-06-09T00:00:00Z")
    assert named(due) == {7}
    assert due["cases"][0]["next"] == {"clock": "reply", "due": "2025-06-08T16:00:00.000000Z"}
    _, theirs = await ask(chief, "/v1/cases?unit=patrol&step=ASSIGNED")
    assert named(theirs) == {6}
    _, own = await ask(CALLERS["handler"], "/v1/cases")
    why = {BY_SUBJECT[each["subject"]]: each["why"][0]["en"] for each in own["cases"]}
    assert (why[1], why[3]) == ("the unit leads it", "the unit had a part in it")


async def _waiting(ask: Asking) -> None:
    """What waits for a post, until when, in words; for another's post only whoever stands above."""
    _, said = await ask(CALLERS["handler"], "/v1/worklist")
    waits = {(each["work"], BY_SUBJECT[each["subject"]]): each for each in said["works"]}
    assert ("contact", 7) in waits
    assert waits["contact", 7]["commands"] == ["RecordContact"]
    assert waits["contact", 7]["sentence"]["en"].startswith("Item 7: meet or speak with P-x")
    _, fire = await ask(CALLERS["fire"], "/v1/worklist")
    assert ("accept", 3) in {(each["work"], BY_SUBJECT[each["subject"]]) for each in fire["works"]}
    assert (await ask(CALLERS["head"], "/v1/worklist?post=traffic-handler"))[1]["total"] == len(
        waits
    )
    assert (await ask(CALLERS["office"], "/v1/worklist?post=traffic-handler"))[0] == 200
    assert (await ask(CALLERS["handler"], "/v1/worklist?post=fire-handler"))[0] == 403
    assert (await ask(CALLERS["chief"], "/v1/worklist?post=no-such"))[0] == 404


async def _lists(ask: Asking, name: str, one: Caller, may: frozenset[int]) -> None:
    status, page = await ask(one, "/v1/cases")
    assert (status, page["total"], named(page)) == (200, len(may), set(may)), name
    for ledger in _OF_CASES:
        status, page = await ask(one, f"/v1/ledgers/{ledger}")
        assert status == 200
        assert named(page) <= may, (name, ledger)
        if ledger in ("register", "handling"):
            assert (page["total"], named(page)) == (len(may), set(may)), (name, ledger)
    _, late = await ask(one, "/v1/ledgers/dispatch?at=2025-07-01T00:00:00Z")
    assert named(late) == {7} & may, name
    _, summed = await ask(one, "/v1/ledgers/register/summary")
    assert summed["total"] == len(may), name
    for path in ("/v1/ledgers/handovers", "/v1/ledgers/register/reconciliation"):
        status, said = await ask(one, path)
        assert status == (403 if name in _NOT_HOUSE else 200), (name, path)
        if status == 200 and "lines" in said:
            line = said["lines"][0]
            assert (line["stated_total"], named(line["listed"])) == (len(may), set(may)), name
        elif status == 200:
            assert said["holds"], said  # no gap tells of what is not shown
    status, waits = await ask(one, f"/v1/worklist?post={one.post}")
    assert status == 200
    assert named(waits) <= may, name
    for path in ("units", "posts", "systems", "packs"):
        assert (await ask(one, f"/v1/ledgers/{path}"))[0] == 200


async def _figures(ask: Asking, name: str, one: Caller, may: frozenset[int]) -> None:
    _, behind = await ask(one, "/v1/evaluations/units/assigned")
    assert named(behind) <= may, name
    assert behind["denominator"]["total"] == len(may), name
    _, units = await ask(one, "/v1/evaluations/units")
    accused = {"registrar": 1, "chief": 1, "other deputy": 1}
    accused |= dict.fromkeys(("handler", "head", "section"), 1)
    total = next(f for f in units["totals"] if f["figure"] == "assigned")
    assert total["denominator"] == len(ALL) - accused.get(name, 0), name
    assert all(each["holds"] for each in units["proof"]), name
    rows = {each["unit"] for each in units["units"]} - {None}
    if name in _NOT_HOUSE:
        below = {"traffic-east"} if {"traffic"} & {one.unit, *one.charge} else set()
        assert rows == {*(one.charge or (one.unit,)), *below, "others"}, name
    else:
        assert {"traffic", "patrol", "fire"} <= rows


async def _by_id(ask: Asking, one: Caller, may: frozenset[int]) -> None:
    """What is not seen is answered as what is not there: nobody learns that it exists."""
    for n in ALL:
        id_ = subject(n).removeprefix("case/")
        for path in (f"/v1/cases/{id_}", f"/v1/cases/{id_}/drafts"):
            status, said = await ask(one, path)
            assert status == (200 if n in may else 404), (one, n, path)
            if n not in may:
                nowhere = path.replace(id_, "00000000-0000-4000-8000-000000000000")
                assert (status, said) == await ask(one, nowhere)


async def test_nobody_learns_by_waiting_that_there_is_a_case(ask: Asking) -> None:
    nowhere = "/v1/cases?after=case/00000000-0000-4000-8000-000000000000@intake:1"
    asked = await ask(CALLERS["section"], f"/v1/cases?after={subject(1)}@intake:1")
    assert asked == await ask(CALLERS["section"], nowhere)
    assert (asked[0], asked[1]["code"]) == (409, "not-yet")
    assert (await ask(CALLERS["handler"], f"/v1/cases?after={subject(1)}@intake:1"))[0] == 200


async def _as_signer(ask: Asking, one: Caller, may: frozenset[int]) -> None:
    """The item, where it stands, what was answered to them; never a draft, opinion or review."""
    status, page = await ask(one, "/v1/cases")
    assert (status, page["total"], named(page)) == (200, len(may), set(may))
    for n in ALL:
        id_ = subject(n).removeprefix("case/")
        status, told = await ask(one, f"/v1/cases/{id_}")
        assert status == (200 if n in may else 404)
        assert (await ask(one, f"/v1/cases/{id_}/drafts"))[0] == 403
        if n == 1:
            assert [each["text"] for each in told["replies"]] == [
                "Thank you. The crossings are safe now."
            ]
            for word in ("inner", "never went out", "To the point", "traffic", "anna", "dora"):
                assert word not in json.dumps(told), word
        elif n in may:
            assert told["replies"] == []
            assert told["step_label"] in STEPS.values()
    for path in ("ledgers", "ledgers/register", "worklist", "evaluations/units", "ledgers/posts"):
        assert (await ask(one, f"/v1/{path}"))[0] == 403


async def _others(ask: Asking) -> None:
    """Operators see no word of a case; who holds no post, or names another's, sees nothing."""
    for ledger in (*_OF_CASES, "dispatch", "handovers"):
        status, page = await ask(OPERATOR, f"/v1/ledgers/{ledger}?at=2025-07-01T00:00:00Z"
                                 if ledger != "handovers" else "/v1/ledgers/handovers")  # fmt: skip
        assert status == 200
        assert not re.search(r"Title|Content|inner|crossings|Lights", json.dumps(page)), ledger
    compendium = await ask.text(OPERATOR, "/v1/ledgers/register?format=csv")
    assert "题目" in compendium
    assert not re.search(r"Title|Content|lights|patrols", compendium)
    assert "Title 1." in await ask.text(CALLERS["office"], "/v1/ledgers/register?format=csv")
    _, told = await ask(OPERATOR, f"/v1/cases/{subject(1)[5:]}")
    assert len(told["events"]) > 10
    assert not re.search(r"Title|Content|inner|crossings|never went", json.dumps(told))
    assert (await ask(OPERATOR, "/v1/worklist"))[0] == 403
    assert (await ask(OPERATOR, f"/v1/cases/{subject(1)[5:]}/drafts"))[0] == 403
    assert (await ask(NOBODY, "/v1/cases"))[1]["total"] == 0
    for path in (f"cases/{subject(1)[5:]}", "ledgers", "ledgers/register", "evaluations/units"):
        assert (await ask(NOBODY, f"/v1/{path}"))[0] == (404 if path[0] == "c" else 403)
        for one in (GONE, PRETENDER, ELSEWHERE):
            status, said = await ask(one, f"/v1/{path}")
            assert (status, said["code"]) == (403, "not-holder"), one


async def test_a_file_is_read_by_who_sees_a_case_that_it_is_of(
    log: Log, servers: Cluster, epoch: str, databases: dict[str, str]
) -> None:
    await log.say([*published(datetime.now(UTC).astimezone(LOCAL).date()), *lives()])
    intake = servers.service("intake", databases["intake"], vault=databases["vault"], epoch=epoch)
    intake.start()
    try:
        await asyncio.to_thread(intake.wait_ready)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{intake.port}/v1/files/") as http:
            await _files(http, servers)
    finally:
        await asyncio.to_thread(intake.stop)


async def _files(http: httpx.AsyncClient, servers: Cluster) -> None:
    def by(one: Caller) -> dict[str, str]:
        return {"Authorization": f"Bearer {servers.identities.token(one.person, **one.claims)}"}

    for n, content in FILES.items():
        headers = by(CALLERS["registrar"]) | {"content-type": "text/plain"}
        kept = await http.put(name_of(n), content=content, headers=headers)
        assert kept.status_code == 201
    nowhere = await http.get("0" * 64, headers=by(CALLERS["registrar"]))
    for name, one in {**CALLERS, **SIGNERS, "operator": OPERATOR, "nobody": NOBODY}.items():
        may = SEEN.get(name, frozenset())
        for n, content in FILES.items():
            found = await http.get(name_of(n), headers=by(one))
            assert found.status_code == (200 if n in may else 404), (name, n)
            assert found.content == (content if n in may else nowhere.content)
    for one in (GONE, PRETENDER, ELSEWHERE):
        assert (await http.get(name_of(1), headers=by(one))).status_code == 403


def test_nothing_is_read_without_a_rule() -> None:
    open_ = {"/v1/status", "/metrics", "/healthz", "/readyz"}  # of no case
    ruled = {way.path for way in READS}
    assert {way.path for way in WAYS if way.method == "GET"} - open_ == ruled


# -- the rule in SQL beside the rule in memory


def _line(random: Random) -> Line:
    def some(*of: str) -> list[str]:
        return [each for each in of if random.random() < 0.3]

    return Line(
        signers=some("li", "wang"),
        accused=some("traffic", "patrol", "emil", "li"),
        parts=some("traffic", "patrol", "fire"),
        leader=random.choice([None, "dora", "emil"]),
        sponsor=random.choice([None, "dora", "emil"]),
        registered_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


def _sight(random: Random) -> Sight:
    def some(*of: str) -> frozenset[str]:
        return frozenset(each for each in of if random.random() < 0.4)

    return Sight(
        "x",
        everything=random.random() < 0.3,
        units=some("traffic", "patrol", "fire"),
        leads=random.choice([None, "dora", "emil"]),
        signs=random.choice([None, "li"]),
        barred=some("traffic", "emil", "li"),
    )


async def test_the_database_shows_what_the_rule_says_of_any_case_to_anybody(
    databases: dict[str, str],
) -> None:
    random = Random(30)
    lines = {f"case/{n}": _line(random) for n in range(300)}
    db = await asyncpg.connect(databases["reporting"], server_settings={"search_path": SEARCH_PATH})
    await tables.prepare(db)
    for name, ledger in LEDGERS.items():
        if ledger.kind == "case":
            rows = [(each, *ledger.row(line if ledger is HANDLING else ledger.line()))
                    for each, line in lines.items()]  # fmt: skip
            places = ", ".join(f"${n + 1}" for n in range(len(fields(ledger.line)) + 1))
            await db.executemany(f"insert into public.{name} values ({places})", rows)
    views = [name for name, ledger in LEDGERS.items() if ledger.kind == "case"]
    shown = 0
    for _ in range(40):
        sight = _sight(random)
        async with db.transaction():
            await look_as(db, sight)
            expected = {each for each, line in lines.items() if sight.sees(line)}
            for name in views:
                found = {row[0] for row in await db.fetch(f"select subject from {name}")}
                assert found == expected, (name, sight)
            shown += len(expected)
    assert 1_000 < shown < 10_000, "nobody sees anything, or everybody all: it shows nothing"
    for name in views:  # without a sight nothing is shown at all
        assert await db.fetch(f"select subject from {name}") == []
    await db.close()
