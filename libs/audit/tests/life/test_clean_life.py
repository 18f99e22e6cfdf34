"""A life that is as it should be shows no finding, whichever way it goes."""

from datetime import date
from typing import Any

import pytest

from banli_events.assignment import Assigned
from banli_events.words import Grade, Ruling


def test_nothing_is_found_in_a_whole_life(life: Any) -> None:
    life.play()
    report = life.log.verify()
    assert [str(each) for each in report.findings] == []
    assert report.not_judged == 0


def object_and_go_on(life: Any) -> None:
    life.play("accept").then("object", "refuse", "accept", "plan")


def object_and_hand_on(life: Any) -> None:
    life.play("accept").then("object", "uphold", "propose other")
    office = life.say("uphold").context.actor
    life.log.said.pop(), life.log.records.pop()
    life.say("reassign", office)


def hand_on_with_approval(life: Any) -> None:
    life.play("draft").then("propose other", "reassign")


def object_to_the_assigner(life: Any) -> None:
    life.play("accept").then("outer window", "object out", "answered")


def refer_out(life: Any) -> None:
    life.play("draft").then("refer", "referral clock", "result")


def explain(life: Any) -> None:
    life.play("accept").then("explain")


def divide(life: Any) -> None:
    life.play("draft").then("divide", "finish 2", "finish", "sponsor", "measure")


def return_and_redo(life: Any) -> None:
    life.play("approve").then("return")
    life.reply = life.reply.model_copy(update={"text": "In May."})
    life.then("draft", "review", "review 2", "review 3", "approve", "issue", "publish")
    life.then("call back")


def give_more_time(life: Any) -> None:
    life.play("draft").then("ask time", "no time", "ask time", "give time")


def stand_still(life: Any) -> None:
    life.play("draft").then("suspend", "resume")


def urge(life: Any) -> None:
    life.play("draft").then("remind", "phone", "notice", "take notice", "answer notice")


def sound_an_alarm(life: Any) -> None:
    life.play("draft").then("alarm", "look", "settle")


def miss(life: Any) -> None:
    life.play("draft").then("refer", "referral clock").wait(date(2026, 4, 3)).then("miss")


def withdraw_the_miss(life: Any) -> None:
    """R063: a result that came in time and was heard of later."""
    life.play("draft").then("refer", "referral clock")
    seen = dict(life.log.versions(life.log.subject))
    in_time = life.say("result").time
    life.wait(date(2026, 4, 3))
    life.say("miss", seen={name: seen[name] for name in ("intake", "assignment")})
    life.say("unmiss", data={"done_at": in_time})


def close_the_ratings(life: Any) -> None:
    life.play("rate s2").wait(date(2026, 3, 17)).then("close ratings", "publish", "verify")
    life.then("report", "sum up", "archive")


def handle_again(life: Any) -> None:
    life.second_round()


def let_a_meeting_decide(life: Any) -> None:
    life.second_round()
    life.say("rate", data={"grade": Grade.NOT_SATISFIED, "round": 2})
    life.say("rate s2", data={"round": 2})
    life.then("meeting decides", "verify", "report", "sum up")
    life.say("publish", data={"round": 2})
    life.say("archive")


def handle_a_third_time(life: Any) -> None:
    life.second_round()
    life.say("rate", data={"grade": Grade.NOT_SATISFIED, "round": 2})
    life.say("rate s2", data={"round": 2})
    life.say("meeting decides", data={"ruling": Ruling.REHANDLE})
    life.say("order", data={"round": 3})


def withdraw(life: Any) -> None:
    life.play("issue").then("withdraw")


def issue_before_it_was_known(life: Any) -> None:
    """R009: what went out stands, and the case goes back to those who replied."""
    life.play("approve").then("approve")
    seen = dict(life.log.versions(life.log.subject))
    life.then("propose other", "reassign")
    life.say("issue", seen={"intake": seen["intake"], "assignment": seen["assignment"]})
    from_reaction = {"cause": life.log.said[-1], "via": "reaction:stand-by-the-reply"}
    theirs = life.last(Assigned).data
    life.react("reassign", data={"lead": theirs.lead, "co": theirs.co}, **from_reaction)


def register_anew(life: Any) -> None:
    life.play("draft")
    life.say("withdraw", data={"entered_in_error": True})
    life.play("archive")


def meet(life: Any) -> None:
    life.play("assign")
    life.meet("m1")
    life.say("assign", data={"meeting": "m1"})


WAYS = [
    *(object_and_go_on, object_and_hand_on, hand_on_with_approval, object_to_the_assigner),
    *(refer_out, explain, divide, return_and_redo, give_more_time, stand_still, urge),
    *(
        sound_an_alarm,
        miss,
        withdraw_the_miss,
        close_the_ratings,
        handle_again,
        let_a_meeting_decide,
    ),
    *(handle_a_third_time, withdraw, issue_before_it_was_known, register_anew, meet),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_is_found_in_a_lawful_detour(life: Any, way: Any) -> None:
    way(life)
    assert [str(each) for each in life.log.verify().findings] == []
