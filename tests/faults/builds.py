"""Builds of a service that the tests run in place of the real one: `python builds.py <which>`."""

import runpy
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Any

from banli_events import words


def older() -> None:
    """Supervision as it was before somebody invented Assigned and the grade NOT_SATISFIED."""
    grades = {grade.name: grade.value for grade in words.Grade if grade.name != "NOT_SATISFIED"}
    words.Grade = StrEnum("Grade", grades)
    from banli_events import catalogue  # only now: contracts take the words as they find them

    del catalogue.EVENTS["Assigned"]
    runpy.run_module("banli_supervision", run_name="__main__")


def faulty() -> None:
    """Supervision with a bug: it cannot fold a correction that says `boom`."""
    from banli_supervision import service, state

    def evolve(now: state.State, recorded: Any) -> state.State:
        if getattr(recorded.data, "after", None) == "boom":
            raise ZeroDivisionError
        return state.evolve(now, recorded)

    case = service.SERVICE.aggregates["case"]
    service.SERVICE.aggregates["case"] = replace(case, evolve=evolve)
    runpy.run_module("banli_supervision", run_name="__main__")


if __name__ == "__main__":
    {"older": older, "faulty": faulty}[sys.argv[1]]()
