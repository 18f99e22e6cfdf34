"""Forged lives: each breach is named where it was said, and nothing else is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from banli_audit.codes import Code
from banli_events.assignment import Assigned, Reassigned
from banli_events.deadlines import Pause, Span, Step, TimeUnit
from banli_events.supervision import DeadlineSet, ReplyIssued, StepRule
from banli_events.words import (
    Actor,
    Extent,
    Grade,
    OutcomeClass,
    PackRef,
    Responsible,
    Ruling,
    Taken,
)

REGISTRAR = Actor(person="p-reg", post="registrar", unit="office")
OFFICE = Actor(person="p-off", post="office", unit="office")
HEAD = Actor(person="p-head", post="head", unit="traffic")
CHIEF = Actor(person="p-chief", post="chief", unit="office")
SECOND = Actor(person="p-han2", post="handler2", unit="traffic")
HANDLER = Actor(person="p-han", post="handler", unit="traffic")
PATROL = Actor(person="p-pat", post="patroller", unit="patrol")
PATROL_HEAD = Actor(person="p-phead", post="patrol-head", unit="patrol")
RATING_HANDLER = Actor(person="p-han", post="registrar", unit="office")
HEAD_IN_OFFICE = Actor(person="p-head", post="office", unit="office")
CHIEF_AS_DEPUTY = Actor(person="p-chief", post="deputy", unit="office")
HANDLER_AS_CHIEF = Actor(person="p-han", post="chief", unit="office")
FIRE = Actor(person="p-fire", post="fireman", unit="fire")

Forged = Callable[[Any], object]
Row = tuple[Forged, set[Code]]


def after(until: str | None, *names: str, **said: Any) -> Forged:
    """Go the whole way up to a sentence, then say some more, the last as told here."""

    def forged(life: Any) -> None:
        life.play(until, said.pop("without", ()))
        life.then(*names[:-1])
        life.say(names[-1], **said)

    return forged


def rewritten(**changes: Any) -> Forged:
    """Write the draft otherwise, under its own hash."""

    def forged(life: Any) -> None:
        life.play("draft")
        life.reply = life.reply.model_copy(update=changes)
        life.say("draft")

    return forged


def outcome(**changes: Any) -> Forged:
    def forged(life: Any) -> None:
        changed = life.reply.outcome.model_copy(update=changes)
        rewritten(outcome=changed)(life)

    return forged


def counted(name: str, **changes: Any) -> Forged:
    """Set a clock whose basis was counted otherwise."""

    def forged(life: Any) -> None:
        life.play(name)
        life.say(name)
        basis = life.last(DeadlineSet).data.basis.model_copy(update=changes)
        life.log.said.pop(), life.log.records.pop()
        due = life.log.now.replace(hour=16, minute=0) + timedelta(
            days=(basis.last_day - life.log.now.date()).days
        )
        life.say(name, data={"basis": basis, "due": due})

    return forged


def withdraw_unheard(life: Any) -> None:
    life.play("issue")
    seen = dict(life.log.versions(life.log.subject))
    life.then("issue")
    life.say("withdraw", seen={name: seen[name] for name in ("assignment", "supervision")})


def withdraw_and_ask(life: Any) -> None:
    withdraw_unheard(life)
    life.say("request")


def withdraw_and_rate(life: Any) -> None:
    withdraw_unheard(life)
    life.say("rate")


def meeting_by_a_handler(life: Any) -> None:
    life.meet("m1", HANDLER)


REGISTER: list[Row] = [
    (after("propose", "withdraw", "withdraw"), {Code.WITHDRAWN_TWICE}),
    (after("propose", "attach", data={"size": 0}), {Code.ATTACHMENT_UNFIT}),
    (after("propose", "attach", data={"media_type": "png"}), {Code.ATTACHMENT_UNFIT}),
    (after("propose", "attach", "attach"), {Code.ATTACHMENT_UNFIT}),
    (after("rate", "rate", actor=RATING_HANDLER), {Code.HANDLER_RATED}),
    (after("draft", "withdraw", "research"), {Code.AFTER_END}),
    (after("accept", "explain", "accept"), {Code.AFTER_END}),
    (after("accept", "outer window", "object out", "answered", "contact"), {Code.AFTER_END}),
    (after("register", "turn away", "register"), {Code.REFUSED_BEFORE}),
    (after("register", "turn away", "turn away"), {Code.REFUSED_BEFORE}),
    (after("classify", "turn away"), {Code.REGISTERED_TWICE}),
    (after("register", "attach"), {Code.NOT_REGISTERED}),
    (after("request", "withdraw"), {Code.AFTER_REPLY}),
    (withdraw_and_ask, {Code.AFTER_END}),
    (withdraw_and_rate, {Code.AFTER_END}),
    (meeting_by_a_handler, {Code.WRONG_POST}),
    (after("classify", "withdraw", "register"), {Code.REGISTERED_TWICE}),
]

WHO = {"refer": OFFICE}
ON_NOTHING = ("sponsor", "object out", "refer", "explain", "withdraw")
REGISTER += [(after("register", n, actor=WHO.get(n)), {Code.NOT_REGISTERED}) for n in ON_NOTHING]

OBJECTIONS: list[Row] = [
    (after("assign", "reassign"), {Code.NOT_ASSIGNED}),
    (
        after("assign", "assign", without=("classify", "propose")),
        {Code.NOT_CLASSIFIED, Code.NOT_PROPOSED},
    ),
    (after("accept", "object", "accept"), {Code.OBJECTION_OPEN}),
    (after("accept", "object", "uphold", "accept"), {Code.OBJECTION_OPEN}),
    (after("accept", "object", "object"), {Code.OBJECTED_AGAIN}),
    (after("accept", "object", "refuse", "object"), {Code.OBJECTED_AGAIN}),
    (after("plan", "object"), {Code.OBJECTED_AGAIN}),
    (after("accept", "uphold"), {Code.NO_OBJECTION}),
    (after("accept", "object", "refuse", "refuse"), {Code.NO_OBJECTION}),
    (after("accept", "object", actor=PATROL_HEAD), {Code.NOT_ITS_UNIT}),
    (
        after("accept", "propose other", "reassign", actor=OFFICE),
        {Code.REASSIGNED_AT_WILL},
    ),
    (after("accept", "reassign"), {Code.NOT_PROPOSED}),
    (after("accept", "propose other", "reassign", data={"round": 2}), {Code.WRONG_ROUND}),
    (after("request", "propose other", "reassign"), {Code.AFTER_REPLY}),
    (after("request", "outer window", "object out"), {Code.AFTER_REPLY}),
    (after("assign", "assign", data={"meeting": "m1"}), {Code.NO_MEETING}),
    (after("accept", "answered"), {Code.NO_OUTER_OBJECTION}),
    (after("accept", "outer window", "object out", "object out"), {Code.OUTER_OBJECTED_AGAIN}),
    (after("accept", "explain", data={"explained_to": ("s1",)}), {Code.NOT_A_SIGNER}),
    (after("accept", "sponsor", data={"person": "p-off"}), {Code.NOT_RESPONSIBLE}),
    (after("accept", "sponsor", data={"post": "office"}), {Code.NOT_RESPONSIBLE}),
    (after("assign", "assign", data={"duty_basis": "custom"}), {Code.NOT_PROPOSED}),
    (after("accept", "refer", "refer"), {Code.REFERRED_TWICE}),
    (after("accept", "result"), {Code.NO_REFERRAL}),
    (after("accept", "refer", "result", "result"), {Code.NO_REFERRAL}),
    (after("plan", "divide", "divide"), {Code.TASK_UNFIT}),
    (after("accept", "divide"), {Code.NOT_ACCEPTED}),
    (after("plan", "finish"), {Code.NO_TASK}),
    (after("plan", "divide", "finish 2", actor=SECOND), {Code.NOT_THE_HANDLER}),
    (after("accept", "refer", actor=FIRE), {Code.NOT_ITS_UNIT}),
    (after("accept", "refer", "result", actor=FIRE), {Code.NOT_ITS_UNIT}),
    (after("accept", "explain", actor=FIRE), {Code.NOT_ITS_UNIT}),
    (after("plan", "attach", actor=FIRE), {Code.NOT_ITS_UNIT}),
    (after("plan", "divide", "finish"), {Code.TASK_UNFINISHED}),
    (after("accept", "plan"), {Code.NOT_ACCEPTED}),
]

REPLY: list[Row] = [
    (after("draft", "draft", without=("plan",)), {Code.NO_PLAN}),
    (
        after("draft", "draft", without=("ask", "opinion clock", "opine")),
        {Code.OUT_OF_ORDER, Code.OPINIONS_INCOMPLETE},
    ),
    (after("contact", "consult"), {Code.NO_CONTACT}),
    (after("ask", "opine"), {Code.NOT_ASKED}),
    (after("assign", "ask"), {Code.NOT_ASSIGNED}),
    (after("review 2", "return", "review"), {Code.NOT_THE_DRAFT}),
    (after("review 2", "return", "return"), {Code.NOT_THE_DRAFT}),
    (after("ask", "ask", data={"unit": "office"}), {Code.NOT_A_CO_UNIT}),
    (after("ask", "ask", actor=PATROL), {Code.NOT_ITS_UNIT}),
    (after("ask", "ask", actor=SECOND), {Code.NOT_THE_HANDLER}),
    (after("opine", "opine", actor=SECOND), {Code.NOT_ITS_UNIT}),
    (after("draft", "draft", actor=SECOND), {Code.NOT_THE_HANDLER}),
    (rewritten(opinions=()), {Code.OPINIONS_INCOMPLETE}),
    (rewritten(without=("patrol",)), {Code.OPINIONS_INCOMPLETE}),
    (outcome(evidence=()), {Code.OUTCOME_UNPROVEN}),
    (outcome(result=OutcomeClass.B, plan="In May."), {Code.OUTCOME_UNPROVEN}),
    (outcome(result=OutcomeClass.C), {Code.OUTCOME_UNPROVEN}),
    (after("draft", "draft", data={"round": 2}), {Code.WRONG_ROUND}),
    (after("review", "review 2"), {Code.WRONG_LEVEL}),
    (after("review", "review", data={"role": None}), {Code.WRONG_LEVEL}),
    (after("review 2", "review 2", actor=HEAD_IN_OFFICE), {Code.TWO_LEVELS}),
    (after("review", "review", actor=PATROL_HEAD), {Code.NOT_ITS_UNIT}),
    (after("review 3", "approve"), {Code.CHAIN_INCOMPLETE}),
    (after("review", "propose other", "reassign", "review"), {Code.DRAFT_VOID}),
    (after("issue", "propose other", "reassign", "issue"), {Code.DRAFT_VOID}),
    (after("approve", "approve", without=("contact s2",)), {Code.NOT_ALL_CONTACTED}),
    (after("approve", "approve", without=("consult",)), {Code.NOT_CONSULTED}),
    (after("issue", "issue", data={"sealed": None}), {Code.ISSUED_BARE}),
    (after("issue", "issue", data={"opinion_form": False}), {Code.ISSUED_BARE}),
    (after("issue", "issue", data={"round": 2}), {Code.WRONG_ROUND}),
    (after("publish", "publish", data={"extent": Extent.NONE}), {Code.PUBLICATION_UNFIT}),
    (after("publish", "publish", data={"extent": Extent.SUMMARY}), {Code.PUBLICATION_UNFIT}),
    (after("issue", "publish"), {Code.NOT_ISSUED}),
]


def remind_early(life: Any) -> None:
    life.play("clock")
    life.say("clock", data={"remind_at": datetime(2026, 5, 20, tzinfo=UTC)})
    life.say("remind")


UNKNOWN: dict[str, Any] = {"actor": OFFICE, "data": {"clock": "rework"}}
OLD = PackRef(pack="suggestions", version=1)
MAY = date(2026, 5, 29)
CLOCKS: list[Row] = [
    (
        after("contact clock", "contact clock", data={"rules": OLD}),
        {Code.OTHER_RULES, Code.CLOCK_MISCOUNTED},
    ),
    (counted("clock", last_day=date(2026, 6, 2), rolled_from=None), {Code.CLOCK_MISCOUNTED}),
    (after("clock", "clock", seen={"assignment": 3}), {Code.NOT_REGISTERED}),
    (counted("clock", last_day=MAY), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", skipped=()), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", calendar=None), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", counted_from=date(2026, 3, 1)), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", span=None, last_day=MAY), {Code.CLOCK_MISCOUNTED}),
    (counted("window", last_day=date(2026, 3, 10)), {Code.CLOCK_MISCOUNTED}),
    (counted("contact clock", span=Span(amount=20)), {Code.CLOCK_MISCOUNTED}),
    (after("clock", "clock", data={"clock": "window"}), {Code.CLOCK_MISCOUNTED}),
    (after("draft", "suspend", "suspend"), {Code.CLOCK_STANDS}),
    (after("draft", "suspend", data={"clock": "rework"}), {Code.NO_CLOCK}),
    (after("draft", "resume", data={"clock": "rework"}), {Code.NO_CLOCK}),
    (after("draft", "ask time", data={"clock": "rework"}), {Code.NO_CLOCK}),
    (after("draft", "give time", data={"clock": "rework"}), {Code.NO_CLOCK}),
    (after("draft", "phone", data={"clock": "rework"}), {Code.NO_CLOCK}),
    (after("draft", "remind", data={"due": datetime(2026, 6, 1, tzinfo=UTC)}), {Code.NO_CLOCK}),
    (after("draft", "refer", "referral clock", "unmiss", **UNKNOWN), {Code.NO_CLOCK}),
    (after("draft", "remind", data={"unit": "office"}), {Code.NOT_ITS_UNIT}),
    (after("draft", "remind", data={"handler": "p-pat"}), {Code.NOT_ITS_UNIT}),
    (
        after("draft", "remind", "phone", "notice", data={"unit": "office"}),
        {Code.NOT_ITS_UNIT},
    ),
    (after("clock", "clock", data={"clause": "§"}), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", source="hearsay"), {Code.CLOCK_MISCOUNTED}),
    (counted("clock", provisional=True), {Code.CLOCK_MISCOUNTED}),
    (after("draft", "resume"), {Code.CLOCK_RUNS}),
    (after("draft", "suspend", "remind"), {Code.CLOCK_STANDS}),
    (after("draft", "give time"), {Code.NOT_ASKED_FOR}),
    (after("draft", "ask time", actor=SECOND), {Code.NOT_THE_HANDLER}),
    (
        after("draft", "ask time", "give time", data={"clause": "§"}),
        {Code.CLOCK_MISCOUNTED},
    ),
    (remind_early, {Code.REMINDED_EARLY}),
    (after("draft", "no time"), {Code.NOT_ASKED_FOR}),
    (after("draft", "ask time", "no time", "give time"), {Code.NOT_ASKED_FOR}),
    (after("draft", "remind", "remind"), {Code.REMINDED_TWICE}),
    (after("draft", "phone"), {Code.NOT_URGENT}),
    (after("draft", "remind", "notice"), {Code.NOT_PHONED}),
    (after("draft", "remind", "phone", "notice", "notice"), {Code.NOTICE_TWICE}),
    (after("draft", "take notice"), {Code.NO_NOTICE}),
    (after("draft", "remind", "phone", "notice", "answer notice"), {Code.NO_NOTICE}),
    (
        after("draft", "remind", "phone", "notice", "take notice", actor=PATROL_HEAD),
        {Code.NO_NOTICE},
    ),
    (after("draft", "settle"), {Code.NO_ALARM}),
    (after("draft", "alarm", "settle", "look"), {Code.NO_ALARM}),
]

AFTERWARDS: list[Row] = [
    (after("verify", "verify", data={"measure": "A lamp"}), {Code.NO_SUCH_MEASURE}),
    (after("publish", "call back", data={"signer": "s9"}), {Code.NOT_A_SIGNER}),
    (after("issue", "report"), {Code.NOT_ISSUED}),
    (after("issue", "call back"), {Code.NOT_ISSUED}),
    (after("publish", "call back", actor=FIRE), {Code.NOT_ITS_UNIT}),
    (after("sum up", "sum up", actor=SECOND), {Code.NOT_THE_HANDLER}),
    (after("issue", "verify"), {Code.NOT_ISSUED}),
    (after("issue", "order"), {Code.NOT_ISSUED}),
    (after("issue", "close ratings"), {Code.NOT_ISSUED}),
    (after("rate s2", "report"), {Code.FEEDBACK_OPEN}),
    (after("report", "report", data={"to": "Roads"}), {Code.WRONG_ADDRESSEES}),
    (after("publish", "order", data={"unsatisfied": ("s1",)}), {Code.REHANDLED_AT_WILL}),
    (after("publish", "meeting decides", data={"round": 1}), {Code.NOTHING_TO_DECIDE}),
    (
        after("archive", "archive", without=("verify",)),
        {Code.ARCHIVE_UNVERIFIED},
    ),
    (after("archive", "archive", without=("report",)), {Code.ARCHIVE_UNREPORTED}),
    (after("archive", "archive", without=("publish",)), {Code.ARCHIVE_UNPUBLISHED}),
]


def not_carried_out(life: Any) -> None:
    life.play("verify")
    life.say("verify", data={"carried_out": False})
    life.then("report", "sum up", "archive")


def with_an_open_task(life: Any) -> None:
    life.play("draft").then("divide")
    for name in ("draft", "review", "review 2", "review 3", "approve", "issue", "rate", "rate s2"):
        life.say(name)
    life.then("publish", "verify", "report", "sum up", "archive")


def object_late(life: Any) -> None:
    life.play("accept").wait(date(2026, 3, 10)).then("object")


def object_to_the_assigner_late(life: Any) -> None:
    life.play("accept").then("outer window").wait(date(2026, 3, 9)).then("object out")


def met_later(life: Any) -> None:
    life.play("assign")
    life.say("assign", data={"meeting": "m1"})
    life.wait(date(2026, 3, 3)).meet("m1")


def stood_by_without_reply(life: Any) -> None:
    life.play("draft").then("propose other", "reassign")
    theirs = life.last(Assigned).data
    back = {"lead": theirs.lead, "co": theirs.co}
    by = {"cause": life.last(Reassigned), "via": "reaction:stand-by-the-reply"}
    life.react("reassign", data=back, **by)


def own_extension(life: Any) -> None:
    life.play("draft")
    life.say("ask time")
    life.appoint("p-han", "chief")
    life.say("give time", HANDLER_AS_CHIEF)


def without_consent(life: Any) -> None:
    life.play("draft")
    life.say("ask time", data={"consent": None})
    life.say("give time")


def too_much_time(life: Any) -> None:
    life.play("draft").then("ask time", "give time")
    given = life.log.said[-1].data
    life.log.said.pop(), life.log.records.pop()
    last = date(2026, 10, 2)
    basis = given.basis.model_copy(
        update={"last_day": last, "span": Span(amount=7, unit=TimeUnit.MONTH)}
    )
    life.say("give time", data={"basis": basis, "due": given.due + timedelta(days=30)})


def time_miscounted(life: Any) -> None:
    life.play("draft").then("ask time", "give time")
    given = life.log.said[-1].data
    life.log.said.pop(), life.log.records.pop()
    basis = given.basis.model_copy(update={"last_day": date(2026, 9, 1)})
    life.say("give time", data={"basis": basis, "due": given.due - timedelta(days=1)})


def stood_longer(life: Any) -> None:
    life.play("draft").then("suspend", "resume")
    on = life.log.said[-1].data
    life.log.said.pop(), life.log.records.pop()
    pause = Pause(since=date(2026, 3, 2), until=date(2026, 3, 5), why="?")
    basis = on.basis.model_copy(update={"pauses": (pause,)})
    life.say("resume", data={"pause": pause, "basis": basis})


def given_nothing_back(life: Any) -> None:
    life.play("draft").then("suspend").wait(date(2026, 3, 12)).then("resume")


def remind_late(life: Any) -> None:
    life.play("draft").wait(date(2026, 6, 4)).then("remind")


def referred(life: Any) -> Any:
    return life.play("draft").then("refer", "referral clock")


def miss_what_stands(life: Any) -> None:
    life.play("draft").then("suspend").wait(date(2026, 6, 4))
    due = life.last(DeadlineSet, "reply").data.due
    life.say("miss", data={"clock": "reply", "due": due})


def miss_what_came(life: Any) -> None:
    referred(life).then("result").wait(date(2026, 4, 3)).then("miss")


def withdraw_no_miss(life: Any) -> None:
    referred(life).then("result")
    life.say("unmiss", data={"done_at": life.log.said[-1].time})


def heard_late(life: Any) -> Any:
    """The result came in time; supervision had not heard of it when the clock ran out."""
    referred(life)
    seen = dict(life.log.versions(life.log.subject))
    result = life.say("result")
    life.wait(date(2026, 4, 3))
    life.say("miss", seen={name: seen[name] for name in ("intake", "assignment")})
    return result


def withdraw_wrongly(life: Any) -> None:
    heard_late(life)
    life.say("unmiss")


def leave_the_miss(life: Any) -> None:
    heard_late(life)
    life.then("measure")


def close_early(life: Any) -> None:
    life.play("rate s2").then("close ratings")


def close_naming_others(life: Any) -> None:
    life.play("rate s2").wait(date(2026, 3, 17))
    life.say("close ratings", data={"silent": ("s1", "s2")})


def close_twice(life: Any) -> None:
    life.play("rate s2").wait(date(2026, 3, 17)).then("close ratings", "close ratings")


def order_while_awaited(life: Any) -> None:
    life.play("rate")
    life.say("rate", data={"grade": Grade.NOT_SATISFIED})
    life.say("order", data={"unsatisfied": ("s1", "s2")})


def order_a_third(life: Any) -> None:
    life.second_round()
    life.say("rate", data={"grade": Grade.NOT_SATISFIED, "round": 2})
    life.say("rate s2", data={"round": 2})
    life.say("order", data={"round": 3})


def order_for_others(life: Any) -> None:
    life.play("rate")
    life.say("rate", data={"grade": Grade.NOT_SATISFIED})
    life.say("rate s2")
    lead = Responsible(unit="traffic", leader="p-dep", handler="p-han2")
    life.say("order", data={"lead": lead})


def order_too_far(life: Any) -> None:
    life.play("rate")
    life.say("rate", data={"grade": Grade.NOT_SATISFIED})
    life.say("rate s2")
    life.say("order", data={"round": 3})


def count_the_second_round_from_the_first(life: Any) -> None:
    life.second_round()
    life.say("rehandling clock", data={"clock": "rehandling:3"})


def expected_by(day: date, named: date) -> Forged:
    """A result is expected by a day, and its clock names one."""

    def forged(life: Any) -> None:
        life.play("draft")
        life.say("refer", data={"expected_by": day})
        life.say("referral clock")
        usual = life.log.said[-1].data
        life.log.said.pop(), life.log.records.pop()
        more = {"span": None, "last_day": named, "calendar": None}
        basis = usual.basis.model_copy(update=more)
        due = datetime(named.year, named.month, named.day, 16, tzinfo=UTC)
        life.say("referral clock", data={"basis": basis, "due": due})

    return forged


def held_to_older_rules(life: Any) -> None:
    life.publish_again()
    life.play("window")


def bound_too_late(life: Any) -> None:
    life.bound(date(2026, 7, 1))


def not_bound(life: Any) -> None:
    """The assigner's day is earlier, and the clock was counted by the rules."""
    outer = life.log.register().outer.model_copy(update={"due_on": date(2026, 4, 1)})
    life.say("register", data={"outer": outer})
    life.play("clock", without=("register",)).then("clock")


def bound_of_itself(life: Any) -> None:
    """Nobody named a day for the first contact."""
    counted("contact clock", span=None, last_day=date(2026, 3, 10), skipped=())(life)


def rework_from_before(life: Any) -> None:
    life.play("review 2").wait(date(2026, 3, 3)).then("return", "rework clock")


def more_time_of_no_span(life: Any) -> None:
    life.play("draft").then("ask time", "give time")
    given = life.log.said[-1].data
    life.log.said.pop(), life.log.records.pop()
    life.say("give time", data={"basis": given.basis.model_copy(update={"span": None})})


def resumed(**changes: Any) -> Forged:
    """Let the clock run on with a basis that does not follow."""

    def forged(life: Any) -> None:
        life.play("draft").then("suspend", "resume")
        on = life.log.said[-1].data
        life.log.said.pop(), life.log.records.pop()
        life.say("resume", data={"basis": on.basis.model_copy(update=changes)})

    return forged


def chief_takes_two(life: Any) -> None:
    life.play("review 3")
    life.say("review 3", CHIEF_AS_DEPUTY)
    life.say("approve")


def lose_a_co_unit(life: Any) -> None:
    life.play("approve")
    lead = life.last(Assigned).data.lead
    life.say("propose other", data={"lead": lead, "co": ()})
    life.say("reassign", data={"lead": lead, "co": ()})
    life.say("approve")


def meet_on_the_first_round(life: Any) -> None:
    life.second_round()
    life.say("meeting decides", data={"round": 1})


def miss_the_second_reply(life: Any) -> None:
    life.second_round()
    life.miss("rehandling:2", date(2026, 5, 4))


def miss_the_contact(life: Any) -> None:
    life.play("draft").miss("first-contact", date(2026, 3, 31))


def miss_the_opinion(life: Any) -> None:
    life.play("draft").miss("unit-opinion:patrol", date(2026, 3, 17))


def miss_the_publication(life: Any) -> None:
    life.play("publish").then("publication clock", "publish")
    life.miss("publication:1", date(2026, 3, 31))


def miss_the_rework(life: Any) -> None:
    life.play("review 2").then("return", "rework clock")
    life.reply = life.reply.model_copy(update={"text": "In May."})
    life.say("draft")
    life.miss("rework:1", date(2026, 3, 10))


def miss_the_ratings(life: Any) -> None:
    life.play("publish").miss("feedback:1", date(2026, 3, 17))


def miss_the_answer(life: Any) -> None:
    life.play("accept").then("outer window", "object out", "answer clock")
    life.say("answered", data={"upheld": False})
    life.miss("redecision", date(2026, 3, 10))


def miss_after_the_end(life: Any) -> None:
    life.play("draft").then("withdraw").miss("reply", date(2026, 6, 4))


def without_step(*steps: str, before: Step, missing: Step) -> Forged:
    def forged(life: Any) -> None:
        life.under(StepRule(step=before, after=(missing,)))
        life.then(*steps)

    return forged


RECONTACT = {"before": Step.DRAFT, "missing": Step.RECONTACT}
DRAFTED = ("contact", "research", "contact s2", "ask", "opine", "draft")
APPROVED = ("review", "review 2", "review 3", "approve")
IN_VAIN = {Code.WAS_IN_TIME, Code.MISS_STANDS}
STEPS: list[Row] = [
    (without_step(*DRAFTED, before=Step.DRAFT, missing=Step.RECTIFY), {Code.OUT_OF_ORDER}),
    (
        without_step("measure", *DRAFTED[:2], "measure", *DRAFTED[3:], **RECONTACT),
        {Code.OUT_OF_ORDER},
    ),
    (without_step(*DRAFTED, before=Step.DRAFT, missing=Step.CONSULT), {Code.OUT_OF_ORDER}),
    (without_step("ask", before=Step.COORDINATE, missing=Step.CONTACT), {Code.NO_CONTACT}),
    (without_step("measure", before=Step.RECTIFY, missing=Step.RESEARCH), {Code.NO_RESEARCH}),
    (without_step("research", before=Step.RESEARCH, missing=Step.DRAFT), {Code.OUT_OF_ORDER}),
    (without_step("contact", before=Step.CONTACT, missing=Step.APPROVE), {Code.OUT_OF_ORDER}),
    (
        without_step(*DRAFTED, *APPROVED, before=Step.APPROVE, missing=Step.RECTIFY),
        {Code.OUT_OF_ORDER, Code.NOT_CONSULTED},
    ),
]


def rest_on_what_was_entered_in_error(life: Any) -> None:
    life.play("plan")
    life.say("withdraw", data={"entered_in_error": True})
    life.then("register", "classify", "research")


def assign_unordered(life: Any) -> None:
    life.play("rate").then("rate", "rate s2")
    life.react("assign again", {}, cause=life.last(ReplyIssued), via="reaction:give-it-back")


def archive_unsatisfied(life: Any) -> None:
    life.second_round()
    life.say("rate", data={"grade": Grade.NOT_SATISFIED, "round": 2})
    life.say("rate s2", data={"round": 2})
    life.say("meeting decides", data={"ruling": Ruling.REHANDLE})
    life.then("verify", "report", "sum up")
    life.say("publish", data={"round": 2})
    life.say("archive")


def rate_an_old_round(life: Any) -> None:
    """A late rating of round 1 never closes round 2."""
    life.play("rate")
    life.say("rate", data={"grade": Grade.NOT_SATISFIED})
    life.wait(date(2026, 3, 17)).then("close ratings", "order", "assign again")
    life.reply = life.reply.model_copy(update={"text": "Another."})
    life.say("draft", data={"round": 2})
    life.then("review", "review 2", "review 3", "approve")
    life.say("issue", data={"round": 2})
    life.then("rate s2", "verify", "report", "sum up")
    life.say("publish", data={"round": 2})
    life.say("archive")


def take_an_old_opinion(life: Any) -> None:
    """A co-unit that takes part later has to be told of before the approval."""
    life.play("draft", without=("ask", "opinion clock", "opine"))
    life.say("ask")
    life.say("opine")
    told = life.reply.opinions[0].model_copy(update={"taken": Taken.NO})
    life.reply = life.reply.model_copy(update={"opinions": (told, told)})
    life.say("draft")


OTHERS: list[Row] = [
    (expected_by(date(2026, 3, 20), date(2026, 3, 20)), set()),
    (expected_by(date(2026, 3, 20), date(2026, 3, 21)), {Code.CLOCK_MISCOUNTED}),
    (expected_by(date(2026, 5, 4), date(2026, 5, 4)), {Code.CLOCK_MISCOUNTED}),
    (held_to_older_rules, {Code.OTHER_RULES}),
    (bound_too_late, {Code.CLOCK_MISCOUNTED}),
    (not_bound, {Code.CLOCK_MISCOUNTED}),
    (bound_of_itself, {Code.CLOCK_MISCOUNTED}),
    (rework_from_before, {Code.CLOCK_MISCOUNTED}),
    (more_time_of_no_span, {Code.CLOCK_MISCOUNTED}),
    (resumed(pauses=()), {Code.CLOCK_MISCOUNTED}),
    (resumed(counted_from=date(2026, 3, 3)), {Code.CLOCK_MISCOUNTED}),
    (resumed(span=Span(amount=6, unit=TimeUnit.MONTH)), {Code.CLOCK_MISCOUNTED}),
    (chief_takes_two, {Code.TWO_LEVELS}),
    (lose_a_co_unit, {Code.OPINIONS_INCOMPLETE}),
    (meet_on_the_first_round, {Code.WRONG_ROUND, Code.NOTHING_TO_DECIDE}),
    (miss_the_second_reply, IN_VAIN),
    (miss_the_contact, IN_VAIN),
    (miss_the_opinion, IN_VAIN),
    (miss_the_publication, IN_VAIN),
    (miss_the_rework, IN_VAIN),
    (miss_the_ratings, IN_VAIN),
    (miss_the_answer, IN_VAIN),
    (miss_after_the_end, IN_VAIN),
    (not_carried_out, {Code.ARCHIVE_UNVERIFIED}),
    (with_an_open_task, {Code.ARCHIVE_OPEN_TASKS}),
    (object_late, {Code.OBJECTED_LATE}),
    (object_to_the_assigner_late, {Code.OBJECTED_LATE}),
    (met_later, set()),
    (stood_by_without_reply, {Code.REASSIGNED_AT_WILL, Code.CAUSE_WRONG}),
    (own_extension, {Code.OWN_EXTENSION}),
    (without_consent, {Code.EXTENDED_TOO_FAR}),
    (too_much_time, {Code.EXTENDED_TOO_FAR}),
    (time_miscounted, {Code.CLOCK_MISCOUNTED}),
    (stood_longer, {Code.CLOCK_MISCOUNTED}),
    (given_nothing_back, {Code.CLOCK_MISCOUNTED}),
    (remind_late, {Code.REMINDED_LATE}),
    (miss_what_stands, {Code.CLOCK_STANDS}),
    (miss_what_came, {Code.WAS_IN_TIME, Code.MISS_STANDS}),
    (withdraw_no_miss, {Code.NOT_MISSED}),
    (withdraw_wrongly, {Code.WITHDRAWN_WRONGLY}),
    (leave_the_miss, {Code.MISS_STANDS}),
    (close_early, {Code.FEEDBACK_OPEN}),
    (close_naming_others, {Code.WRONG_SILENT}),
    (close_twice, {Code.CLOSED_TWICE}),
    (order_while_awaited, {Code.FEEDBACK_OPEN}),
    (order_a_third, {Code.REHANDLED_AT_WILL}),
    (order_for_others, {Code.NOT_THE_HANDLER}),
    (order_too_far, {Code.WRONG_ROUND}),
    (count_the_second_round_from_the_first, {Code.CLOCK_MISCOUNTED}),
    (rest_on_what_was_entered_in_error, {Code.NOT_ASSIGNED}),
    (assign_unordered, {Code.NOT_ORDERED, Code.CAUSE_WRONG}),
    (archive_unsatisfied, {Code.ARCHIVE_UNFINISHED}),
    (rate_an_old_round, {Code.ARCHIVE_UNFINISHED, Code.FEEDBACK_OPEN}),
    (take_an_old_opinion, {Code.OPINIONS_INCOMPLETE}),
]

ROWS = [*STEPS, *REGISTER, *OBJECTIONS, *REPLY, *CLOCKS, *AFTERWARDS, *OTHERS]


def describe(row: Row | Forged | set[Code]) -> str:
    if isinstance(row, set):
        return "+".join(sorted(row))
    return getattr(row, "__name__", "?")


@pytest.mark.parametrize(("forged", "codes"), ROWS, ids=describe)
def test_a_breach_in_a_life_is_named_and_nothing_else(
    life: Any, forged: Forged, codes: set[Code]
) -> None:
    forged(life)
    assert life.codes() == codes


def test_a_holiday_published_later_does_not_move_a_day(life: Any) -> None:
    life.play("clock")
    before = life.log.end("reference-events", 0)
    later = life.last_published("calendar/days")
    life.log.say(later.model_copy(update={"version": 2, "holidays": ()}), subject="calendar/days")
    life.say("clock", reference=before)
    assert life.codes() == set()
    life.say("contact clock")
    assert life.codes() == {Code.CLOCK_MISCOUNTED}  # it names version 1, and knew of version 2
