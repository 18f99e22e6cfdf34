"""Closing a case: with its five records, what its rules ask, and signers who are content."""

from banli_audit.checks.known import Breaches, Known
from banli_audit.checks.rules.handling import must_be_the_handler
from banli_audit.checks.rules.rounds import awaited, unsatisfied
from banli_audit.codes import Code
from banli_audit.facts.supervision import Sent
from banli_events.supervision import CaseArchived, CaseSummaryFiled
from banli_events.words import Ruling


def summed_up(known: Known, said: CaseSummaryFiled) -> Breaches:
    """The handler sums the case up for the file (R029)."""
    yield from must_be_the_handler(known)


def archived(known: Known, said: CaseArchived) -> Breaches:
    """The five records are there, and whatever the rules of the case ask besides (R028, R029)."""
    supervision = known.supervision
    if not supervision.ground.contacts:
        yield Code.ARCHIVE_NO_CONTACT
    if said.rules not in [clock.rules for clock in supervision.clocks.values()]:
        yield Code.ARCHIVE_NO_RULES
    if not supervision.summary:
        yield Code.ARCHIVE_NO_SUMMARY
    if any(not work.done for work in known.assignment.tasks.values()):
        yield Code.ARCHIVE_OPEN_TASKS
    sent = supervision.sents.get(supervision.rounds.last)
    yield from _with_its_product(known, sent)
    if sent is not None and known.leads:
        yield from _as_the_rules_ask(known, sent)


def _with_its_product(known: Known, sent: Sent | None) -> Breaches:
    draft = sent.draft if sent else None
    if draft is None or not (draft.measures or draft.outcome.plan):
        yield Code.ARCHIVE_NO_MEASURES
    if draft is None or not draft.outcome.proof:
        yield Code.ARCHIVE_NO_OUTCOME
    if sent is None or not _at_rest(known, sent):
        yield Code.ARCHIVE_UNFINISHED


def _at_rest(known: Known, sent: Sent) -> bool:
    """Nobody is waited for, and none asks for more, or a meeting closed it (R077)."""
    closed = known.supervision.rounds.rulings.get(sent.round) == Ruling.CLOSE
    return not awaited(known, sent) and (closed or not unsatisfied(known, sent))


def _as_the_rules_ask(known: Known, sent: Sent) -> Breaches:
    """Each measure found carried out (R028), the report sent (R199), publication decided."""
    rules, rounds = known.rules, known.supervision.rounds
    if rules is None:
        return
    measures = sent.draft.measures if sent.draft else ()
    if rules.verify and not all(rounds.verified.get(each) for each in measures):
        yield Code.ARCHIVE_UNVERIFIED
    if rules.report and not rounds.reported:
        yield Code.ARCHIVE_UNREPORTED
    if rules.publish and sent.round not in known.supervision.published:
        yield Code.ARCHIVE_UNPUBLISHED
