"""What reporting answers over HTTP."""

import asyncio

import asyncpg
from reported import (
    STRAIGHT,
    Log,
    Reporting,
    case,
    chief,
    history,
    listening,
    started,
)

from banli_engine.store import (
    CLOSING,
    MODE,
    OPEN,
    STOPPED,
    set_setting,
)
from banli_events.assignment import UnitOpened
from banli_reporting import tables
from banli_testing import story


async def test_a_story_is_told_and_its_lines_stand_in_the_ledgers(
    log: Log, reporting: Reporting
) -> None:
    for unit in ("traffic", "idle"):
        await log.say(history(f"unit/{unit}", [UnitOpened(name=unit, since=story.YEAR)]))
    await log.say(chief())
    told = history(case(1))
    await log.say(told)
    await started(reporting)
    status, found = await reporting.ask("/v1/cases/" + case(1)[5:], token=reporting.chief)
    assert status == 200
    assert [each["type"] for each in found["events"]] == [each.type for each in told]
    assert [each["hash"] for each in found["events"]] == [each.hash.hex() for each in told]
    assert found["events"][9]["actor"]["person"] == "anna"
    assert found["register"]["title"] == "Safe ways"
    assert found["register"]["corrected"]["title"]["before"] == "Crossings near schools"
    _, ledger = await reporting.ask("/v1/ledgers/handling?unit=patrol&step=REPLIED")
    assert [each["subject"] for each in ledger["lines"]] == [case(1)]
    assert ledger["lines"][0]["missing"][0]["zh"] == "缺：反馈意见"
    _, evaluation = await reporting.ask("/v1/evaluations/units")
    assert [each["unit"] for each in evaluation["units"]] == ["idle", "patrol", "traffic"]
    assert all(each["holds"] for each in evaluation["proof"])
    _, summary = await reporting.ask("/v1/ledgers/register/summary")
    assert summary["partitions"][0]["proof"] == "1 = 1"
    at = sum(n for parts in summary["position"].values() for n in parts.values())
    assert at == len(told) + 4


async def test_an_answer_waits_for_what_after_names_or_says_not_yet(
    log: Log, reporting: Reporting
) -> None:
    await started(reporting)
    told = history(case(1))
    ask = asyncio.create_task(reporting.ask(f"/v1/ledgers/handling?after={case(1)}@intake:1"))
    await asyncio.sleep(0.3)
    await log.say(told[:1])
    status, found = await ask
    assert (status, found["total"]) == (200, 1)
    status, refused = await reporting.ask(f"/v1/ledgers/handling?after={case(1)}@intake:9")
    assert (status, refused["code"]) == (409, "not-yet")
    assert (await reporting.ask("/v1/ledgers/handling?after=x"))[0] == 400
    assert (await reporting.ask("/v1/ledgers/handling", token="forged"))[0] == 401
    assert (await reporting.ask("/v1/cases/unknown"))[0] == 404
    pages = [history(case(n), STRAIGHT[:1]) for n in (2, 3)]
    for page in pages:
        await log.say(page)
    _, first = await reporting.ask(f"/v1/ledgers/register?limit=2&after={case(2)}@intake:1"
                                   f"&after={case(3)}@intake:1")  # fmt: skip
    _, second = await reporting.ask(f"/v1/ledgers/register?limit=2&offset={first['next']}")
    found = [each["subject"] for page in (first, second) for each in page["lines"]]
    assert found == [case(1), case(2), case(3)]
    assert second["next"] is None


async def test_a_rebuild_closes_the_way_in_and_ends_the_process(
    log: Log, reporting: Reporting, databases: dict[str, str]
) -> None:
    await log.say(history(case(1)))
    await started(reporting)
    db = await asyncpg.connect(databases["reporting"])
    await set_setting(db, MODE, CLOSING)
    await asyncio.sleep(0.6)
    assert (await reporting.ask("/v1/ledgers/register"))[0] == 503
    await set_setting(db, MODE, STOPPED)
    for _ in range(100):
        if not reporting.child.running:
            break
        await asyncio.sleep(0.1)
    assert not reporting.child.running
    await tables.empty(db)
    await asyncio.to_thread(reporting.child.start)
    await asyncio.to_thread(listening, reporting.child.port)
    assert (await reporting.ask("/healthz"))[0] == 200
    assert (await reporting.ask("/readyz"))[0] == 503
    assert await db.fetchval("select count(*) from register") == 0
    await set_setting(db, MODE, OPEN)
    await db.close()
    await asyncio.to_thread(reporting.child.wait_ready)
    assert (await reporting.ask("/v1/ledgers/register"))[1]["total"] == 1
