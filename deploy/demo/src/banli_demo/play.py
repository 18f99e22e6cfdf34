"""The play: every step of the year at its instant, through the public ways in."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from banli_demo.driver import Driver
from banli_demo.scenario import ZONE, Heard, Step, by_instant
from banli_demo.ways import Said, Ways
from banli_events.base import Command

END = datetime(2022, 12, 31, 18, tzinfo=ZONE)


class OutOfPlay(Exception):
    """A step came to something else than the year tells."""


@dataclass(slots=True)
class Played:
    """What was asked, and what was answered, by step."""

    asked: dict[str, Command] = field(default_factory=dict)
    answers: dict[str, Said] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)  # by case


Looks = Mapping[datetime, Callable[[], None]]
"""What is looked at on the way, once all of an instant is done."""


async def play(
    steps: list[Step], ways: Ways, driver: Driver, report: Callable[[str], None], looks: Looks
) -> Played:
    """Play the year."""
    played, month = Played(), 0
    for at, waves in by_instant(steps):
        if at.month != month:
            month = at.month
            report(f"{at:%Y-%m}")
        await driver.advance(at)
        for wave in waves:
            await _ask(played, wave, ways)
        if at in looks:
            await driver.rest()
            await asyncio.to_thread(looks[at])
    await driver.advance(END)
    await driver.rest()
    return played


async def _ask(played: Played, wave: list[Step], ways: Ways) -> None:
    for step in wave:
        heard = played.heard.setdefault(step.subject, Heard())
        played.asked[step.name] = heard.fill(step.command)
    said = await ways.ask([(step, played.asked[step.name]) for step in wave])
    for step, answer in zip(wave, said, strict=True):
        _note(played, step, answer)


def _note(played: Played, step: Step, answer: Said) -> None:
    expected = "refused" if step.refusal else "admitted"
    if (answer.outcome, answer.code) != (expected, step.refusal):
        raise OutOfPlay(
            f"{step.name} over {step.way}: {answer.outcome} {answer.code or ''}, not {expected}"
            f" {step.refusal or ''}"
        )
    played.answers[step.name] = answer
    played.heard[step.subject].note(answer.events)
