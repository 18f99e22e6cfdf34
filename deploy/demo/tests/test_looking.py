"""What the driver of the clock and the checks make of what the services say."""

from banli_demo.driver import restless
from banli_demo.looking import _parked


def test_a_service_of_which_kafka_does_not_tell_the_lag_is_not_at_rest() -> None:
    well = {"ready": True, "idle": True, "lag": {}, "unsent": 0, "waiting": 0, "parked": []}
    assert restless({"intake": well}) == []
    assert restless({"intake": {**well, "lag": None}}) == ["intake: Kafka does not tell the lag"]


def test_what_is_parked_reads_the_same_by_subject_and_by_message() -> None:
    first = {"subject": "case/1", "topic": "t", "part": 2, "pos": 9, "reason": "gap"}
    told = ["case/1 at t/2@9: gap, and 1 events behind it"]
    assert _parked([{**first, "count": 2}]) == told
    assert _parked([first, {**first, "pos": 10, "reason": "behind"}]) == told
