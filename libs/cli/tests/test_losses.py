"""A loss shows, on its line; what is on its way is none."""

from dataclasses import replace
from typing import Any

import pytest
from kafka import TopicPartition

from banli_cli.kept import Kept, Known
from banli_cli.losses import Line, Seen, lines

LOG = TopicPartition("case-events", 0)
DESK = TopicPartition("submissions.intake.desk", 0)
SAID = {"intake": 6, "assignment": 3, "supervision": 1}


def kept(service: str, **changed: Any) -> Kept:
    """A service that has read and keeps all ten events."""
    mine = {
        "items": {"registered": 2, "refused": 1},
        "positions": {LOG: 10, DESK: 4},
    }
    lines_ = {"register": 2, "refused": 1, "handling": 2}
    whole = Kept(
        service,
        positions=mine["positions"],
        by_source=SAID,
        answers={"admitted": 4},
        items=lines_ if service == "reporting" else mine["items"],
    )
    return replace(whole, **changed)


def seen(**changed: Kept) -> Seen:
    """Four services on a quiet log, and four submissions that are answered."""
    services = ("intake", "assignment", "supervision", "reporting")
    return Seen(
        {name: changed.get(name) or kept(name) for name in services},
        logs=[LOG],
        begins={LOG: 0, DESK: 0},
        ends={LOG: 10, DESK: 4},
        submissions={DESK: "intake"},
        answered={(DESK.topic, 0, offset) for offset in range(4)},
        known={"intake": Known(4, 4, 4, 4)},
    )


def gaps(found: list[Line]) -> dict[str, int]:
    return {line.name: line.gap for line in found if line.gap}


def test_where_nothing_is_lost_every_line_adds_up() -> None:
    found = lines(seen())
    assert gaps(found) == {}
    assert all(line.due == line.there and not line.under_way for line in found)
    assert all(line.due for line in found), "a line that counts nothing would show no loss"


def without(source: str) -> dict[str, int]:
    return {**SAID, source: SAID[source] - 1}


@pytest.mark.parametrize(
    ("changed", "line", "words"),
    [
        ({"assignment": {"by_source": without("intake")}}, "copy.assignment", "1 of intake"),
        ({"intake": {"by_source": without("intake")}}, "copy.intake", "1 of intake"),
        ({"intake": {"by_source": {**SAID, "intake": 7}}}, "said", "never came to the log"),
        (
            {"reporting": {"items": {"register": 1, "refused": 1, "handling": 2}}},
            "ledger.register",
            "no line in the ledger register",
        ),
    ],
)
def test_a_loss_shows_on_its_line_alone(
    changed: dict[str, dict[str, Any]], line: str, words: str
) -> None:
    found = lines(seen(**{name: kept(name, **what) for name, what in changed.items()}))
    assert gaps(found) == {line: 1}
    assert words in next(each.wrong for each in found if each.gap)


def test_an_event_that_reporting_has_not_told_shows_in_its_records_and_its_events() -> None:
    found = lines(seen(reporting=kept("reporting", by_source=without("supervision"))))
    assert gaps(found) == {"records": 1, "copy.reporting": 1}


def test_what_is_doubled_on_the_log_or_parked_is_not_missing() -> None:
    doubled = kept("reporting", by_source=without("intake"), redelivered=1)
    assert gaps(lines(seen(reporting=doubled))) == {"copy.reporting": 1}, "told twice, and one lost"
    parked = kept("reporting", by_source=without("intake"), messages_parked=1, parked={"intake": 1})
    found = lines(seen(reporting=parked))
    assert gaps(found) == {}
    assert next(e for e in found if e.name == "copy.reporting").under_way == 1


def test_what_is_unsent_or_unread_is_on_its_way() -> None:
    said = kept("intake", by_source={**SAID, "intake": 7}, unsent=1)
    found = lines(seen(intake=said))
    assert gaps(found) == {}
    assert next(e for e in found if e.name == "said").under_way == 1
    late = kept("assignment", by_source=without("intake"), positions={LOG: 9})
    assert gaps(lines(seen(assignment=late))) == {}


def test_a_submission_that_was_read_and_has_no_receipt_is_lost() -> None:
    whole = seen()
    whole.answered.discard((DESK.topic, 0, 2))
    assert gaps(lines(whole)) == {"submissions": 1}
    at = frozenset({(DESK.topic, 0, 2)})
    for waits in ({"pending": at}, {"waiting": at}, {"positions": {LOG: 10, DESK: 2}}):
        there = seen(intake=kept("intake", **waits))
        there.answered.discard((DESK.topic, 0, 2))
        if "positions" in waits:
            there.answered.discard((DESK.topic, 0, 3))
        assert gaps(lines(there)) == {}, waits


def test_an_answer_or_an_event_that_a_receipt_tells_of_must_be_kept() -> None:
    whole = seen()
    whole.known = {"intake": Known(4, 3, 4, 3)}
    assert gaps(lines(whole)) == {"answers": 1, "told": 1}
    rebuilt = kept("intake", by_source={}, positions={})
    rebuilding = seen(intake=rebuilt)
    rebuilding.known = {"intake": Known(4, 0, 4, 0)}
    assert gaps(lines(rebuilding)) == {}, "it is read again"


def test_a_log_whose_beginning_is_gone_is_a_loss() -> None:
    whole = seen()
    whole.begins[LOG] = 2
    found = lines(whole)
    assert gaps(found) == {"records": 2}
    assert "at the beginning of the log are gone" in next(e.wrong for e in found if e.gap)
