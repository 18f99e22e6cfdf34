"""What README and handbooks name exists: files, command lines, settings, addresses, codes."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from banli_audit.__main__ import app as audit
from banli_audit.codes import Code
from banli_cli.__main__ import app as cli
from banli_engine.__main__ import Servers
from banli_engine.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("libs/*/README.md")]
SAID = {page.relative_to(ROOT).as_posix(): page.read_text() for page in sorted(PAGES)}
SAID["deploy/compose.yaml"] = (ROOT / "deploy/compose.yaml").read_text()
PROGRAMS: dict[str, Any] = {"banli": get_command(cli), "banli-audit": get_command(audit)}
SETTINGS = (Settings, Servers)
MADE = "deploy/secrets"  # by `make secrets`
LINE = re.compile(r"(?:^|[`$|;&#(/]|\d )\s*(banli(?:-audit)? [^`\n;|&)#]+)", re.MULTILINE)
TARGETS = set(re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text()))


def lines_of(text: str) -> list[list[str]]:
    """Find each `banli …` and `banli-audit …` of a page, as words."""
    joined = text.replace("\\\n", " ")
    return [shlex.split(line.replace("'", "")) for line in LINE.findall(joined)]


@pytest.mark.parametrize("page", SAID)
def test_what_a_page_links_is_there(page: str) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", SAID[page]):
        path, _, _ = link.partition("#")
        if path and "://" not in link:
            assert (ROOT / page).parent.joinpath(path).exists(), link


@pytest.mark.parametrize("page", SAID)
def test_a_place_that_a_page_names_is_there(page: str) -> None:
    for place in re.findall(r"`((?:libs|services|tests|docs|deploy|packs)/[^`\s]+)`", SAID[page]):
        if not place.startswith(MADE):
            pattern = re.sub(r"<\w+>", "*", place.replace("...", "**")).rstrip("/")
            assert any(ROOT.glob(pattern)), place


@pytest.mark.parametrize("page", SAID)
def test_a_command_that_a_page_shows_has_that_name_and_takes_those_options(page: str) -> None:
    for program, *words in lines_of(SAID[page]):
        command, shown = PROGRAMS[program], f"{program} {' '.join(words)}"
        while hasattr(command, "commands") and words and words[0] not in ("COMMAND", "…"):
            assert words[0] in command.commands, shown
            command, words = command.commands[words[0]], words[1:]
        options = {option for each in command.params for option in each.opts} | {"--help"}
        assert {word for word in words if re.match("--[a-z]", word)} <= options, shown


@pytest.mark.parametrize("page", SAID)
def test_what_a_page_has_made_is_a_target(page: str) -> None:
    assert set(re.findall(r"(?m)(?:^\s*|[`$] ?)make ([a-z]+)\b", SAID[page])) <= TARGETS


def test_a_line_to_be_typed_says_all_that_the_command_needs() -> None:
    for page, text in SAID.items():
        for block in re.findall(r"(?s)```sh\n(.*?)```", text):
            for program, *words in lines_of(block):
                command = PROGRAMS[program]
                while hasattr(command, "commands"):
                    command, words = command.commands[words[0]], words[1:]
                command.make_context(page, words)


def test_a_setting_that_a_page_names_is_read() -> None:
    told = {f"BANLI_{each.upper()}" for model in SETTINGS for each in model.model_fields}
    sources = [*ROOT.glob("*/*/src/**/*.py"), *ROOT.glob("deploy/*/src/**/*.py")]
    read = {name for each in sources for name in re.findall(r"BANLI_[A-Z_]+", each.read_text())}
    for page, text in SAID.items():
        assert set(re.findall(r"\bBANLI_[A-Z_]+\b", text)) <= told | read, page


def test_an_address_that_a_page_names_is_one_of_a_service() -> None:
    pages = [json.loads(each.read_text()) for each in ROOT.glob("docs/openapi/*.json")]
    ways = {re.sub(r"\{\w+\}", "*", path) for page in pages for path in page["paths"]}
    for page, text in SAID.items():
        for path in re.findall(r"(?<![\w.])(/v1/[^\s`?;,)\"]+|/(?:healthz|readyz|metrics))", text):
            assert re.sub(r"\{\w+\}|<[^>]+>|<\S+", "*", path) in ways, (page, path)


def test_the_codes_of_which_the_handbooks_speak_are_those_that_are_given() -> None:
    refused = "".join(each.read_text() for each in ROOT.glob("docs/openapi/*.json"))
    found = {code.value for code in Code}
    for code in _first_cells("docs/handbooks/department.md", "## What is refused, and why"):
        assert f"urn:banli:refusal:{code}" in refused
    table = SAID["docs/handbooks/auditor.md"].split("## What `verify` looks at")[1]
    said = re.findall(r"`([a-z]+(?:-[a-z]+)*)` *[,|]", table.split("\n## ")[0])
    assert said
    assert set(said) <= found


def _first_cells(page: str, heading: str) -> list[str]:
    rows = re.findall(r"(?m)^\|([^|]+)\|", SAID[page].split(heading)[1].split("\n## ")[0])
    found = [code for row in rows for code in re.findall(r"`([a-z-]+)`", row)]
    assert found
    return found
