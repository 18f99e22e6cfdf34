"""The work on a case: plan and parts, contact and research, what co-units are asked and say."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import (
    must_be_its_own,
    must_be_its_unit,
    must_be_the_handler,
)
from banli_audit.checks.rules.order import must_be_its_turn
from banli_audit.codes import Code
from banli_events.assignment import PlanFiled, TaskFinished, TasksDivided
from banli_events.deadlines import Step
from banli_events.supervision import (
    ConsultationHeld,
    CoOpinionRequested,
    CoOpinionSubmitted,
    MeasureTaken,
    ProposerContacted,
    ResearchLogged,
)
from banli_events.words import PostRole


def planned(known: Known, said: PlanFiled) -> Breaches:
    """A unit that took the item on says how it will handle it (R016, R024)."""
    yield from _must_have_accepted(known, said.unit)


def divided(known: Known, said: TasksDivided) -> Breaches:
    """A unit divides its work: each part named once, after the part it belongs to (R017, R082)."""
    yield from _must_have_accepted(known, said.unit)
    parts = {name: (work.unit, work.done) for name, work in known.assignment.tasks.items()}
    for task in said.tasks:
        whole = parts.get(task.parent, ("", True)) if task.parent else (said.unit, False)
        if task.id in parts or whole != (said.unit, False):
            yield Code.TASK_UNFIT
        parts[task.id] = (said.unit, False)


def finished(known: Known, said: TaskFinished) -> Breaches:
    """A part is done once, after all its own parts, by who has it or a head (R017)."""
    tasks = known.assignment.tasks
    work = tasks.get(said.task)
    if work is None or work.done:
        yield Code.NO_TASK
    elif (known.speaker, known.unit) != (work.handler, work.section) and (
        (known.role, known.unit) != (PostRole.UNIT_HEAD, work.unit)
    ):
        yield Code.NOT_THE_HANDLER
    if any(work.parent == said.task and not work.done for work in tasks.values()):
        yield Code.TASK_UNFINISHED


def _must_have_accepted(known: Known, unit: str) -> Breaches:
    yield from must_be_its_own(known, unit)
    if known.assignment.handling is not None and unit not in known.assignment.accepted:
        yield Code.NOT_ACCEPTED


def contacted(known: Known, said: ProposerContacted) -> Breaches:
    """A unit of the assignment speaks with someone who signed (R031)."""
    yield from must_be_its_unit(known)
    yield from _must_be_signers(known, (said.signer,))
    yield from must_be_its_turn(known, Step.CONTACT)


def researched(known: Known, said: ResearchLogged) -> Breaches:
    """A unit of the assignment looks into the matter (R030)."""
    yield from must_be_its_unit(known)
    yield from must_be_its_turn(known, Step.RESEARCH)


def measured(known: Known, said: MeasureTaken) -> Breaches:
    """A unit of the assignment puts something right (R080)."""
    yield from must_be_its_unit(known)
    yield from must_be_its_turn(known, Step.RECTIFY)


def consulted(known: Known, said: ConsultationHeld) -> Breaches:
    """A unit of the assignment consults those who signed (R011)."""
    yield from must_be_its_unit(known)
    yield from _must_be_signers(known, said.people)
    yield from must_be_its_turn(known, Step.CONSULT)


def asked(known: Known, said: CoOpinionRequested) -> Breaches:
    """The lead unit asks a co-unit of the assignment (R032, R036)."""
    yield from must_be_the_handler(known)
    handling = known.assignment.handling
    if handling is not None and said.unit not in handling.units[1:]:
        yield Code.NOT_A_CO_UNIT
    yield from must_be_its_turn(known, Step.COORDINATE)


def opined(known: Known, said: CoOpinionSubmitted) -> Breaches:
    """A co-unit that was asked says its opinion, by its handler (R038)."""
    yield from must_be_the_handler(known, said.unit)
    if said.unit not in known.supervision.ground.asked:
        yield Code.NOT_ASKED


def _must_be_signers(known: Known, people: tuple[str, ...]) -> Breaches:
    register = known.intake.register
    if register is None:
        yield Code.NOT_REGISTERED
    elif not set(people) <= set(register.signers):
        yield Code.NOT_A_SIGNER
