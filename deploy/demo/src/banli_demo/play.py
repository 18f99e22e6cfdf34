"""The play: every step of the year at its instant, through the public ways in."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from banli_demo.driver import Driver
from banli_demo.scenario import ZONE, Step, by_instant
from banli_demo.ways import Said, Ways

END = datetime(2022, 12, 31, 18, tzinfo=ZONE)


class OutOfPlay(Exception):
    """A step came to something else than the year tells."""


@dataclass(slots=True)
class Played:
    """What was asked, and what was answered."""

    answers: dict[str, Said] = field(default_factory=dict)  # by step
    asked: dict[str, str] = field(default_factory=dict)  # by step: the draft that it was about
    hashes: dict[str, str] = field(default_factory=dict)  # the last draft of each case


async def play(
    steps: list[Step], ways: Ways, driver: Driver, report: Callable[[str], None]
) -> Played:
    """Play the year."""
    played, month = Played(), 0
    for at, group in by_instant(steps):
        if at.month != month:
            month = at.month
            report(f"{at:%Y-%m}")
        await driver.advance(at)
        for step in group:
            played.asked[step.name] = played.hashes.get(step.subject, "")
        said = await asyncio.gather(*(ways.ask(step, played.asked[step.name]) for step in group))
        for step, answer in zip(group, said, strict=True):
            _note(played, step, answer)
    await driver.advance(END)
    await driver.rest()
    return played


def _note(played: Played, step: Step, answer: Said) -> None:
    expected = "refused" if step.refusal else "admitted"
    if (answer.outcome, answer.code) != (expected, step.refusal):
        raise OutOfPlay(
            f"{step.name} over {step.way}: {answer.outcome} {answer.code or ''}, not {expected}"
            f" {step.refusal or ''}"
        )
    played.answers[step.name] = answer
    for event in answer.events:
        if event["type"] == "ReplyDrafted":
            played.hashes[step.subject] = event["data"]["reply_hash"]
