"""How callers over HTTP are answered: one command, or a list of them, each by itself."""

import asyncio
import json
from collections import deque
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

from banli_engine import metrics, tracing
from banli_engine.answering import Answered
from banli_engine.answers import problem
from banli_engine.errors import Busy, Rejection, TooEarly
from banli_engine.inbox import TooMuch
from banli_engine.loop import Loop
from banli_engine.pending import Pending, from_http
from banli_events.submission import Outcome
from banli_events.words import Actor

if TYPE_CHECKING:
    from banli_engine.process import Process

PATIENCE_SECONDS = 2.0
"""How long a request that came too early is held before it is told to come again; of a list, once
for all that came too early."""

LOOK_SECONDS = 0.05

AT_ONCE = 500
"""How many commands of lists are asked at one time, of one list and of all: room in the queue
remains for other callers."""

ASKS_A_SECOND = 1_000
"""How often at most those that came too early are asked again, all together."""

Room = AbstractAsyncContextManager[Any, Any]


class Answer(NamedTuple):
    """What a caller gets: JSON as it was stored, or a problem document with its code."""

    status: int
    body: bytes
    code: str | None = None
    again: bool = False


class Early:
    """How many in this process wait because they came too early, on whatever subject."""

    waiting = 0


class NotWritten(Rejection):
    """The command could not be written; ask again with the same id."""

    status = 503


async def answer_one(process: "Process", body: Any, actor: Actor, *, door: bool = False) -> Answer:
    """Answer one command. Raises Malformed where not even its id can be read.

    `door`: it comes by a way in of the service's own.
    """
    operators = process.settings.operator_names
    asked = from_http(process.service, body, actor, operators, door=door)
    return await _answer(process.loop, asked, nullcontext(), _now() + PATIENCE_SECONDS)


async def answer_all(process: "Process", bodies: list[Any], actor: Actor) -> list[Answer]:
    """Answer what is about one subject in turn, what is about several side by side.

    All are asked; then those subjects on which something came too early are waited for together.
    """
    answers: dict[int, Answer] = {}
    turns: dict[str, deque[tuple[int, Pending]]] = {}
    for place, body in enumerate(bodies):
        try:
            asked = from_http(process.service, body, actor, process.settings.operator_names)
            turns.setdefault(asked.subject or str(place), deque()).append((place, asked))
        except Rejection as why:
            answers[place] = refused_as(why)
        await asyncio.sleep(0)  # reading many takes long: others come in between

    async def take(turn: deque[tuple[int, Pending]], until: float, *, leave: bool) -> None:
        while turn:
            place, asked = turn[0]
            answer = await _answer(process.loop, asked, process.room, until)
            if leave and answer.code == TooEarly().code and answer.again:
                return  # what follows on the subject waits too
            answers[place] = answer
            turn.popleft()

    await _side_by_side(take(turn, 0.0, leave=True) for turn in turns.values())
    if left := [turn for turn in turns.values() if turn]:
        until = _now() + PATIENCE_SECONDS
        await _side_by_side(take(turn, until, leave=False) for turn in left)
    return [answers[place] for place in range(len(bodies))]


async def _side_by_side(jobs: Iterator[Coroutine[Any, Any, None]]) -> None:
    """Do many things, so many at a time that others have room too."""

    async def work() -> None:
        for job in jobs:
            await job

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def _answer(loop: Loop, asked: Pending, room: Room, until: float) -> Answer:
    try:
        answered = await _ask(loop, asked, room, until)
    except TooMuch:
        return _put_off(asked, Busy())
    except Exception:  # logged by the loop
        return _put_off(asked, NotWritten())
    if answered.answer is None:
        return _put_off(asked, answered.why or TooEarly(), command=asked.id)
    if answered.answer.outcome != Outcome.REFUSED:
        return Answer(200, answered.answer.answer)
    answer = json.loads(answered.answer.answer)  # for ever, also where it came too early for long
    return _document({**answer.pop("problem"), **answer})


async def _ask(loop: Loop, asked: Pending, room: Room, until: float) -> Answered:
    """Ask the loop; what comes too early is asked again `until` then, on news of its subject.

    Without news it is asked now and then, the more seldom the more there are.
    """
    while True:
        async with room:
            answered = await loop.call(asked)
        left = until - _now()
        if answered.answer is not None or not isinstance(answered.why, TooEarly) or left <= 0:
            return answered
        Early.waiting += 1
        try:
            look = max(LOOK_SECONDS, Early.waiting / ASKS_A_SECOND)
            await loop.news(asked.subject, min(left, look))
        finally:
            Early.waiting -= 1


def _now() -> float:
    return asyncio.get_running_loop().time()


def _put_off(asked: Pending, why: Rejection, **more: str) -> Answer:
    """Tell a caller to come again; that is no answer to the command."""
    metrics.PUT_OFF.inc(why.code)
    tracing.finish(asked.span, outcome="put-off", code=why.code)
    return refused_as(why, **more)


def refused_as(why: Rejection, **more: str) -> Answer:
    """Write a refusal as a problem document."""
    return _document({**problem(why).model_dump(exclude_none=True), **more}, again=why.again)


def _document(document: dict[str, Any], *, again: bool = False) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(document["status"], body, document["code"], again)
