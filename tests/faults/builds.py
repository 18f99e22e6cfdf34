"""Builds that the tests run in place of the real one: `python builds.py <which> <service>`."""

import runpy
import sys
from dataclasses import replace
from enum import StrEnum
from typing import Any

from banli_events import words


def older(service: str) -> None:
    """A service as it was before somebody invented Assigned and the grade NOT_SATISFIED."""
    grades = {grade.name: grade.value for grade in words.Grade if grade.name != "NOT_SATISFIED"}
    words.Grade = StrEnum("Grade", grades)
    from banli_events import catalogue  # only now: contracts take the words as they find them

    del catalogue.EVENTS["Assigned"]
    runpy.run_module(f"banli_{service}", run_name="__main__")


def faulty(service: str) -> None:
    """A service with a bug: it cannot fold a correction that says `boom`."""
    {"supervision": _stumble, "reporting": _stumble_in_reporting}[service]()
    runpy.run_module(f"banli_{service}", run_name="__main__")


def _stumble() -> None:
    from banli_supervision import fold, service

    def evolve(now: Any, recorded: Any) -> Any:
        _boom(recorded)
        return fold.evolve(now, recorded)

    case = service.SERVICE.aggregates["case"]
    service.SERVICE.aggregates["case"] = replace(case, evolve=evolve)


def _stumble_in_reporting() -> None:
    from banli_reporting import case

    right = case.fold

    def fold(into: Any, recorded: Any) -> None:
        _boom(recorded)
        right(into, recorded)

    case.fold = fold


def _boom(recorded: Any) -> None:
    if getattr(recorded.data, "after", None) == "boom":
        raise ZeroDivisionError


if __name__ == "__main__":
    {"older": older, "faulty": faulty}[sys.argv[1]](sys.argv[2])
