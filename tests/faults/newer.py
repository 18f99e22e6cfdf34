"""A build that is newer than the one under test: `python newer.py <service>`.

It knows an event type and a field that the other does not know, says both, and names a clock more.
"""

import runpy
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from banli_engine.decider import Due
from banli_events import catalogue, supervision
from banli_events.base import Event

TYPE, CLOCK = "ResearchWeighed", "weigh"
FAR = datetime(2100, 1, 1, tzinfo=UTC)


class ResearchWeighed(Event):
    """The office weighed what was found out."""

    summary: str


class ResearchLogged(supervision.ResearchLogged):
    """A handler looked into the matter, and said where."""

    schema_version: ClassVar[int] = 2

    where: str = ""


def learn() -> None:
    """Know the type and the field."""
    for model in (ResearchWeighed, ResearchLogged):
        known = catalogue.EventType(model.__name__, "supervision", model)
        catalogue.EVENTS[model.__name__] = known


def say() -> None:
    """Say both wherever research is logged, and look at it in a time."""
    from banli_supervision import decide, groundwork, service

    groundwork.ResearchLogged = ResearchLogged
    log = decide.DECISIONS[supervision.LogResearch]

    def log_and_weigh(state: Any, asked: Any, command: Any) -> list[Event]:
        said = [each.model_copy(update={"where": "desk"}) for each in log(state, asked, command)]
        return [*said, *(ResearchWeighed(summary=each.summary) for each in said)]

    def due(state: Any) -> Iterable[Due]:
        yield from case.due(state)
        if state.research:
            yield Due(CLOCK, FAR, str(len(state.research)))

    decide.DECISIONS[supervision.LogResearch] = log_and_weigh
    case = service.SERVICE.aggregates["case"]
    service.SERVICE.aggregates["case"] = replace(case, due=due)
    service.SERVICE = replace(service.SERVICE, due_version=service.SERVICE.due_version + 1)


if __name__ == "__main__":
    learn()
    if sys.argv[1] == "supervision":
        say()
    runpy.run_module(f"banli_{sys.argv[1]}", run_name="__main__")
