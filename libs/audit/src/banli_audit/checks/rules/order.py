"""The order of steps that the rules of a case ask for (R030, R031, R032, R080)."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.codes import Code
from banli_events.deadlines import Step

_CODES: dict[str, Code] = {Step.CONTACT: Code.NO_CONTACT, Step.RESEARCH: Code.NO_RESEARCH}
"""What has a code of its own; the others share one."""


def must_be_its_turn(known: Known, step: Step) -> Breaches:
    """Whatever the rules put before a step is done, for all units or for the speaker's."""
    rules, handling = known.rules, known.assignment.handling
    if rules is None or handling is None:
        return
    unit = handling.lead.unit if step is Step.APPROVE else known.unit
    before = {
        after
        for rule in rules.steps
        if rule.step == step and (not rule.units or unit in rule.units)
        for after in rule.after
    }
    yield from {_CODES.get(each, Code.OUT_OF_ORDER) for each in before if not _done(known, each)}


def _done(known: Known, step: str) -> bool:
    said, ground = known.supervision, known.supervision.ground
    handling = known.assignment.handling
    match step:
        case Step.CONTACT:
            return bool(ground.contacts)
        case Step.RESEARCH:
            return ground.researched
        case Step.COORDINATE:
            return handling is None or set(handling.units[1:]) <= ground.asked.keys()
        case Step.RECTIFY:
            return ground.measured_at is not None
        case Step.RECONTACT:
            last = ground.last_contact
            return bool(ground.measured_at and last and last >= ground.measured_at)
        case Step.CONSULT:
            return ground.consulted
        case Step.DRAFT:
            return said.draft is not None
        case Step.APPROVE:
            return said.draft is not None and said.approved == said.draft.hash
        case _:
            return True
