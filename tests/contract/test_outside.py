"""What is seen from outside is what the pages tell: every metric, every line of the log."""

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from banli_engine.metrics import DECIDING, EVERY
from banli_reporting.measured import REPORTING

ROOT = Path(__file__).parents[2]
OWN = {"token_keys_unfit"}
"""Lines that tell the sentence of an exception of ours, which repeats nothing."""
ROWS = [*EVERY.rows, *DECIDING.rows, *REPORTING.rows]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The part of the generator that reads the calls."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    return import_module("outside")


def test_no_metric_is_listed_twice() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))


def test_every_line_of_the_log_has_its_meaning_and_no_meaning_is_left_over(outside: Any) -> None:
    said = tomllib.loads((ROOT / "docs" / "logs.toml").read_text())
    assert {line.name for line in outside.read_lines(ROOT)} == said.keys()
    assert all(means["english"] and means["chinese"] for means in said.values())


def test_the_names_of_lines_and_fields_are_snake_case(outside: Any) -> None:
    for line in outside.read_lines(ROOT):
        for name in (line.name, *line.fields):
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), line


def test_no_line_tells_the_text_of_a_fault() -> None:
    for path in [*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=attr),
                    args=[ast.Constant(value=name)],
                ) if name not in OWN:
                    said = ast.unparse(node)
                    assert attr != "exception", said
                    assert not re.search(r"exc_info|(str|repr)\(fault\)|\{fault|=fault\b", said)
