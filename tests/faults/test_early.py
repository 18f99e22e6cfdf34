"""Feedback right after the issue, and decisions beside facts that are on their way."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest
from bodies import Straight, feedback
from disks import hold_back, let_go
from traffic import check
from wholelog import events_of, read_log
from world import World, again, until, written

from banli_client import Client
from banli_engine.story import CARA, HUGO


async def _rate(world: World, case: Straight, after_ms: int) -> tuple[str, list[int]]:
    """Issue the reply; so much later rate it, one signer over Kafka, one over HTTP."""
    issue = written(case.issue, case.subject, after=case.after)
    async with httpx.AsyncClient(timeout=20) as http, Client(world.department) as banli:
        post = _post(world, http)
        issued = await post("supervision", issue, CARA)
        assert issued.status_code == 200, issued.text
        await asyncio.sleep(after_ms / 1_000)
        over_kafka = asyncio.create_task(
            banli.submit(feedback("P-li"), actor=HUGO, subject=case.subject)
        )
        rating, statuses = written(feedback("P-wang"), case.subject, id=uuid4()), []
        while True:
            answer = await post("intake", rating, HUGO)
            statuses.append(answer.status_code)
            if not again(answer.status_code, answer.content):
                return (await over_kafka).outcome, statuses


def _post(world: World, http: httpx.AsyncClient):
    async def post(service, body, actor) -> httpx.Response:
        headers = {"authorization": f"Bearer {world.token(actor)}"}
        return await http.post(world.url(service) + "/v1/commands", json=body, headers=headers)

    return post


@pytest.mark.parametrize("after_ms", [0, 20, 200])
def test_a_rating_right_after_the_issue_is_never_refused_for_being_early(
    world: World, after_ms: int
) -> None:
    outcome, statuses = asyncio.run(_rate(world, world.case().approved(), after_ms))
    assert outcome == "admitted"
    assert statuses[-1] == 200
    assert set(statuses[:-1]) <= {409}


def test_a_rating_long_before_the_issue_arrives_is_told_to_come_again_and_is_then_admitted(
    world: World,
) -> None:
    case = world.case().approved()
    world.settle()
    hold_back(world.dsns["supervision"])
    started = time.monotonic()

    async def rate() -> tuple[str, list[int]]:
        rating = asyncio.create_task(_rate(world, case, 0))
        while time.monotonic() < started + 3.5:  # longer than a request is held
            await asyncio.sleep(0.05)
        await asyncio.to_thread(let_go, world.dsns["supervision"])
        return await rating

    outcome, statuses = asyncio.run(rate())
    assert outcome == "admitted"
    assert statuses[-1] == 200
    assert statuses[0] == 409
    until(lambda: _rated(world, case) == {"P-li", "P-wang"}, "both ratings are on the log")
    check(world, [])


def _rated(world: World, case: Straight) -> set[str]:
    events = [e for e in events_of(read_log(world)) if e.subject == case.subject]
    return {e.data.signer for e in events if e.type == "FeedbackReceived"}
