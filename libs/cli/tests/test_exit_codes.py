"""How commands end: each kind of trouble has its number, one sentence, and no traceback."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from banli_cli import count, local, looking, services, systems
from banli_cli.__main__ import app
from banli_cli.refusal import Exit, NotReached

ROOT = Path(__file__).parents[3]
PROFILE = """
[kafka]
bootstrap = "127.0.0.1:9"
protocol = "PLAINTEXT"
[services.intake]
http = ["http://127.0.0.1:9"]
database = "postgresql://nobody@127.0.0.1:9/none"
[services.assignment]
http = ["http://127.0.0.1:9"]
database = "postgresql://nobody@127.0.0.1:9/none"
[services.supervision]
http = ["http://127.0.0.1:9"]
database = "postgresql://nobody@127.0.0.1:9/none"
[services.reporting]
http = ["http://127.0.0.1:9"]
database = "postgresql://nobody@127.0.0.1:9/none"
"""


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "banli.toml"
    path.write_text(PROFILE)
    path.chmod(0o600)
    return str(path)


def run(*words: str, **env: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"BANLI_TOKEN": "token", **env})


def sentence(result: Result) -> str:
    """The one sentence on stderr."""
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    return lines[0]


def answering(monkeypatch: pytest.MonkeyPatch, *answers: httpx.Response) -> list[httpx.Request]:
    """Let the services answer this, one after the other."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(services.httpx, "Client", lambda **_: client)
    return asked


def problem(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "Not so."})


@pytest.mark.parametrize(
    "words",
    [
        ("nosuch",),
        ("status", "--nosuch"),
        ("rebuild",),
        ("ledger", "register", "--limit", "-1"),
    ],
)
def test_wrong_words_end_with_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == Exit.USAGE


def test_a_profile_or_file_that_is_not_as_it_must_be_ends_with_2(tmp_path: Path) -> None:
    result = run("lag", "--profile", str(tmp_path / "none.toml"))
    assert result.exit_code == Exit.USAGE
    assert "There is no profile" in sentence(result)
    broken = tmp_path / "pack.toml"
    broken.write_text("[[units]]\nname = 'A'\n")
    result = run("packs", "check", str(broken))
    assert result.exit_code == Exit.USAGE
    assert "something has no 'id'" in sentence(result)


def test_who_does_not_answer_ends_with_3(profile: str) -> None:
    for words in (("case", "x" * 36), ("ledger",), ("evaluate",), ("rebuild", "intake")):
        result = run(*words, "--profile", profile)
        assert result.exit_code == Exit.UNREACHED, words
        assert sentence(result)
    for words in (("status", "--quick"), ("lag",), ("parked",)):
        result = run(*words, "--profile", profile)
        assert result.exit_code == Exit.UNREACHED, words
        assert "no answer at http://127.0.0.1:9" in result.stdout


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (problem(403, "not-permitted"), Exit.REFUSED),
        (problem(401, "not-authenticated"), Exit.REFUSED),
        (problem(404, "unknown"), Exit.USAGE),
        (problem(503, "not-ready"), Exit.UNREACHED),
        (httpx.Response(500, text="<html>"), Exit.UNREACHED),
    ],
)
def test_a_no_ends_by_its_kind(
    monkeypatch: pytest.MonkeyPatch, profile: str, answer: httpx.Response, code: Exit
) -> None:
    answering(monkeypatch, answer)
    result = run("ledger", "register", "--profile", profile)
    assert result.exit_code == code
    assert sentence(result).startswith("reporting ")


WELL = {"service": "intake", "ready": True, "lag": {}, "parked": []}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, Exit.OK),
        ({"ready": False}, Exit.WRONG),
        ({"parked": [{"subject": "case/1", "topic": "t", "part": 0, "pos": 1}]}, Exit.WRONG),
    ],
)
def test_status_ends_with_1_where_something_is_wrong(
    monkeypatch: pytest.MonkeyPatch, profile: str, said: dict[str, Any], code: Exit
) -> None:
    def ask(*_: object) -> list[Any]:
        line = looking.statuses.Line("intake", "http://h", {**WELL, **said})
        return [
            line.__class__("intake", "http://h", line.said, looking.statuses.wrong_with(line.said))
        ]

    monkeypatch.setattr(looking, "_ask", ask)
    assert run("status", "--quick", "--profile", profile).exit_code == code


def test_status_ends_with_1_where_it_does_not_add_up_and_with_3_where_it_was_not_counted(
    monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setattr(looking, "_ask", lambda *_: [])
    line = count.Line("said", "说", "said", due=3, there=2, gap=1, wrong="One is missing.")
    nothing = count.Seen({"reporting": looking.counted.kept.Kept("reporting")})
    monkeypatch.setattr(looking.counted, "count", lambda *_: (nothing, [line]))
    result = run("status", "--profile", profile)
    assert result.exit_code == Exit.WRONG
    assert "One is missing." in result.stdout
    monkeypatch.setattr(looking.counted, "count", lambda *_: (nothing, []))
    assert run("status", "--profile", profile).exit_code == Exit.OK

    def unreached(*_: object) -> None:
        raise NotReached("Kafka does not answer.")

    monkeypatch.setattr(looking.counted, "count", unreached)
    result = run("status", "--json", "--profile", profile)
    assert result.exit_code == Exit.UNREACHED
    assert '"why": "Kafka does not answer."' in result.stdout


def test_ctrl_c_ends_with_130_and_without_a_word(
    monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(systems, "read", interrupted)
    result = run("system", "list", "--profile", profile)
    assert result.exit_code == Exit.INTERRUPTED
    assert "Traceback" not in result.output


def test_whatever_the_locale_what_is_written_is_utf_8() -> None:
    for words in (["ledger", "--help"], ["packs", "check", "packs/suggestion-2022.toml"]):
        ran = subprocess.run(
            [sys.executable, "-m", "banli_cli", *words],
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        assert ran.returncode == Exit.OK, ran.stderr
        assert max(ran.stdout.decode()) >= "\u4e00", words
        assert b"\x1b" not in ran.stdout


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    ran = subprocess.run(
        f"{sys.executable} -m banli_cli --help | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr


def test_without_the_local_stack_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "LAUNCHER", "nowhere_installed")
    result = run("up")
    assert result.exit_code == Exit.USAGE
    assert "not installed here" in sentence(result)


@pytest.mark.parametrize("word", ["up", "down"])
def test_up_and_down_end_as_the_launcher_does(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    asked: list[list[str]] = []

    def launched(command: list[str], **_: object) -> "subprocess.CompletedProcess[str]":
        asked.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(local.subprocess, "run", launched)
    assert run(word).exit_code == Exit.WRONG
    assert [command[1:] for command in asked] == [["-m", "banli_local", word]]


def test_the_page_of_exit_codes_names_each_of_them() -> None:
    text = (ROOT / "docs" / "exit-codes.md").read_text()
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.M)}
    assert told == set(map(int, Exit))
