"""The auditor's view of a case after each event: what is known, and the step it derives."""

from collections.abc import Mapping
from typing import Any

from banli_audit.facts import FIRST, Assignment, Facts, Intake, Supervision, fold
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
            self._facts[event.source] = fold(self._facts.get(event.source), event)
        else:
            self._publish(event)

    def as_json(self) -> dict[str, Any]:
        """Give the state as plain values; what is not known is left out."""
        if kind_of(self._subject) != "case":
            return dict(self._published)
        intake, assignment = self._facts["intake"], self._facts["assignment"]
        supervision = self._facts["supervision"]
        known = {
            "step": step(intake, assignment, supervision),
            **_registered(intake),
            **_handled(assignment),
            **_supervised(supervision),
            "feedback": _feedback(intake, supervision),
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
    handling, draft, sent = assignment.handling, supervision.draft, supervision.sent
    verdict = draft.verdict if draft else None
    reached = [
        ("ARCHIVED", supervision.archived),
        ("RATED", _all_rated(intake, supervision)),
        ("SENT", sent is not None),
        ("APPROVED", draft is not None and supervision.approved == draft.hash),
        ("RETURNED", verdict == "returned"),
        ("REVIEWED", verdict == "passed"),
        ("DRAFTED", draft is not None),
        ("IN_HANDLING", handling is not None and handling.lead.unit in assignment.accepted),
        ("ASSIGNED", handling is not None),
        ("PROPOSED", assignment.proposal is not None),
        ("CLASSIFIED", assignment.category is not None),
        ("REGISTERED", intake.register is not None),
    ]
    return next((name for name, is_so in reached if is_so), "UNKNOWN")


def _all_rated(intake: Intake, supervision: Supervision) -> bool:
    sent, register, grades = supervision.sent, intake.register, intake.grades or {}
    if sent is None or register is None or register.role != "LEAD":
        return False
    return all((signer, sent.round) in grades for signer in sent.to)


def _registered(intake: Intake) -> dict[str, Any]:
    register = intake.register
    if register is None:
        return {}
    return {
        "kind": register.kind,
        "outer_role": register.role,
        "outer_lead": register.outer_lead,
        "outer_due": register.due_on.isoformat() if register.due_on else None,
        "signers": list(register.signers),
        "asks": list(register.asks),
    }


def _handled(assignment: Assignment) -> dict[str, Any]:
    handling, proposal = assignment.handling, assignment.proposal
    return {
        "category": assignment.category,
        "proposed_to": None if handling or proposal is None else _people(*proposal),
        "assigned_to": _people(handling.lead, handling.co) if handling else None,
        "round": handling.round if handling else None,
        "accepted_by": sorted(assignment.accepted),
    }


def _people(lead: Responsible, co: tuple[Responsible, ...]) -> dict[str, Any]:
    return {"lead": lead.model_dump(), "co": [each.model_dump() for each in co]}


def _supervised(supervision: Supervision) -> dict[str, Any]:
    draft, sent = supervision.draft, supervision.sent
    return {
        "deadlines": [
            {"clock": each.name, "due": instant(each.due), "missed": each.missed}
            for each in supervision.clocks
        ],
        "contacted": sorted(supervision.contacted),
        "researched": supervision.researched,
        "draft": {"hash": draft.hash, "author": draft.author, "verdict": draft.verdict}
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
        "summary": supervision.summary,
        "archived": supervision.archived,
    }


def _feedback(intake: Intake, supervision: Supervision) -> Mapping[str, str | None]:
    """Show each signer who was asked or has answered, with the grade or none."""
    grades = intake.grades or {}
    asked = sorted(intake.requested | set(grades))
    return {f"{signer}#{number}": grades.get((signer, number)) for signer, number in asked}
