"""What is shown fits a terminal of 80 columns, and a pipe gets no control codes."""

import json
from typing import Any

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from banli_cli import cases, cells, evaluating, ledgers, looking, losses, screen
from banli_cli.__main__ import app
from banli_cli.services import Services

TITLE = "关于进一步完善城市道路交通信号灯智能化水平并打通部门间数据共享通道的建议"
LINE = {
    "subject": "case/001f7097-1f95-5b23-9116-643da58403bc",
    "number": "0101",
    "title": TITLE,
    "lead_unit_name": "网络安全保卫支队",
    "step_label": {"zh": "办理中", "en": "in hand"},
    "due": "2022-06-06T16:00:00.000000Z",
    "in_time": None,
    "missing": [
        {"code": "c", "zh": "缺会办意见", "en": "opinions due", "who": ["traffic", "tech"]}
    ],
}


def commands(group: Any, name: str = "banli") -> list[tuple[str, Any]]:
    """All commands by their full names."""
    found: list[tuple[str, Any]] = []
    for each, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, f"{name} {each}")
        else:
            found.append((f"{name} {each}", command))
    return found


ALL = commands(typer.main.get_command(app))


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_help_speaks_both_languages_and_shows_an_example(name: str, command: Any) -> None:
    first, *rest = command.help.splitlines()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in first.split()[0]), first
    assert any(line.strip().startswith(name) for line in rest), "no example"
    assert "\\b" not in command.help
    assert all(cell_len(line) <= 78 for line in rest), max(rest, key=cell_len)


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_what_tells_something_tells_it_to_programs_too(name: str, command: Any) -> None:
    plain = {"banli up", "banli down", "banli token"}  # what the launcher says; a token alone
    has_json = any("--json" in parameter.opts for parameter in command.params)
    assert has_json or name in plain


def answering(said: Any) -> Services:
    class Told(Services):
        def __init__(self) -> None:
            pass

        def get(self, service: str, path: str, **params: Any) -> Any:
            return said(path, params) if callable(said) else said

    return Told()


def run(monkeypatch: pytest.MonkeyPatch, said: Any, *words: str, columns: int = 80) -> str:
    stack = answering(said)
    for module in (cases, evaluating, ledgers):
        monkeypatch.setattr(module.profiles, "read", lambda _: None)
        monkeypatch.setattr(module.Services, "of", lambda *_: stack)
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    return result.output


def fits(text: str, columns: int = 80) -> bool:
    return max(map(cell_len, text.splitlines())) <= columns


def ledger(lines: list[Any], total: int | None = None) -> dict[str, Any]:
    title = {"zh": "办理台账", "en": "handling"}
    return {"title": title, "total": total or len(lines), "lines": lines, "next": None}


def test_a_ledger_fits_80_columns_and_shows_what_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, ledger([LINE] * 3), "ledger", "handling")
    assert fits(shown)
    for words in ("0101", "2022-06-06", "in hand", "traffic"):
        assert words in shown, shown
    assert "16:00" not in shown, "a day that ends at midnight is that day"


def test_what_has_no_room_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = {f"field_{n}": "w" * 20 for n in range(9)}
    shown = run(monkeypatch, ledger([wide]), "ledger", "other")
    assert fits(shown)
    assert "No room for:" in shown
    assert "field_8" in shown
    assert "No room for" not in run(monkeypatch, ledger([wide]), "ledger", "other", columns=240)


def test_a_table_shows_a_screenful_and_programs_get_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def pages(_: str, params: dict[str, Any]) -> Any:
        at = int(params.get("offset", 0))
        lines = [{**LINE, "number": str(n)} for n in range(at, min(at + params["limit"], 1_500))]
        more = at + len(lines)
        return {**ledger(lines, 1_500), "next": str(more) if more < 1_500 else None}

    assert "20 of 1500 lines" in run(monkeypatch, pages, "ledger", "handling")
    told = json.loads(run(monkeypatch, pages, "ledger", "handling", "--json"))
    assert [line["number"] for line in told["lines"]] == [str(n) for n in range(1_500)]
    few = json.loads(
        run(monkeypatch, pages, "ledger", "handling", "--json", "--limit", "2", "--columns", "due")
    )
    assert few["lines"] == [{"due": LINE["due"]}] * 2


STORY = {
    "subject": LINE["subject"],
    "handling": LINE,
    "parked": [],
    "events": [
        {
            "type": "ItemRegistered",
            "label": {"zh": "登记", "en": "registered"},
            "time": "2022-03-01T02:00:00.000000Z",
            "actor": {"person": "lin-yue", "post": "registrar", "unit": "office"},
            "via": "http",
            "data": {"title": TITLE, "kind": "PROPOSAL", "asks": [{"id": "q1"}]},
        }
    ],
}


def test_a_case_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(path: str, params: dict[str, Any]) -> Any:
        return ledger([LINE]) if "ledgers" in path else STORY

    shown = run(monkeypatch, said, "case", "0101")
    assert fits(shown)
    assert "2022-03-01 10:00  登记 registered · lin-yue registrar" in shown, "by the clock here"
    assert "…" in shown
    assert json.loads(run(monkeypatch, said, "case", "001f7097", "--json")) == STORY


def figure(numerator: int, of: int, name: str = "in_time_rate") -> dict[str, Any]:
    words = {"zh": "按时办复率", "en": "on-time rate", "formula": "a / b", "formula_zh": "甲 / 乙"}
    value = numerator / of if of else None
    return {"figure": name, **words, "numerator": numerator, "denominator": of, "value": value}


def evaluation(holds: bool) -> dict[str, Any]:
    proof = {"figure": "in_time_rate", "holds": holds, "numerator": {"proof": "1 + 1 = 3"}}
    unit = {"unit": "traffic", "name": "交通警察支队", "figures": [figure(1, 2)]}
    return {"units": [unit], "totals": [figure(3, 4)], "proof": [proof]}


def test_figures_are_shown_with_their_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(monkeypatch, evaluation(True), "evaluate")
    assert fits(shown)
    assert "3/4 75.0%" in shown
    assert "甲 / 乙" in shown
    assert "1/2 50.0%" in run(monkeypatch, evaluation(True), "evaluate", "--unit", "traffic")


def test_parts_that_do_not_sum_up_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match=r"in_time_rate does not add up: 1 \+ 1 = 3"):
        run(monkeypatch, evaluation(False), "evaluate")


def test_the_count_fits_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = losses.Line(
        "a", "日志→supervision", "log records: told in stories", 9_999_999, 9_999_990, 9
    )
    kept = {"reporting": looking.counted.kept.Kept("reporting", answers={"admitted": 1_000_000})}
    looking._show_count(losses.Seen(kept), [line])
    shown = capsys.readouterr().out
    assert fits("\n".join(each for each in shown.splitlines() if "9,999,999" in each))
    assert "9,999,999" in shown


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("due", "2022-06-06T16:00:00.000000Z", "2022-06-06"),
        ("since", "2022-06-06T16:00:00.000000Z", "2022-06-07"),
        ("in_time", True, "是 yes"),
        ("co", [], "–"),
        ("states", {"reply": "met"}, "reply: met"),
        ("subject", LINE["subject"], "case/001f7097"),
        ("step_label", {"zh": "办理中", "en": "in hand"}, "办理中 in hand"),
    ],
)
def test_values_are_written_as_people_read_them(name: str, value: Any, text: str) -> None:
    assert cells.cell(name, value) == text


def test_without_a_terminal_long_work_says_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(screen, "SECONDS_BETWEEN", 0)
    with screen.progress("intake", "events") as bar:
        bar.say("emptied")
        bar.at(1_000, 2_000)
    told = capsys.readouterr()
    assert told.err.splitlines() == ["emptied", "intake: 1,000 of 2,000"]
    assert not told.out, "what was asked for stands alone there"


def looked(monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], *words: str, code: int) -> str:
    line = looking.statuses.Line("supervision", "http://h", {"service": "supervision", **said})
    monkeypatch.setattr(looking, "_ask", lambda *_: [line, line])
    monkeypatch.setattr(looking.profiles, "read", lambda _: None)
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})
    assert result.exit_code == code, result.output
    return result.output


def test_how_far_a_service_is_behind_is_told_once_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"lag": {"case-events": {str(part): 12_345 for part in range(12)}}}
    shown = looked(monkeypatch, said, "lag", code=0)
    assert fits(shown)
    assert shown.count("148,140") == 1, "once, though two processes tell it"
    told = json.loads(looked(monkeypatch, said, "lag", "--json", code=0))
    assert [each["behind"] for each in told] == [148_140]
    assert "Nothing is behind" in looked(monkeypatch, {"lag": {}}, "lag", code=0)


def test_what_is_parked_is_told_with_its_place_and_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"topic": "case-events", "part": 11, "pos": 123_456, "count": 7}
    parked = [
        {"subject": LINE["subject"], "reason": "fork: another event has this version", **place}
    ]
    said = {"parked": parked, "parked_subjects": 3}
    shown = looked(monkeypatch, said, "parked", code=1)
    assert fits(shown)
    assert "and 2 more subjects" in shown
    told = json.loads(looked(monkeypatch, said, "parked", "--json", code=1))
    assert told == [{"service": "supervision", **parked[0]}]
    assert "Nothing is parked" in looked(monkeypatch, {"parked": []}, "parked", code=0)
