"""What people see: text, tables, progress; on a terminal, in a pipe and as JSON."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

PIPE_WIDTH = 160
"""Columns where there is no terminal that would say how many fit."""

SECONDS_BETWEEN = 2.0
"""How often long work says how far it is, where it cannot draw a bar."""


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    wide = not stream.isatty() and "COLUMNS" not in os.environ
    return Console(stderr=stderr, highlight=False, width=PIPE_WIDTH if wide else None)


def say(text: str = "", style: str | None = None) -> None:
    """Print a text: in whole words on a terminal, as one line for programs."""
    _say(_console(stderr=False), text, style)


def complain(text: str) -> None:
    """Print on stderr what is wrong."""
    _say(_console(stderr=True), text, "red")


def _say(console: Console, text: str, style: str | None) -> None:
    console.print(text, style=style, markup=False, soft_wrap=not console.is_terminal)


def show(table: Table) -> None:
    """Print a table."""
    _console(stderr=False).print(table)


def give(value: Any) -> None:
    """Print JSON, for programs."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=str))


def width() -> int:
    """Tell how many columns there are."""
    return _console(stderr=False).width


def table(title: str, *columns: str, right: Iterable[str] = (), fold: Iterable[str] = ()) -> Table:
    """Make a table without lines around it; columns of numbers stand `right`, texts `fold`.

    A column is named in Chinese and English: one above the other, so that more fit.
    """
    made = Table(
        title=title or None,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    right, fold = set(right), set(fold)
    for name in columns:
        made.add_column(
            name.replace(" ", "\n", 1),
            justify="right" if name in right else "left",
            no_wrap=name not in fold,
            overflow="fold",
        )
    return made


class Bar:
    """How far long work is."""

    def __init__(
        self, console: Console, what: str, bar: Progress | None = None, task: TaskID | None = None
    ) -> None:
        self._console, self._what, self._bar, self._task = console, what, bar, task
        self._said = time.monotonic()

    def say(self, text: str) -> None:
        """Print a line beside the bar, on stderr as it is."""
        _say(self._console, text, None)

    def at(self, done: int, total: int | None = None) -> None:
        """Tell how much is done, of how much where that is known."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, visible=True)
        elif time.monotonic() - self._said >= SECONDS_BETWEEN:
            self._said = time.monotonic()
            self.say(f"{self._what}: {done:,}" + (f" of {total:,}" if total else ""))


@contextmanager
def progress(what: str, unit: str) -> Iterator[Bar]:
    """Draw a bar on stderr while work goes on; without a terminal, say a line now and then."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield Bar(console, what)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.completed:,.0f} " + unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Bar(console, what, bar, bar.add_task(what, total=None, visible=False))
