"""A service on an older copy of its database, or on an empty one, goes on without forking."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

from bodies import SYSTEM, feedback
from disks import backup, hold_back, new_disk, watched
from kafka import KafkaProducer
from processes import until
from traffic import Said, Traffic, check, correct, unsent_over_http
from wholelog import Line, events_of, numbers, query, read_log, read_receipts
from world import Cases, Reply, World

from banli_client import Answer, Client, Request
from banli_engine.topics import case_events
from banli_events.envelope import Wire, unpack_headers
from banli_events.intake import CorrectItem
from banli_events.submission import RECEIPT_SOURCE
from banli_events.words import Actor
from banli_testing.story import ANNA, HUGO

EVENT = "select e.subject, e.headers, e.value from unsent u join events e using (subject, version)"


def _unsent(dsn: str, source: str) -> list[Wire]:
    rows = query(dsn, f"{EVENT} where e.source = $1 order by u.seq", source)
    return [Wire(s.encode(), unpack_headers(headers), value) for s, headers, value in rows]


def test_restored_from_an_older_copy_under_traffic_nothing_forks_and_what_is_lost_is_named(
    world: World, cases: Cases
) -> None:
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 100, "traffic runs")
        copy = backup(world.dsns["intake"])
        copied = traffic.count()
        until(lambda: traffic.count() > 300, "traffic goes on")
        behind = traffic.said[copied:300]
        hold_back(world.dsns["intake"])
        sure = [f"n-{next(world.numbers)}" for _ in range(3)]
        for number in sure:  # answered as admitted, but never on the log
            reply = world.ask("intake", correct(number), HUGO, cases.open[0])
            assert reply.body["outcome"] == "admitted"
        world.kill("intake")
        disk = new_disk(world, "intake", copy)
        world.start("intake")
        before = traffic.count()
        until(lambda: traffic.count() > before + 100, "traffic runs again")
    world.settle()
    by_http = unsent_over_http(disk, "intake")
    on_log = set(numbers(events_of(read_log(world))))
    lost = {each.number for each in traffic.said if each.number not in on_log} | set(sure) - on_log
    assert set(sure) <= lost <= by_http, "only what was asked over HTTP is lost, and all is named"
    forgotten = [e for e in behind if e.lane.startswith("intake/") and e.number in on_log]
    assert {way for e in forgotten for way in ("http", "kafka") if e.lane.endswith(way)} == {
        "http",
        "kafka",
    }
    _are_known_again(world, forgotten)
    check(world, traffic.said, lost)


def _are_known_again(world: World, said: Sequence[Said]) -> None:
    """Ask again with the same ids what the copy did not know of: the log had it, the answer too."""
    over_kafka = []
    for each in said:
        if each.lane.endswith("kafka"):
            over_kafka.append(Request(each.command, each.actor, each.subject, id=each.id))
            continue
        reply = world.ask("intake", each.command, each.actor, each.subject, id=each.id)
        assert reply.body["outcome"] == "admitted"

    async def submit() -> list[Answer]:
        async with Client(world.department) as banli:
            return await banli.submit_many(over_kafka)

    assert {str(answer.outcome) for answer in asyncio.run(submit())} == {"admitted"}


def test_started_on_an_empty_database_nothing_is_said_before_the_end_of_the_log_is_reached(
    world: World, cases: Cases
) -> None:
    case = world.case().approved()
    world.settle()
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 100, "traffic runs")
        world.kill("intake")
        lost = unsent_over_http(new_disk(world, "intake"), "intake")
        case.issued()  # intake has a reaction to it
        ends = {(line.topic, line.part): line.offset + 1 for line in read_log(world)}
        started = time.time()
        with watched(world.dsns["intake"], ends) as seen:
            world.start("intake", wait=False)
        before = traffic.count()
        until(lambda: traffic.count() > before + 100, "traffic runs again")
    assert seen["looks"] > 0, "it was never seen behind"
    assert seen["written"] == [], "it said something while it was behind"
    world.settle()
    receipts = [*read_receipts(world, SYSTEM), *read_receipts(world, "http")]
    said = [line for line in (*read_log(world), *receipts) if _source(line.wire) == "intake"]
    fresh = [line for line in said if line.at > started * 1_000]
    assert min(line.at for line in fresh) >= seen["last_behind"] * 1_000
    kinds = {_kind(line) for line in fresh}
    assert kinds == {"event", "reaction", "receipt"}, "each of them was there to come too early"
    asked = [e.data.signer for line in fresh if (e := line.event) and e.subject == case.subject]
    assert sorted(asked) == ["P-li", "P-wang"]
    check(world, traffic.said, lost)


def _kind(line: Line) -> str:
    """Tell an event from a reaction's and from a receipt."""
    if line.event is None:
        return "receipt"
    return "reaction" if line.event.context.via.startswith("reaction:") else "event"


def _source(wire: Wire) -> str:
    return (dict(wire.headers).get(RECEIPT_SOURCE) or b"").decode()


async def _submit(world: World, subject: str, command: CorrectItem, actor: Actor, id_: UUID) -> str:
    async with Client(world.department) as banli:
        answer = await banli.submit(command, actor=actor, subject=subject, id=id_)
        return str(answer.outcome)


def test_what_was_refused_is_refused_again_after_a_rebuild_with_the_same_answer(
    world: World,
) -> None:
    case, command = world.case(), correct("too soon")
    over_http, over_kafka = uuid4(), uuid4()
    refused = world.ask("intake", command, HUGO, case.subject, id=over_http)
    assert refused.code == "not-registered"
    submit = (world, case.subject, command, HUGO, over_kafka)
    assert asyncio.run(_submit(*submit)) == "refused"
    case.registered()  # from now on the same command would be admitted
    world.settle()
    world.mains["intake"].stop()
    new_disk(world, "intake")
    world.start("intake")
    again = world.ask("intake", command, HUGO, case.subject, id=over_http)
    assert (again.status, again.raw) == (refused.status, refused.raw)
    assert asyncio.run(_submit(*submit)) == "refused"
    answers = [line.wire.value for line in read_receipts(world, SYSTEM)
               if line.wire.key == str(over_kafka).encode()]  # fmt: skip
    assert len(answers) >= 2
    assert len(set(answers)) == 1


def test_a_command_of_which_only_the_first_part_reached_the_log_is_completed(
    world: World,
) -> None:
    case = world.case().approved().issued()
    for signer in ("P-li", "P-wang"):
        rated = world.ask("intake", feedback(signer), HUGO, case.subject, after=case.after)
        assert rated.status == 200
    world.settle()
    hold_back(world.dsns["supervision"])
    id_ = uuid4()
    summed = world.ask("supervision", case.summary, ANNA, case.subject, id=id_)
    assert _types(summed) == ["CaseSummaryFiled", "CaseArchived"]
    world.kill("supervision")
    first, _ = _unsent(world.dsns["supervision"], "supervision")
    _put(world, first)
    new_disk(world, "supervision")
    world.start("supervision")
    again = world.ask("supervision", case.summary, ANNA, case.subject, id=id_)
    assert _types(again) == ["CaseSummaryFiled", "CaseArchived"]
    assert again.body["events"][0] == summed.body["events"][0]
    check(world, [])


def _put(world: World, wire: Wire) -> None:
    login = world.servers.login("admin").client(world.servers.bootstrap)
    producer = KafkaProducer(**login)
    log = case_events(world.epoch)
    producer.send(log, wire.value, key=wire.key, headers=list(wire.headers)).get(20)
    producer.close()


def _types(reply: Reply) -> list[str]:
    return [event["type"] for event in reply.body["events"]]
