"""The auditor's view of a case after each event: what is known, and the step it derives."""

from collections.abc import Mapping
from typing import Any

from banli_audit.facts import FIRST, Assignment, Facts, Intake, Supervision, fold, that_count
from banli_audit.facts.supervision import Clock
from banli_events.assignment import AppointmentEnded, HolderAppointed
from banli_events.base import instant
from banli_events.catalogue import EVENTS
from banli_events.envelope import Recorded
from banli_events.subjects import kind_of
from banli_events.words import Responsible


class State:
    """What all events about a subject, so far, come to."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._facts: dict[str, Facts] = dict(FIRST)
        self._published: dict[str, Any] = {}

    def fold(self, event: Recorded) -> None:
        """Take one more event in; a type that its source may not say changes nothing."""
        known = EVENTS.get(event.type)
        if known is None or known.source != event.source:
            return
        if kind_of(self._subject) == "case":
            begun, seen = self._facts["intake"].begun, event.context.seen.get("intake", 0)
            knew = begun if seen >= begun else 0
            self._facts[event.source] = fold(self._facts.get(event.source), event, knew)
        else:
            self._publish(event)

    def as_json(self) -> dict[str, Any]:
        """Give the state as plain values; what is not known is left out."""
        if kind_of(self._subject) != "case":
            return dict(self._published)
        facts = that_count({name: self._facts[name] for name in FIRST})
        intake, assignment, supervision = (facts[name] for name in FIRST)
        known = {
            "step": step(intake, assignment, supervision),
            **_registered(intake),
            **_handled(assignment),
            **_outside(assignment),
            **_supervised(supervision),
            **_replied(supervision),
            "feedback": _feedback(intake),
        }
        return {name: value for name, value in known.items() if value not in (None, [], {}, False)}

    def _publish(self, event: Recorded) -> None:
        said = event.data.model_dump(mode="json") if event.data else {}
        match event.data:
            case HolderAppointed() | AppointmentEnded():
                terms = [*self._published.get("terms", []), {event.type: said}]
                self._published = {**self._published, "terms": terms}
            case _:
                self._published = {**self._published, **said}


def step(intake: Intake, assignment: Assignment, supervision: Supervision) -> str:
    """Derive how far a case has come; what depends on several sources is never stored."""
    handling, draft = assignment.handling, supervision.draft
    round_ = supervision.rounds.last
    verdict = draft.verdict if draft else None
    handed = handling is not None and handling.round == round_
    reached = [
        ("ARCHIVED", supervision.archived),
        ("WITHDRAWN", intake.withdrawn_at is not None),
        ("GIVEN_BACK", assignment.outer_upheld),
        ("OUT_OF_SCOPE", assignment.out_of_scope_at is not None),
        ("RATED", _all_rated(intake, supervision)),
        ("SENT", round_ in supervision.sents),
        ("APPROVED", draft is not None and supervision.approved == draft.hash),
        ("RETURNED", verdict == "returned"),
        ("REVIEWED", verdict == "passed"),
        ("DRAFTED", draft is not None),
        ("OBJECTED", handed and bool(assignment.objecting)),
        ("IN_HANDLING", handed and handling is not None and _taken_on(assignment)),
        ("ASSIGNED", handed),
        ("REHANDLING", round_ > 1),
        ("PROPOSED", assignment.proposal is not None),
        ("CLASSIFIED", assignment.category is not None),
        ("REGISTERED", intake.register is not None),
        ("REFUSED", intake.refused),
    ]
    return next((name for name, is_so in reached if is_so), "UNKNOWN")


def _taken_on(assignment: Assignment) -> bool:
    handling = assignment.handling
    return handling is not None and handling.lead.unit in assignment.accepted


def _all_rated(intake: Intake, supervision: Supervision) -> bool:
    """Tell whether nobody's rating is waited for in this round."""
    register, round_ = intake.register, supervision.rounds.last
    sent = supervision.sents.get(round_)
    if sent is None or register is None or register.role != "LEAD":
        return False
    silent = supervision.rounds.closed.get(round_, ())
    return all((signer, round_) in intake.grades or signer in silent for signer in sent.to)


def _registered(intake: Intake) -> dict[str, Any]:
    register = intake.register
    if register is None:
        return {"refused": intake.refused}
    return {
        "kind": register.kind,
        "outer_role": register.role,
        "outer_lead": register.outer_lead,
        "outer_due": register.due_on.isoformat() if register.due_on else None,
        "signers": list(register.signers),
        "asks": list(register.asks),
        "files": sorted(intake.files),
        "withdrawn": instant(intake.withdrawn_at) if intake.withdrawn_at else None,
    }


def _handled(assignment: Assignment) -> dict[str, Any]:
    handling, proposal = assignment.handling, assignment.proposal
    return {
        "category": assignment.category,
        "proposed_to": None if handling or proposal is None else _people(*proposal[:2]),
        "assigned_to": _people(handling.lead, handling.co) if handling else None,
        "round": handling.round if handling else None,
        "accepted_by": sorted(assignment.accepted),
        "objecting": sorted(assignment.objecting),
        "objection_upheld": sorted(assignment.upheld),
        "objection_refused": sorted(assignment.bound),
        "sponsor": assignment.sponsor,
        "planned_by": sorted(assignment.planned),
        "open_tasks": sorted(name for name, work in assignment.tasks.items() if not work.done),
    }


def _outside(assignment: Assignment) -> dict[str, Any]:
    explained = assignment.out_of_scope_at
    waiting = (name for name, asked in assignment.referrals.items() if asked.result_at is None)
    return {
        "outer_objection": assignment.outer_open,
        "given_back": assignment.outer_upheld,
        "out_of_scope": instant(explained) if explained else None,
        "waits_for": sorted(waiting),
    }


def _people(lead: Responsible, co: tuple[Responsible, ...]) -> dict[str, Any]:
    return {"lead": lead.model_dump(), "co": [each.model_dump() for each in co]}


def _supervised(supervision: Supervision) -> dict[str, Any]:
    ground, ladder = supervision.ground, supervision.ladder
    return {
        "rules": supervision.pinned.model_dump() if supervision.pinned else None,
        "deadlines": [_clock(each) for each in supervision.clocks.values()],
        "contacted": sorted(ground.contacts),
        "researched": ground.researched,
        "measures_taken": ground.measured_at is not None,
        "consulted": ground.consulted,
        "asked_for_opinion": sorted(ground.asked),
        "opinions": sorted(ground.opinions),
        "urged_by_phone": sorted(ladder.phoned),
        "notices": dict(ladder.notices),
        "alarms": sorted(name for name, is_open in ladder.alarms.items() if is_open),
    }


def _clock(clock: Clock) -> dict[str, Any]:
    flags = {
        "missed": clock.missed,
        "suspended": clock.suspended_at is not None,
        "more_time_asked": clock.asked_by is not None,
        "reminded": clock.reminded,
    }
    told = {name: flag for name, flag in flags.items() if flag or name == "missed"}
    return {"clock": clock.name, "due": instant(clock.due), **told}


def _replied(supervision: Supervision) -> dict[str, Any]:
    draft, sent, rounds = supervision.draft, supervision.sent, supervision.rounds
    return {
        "draft": {
            "hash": draft.hash,
            "author": draft.author,
            "verdict": draft.verdict,
            "passed": len(draft.passed),
        }
        if draft
        else None,
        "approved": supervision.approved,
        "sent": {
            "hash": sent.hash,
            "to": list(sent.to),
            "time": instant(sent.time),
            "round": sent.round,
        }
        if sent
        else None,
        "published": sorted(supervision.published),
        "silent": {str(number): list(silent) for number, silent in rounds.closed.items()},
        "ordered": rounds.last if rounds.last > 1 else None,
        "rulings": {str(number): ruling for number, ruling in rounds.rulings.items()},
        "verified": dict(rounds.verified),
        "reported": rounds.reported,
        "summary": supervision.summary,
        "archived": supervision.archived,
    }


def _feedback(intake: Intake) -> Mapping[str, str | None]:
    """Show each signer who was asked or has answered, with the grade or none."""
    asked = sorted(intake.requested | set(intake.grades))
    return {f"{who}#{number}": intake.grades.get((who, number)) for who, number in asked}
