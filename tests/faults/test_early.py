"""Feedback right after the issue, and decisions beside facts that are on their way."""

import asyncio
import time
from collections import Counter
from uuid import uuid4

import httpx
from bodies import RATINGS, Straight, feedback
from disks import hold_back, let_go
from processes import until
from traffic import check
from wholelog import events_of, read_log
from world import World, again, written

from banli_client import Client
from banli_testing.story import CARA, HUGO

DELAYS = (0, 5, 20, 50, 100, 200)
"""How long after the issue somebody rates it, in milliseconds."""

BOTH = Counter({"P-li": 1, "P-wang": 1})


async def _rate(
    world: World, http: httpx.AsyncClient, banli: Client, case: Straight, after_ms: int
) -> tuple[str, list[int]]:
    """Issue the reply; so much later rate it, one signer over Kafka, one over HTTP."""
    issue = written(case.issue, case.subject, after=case.after)
    issued = await _post(world, http, "supervision", issue, CARA)
    assert issued.status_code == 200, issued.text
    await asyncio.sleep(after_ms / 1_000)
    over_kafka = asyncio.create_task(
        banli.submit(feedback("P-li"), actor=HUGO, subject=case.subject)
    )
    rating, statuses = written(feedback("P-wang"), case.subject, id=uuid4()), []
    while True:
        answer = await _post(world, http, "intake", rating, HUGO)
        statuses.append(answer.status_code)
        if not again(answer.status_code, answer.content):
            return (await over_kafka).outcome, statuses


async def _post(world: World, http: httpx.AsyncClient, service, body, actor) -> httpx.Response:
    headers = {"authorization": f"Bearer {world.token(actor)}"}
    return await http.post(world.url(service) + "/v1/commands", json=body, headers=headers)


def _rated(world: World, case: Straight) -> Counter[str]:
    """Count the ratings of each signer on the log."""
    events = [e for e in events_of(read_log(world)) if e.subject == case.subject]
    return Counter(e.data.signer for e in events if e.type == "FeedbackReceived")


def test_a_rating_right_after_the_issue_is_never_refused_for_being_early(world: World) -> None:
    cases = {after_ms: world.case().approved() for after_ms in DELAYS}

    async def rate_all() -> list[tuple[str, list[int]]]:
        async with (
            httpx.AsyncClient(timeout=20) as http,
            Client(world.desk(RATINGS)) as banli,
        ):
            return [await _rate(world, http, banli, case, ms) for ms, case in cases.items()]

    for outcome, statuses in asyncio.run(rate_all()):
        assert outcome == "admitted"
        assert statuses[-1] == 200
        assert set(statuses[:-1]) <= {409}
    for case in cases.values():
        until(lambda case=case: _rated(world, case) == BOTH, "both ratings are on the log, once")
    check(world, [])


def test_a_rating_long_before_the_issue_arrives_is_told_to_come_again_and_is_then_admitted(
    world: World,
) -> None:
    case = world.case().approved()
    world.settle()
    hold_back(world.dsns["supervision"])
    started = time.monotonic()

    async def rate() -> tuple[str, list[int]]:
        async with (
            httpx.AsyncClient(timeout=20) as http,
            Client(world.desk(RATINGS)) as banli,
        ):
            rating = asyncio.create_task(_rate(world, http, banli, case, 0))
            while time.monotonic() < started + 3.5:  # longer than a request is held
                await asyncio.sleep(0.05)
            await asyncio.to_thread(let_go, world.dsns["supervision"])
            return await rating

    outcome, statuses = asyncio.run(rate())
    assert outcome == "admitted"
    assert statuses[-1] == 200
    assert statuses[0] == 409
    until(lambda: _rated(world, case) == BOTH, "both ratings are on the log, once")
    check(world, [])
