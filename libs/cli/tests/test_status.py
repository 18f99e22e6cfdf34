"""What `banli status` makes of what the services say."""

import asyncio
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from banli_cli.profile import KafkaLogin, Profile, Service
from banli_cli.status import Line, look, notes_on, table, wrong_with

WELL: dict[str, Any] = {
    "service": "intake",
    "ready": True,
    "mode": "open",
    "unwell": None,
    "lag": {"case-events": {"3": 5, "4": 7}},
    "unsent": 2,
    "unsent_receipts": 1,
    "waiting": 4,
    "next_due": "2026-11-22T03:21:32+00:00",
    "parked": [],
    "unknown": {},
    "refused_reactions": [],
    "stopped": {},
}


def test_nothing_is_wrong_with_a_busy_service() -> None:
    assert wrong_with(WELL) == ()
    assert notes_on(WELL) == ()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"mode": "stopped", "ready": False}, "a rebuild goes on or was broken off (stopped)"),
        ({"ready": False}, "not ready: it catches up with the log"),
        ({"unwell": "x/1 has not moved for 30 s"}, "x/1 has not moved for 30 s"),
        ({"stopped": {"case-events": "made anew"}}, "stopped reading case-events: made anew"),
        (
            {"parked": [{"subject": "case/1", "reason": "gap", "topic": "t", "part": 2, "pos": 9}]},
            "parked case/1: gap (t/2/9)",
        ),
        (
            {"refused_reactions": [{"reaction": "r", "subject": "case/1", "code": "no"}]},
            "refused reaction r on case/1: no",
        ),
    ],
)
def test_each_fault_is_one_sentence(said: dict[str, Any], sentence: str) -> None:
    assert wrong_with({**WELL, **said}) == (sentence,)


def test_a_parked_subject_is_one_sentence_and_those_not_named_are_counted() -> None:
    place = {"reason": "gap", "topic": "t", "part": 2, "pos": 9}
    since = {"count": 3, "since": "2026-11-22 03:21:32.123456+00"}
    said = {"parked": [{"subject": "case/1", **place, **since}], "parked_messages": 70}
    assert wrong_with({**WELL, **said, "parked_subjects": 1}) == (
        "parked case/1: gap (t/2/9), 3 messages since 2026-11-22 03:21:32",
    )
    assert wrong_with({**WELL, **said, "parked_subjects": 21})[1:] == (
        "parked: 20 more subjects, 70 messages in all",
    )


def test_what_waits_is_noted_by_subject_and_not_wrong() -> None:
    row = {"subject": "case/1", "kind": "submission", "count": 3, "seconds": 75}
    said = {**WELL, "waiting": 70, "waiting_subjects": 21, "waiting_on": [row]}
    assert wrong_with(said) == ()
    assert notes_on(said) == (
        "waiting on case/1: 3 × submission, the oldest for 75 s",
        "waiting: on 20 more subjects, 70 in all",
    )


def test_in_an_outage_of_kafka_the_lag_is_a_question_mark_and_the_unsent_are_shown() -> None:
    said = {**WELL, "lag": None, "unsent": 17}
    assert wrong_with(said) == ("Kafka does not tell how far behind it is",)
    console = Console(width=80, record=True, file=StringIO())
    console.print(table([Line("intake", "http://h:1", said)]))
    shown = console.export_text().split()
    assert "?" in shown
    assert "17+1" in shown


def test_a_type_of_a_newer_build_is_noted_and_not_wrong() -> None:
    said = {**WELL, "unknown": {"ItemSung": 3}}
    assert wrong_with(said) == ()
    assert notes_on(said) == ("3 × ItemSung of a newer build, kept",)


def test_the_table_fits_a_screen() -> None:
    console = Console(width=80, record=True, file=StringIO())
    console.print(table([Line("supervision", "http://h:1", WELL), Line("intake", "http://h:2")]))
    shown = console.export_text()
    assert "12" in shown
    assert "2+1" in shown
    assert "2026-11-22" in shown
    assert "down" in shown


def test_who_does_not_answer_is_down() -> None:
    service = Service(http=("http://127.0.0.1:9",), database="postgresql://h/d")
    profile = Profile(kafka=KafkaLogin(bootstrap="h:1"), services={"intake": service})
    (line,) = asyncio.run(look(profile))
    assert line.wrong == ("no answer at http://127.0.0.1:9",)
    assert not line.as_json()["up"]
