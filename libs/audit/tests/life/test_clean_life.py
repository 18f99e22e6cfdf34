"""A life that is as it should be shows no finding, whichever way it goes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from banli_events.assignment import Assigned, AssignmentAccepted
from banli_events.deadlines import Basis, DayOff, Pause, Skipped, Step
from banli_events.supervision import DeadlineResumed, DeadlineSet, DeadlineSuspended, StepRule
from banli_events.words import Actor, Grade, Ruling

OFFICE = Actor(person="p-off", post="office", unit="office")


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
    life.play("approve").then("return", "rework clock")
    life.reply = life.reply.model_copy(update={"text": "In May."})
    life.then("draft", "review", "review 2", "review 3", "approve", "issue", "publish")
    life.then("call back")


def give_more_time(life: Any) -> None:
    life.play("draft").then("ask time", "no time", "ask time", "give time")


def the_assigner_binds(life: Any) -> None:
    """R021: the assigner's own date binds where it is earlier; a pause moves it on."""
    life.bound(date(2026, 4, 1)).then("suspend").wait(date(2026, 3, 12))
    bound = life.last(DeadlineSet).data.basis
    pause = Pause(since=date(2026, 3, 2), until=date(2026, 3, 12), why="?")
    moved = bound.model_copy(update={"last_day": date(2026, 4, 11), "pauses": (pause,)})
    due = life.last(DeadlineSet).data.due + timedelta(days=10)
    life.say("resume", data={"basis": moved, "pause": pause, "due": due})


def stand_still_over_a_weekend(life: Any) -> None:
    """R063: ten working days from 2 March, standing still from 5 to 10 March."""
    life.play("opine").wait(date(2026, 3, 4))
    life.say("suspend", data={"clock": "unit-opinion:patrol"})
    life.wait(date(2026, 3, 10))
    pause = Pause(since=date(2026, 3, 4), until=date(2026, 3, 10), why="?")
    weekend = (date(2026, 3, 14), date(2026, 3, 15))
    basis = life.last(DeadlineSet, "unit-opinion:patrol").data.basis.model_copy(
        update={
            "last_day": date(2026, 3, 20),
            "pauses": (pause,),
            "skipped": tuple(Skipped(day=day, why=DayOff.WEEKEND) for day in weekend),
        }
    )
    life.say(
        "resume",
        data={
            "clock": "unit-opinion:patrol",
            "basis": basis,
            "pause": pause,
            "due": datetime(2026, 3, 20, 16, tzinfo=UTC),
        },
    )


def in_another_order(life: Any) -> None:
    """R080: first contact, then research, then rectify, then contact again."""
    life.under(
        StepRule(step=Step.RESEARCH, after=(Step.CONTACT,)),
        StepRule(step=Step.RECTIFY, after=(Step.RESEARCH,)),
        StepRule(step=Step.DRAFT, after=(Step.RECTIFY, Step.RECONTACT, Step.CONSULT)),
        StepRule(step=Step.APPROVE, after=(Step.DRAFT, Step.CONSULT)),
        StepRule(step=Step.CONTACT, after=(Step.APPROVE,), units=("fire",)),
    )
    life.then("contact", "research", "measure", "contact s2", "consult", "ask", "opine", "draft")
    life.then("review", "review 2", "review 3", "approve", "issue", "publish")


def of_another_scheme(life: Any) -> None:
    """A letter that this build does not know is held to nothing."""
    life.play("draft")
    outcome = life.reply.outcome.model_copy(update={"result": "E"})
    life.reply = life.reply.model_copy(update={"outcome": outcome})
    life.say("draft")


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
    *(the_assigner_binds, stand_still_over_a_weekend, in_another_order, of_another_scheme),
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


def test_a_clock_set_before_clocks_explained_themselves_may_stand_still(log: Any) -> None:
    log.play(AssignmentAccepted)
    set_ = log.last(DeadlineSet).data
    log.say(DeadlineSuspended(clock="reply", reason="?"), OFFICE)
    pause = Pause(since=set_.counted_from, until=set_.counted_from, why="?")
    last_day = set_.counted_from + timedelta(days=90)
    basis = Basis(
        counted_from=set_.counted_from, last_day=last_day, pauses=(pause,), source="90 days"
    )
    log.say(DeadlineResumed(clock="reply", due=set_.due, pause=pause, basis=basis), OFFICE)
    assert log.codes() == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_nothing_is_found_in_a_lawful_detour(life: Any, way: Any) -> None:
    way(life)
    assert [str(each) for each in life.log.verify().findings] == []
