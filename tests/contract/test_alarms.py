"""Every alarm has its page, and every page its alarm; what both speak of exists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from banli_cli.__main__ import app
from banli_engine.metrics import DECIDING, EVERY
from banli_reporting.measured import REPORTING

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "alarms"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
ROWS = [*EVERY.rows, *DECIDING.rows, *REPORTING.rows]
SHOWN = {row.name: set(row.labels) for row in ROWS} | {
    f"{row.name}_{part}": {*row.labels, "le"}
    for row in ROWS
    if row.kind == "histogram"
    for part in ("bucket", "count", "sum")
}
ELSEWHERE = {
    "up",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_textfile_mtime_seconds",
}
"""What Prometheus itself and node_exporter show."""
HEADINGS = [
    "What it means",
    "How bad it is",
    "What to look at",
    "What to do",
    "How to see that it is over",
]
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]
TEXTS = {page.stem: page.read_text() for page in PAGES.glob("*.md")}


def test_every_alarm_has_its_page_and_every_page_its_alarm() -> None:
    assert len(RULES) == len({rule["alert"] for rule in RULES})
    assert {rule["alert"] for rule in RULES} == TEXTS.keys()
    for rule in RULES:
        assert rule["annotations"]["runbook_url"] == f"docs/alarms/{rule['alert']}.md"
        assert rule["annotations"].keys() == {"summary", "summary_zh", "runbook_url"}
        assert rule["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_rests_on_metrics_that_are_shown_with_labels_that_they_have(
    rule: dict[str, Any],
) -> None:
    used = re.findall(r"\b(up|(?:banli|node)_\w+)(?:\{([^}]*)\})?", rule["expr"])
    assert used
    for name, matchers in used:
        assert name in SHOWN.keys() | ELSEWHERE
        if name in SHOWN:
            assert set(re.findall(r"(\w+)\s*[=!]", matchers)) <= SHOWN[name]


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_page_says_what_to_do_with_what_there_is(name: str) -> None:
    text = TEXTS[name]
    title, _, chinese, *_ = text.splitlines()
    assert re.fullmatch(rf"# {name} [\u4e00-\u9fff A-Za-z]+", title)
    assert re.search(r"[\u4e00-\u9fff]{10}", chinese)
    assert re.findall(r"(?m)^## (.*)$", text) == HEADINGS
    assert set(re.findall(r"\bbanli_[a-z_]+", text)) <= SHOWN.keys()
    assert set(re.findall(r"\bbanli ([a-z]+)\b", text)) <= COMMANDS
    for link in re.findall(r"\]\(([^)]+)\)", text):
        assert (PAGES / link).exists()
