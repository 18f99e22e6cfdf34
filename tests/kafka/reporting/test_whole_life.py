"""A case's whole life in all ledgers: however the log is cut, over HTTP, down to single events."""

import asyncio
from datetime import date, timedelta
from typing import Any
from urllib.request import Request, urlopen

import asyncpg
from reported import STRAIGHT, Log, Reporting, case, chief, history, rows, started, without_revision

from banli_engine.store import Database, Message, Move
from banli_events.assignment import (
    AssignmentObjected,
    ObjectionUpheld,
    PlanFiled,
    Reassigned,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.deadlines import Basis, Span
from banli_events.envelope import encode
from banli_events.intake import FeedbackReceived, HandOverListed, ItemWithdrawn
from banli_events.subjects import numbered_case
from banli_events.supervision import (
    AlarmRaised,
    ConsultationHeld,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineSuspended,
    FeedbackClosed,
    MeasureVerified,
    PhoneUrged,
    PublicationDecided,
    RehandlingOrdered,
    Reminded,
    ReplyDrafted,
    ReplyIssued,
    SupervisionNoticeIssued,
)
from banli_events.words import (
    AlarmKind,
    Extent,
    Grade,
    ItemKind,
    NotNow,
    Outcome,
    OutcomeClass,
)
from banli_reporting import tables
from banli_reporting.ledgers import LEDGERS
from banli_reporting.projector import Projector
from banli_testing import story
from banli_testing.grammar import NOON, Said, said

TODAY = date(2025, 4, 1)
FIRE = story.LEAD.model_copy(update={"unit": "fire"})
NOT_NOW = story.REPLY.model_copy(
    update={"outcome": Outcome(result=OutcomeClass.C, proof="x", reason=NotNow.NO_FUNDS)}
)
BASIS = Basis(span=Span(amount=90), counted_from=TODAY, last_day=TODAY, source="law")
NUMBER = numbered_case(ItemKind.SUGGESTION, story.NUMBERING)
LIFE: tuple[Event | Said, ...] = (
    *STRAIGHT[:1],
    *STRAIGHT[2:5],
    ItemWithdrawn(reason="typo", entered_in_error=True, withdrawn_on=TODAY),
    *STRAIGHT[:7],
    AssignmentObjected(unit="traffic", reason="x"),
    ObjectionUpheld(unit="traffic", reason="x"),
    Reassigned(lead=FIRE, co=(story.CO,), duty_basis="x", reason="x"),
    PlanFiled(unit="fire", plan="x"),
    CoOpinionRequested(unit="patrol", question="?"),
    CoOpinionSubmitted(unit="patrol", opinion="!"),
    Reminded(clock="reply", due=story.DUE, unit="fire", handler="anna"),
    DeadlineMissed(clock="reply", due=story.DUE),
    PhoneUrged(clock="reply", answered_by="anna", called_on=TODAY, said="x"),
    SupervisionNoticeIssued(number="n1", clock="reply", unit="fire", text="x", reply_by=TODAY,
                            issued_on=TODAY),
    DeadlineSuspended(clock="reply", reason="x"),
    DeadlineExtended(clock="reply", due=story.DUE, basis=BASIS, clause="x", reason="x"),
    ConsultationHeld(held_on=TODAY, place="x", people=(story.LI,), result="x"),
    *STRAIGHT[7:],
    FeedbackReceived(signer=story.WANG, grade=Grade.SATISFIED, received_on=TODAY),
    RehandlingOrdered(round=2, unsatisfied=(story.LI,), lead=FIRE, reason="x"),
    said(ReplyDrafted(reply=NOT_NOW, reply_hash=NOT_NOW.digest(), round=2), by=story.ANNA),
    ReplyIssued(reply_hash=NOT_NOW.digest(), to=(story.LI, story.WANG), document_number="2",
                issued_on=TODAY, round=2),
    FeedbackClosed(round=1, silent=()),
    PublicationDecided(extent=Extent.FULL),
    MeasureVerified(measure="x", carried_out=True, verified_on=TODAY, how="x"),
    AlarmRaised(alarm="a1", kind=AlarmKind.VACANT_POST, about="anna"),
)  # fmt: skip


def told(n: int) -> list[Message]:
    return [Message("log", 0, at, encode(e)) for at, e in enumerate(history(case(n), LIFE))]


async def test_every_ledger_is_the_same_however_the_log_is_cut(databases: dict[str, str]) -> None:
    dsn = databases["reporting"]
    db = await asyncpg.connect(dsn)
    messages = told(1)
    found = []
    for size in (1, 7, len(messages)):
        await tables.empty(db)
        projector = Projector(Database(dsn), Database(dsn))
        await projector.read_positions([("log", 0)])
        for begin in range(0, len(messages), size):
            part = messages[begin : begin + size]
            await projector.take(part, [Move("log", 0, begin, begin + len(part))])
            projector._known.clear()  # so that the next batch reads the lines
        await projector.close()
        found.append(without_revision(await rows(dsn)))
    assert found[0] == found[1] == found[2]
    written = {name for name in LEDGERS if found[0][name]}
    assert written == {name for name, each in LEDGERS.items() if each.kind == "case"}
    await db.close()


async def test_every_ledger_answers_and_a_figure_leads_down_to_its_events(
    log: Log, reporting: Reporting
) -> None:
    for unit in ("fire", "idle"):
        await log.say(history(f"unit/{unit}", [UnitOpened(name=unit, since=story.YEAR)]))
    listed = HandOverListed(
        assigner="Congress office",
        kind=ItemKind.SUGGESTION,
        numberings=(story.NUMBERING,),
        stated_total=2,
        received_on=TODAY,
    )
    await log.say([*history("handover/s", [listed]), *chief()])
    events = history(NUMBER, LIFE)
    await log.say(events)
    await started(reporting)
    _, names = await reporting.ask("/v1/ledgers")
    for each in names["ledgers"]:
        status, page = await reporting.ask(f"/v1/ledgers/{each['name']}?unit=fire")
        assert status == 200, each["name"]
        assert page["lines"] or each["name"] in ("packs", "dispatch", "systems")
        assert page["position"]
    later = (NOON + timedelta(days=200)).strftime("%Y-%m-%dT%H:%M:%SZ")
    _, late = await reporting.ask(f"/v1/ledgers/dispatch?at={later}")
    assert [(each["unit"], each["clock"]) for each in late["lines"]] == []  # it was replied
    _, compared = await reporting.ask("/v1/ledgers/register/reconciliation")
    assert compared["lists"][0]["list_against_stated"]["proof"].endswith("stated 2, gap 1")
    await _drills_down(reporting, events)
    await _shows_drafts(reporting)
    compendium = await asyncio.to_thread(_csv, reporting, "/v1/ledgers/register?format=csv")
    assert compendium.startswith("\ufeff序号,类别")
    assert "Li（First school）" in compendium


async def _drills_down(reporting: Reporting, events: list[Any]) -> None:
    _, of = await reporting.ask(
        "/v1/evaluations/units?from=2025-01-01&to=2025-12-31&rules=congress"
    )
    assert all(each["holds"] for each in of["proof"])
    assert [each["unit"] for each in of["units"]] == ["fire", "idle", "patrol", "traffic"]
    _, none = await reporting.ask("/v1/evaluations/units?from=2031-01-01")
    assert {each["denominator"] for each in none["totals"]} == {0}
    ids = {each.id: each.type for each in events}
    for each in of["totals"]:
        path = f"/v1/evaluations/units/{each['figure']}?rules=congress"
        _, behind = await reporting.ask(path)
        for side in ("numerator", "denominator"):
            assert behind[side]["total"] == each[side], each["figure"]
            shown = [e for one in behind[side]["cases"] for e in one["events"]]
            assert all(ids[e["id"]] == e["type"] for e in shown)
    _, wrong = await reporting.ask("/v1/evaluations/units/mis_assignment_rate?unit=traffic")
    assert [e["type"] for e in wrong["numerator"]["cases"][0]["events"]] == ["ObjectionUpheld"]
    assert (await reporting.ask("/v1/evaluations/units/no_such"))[0] == 404
    assert (await reporting.ask("/v1/evaluations/units?from=x"))[0] == 400


async def _shows_drafts(reporting: Reporting) -> None:
    name = NUMBER.removeprefix("case/")
    _, found = await reporting.ask(f"/v1/cases/{name}/drafts", token=reporting.chief)
    assert len(found["drafts"]) == 3
    first, last = found["drafts"][0]["hash"], found["drafts"][-1]["hash"]
    path = f"/v1/cases/{name}/drafts?from="
    _, found = await reporting.ask(f"{path}{first}&to={last}", token=reporting.chief)
    assert (found["compared"]["before"], found["compared"]["after"]) == (first, last)
    assert (await reporting.ask(f"{path}x", token=reporting.chief))[0] == 404


def _csv(reporting: Reporting, path: str) -> str:
    url = f"http://127.0.0.1:{reporting.child.port}{path}"
    with urlopen(Request(url, headers={"Authorization": f"Bearer {reporting.token}"})) as answer:
        text: str = answer.read().decode()
        return text
