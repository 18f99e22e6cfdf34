"""Closing a case: only with its five records, the product out, and signers who are content."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.findings import Code
from banli_events.supervision import CaseArchived, CaseSummaryFiled
from banli_events.words import Grade, OuterRole

_CONTENT = (Grade.SATISFIED, Grade.BASICALLY)


def summed_up(known: Known, said: CaseSummaryFiled) -> Breaches:
    """An open case of a unit is summed up for the file."""
    if known.supervision.archived:
        yield Code.AFTER_ARCHIVE
    if known.assignment.handling is None:
        yield Code.NOT_ASSIGNED


def archived(known: Known, said: CaseArchived) -> Breaches:
    """The five records are there: contact, rules, measures, outcome with its proof, summary."""
    supervision = known.supervision
    draft = supervision.draft
    if supervision.archived:
        yield Code.AFTER_ARCHIVE
    if not supervision.contacted:
        yield Code.ARCHIVE_NO_CONTACT
    if said.rules not in [clock.rules for clock in supervision.clocks]:
        yield Code.ARCHIVE_NO_RULES
    if draft is None or not draft.measures:
        yield Code.ARCHIVE_NO_MEASURES
    if draft is None or not draft.outcome.proof:
        yield Code.ARCHIVE_NO_OUTCOME
    if not supervision.summary:
        yield Code.ARCHIVE_NO_SUMMARY
    if not _finished(known):
        yield Code.ARCHIVE_UNFINISHED


def _finished(known: Known) -> bool:
    sent, register = known.supervision.sent, known.intake.register
    if sent is None or register is None:
        return False
    if register.role != OuterRole.LEAD:
        return True
    grades = known.intake.grades or {}
    return all(grades.get((signer, sent.round)) in _CONTENT for signer in register.signers)
