"""What does not fit is parked, what is not known is noted, and the others go on."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from reported import (
    STRAIGHT,
    Log,
    Reporting,
    case,
    history,
    other,
    rows,
    started,
    without_revision,
)

from banli_engine.store import (
    Database,
    Message,
    Move,
    PositionMoved,
)
from banli_events import envelope
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded, encode
from banli_events.intake import ItemCorrected
from banli_reporting import case as cases
from banli_reporting import tables
from banli_reporting.case import Case
from banli_reporting.projector import Projector
from banli_reporting.story import story


async def test_what_does_not_fit_parks_its_subject_and_no_other(
    log: Log, reporting: Reporting, databases: dict[str, str]
) -> None:
    told = [history(case(n)) for n in range(5)]
    await log.say([*told[0], told[0][2], told[0][0]])  # delivered again: dropped and counted
    await log.say([*told[1][:2], other(told[1][1], id="forked"), *told[1][2:4]])
    await log.say([told[2][0], *told[2][2:]])  # the second is missing
    await log.say([told[3][0], replace(encode(told[3][1]), value=b"not JSON"), told[3][2]])
    await log.say([told[4][0], other(told[4][1], type="ItemBlessed",
                                     dataschema="urn:banli:ItemBlessed:1")])  # fmt: skip
    await started(reporting)
    _, status = await reporting.ask("/v1/status")
    assert status["redelivered"] == 2
    assert status["unknown"] == {"ItemBlessed": 1}
    parked = {each["subject"] for each in status["parked"]}
    assert parked == {case(1), case(2), case(3)}
    found = await rows(databases["reporting"])
    reasons = {row[4].partition(":")[0] for row in found["parked"]}
    assert reasons == {"fork", "gap", "unreadable", "behind"}
    named = reporting.child.log.read_text()
    assert named.count("event_parked") >= 3
    await log.say(told[2][1:2])  # now it arrives
    told_so_far = f"after={case(2)}@intake:4&after={case(2)}@supervision:9"
    _, found = await reporting.ask(f"/v1/cases/{case(2)[5:]}?{told_so_far}")
    assert found["parked"] == []
    assert len(found["events"]) == len(told[2])
    status_code, again = await reporting.ask("/v1/redrive", body={"subject": case(1)})
    assert (status_code, again["parked"]) == (202, 3)  # a fork stays one
    before = await rows(databases["reporting"])
    await asyncio.to_thread(reporting.child.stop)
    db = await asyncpg.connect(databases["reporting"])
    await tables.empty(db)
    await db.close()
    await started(reporting)
    assert without_revision(await rows(databases["reporting"])) == without_revision(before)


async def test_what_is_parked_of_one_subject_is_told_however_much_is_parked(
    reporting: Reporting, databases: dict[str, str]
) -> None:
    await started(reporting)
    db = await asyncpg.connect(databases["reporting"])
    await db.execute(
        "insert into parked (topic, part, pos, subject, reason, headers)"
        " select 'log', 0, n, 'case/' || n, 'gap', '' from generate_series(1, 120) n"
    )
    await db.close()
    _, status = await reporting.ask("/v1/status")
    assert [each["subject"] for each in status["parked"]] == [f"case/{n}" for n in range(1, 101)]
    _, status = await reporting.ask("/v1/status?subject=case/120")
    assert [each["subject"] for each in status["parked"]] == ["case/120"]
    assert (status["parked_subjects"], status["parked_messages"]) == (120, 120)
    _, status = await reporting.ask("/v1/status?subject=case/121")
    assert status["parked"] == []


async def test_what_is_parked_and_what_is_unknown_is_written_with_its_batch_or_not_at_all(
    databases: dict[str, str],
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    first, second = history(case(1), STRAIGHT[:2])
    blessed = other(second, type="ItemBlessed", dataschema="urn:banli:ItemBlessed:1")
    told = [Message("log", 0, n, w) for n, w in enumerate((encode(first), blessed, blessed))]
    forked = Message("log", 0, 3, encode(second))
    projector = Projector(Database(dsn), Database(dsn))
    await projector.read_positions([("log", 0)])
    with pytest.raises(PositionMoved):
        await projector.take([*told, forked], [Move("log", 0, 1, 4)])
    found = await rows(dsn)
    assert not any(found[name] for name in ("stories", "parked", "unknown", "register"))
    await projector.take([*told, forked], [Move("log", 0, 0, 4)])
    found = await rows(dsn)
    assert [row[:4] for row in found["parked"]] == [("log", 0, 3, case(1))]
    assert found["unknown"] == [("ItemBlessed", case(1), 1, "intake", 2)]
    assert found["positions"] == [("log", 0, 4, 0, 1)]
    await projector.close()
    await db.close()


async def test_a_type_that_was_unknown_is_folded_by_the_first_build_that_knows_it(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    told = [Message("log", 0, n, encode(e)) for n, e in enumerate(history(case(1)))]
    new, old = (Projector(Database(dsn), Database(dsn)) for _ in range(2))
    with monkeypatch.context() as older:
        older.delitem(EVENTS, "ItemCorrected")
        envelope._body_of.cache_clear()
        await old.read_positions([("log", 0)])
        await old.take(told, [Move("log", 0, 0, len(told))])
        assert await db.fetchval("select title from register") == "Crossings near schools"
        assert await db.fetchval("select count(*) from unknown") == 1
    envelope._body_of.cache_clear()
    await new.relearn()
    assert await db.fetchval("select title from register") == "Safe ways"
    assert await db.fetchval("select count(*) from unknown") == 0
    for each in (new, old):
        await each.close()
    await db.close()


async def test_what_a_build_that_knows_the_type_cannot_fold_is_left_noted_and_the_others_learnt(
    databases: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    await tables.empty(db)
    odd = ItemCorrected(field="title", before="x", after="odd", reason="typo")
    told = [[encode(e) for e in history(case(n), STRAIGHT[:2])] for n in range(4)]
    told[0][1] = replace(told[0][1], value=(told[0][1].value or b"").replace(b'"field"', b'"x"'))
    told[1][1] = encode(history(case(1), (STRAIGHT[0], odd))[1])
    told[2][1] = encode(
        history(case(2), (STRAIGHT[0], odd.model_copy(update={"after": "N\0L"})))[1]
    )
    told.append([encode(e) for e in history(case(0), STRAIGHT[2:4])])
    wires = [wire for each in told for wire in each]
    messages = [Message("log", 0, n, wire) for n, wire in enumerate(wires)]
    projector = Projector(Database(dsn), Database(dsn))
    with monkeypatch.context() as older:
        older.delitem(EVENTS, "ItemCorrected")
        envelope._body_of.cache_clear()
        await projector.read_positions([("log", 0)])
        await projector.take(messages[:8], [Move("log", 0, 0, 8)])
    envelope._body_of.cache_clear()
    real = cases.fold

    def fold(into: Case, event: Recorded) -> None:
        real(into, event)
        if event.type == "Classified" or getattr(event.data, "after", "") == "odd":
            raise RuntimeError

    monkeypatch.setattr(cases, "fold", fold)
    for _ in range(2):
        await projector.relearn()
        unknown = await db.fetch("select subject from unknown order by subject")
        assert [subject for (subject,) in unknown] == [case(0), case(1), case(2)]
    assert (
        await db.fetchval("select title from register where subject = $1", case(3)) == "Safe ways"
    )
    assert await projector.read_positions([("log", 0)]) == {("log", 0): 8}
    await projector.take(messages[8:], [Move("log", 0, 8, 10)])  # and it goes on as it stands
    assert [tuple(each) for each in await db.fetch("select subject, reason from parked")] == [
        (case(0), "fault: RuntimeError"), (case(0), "behind"),
    ]  # fmt: skip
    found = await story(db, case(0))
    assert found is not None
    assert [each["type"] for each in found["events"]] == ["ItemRegistered", "ItemCorrected"]
    await projector.close()
    await db.close()
