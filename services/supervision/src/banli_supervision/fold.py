"""How each fact changes what supervision knows of a case; an unknown one leaves it alone."""

from dataclasses import replace

from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentObjected,
    ExternalResultReceived,
    ObjectionRefused,
    ObjectionUpheld,
    OuterObjectionAnswered,
    OutOfScopeExplained,
    PlanFiled,
    Reassigned,
    SponsorAssigned,
    TaskFinished,
    TasksDivided,
)
from banli_events.envelope import Recorded
from banli_events.intake import FeedbackReceived, ItemCorrected, ItemRegistered, ItemWithdrawn
from banli_events.supervision import (
    AlarmAcknowledged,
    AlarmClosed,
    AlarmRaised,
    CallbackDone,
    CaseArchived,
    CaseSummaryFiled,
    ClosingReportSent,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionRequested,
    CoOpinionSubmitted,
    DeadlineExtended,
    DeadlineMissed,
    DeadlineMissWithdrawn,
    DeadlineResumed,
    DeadlineSet,
    DeadlineSuspended,
    ExtensionRefused,
    ExtensionRequested,
    FeedbackClosed,
    MeasureTaken,
    MeasureVerified,
    MeetingDecided,
    PhoneUrged,
    ProposerContacted,
    PublicationDecided,
    RehandlingOrdered,
    Reminded,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
    SupervisionNoticeAnswered,
    SupervisionNoticeIssued,
    SupervisionNoticeReceived,
)
from banli_supervision.state import Alarm, Clock, Draft, Elsewhere, Item, Notice, Sent, State


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    if recorded.source != "supervision":
        heard = _hear(state.heard, recorded)
        return state if heard is state.heard else replace(state, heard=heard)
    for part in (_clocks, _ladder, _groundwork, _reply, _after):
        changed = part(state, recorded)
        if changed is not state:
            return changed
    return state


def _hear(heard: Elsewhere, recorded: Recorded) -> Elsewhere:
    match recorded.data:
        case ItemRegistered() as item:
            return replace(heard, item=_item(item), withdrawn_at=None)
        case ItemCorrected(field="outer.lead", after=lead):
            return replace(heard, item=_with_outer_lead(heard.item, lead))
        case ItemWithdrawn():
            return replace(heard, withdrawn_at=recorded.time)
        case FeedbackReceived(signer=signer, grade=grade, round=number):
            return replace(heard, grades={**heard.grades, (number, signer): grade})
        case _:
            return _hear_assignment(heard, recorded)


def _hear_assignment(heard: Elsewhere, recorded: Recorded) -> Elsewhere:
    match recorded.data:
        case Assigned() | Reassigned() as assigned:
            units = {each.unit for each in (assigned.lead, *assigned.co)}
            return replace(
                heard,
                assigned=assigned,
                accepted=heard.accepted & units,
                objecting=heard.objecting & units,
            )
        case AssignmentAccepted(unit=unit):
            return replace(heard, accepted=heard.accepted | {unit})
        case AssignmentObjected(unit=unit):
            return replace(heard, objecting=heard.objecting | {unit})
        case ObjectionUpheld(unit=unit) | ObjectionRefused(unit=unit):
            return replace(heard, objecting=heard.objecting - {unit})
        case PlanFiled(unit=unit):
            return replace(heard, planned=heard.planned | {unit})
        case SponsorAssigned(person=person):
            return replace(heard, sponsor=person)
        case TasksDivided(tasks=tasks):
            return replace(heard, open_tasks=heard.open_tasks | {task.id for task in tasks})
        case TaskFinished(task=task):
            return replace(heard, open_tasks=heard.open_tasks - {task})
        case ExternalResultReceived(referral=referral):
            return replace(heard, results={**heard.results, referral: recorded.time})
        case OutOfScopeExplained():
            return replace(heard, out_of_scope_at=recorded.time)
        case OuterObjectionAnswered(upheld=upheld):
            return replace(heard, outer_answered_at=recorded.time, outer_upheld=upheld)
        case _:
            return heard


def _clocks(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case DeadlineSet() as said:
            clock = Clock(
                name=said.clock,
                due=said.due,
                rules=said.rules,
                cause=recorded.id,
                set_at=recorded.time,
                counted_from=said.counted_from,
                clause=said.clause,
                basis=said.basis,
            )
            return replace(state, clocks={**state.clocks, clock.name: clock})
        case ExtensionRequested(clock=name, reason=reason, consent=consent):
            return _with_clock(state, name, asked_for=reason, consent=consent)
        case ExtensionRefused(clock=name):
            return _with_clock(state, name, asked_for=None, consent=None)
        case DeadlineExtended(clock=name, due=due, basis=basis, clause=clause):
            return _with_clock(
                state,
                name,
                due=due,
                basis=basis,
                clause=clause,
                cause=recorded.id,
                asked_for=None,
                extended=True,
                missed=False,
                reminded=False,
            )
        case DeadlineSuspended(clock=name, reason=reason):
            return _with_clock(state, name, suspended_at=recorded.time, suspended_for=reason)
        case DeadlineResumed(clock=name, due=due, basis=basis):
            return _with_clock(
                state,
                name,
                due=due,
                basis=basis,
                cause=recorded.id,
                suspended_at=None,
                reminded=False,
            )
        case DeadlineMissed(clock=name):
            return _with_clock(state, name, missed=True)
        case DeadlineMissWithdrawn(clock=name):
            return _with_clock(state, name, missed=False)
        case Reminded(clock=name):
            return _with_clock(state, name, reminded=True)
        case _:
            return state


def _ladder(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case PhoneUrged(clock=clock, answered_by=who, called_on=day, said=said):
            return replace(state, urged=state.urged | {(clock, who, day, said)})
        case SupervisionNoticeIssued(number=number, clock=clock, unit=unit):
            return _with_notice(state, number, Notice(clock, unit))
        case SupervisionNoticeReceived(number=number) if number in state.notices:
            return _with_notice(state, number, replace(state.notices[number], received=True))
        case SupervisionNoticeAnswered(number=number) if number in state.notices:
            return _with_notice(state, number, replace(state.notices[number], answered=True))
        case AlarmRaised(alarm=alarm, kind=kind, about=about):
            return _with_alarm(state, alarm, Alarm(str(kind), about))
        case AlarmAcknowledged(alarm=alarm) if alarm in state.alarms:
            return _with_alarm(state, alarm, replace(state.alarms[alarm], acknowledged=True))
        case AlarmClosed(alarm=alarm) if alarm in state.alarms:
            return _with_alarm(state, alarm, replace(state.alarms[alarm], closed=True))
        case _:
            return state


def _groundwork(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ProposerContacted() as contact:
            return replace(
                state,
                contacts=(*state.contacts, contact),
                contacted_at=(*state.contacted_at, recorded.time),
            )
        case ResearchLogged(researched_on=day, summary=summary):
            return replace(state, research=(*state.research, (day, summary)))
        case MeasureTaken(taken_on=day, what=what):
            return replace(
                state,
                measures_taken=(*state.measures_taken, (day, what)),
                measured_at=(*state.measured_at, recorded.time),
            )
        case ConsultationHeld(held_on=day, place=place, people=people, result=result):
            return replace(state, consulted=(*state.consulted, (day, place, people, result)))
        case CoOpinionRequested(unit=unit, question=question):
            return replace(state, asked={**state.asked, unit: question})
        case CoOpinionSubmitted(unit=unit, opinion=opinion):
            return replace(
                state,
                opinions={**state.opinions, unit: opinion},
                opined_at={unit: recorded.time, **state.opined_at},
            )
        case _:
            return state


def _reply(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ReplyReturned():
            state = replace(state, returns=state.returns + 1)
        case ReplyIssued(round=number) as sent if state.draft is not None:
            return replace(
                state, sent={**state.sent, number: Sent(sent, recorded.time, state.draft)}
            )
        case CoOpinionDelivered() as sent if state.draft is not None:
            number = state.draft.round
            return replace(
                state, sent={**state.sent, number: Sent(sent, recorded.time, state.draft)}
            )
        case PublicationDecided(extent=extent, round=number):
            return replace(
                state, published={**state.published, number: (str(extent), recorded.time)}
            )
    draft = _evolve_draft(state.draft, recorded)
    return state if draft is state.draft else replace(state, draft=draft)


def _evolve_draft(draft: Draft | None, recorded: Recorded) -> Draft | None:
    person = recorded.context.actor.person if recorded.context.actor else ""
    match recorded.data:
        case ReplyDrafted(reply=reply) as drafted:
            return Draft(
                hash=drafted.reply_hash,
                author=person,
                product=reply.product,
                addressees=reply.addressees,
                measures=reply.measures,
                proof=bool(reply.outcome.proof),
                result=str(reply.outcome.result),
                round=drafted.round,
                drafted_at=recorded.time,
            )
        case ReplyReviewed(role=role) if draft is not None:
            return replace(draft, passed=(*draft.passed, (person, str(role or ""))))
        case ReplyReturned() as returned if draft is not None:
            return replace(draft, returned=returned, passed=(), approved=False)
        case ReplyApproved() if draft is not None:
            return replace(draft, approved=True)
        case _:
            return draft


def _after(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case FeedbackClosed(round=number):
            return replace(state, feedback_closed=state.feedback_closed | {number})
        case RehandlingOrdered(round=number):
            return replace(state, ordered=number)
        case MeetingDecided(round=number) as ruling:
            return replace(state, rulings={**state.rulings, number: ruling})
        case CallbackDone(signer=signer, called_on=day, summary=summary):
            return replace(state, callbacks=(*state.callbacks, (signer, day, summary)))
        case MeasureVerified(measure=measure, carried_out=carried_out):
            return replace(state, verified={**state.verified, measure: carried_out})
        case CaseSummaryFiled(summary=summary):
            return replace(state, summary=summary)
        case ClosingReportSent(document_number=number, sent_on=day, receipt=receipt):
            return replace(state, reported=(number, day, receipt))
        case CaseArchived():
            return replace(state, archived=True)
        case _:
            return state


def _with_clock(state: State, name: str, **change: object) -> State:
    clock = state.clocks.get(name)
    if clock is None:
        return state
    return replace(state, clocks={**state.clocks, name: replace(clock, **change)})  # type: ignore[arg-type]


def _with_notice(state: State, number: str, notice: Notice) -> State:
    return replace(state, notices={**state.notices, number: notice})


def _with_alarm(state: State, name: str, alarm: Alarm) -> State:
    return replace(state, alarms={**state.alarms, name: alarm})


def _item(item: ItemRegistered) -> Item:
    return Item(
        kind=item.kind,
        body=item.numbering.body,
        outer=item.outer,
        received_on=item.received_on,
        asks=frozenset(ask.id for ask in item.asks),
        signers=tuple(signer.person for signer in item.signers),
    )


def _with_outer_lead(item: Item | None, lead: str) -> Item | None:
    if item is None:
        return None
    return replace(item, outer=item.outer.model_copy(update={"lead": lead}))
