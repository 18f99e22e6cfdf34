"""What waits in a case, for whom, since when and until when: derived from its lines in the ledgers.

`works.toml` says by which command each is done, in whose post, and puts it into words.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

from banli_engine.decider import LOCAL
from banli_events.deadlines import ClockKind, Rung
from banli_events.words import OuterRole, PostRole
from banli_reporting.gating import OWED
from banli_reporting.ledgers.deadlines import Line as Deadlines
from banli_reporting.ledgers.handling import Line as Handling
from banli_reporting.ledgers.supervision import Line as Supervision
from banli_reporting.steps import Options, drafted, ended_at, grades_of, replied


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of work."""

    commands: Sequence[str]
    roles: Sequence[str]
    zh: str
    en: str
    unless: Sequence[str] = ()  # refusals that may still come of it


KINDS: Mapping[str, Kind] = {
    name: Kind(**each)
    for name, each in tomllib.loads(
        files("banli_reporting").joinpath("works.toml").read_text("utf-8")
    ).items()
}


@dataclass(frozen=True, slots=True)
class Lines:
    """A case by its lines, and what its rules ask for."""

    handling: Handling
    deadlines: Deadlines
    supervision: Supervision
    asked: Mapping[str, Mapping[str, str]]  # co-units, with when
    draft: Mapping[str, Any]  # the one in hand, as the gates know it
    rules: Options

    @property
    def sent(self) -> bool:
        """Tell whether the product of the round in hand went out."""
        return bool(self.handling.delivered_at) or replied(self.handling)


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits for somebody."""

    name: str
    since: datetime | None = None
    unit: str | None = None  # of whose posts; None: of any
    person: str | None = None  # which holder; None: whoever holds the post
    roles: tuple[str, ...] = ()  # where the rules of the case name them
    about: str = ""
    clock: str | None = None
    until: datetime | None = None  # where no clock tells

    def waits_for(self, role: str | None, unit: str | None, people: Sequence[str]) -> bool:
        """Tell whether it waits for a post of a role and unit, that these people hold."""
        return (
            role in (self.roles or KINDS[self.name].roles)
            and (self.unit in (None, unit) or role not in (PostRole.HANDLER, PostRole.UNIT_HEAD))
            and (self.person is None or self.person in people)
        )


def works(case: Lines) -> Iterator[Work]:
    """List what waits in a case; nothing does where its handling has ended."""
    line = case.handling
    if line.registered_at is None or ended_at(line):
        return
    yield from _outside(case)
    if line.archived_at:
        return
    yield from _assigning(line)
    if line.lead_unit is None:
        return
    yield from _units(line)
    yield from _after(case) if case.sent else _before(case)
    yield from _supervising(case)


def due_of(case: Lines, work: Work) -> datetime | None:
    """Tell when the clock of a work runs out, where one is running."""
    clock = case.deadlines.clocks.get(work.clock or "")
    if clock is None or case.deadlines.states.get(work.clock or "") not in _RUNNING:
        return work.until
    return datetime.fromisoformat(clock["due"])


_RUNNING = ("running", "missed", "window")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _end_of(day: str | None) -> datetime | None:
    following = day and date.fromisoformat(day) + timedelta(days=1)
    return datetime.combine(following, time(), LOCAL) if following else None


def _outside(case: Lines) -> Iterator[Work]:
    """What outside bodies owe is recorded also after the file is closed (R046)."""
    for referral in case.handling.referred:
        clock = f"{ClockKind.REFERRAL}:{referral}"
        asked = case.deadlines.clocks.get(clock, {}).get("set_at")
        lead = case.handling.lead_unit
        yield Work(
            *("outside-result", _moment(asked), lead),
            roles=() if lead else (PostRole.SUPERVISION_OFFICE,),
            about=referral,
            clock=clock,
        )


def _assigning(line: Handling) -> Iterator[Work]:
    """Who handles it is found, objected to, and found anew (R008, R009, R053, R060, R072)."""
    again = bool(line.upheld)
    if not line.classified_at:
        yield Work("classify", line.registered_at)
    elif line.proposal is None and (line.assigned_at is None or again):
        yield Work("propose", line.upheld_at or line.classified_at)
    elif line.proposal is not None and (line.assigned_at is None or again):
        yield Work("confirm", line.proposed_at)
    elif line.proposal is not None and not (line.delivered_at or replied(line)):
        yield Work("reassign", line.proposed_at)
    for unit, since in line.objecting.items():
        yield Work("objection", _moment(since), about=unit)
    if line.outer_objection_at:
        yield Work("assigners-answer", line.outer_objection_at, clock=str(ClockKind.REDECISION))


def _units(line: Handling) -> Iterator[Work]:
    """Each unit takes it on, has a plan, and does its tasks (R009, R016, R017)."""
    for unit in (line.lead_unit, *(each["unit"] for each in line.co)):
        if unit not in (*line.accepted, *line.objecting, *line.upheld):
            clock = f"{ClockKind.OBJECTION}:{unit}"
            yield Work("accept", line.assigned_at, unit, clock=clock)
    if line.lead_unit in line.accepted and line.lead_unit not in line.planned:
        yield Work("plan", _moment(line.accepted[line.lead_unit]), line.lead_unit)
    parents = {task["parent"] for task in line.tasks.values()}
    for name, task in line.tasks.items():
        if name not in parents:
            until = _end_of(task["until"])
            yield Work("task", None, task["unit"], task["handler"], about=name, until=until)


def _before(case: Lines) -> Iterator[Work]:
    """Before the reply: the groundwork, the draft, each level's review (R003, R011, R026, R036)."""
    line, lead = case.handling, case.handling.lead_unit
    for signer in line.signers:
        if signer not in line.contacted:
            first = str(ClockKind.FIRST_CONTACT)
            yield Work("contact", line.assigned_at, lead, about=signer, clock=first)
    if not line.research:
        yield Work("research", line.assigned_at, lead)
    if case.rules.get("consult") and not line.consulted:
        yield Work("consultation", line.assigned_at, lead)
    for each in line.co:
        unit, asked = each["unit"], case.asked.get(each["unit"])
        if asked is None:
            yield Work("ask", line.assigned_at, lead, line.handler, about=unit)
        elif unit in line.opinions_due:
            clock = f"{ClockKind.UNIT_OPINION}:{unit}"
            yield Work("opinion", _moment(asked["at"]), unit, each["handler"], clock=clock)
    if not drafted(line) or line.returned_at:
        planned = lead in line.planned or not case.rules.get("thorough")
        if lead in line.accepted and planned and (line.round or 1) >= line.ordered:
            since = line.returned_at or line.ordered_at or _moment(line.accepted[lead])
            yield Work("draft", since, lead, line.handler, clock=_of_the_draft(case))
    else:
        yield from _reviewing(case)


def _of_the_draft(case: Lines) -> str | None:
    """Name the clock that a draft is written under: that of the rework, or of the product."""
    reworks = [
        name
        for name, state in case.deadlines.states.items()
        if name.partition(":")[0] == ClockKind.REWORK and state in _RUNNING
    ]
    return reworks[-1] if reworks else case.handling.clock


def _reviewing(case: Lines) -> Iterator[Work]:
    line, chain = case.handling, tuple(case.rules.get("chain", ()))
    if line.approved_at:
        name = "deliver" if line.outer_role == OuterRole.CO else "send"
        yield Work(name, line.approved_at, clock=line.clock)
        return
    reviews, since = case.draft.get("reviews", 0), line.reviewed_at or line.drafted_at
    levels = chain[reviews:-1] if case.rules.get("thorough") else () if reviews else chain[:-1]
    for level in levels[:1] if case.rules.get("thorough") else levels:
        yield Work("review", since, line.lead_unit, roles=(level,), clock=line.clock)
    if chain and not levels:
        yield Work("approve", since, line.lead_unit, roles=chain[-1:], clock=line.clock)


def _after(case: Lines) -> Iterator[Work]:
    """After the reply: ratings, publication, verification, report, summary (R028, R029, R077)."""
    line, number = case.handling, str(case.handling.issued_round)
    if line.outer_role != OuterRole.CO:
        yield from _of_the_reply(case, number)
        for measure in line.measures if case.rules.get("verify") else ():
            if not line.verified.get(measure):
                yield Work("verify", line.issued_at, about=measure)
    if not line.summed_up_at:
        yield Work("summary", line.issued_at or line.delivered_at, line.lead_unit, line.handler)


def _of_the_reply(case: Lines, number: str) -> Iterator[Work]:
    line, given = case.handling, grades_of(case.handling)
    if number not in line.feedback_closed:
        for signer in line.issued_to:
            if signer not in given:
                clock = f"{ClockKind.FEEDBACK}:{number}"
                yield Work("rate", line.issued_at, about=signer, clock=clock)
    if case.rules.get("publish") and number not in line.published:
        yield Work("publication", line.issued_at, clock=f"{ClockKind.PUBLICATION}:{number}")
    if line.step == "MEETING":
        yield Work("meeting", line.since)
    elif line.step == "RATED" and case.rules.get("report") and not line.reported_at:
        yield Work("report", line.since)


def _supervising(case: Lines) -> Iterator[Work]:
    """More time is asked for, alarms stand, notices lie there, units are late (R063 to R065)."""
    rungs = case.rules.get("rungs", ())
    called = {each["clock"] for each in case.supervision.calls}
    noticed = {each["clock"] for each in case.supervision.notices.values()}
    co = {each["unit"] for each in case.handling.co}
    for name, clock in case.deadlines.clocks.items():
        kind, _, about = name.partition(":")
        state = case.deadlines.states.get(name)
        if kind == ClockKind.UNIT_OPINION and about not in co:
            continue  # the unit no longer has the case
        if clock.get("asked_for") and state in (*_RUNNING, "suspended"):
            yield Work("extension", about=name, clock=name)
        if state == "missed" and kind in OWED:
            if Rung.PHONE in rungs and name not in called:
                yield Work("urge", _moment(clock["due"]), about=name)
            elif Rung.NOTICE in rungs and name in called - noticed:
                yield Work("urge-by-notice", _moment(clock["due"]), about=name)
    for name, alarm in case.supervision.alarms.items():
        if not alarm["closed_at"]:
            kind = "settle" if alarm["acknowledged_at"] else "alarm"
            yield Work(kind, _moment(alarm["acknowledged_at"] or alarm["raised_at"]), about=name)
    yield from _notices(case.supervision.notices)


def _notices(notices: Mapping[str, Mapping[str, Any]]) -> Iterator[Work]:
    for number, each in notices.items():
        at, until = _moment(each["at"]), _end_of(each["reply_by"])
        if not each["received_at"]:
            yield Work("notice", at, each["unit"], about=number, until=until)
        elif not each["answered_at"]:
            received = _moment(each["received_at"])
            yield Work("notice-answer", received, each["unit"], about=number, until=until)
