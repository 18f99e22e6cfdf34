"""The story of a whole life: each step has its two names, and the state that follows from it."""

from datetime import date
from typing import Any

from banli_audit.labels import label
from banli_audit.story import Told, lines
from banli_events.words import Grade, Ruling


def steps(told: list[Told]) -> list[str]:
    return list(dict.fromkeys(each.state["step"] for each in told))


def state(life: Any) -> dict[str, Any]:
    return life.story()[-1].state


def test_each_sentence_is_told_with_its_two_names(life: Any) -> None:
    life.play("issue").then("ask time", "give time", "suspend", "resume", "remind", "phone")
    before: dict[str, Any] = {}
    for told in life.story():
        zh, en = label(told.event["type"])
        assert f"  {zh} {en}  " in next(lines(told, before))
        before = told.state


def test_a_second_round_goes_its_steps_again(life: Any) -> None:
    life.second_round()
    told = [each.state["step"] for each in life.story()]
    again = told[told.index("REHANDLING") :]
    assert list(dict.fromkeys(again)) == [
        *("REHANDLING", "IN_HANDLING", "DRAFTED", "REVIEWED", "APPROVED", "SENT")
    ]
    assert (state(life)["ordered"], state(life)["sent"]["round"]) == (2, 2)


def test_each_end_is_a_step(life: Any) -> None:
    life.play("plan").then("outer window", "object out", "answered")
    assert steps(life.story())[-1] == "GIVEN_BACK"
    life.then("explain")
    assert state(life)["given_back"] is True
    life.then("withdraw")
    assert steps(life.story())[-1] == "WITHDRAWN"


def test_an_item_explained_as_out_of_scope_ends_so(life: Any) -> None:
    life.play("accept").then("explain")
    assert steps(life.story())[-1] == "OUT_OF_SCOPE"


def test_an_objection_shows_until_it_is_answered(life: Any) -> None:
    life.play("accept").then("object")
    assert (state(life)["step"], state(life)["objecting"]) == ("OBJECTED", ["traffic"])
    life.then("refuse")
    assert (state(life)["step"], state(life)["objection_refused"]) == ("ASSIGNED", ["traffic"])


def test_clocks_tell_what_became_of_them(life: Any) -> None:
    life.play("plan").then("ask time", "suspend", "remind")
    told = next(each for each in state(life)["deadlines"] if each["clock"] == "reply")
    assert told == {
        "clock": "reply",
        "due": "2026-06-03T16:00:00.000000Z",
        "missed": False,
        "more_time_asked": True,
        "suspended": True,
        "reminded": True,
    }


def test_what_is_open_is_told(life: Any) -> None:
    life.play("draft").then("refer", "divide", "finish 2", "alarm", "phone", "notice", "sponsor")
    told = state(life)
    assert (told["waits_for"], told["open_tasks"]) == (["r1"], ["t1"])
    assert (told["alarms"], told["notices"]) == (["a1"], {"N1": "traffic"})
    assert (told["urged_by_phone"], told["sponsor"]) == (["reply"], "p-chief")


def test_silence_and_the_rulings_of_meetings_are_told(life: Any) -> None:
    life.play("rate s2").wait(date(2026, 3, 17)).then("close ratings")
    assert (state(life)["step"], state(life)["silent"]) == ("RATED", {"1": ["s2"]})


def test_an_item_entered_in_error_begins_anew(life: Any) -> None:
    life.play("draft")
    life.say("withdraw", data={"entered_in_error": True})
    life.then("register")
    assert state(life)["step"] == "REGISTERED"
    assert not {"assigned_to", "deadlines", "contacted"} & state(life).keys()
    life.then("classify")
    assert state(life)["step"] == "CLASSIFIED"


def test_a_ruling_is_told(life: Any) -> None:
    life.second_round()
    life.say("rate", data={"grade": Grade.NOT_SATISFIED, "round": 2})
    life.say("rate s2", data={"round": 2})
    life.say("meeting decides", data={"ruling": Ruling.CLOSE})
    assert state(life)["rulings"] == {"2": "CLOSE"}
