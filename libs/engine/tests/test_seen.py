"""What is counted and logged of the loop: names of this build, and nothing that anybody wrote."""

import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from toy_service import ANNA, CASE, SERVICE, command

from banli_engine import asking, logs, metrics, tracing
from banli_engine.answering import Answered, Turn
from banli_engine.errors import NotPermitted
from banli_engine.inbox import Came, TooMuch
from banli_engine.meter import Meter, shown
from banli_engine.pending import from_http, from_message, from_waiting, to_waiting
from banli_engine.store import Effects, Loaded, Message, StoredAnswer
from banli_engine.telling import tell
from banli_events.envelope import Wire
from banli_events.submission import Outcome

SECRET = "what Zhang quarrels about"
SPAN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Log as a service does, and read the lines back; each must be JSON."""
    hook, root = sys.excepthook, logging.getLogger().handlers
    logs.configure("json", "toy")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    sys.excepthook, logging.getLogger().handlers = hook, root
    logging.captureWarnings(False)
    structlog.reset_defaults()


def _families(*meters: Meter) -> dict[str, tuple[str, set[str]]]:
    """Read what is shown as Prometheus does: by name the type and the labels."""
    found = {}
    for family in text_string_to_metric_families(shown(meters).decode()):
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        name = family.name + ("_total" if family.type == "counter" else "")
        found[name] = family.type, labels
    return found


def _turn(*answered: Answered, heads: dict[str, int] | None = None) -> Turn:
    class Folded:
        pass

    folded: Any = Folded()
    folded.heads = heads or {}
    desk: Any = None
    return Turn(desk, CASE, Loaded(), folded, Effects(CASE), list(answered))


def _count(metric: Any, **labels: str) -> float:
    samples = metric.family().samples
    return sum(s.value for s in samples if labels.items() <= s.labels.items())


def test_what_is_shown_is_what_the_table_lists() -> None:
    shows = _families(metrics.EVERY, metrics.DECIDING)
    listed = {row.name: row for row in (*metrics.EVERY.rows, *metrics.DECIDING.rows)}
    assert shows.keys() == listed.keys()
    for name, (kind, labels) in shows.items():
        assert kind == listed[name].kind
        assert labels <= set(listed[name].labels)


def test_every_metric_says_what_it_means_in_both_languages_and_is_named_as_prometheus_has_it() -> (
    None
):
    for row in (*metrics.EVERY.rows, *metrics.DECIDING.rows):
        assert row.name.startswith("banli_")
        assert row.name.endswith("_total") == (row.kind == "counter")
        assert row.english.endswith(".")
        assert row.chinese.endswith("。")
        if row.kind == "histogram":
            assert row.name.endswith("_seconds") or row.name.startswith("banli_batch_")


def test_an_answer_is_counted_by_names_and_logged_without_what_was_sent(lines: Any) -> None:
    asked = replace(command(category=SECRET), via="system:letters")
    stored = StoredAnswer("h", Outcome.REFUSED, b"{}")
    labels = {"command": "ClassifyItem", "via": "system", "outcome": "refused"}
    before = _count(metrics.ANSWERED, **labels, code="not-permitted")
    tell(Came([], [], [], {}), [_turn(Answered(asked, stored, why=NotPermitted()))])
    assert _count(metrics.ANSWERED, **labels, code="not-permitted") == before + 1
    (line,) = lines()
    assert line["event"] == "fact_answered"
    assert (line["service"], line["cause"], line["code"]) == (
        "toy",
        "ClassifyItem",
        "not-permitted",
    )
    assert (line["command"], line["correlation"]) == (asked.id, asked.id)
    assert line["subject"] is None, "nobody has said anything of it yet, so it is input"
    assert SECRET not in json.dumps(line)
    tell(Came([], [], [], {}), [_turn(Answered(asked, stored), heads={"toy": 1})])
    assert lines()[0]["subject"] == CASE


def test_what_this_build_does_not_know_is_counted_as_other() -> None:
    body = {"id": "0b8e4b5e-3c39-4d0e-9a0c-0d9b6f6d4c11", "type": SECRET, "data": {}}
    asked = from_http(SERVICE, body, ANNA, frozenset())
    stored = StoredAnswer("h", Outcome.REFUSED, b"{}")
    tell(Came([], [], [], {}), [_turn(Answered(asked, stored, why=asked.refusal))])
    assert _count(metrics.ANSWERED, command="other", code="unknown-command")
    assert SECRET not in shown([metrics.DECIDING]).decode()


def test_an_answer_given_before_counts_as_repeated() -> None:
    before = _count(metrics.ANSWERED, outcome="repeated")
    stored = StoredAnswer("h", Outcome.ADMITTED, b"{}")
    tell(Came([], [], [], {}), [_turn(Answered(command(), stored, repeated=True))])
    assert _count(metrics.ANSWERED, outcome="repeated") > before


def test_libraries_warnings_and_the_end_of_a_process_are_told_without_their_text(
    lines: Any,
) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as fault:
        logging.getLogger("somebody").exception(SECRET)
        logging.getLogger("somebody").error("%s", SECRET)
        sys.excepthook(type(fault), fault, fault.__traceback__)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(SECRET, stacklevel=1)
    first, second, ended, warned = lines()
    assert (first["event"], first["logger"], first["fault"]) == (
        "library_said",
        "somebody",
        "ValueError",
    )
    assert "fault" not in second
    assert (ended["event"], ended["fault"], ended["level"]) == (
        "process_failed",
        "ValueError",
        "critical",
    )
    assert warned["logger"] == "py.warnings"
    assert SECRET not in json.dumps([first, second, ended, warned])


def test_a_fault_is_told_by_what_the_system_calls_it() -> None:
    told = logs.of(OSError(28, SECRET))
    assert (told["fault"], told["code"]) == ("OSError", "ENOSPC")
    assert SECRET not in str(told)


def test_tracing_is_off_unless_asked_for() -> None:
    assert not tracing.on()
    assert tracing.start("x", None) is None
    assert tracing.text(None) is None


def test_what_waits_keeps_the_trace_it_belongs_to() -> None:
    body = {"id": "0b8e4b5e-3c39-4d0e-9a0c-0d9b6f6d4c11", "type": "ClassifyItem", "subject": CASE}
    body |= {"actor": ANNA.model_dump(), "data": {"category": "a"}}  # type: ignore[dict-item]
    value = json.dumps(body).encode()

    def waits(*headers: tuple[str, bytes]) -> Any:
        message = Message("submissions.assignment.x", 0, 1, Wire(None, headers, value))
        new = to_waiting(from_message(SERVICE, message))
        return new.body, from_waiting(SERVICE, CASE, new.kind, new.body, (1, 0))

    plain, asked = waits()
    assert plain.startswith(b'["submissions.assignment.x",0,1]\n'), "as an older build reads it"
    assert asked.trace is None
    assert waits(("traceparent", SPAN.encode()))[1].trace == SPAN
    assert waits(("traceparent", SECRET.encode()))[1].trace is None


async def test_who_is_told_to_come_again_is_counted_by_the_reason() -> None:
    class Full:
        async def call(self, _: object) -> None:
            raise TooMuch

    full: Any = Full()
    before = _count(metrics.PUT_OFF, code="busy")
    answer = await asking._answer(full, command(category="a"), nullcontext(), 0.0)
    assert (answer.status, answer.again) == (503, True)
    assert _count(metrics.PUT_OFF, code="busy") == before + 1


def test_nothing_of_tracing_is_imported_while_it_is_off() -> None:
    look = "import sys, banli_engine.process as p, banli_engine.tracing as t; t.configure('toy')"
    look += (
        "; print([n for n in ('sdk', 'trace', 'exporter') if f'opentelemetry.{n}' in sys.modules])"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = subprocess.run(
        [sys.executable, "-c", look], env=env, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
