"""How each fact changes what supervision knows of a case; an unknown one leaves it alone."""

from dataclasses import replace

from banli_events.envelope import Recorded
from banli_events.supervision import (
    CallbackDone,
    CaseArchived,
    CaseSummaryFiled,
    ClosingReportSent,
    ConsultationHeld,
    CoOpinionDelivered,
    CoOpinionRequested,
    CoOpinionSubmitted,
    FeedbackClosed,
    MeasureTaken,
    MeasureVerified,
    MeetingDecided,
    ProposerContacted,
    PublicationDecided,
    RehandlingOrdered,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReturned,
    ReplyReviewed,
    ResearchLogged,
)
from banli_supervision.fold_clocks import evolve_clocks, evolve_ladder, stop_clocks
from banli_supervision.hearing import hear
from banli_supervision.state import Draft, Sent, State


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one fact into the state."""
    if recorded.source != "supervision":
        heard = hear(state.heard, recorded)
        return state if heard is state.heard else replace(state, heard=heard)
    state = stop_clocks(state, recorded)
    for part in (evolve_clocks, evolve_ladder, _groundwork, _reply, _after):
        changed = part(state, recorded)
        if changed is not state:
            return changed
    return state


def _groundwork(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case ProposerContacted() as contact:
            return replace(
                state,
                contacts=(*state.contacts, contact),
                contacted_at=(*state.contacted_at, recorded.time),
                recontacted=bool(state.measures_taken),
            )
        case ResearchLogged() as research:
            return replace(state, research=(*state.research, research))
        case MeasureTaken() as taken:
            measures = (*state.measures_taken, taken)
            return replace(state, measures_taken=measures, recontacted=False)
        case ConsultationHeld() as held:
            return replace(state, consulted=(*state.consulted, held))
        case CoOpinionRequested(unit=unit, question=question):
            return replace(
                state,
                asked={**state.asked, unit: question},
                asked_at={**state.asked_at, unit: recorded.time},
            )
        case CoOpinionSubmitted(unit=unit) as opinion:
            return replace(
                state,
                opinions={**state.opinions, unit: opinion},
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
        case PublicationDecided(round=number) as decided:
            return replace(state, published={**state.published, number: (decided, recorded.time)})
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
                planned=reply.outcome.plan is not None,
                proof=bool(reply.outcome.proof),
                result=str(reply.outcome.result),
                told=frozenset(one.unit for one in reply.opinions),
                without=frozenset(reply.without),
                round=drafted.round,
            )
        case ReplyReviewed(role=role) if draft is not None:
            return replace(draft, passed=(*draft.passed, (person, str(role or ""))))
        case ReplyReturned() as returned if draft is not None:
            return replace(
                draft, returned=returned, returned_at=recorded.time, passed=(), approved=False
            )
        case ReplyApproved() if draft is not None:
            return replace(draft, approved=True)
        case _:
            return draft


def _after(state: State, recorded: Recorded) -> State:
    match recorded.data:
        case FeedbackClosed(round=number, silent=silent):
            return replace(state, feedback_closed={**state.feedback_closed, number: silent})
        case RehandlingOrdered(round=number):
            return replace(state, ordered=number, draft=None, summary=None, reported=None)
        case MeetingDecided(round=number) as ruling:
            return replace(state, rulings={**state.rulings, number: ruling})
        case CallbackDone() as done:
            return replace(state, callbacks=(*state.callbacks, done))
        case MeasureVerified(measure=measure) as verified:
            return replace(state, verified={**state.verified, measure: verified})
        case CaseSummaryFiled(summary=summary):
            return replace(state, summary=summary)
        case ClosingReportSent() as reported:
            return replace(state, reported=reported)
        case CaseArchived():
            return replace(state, archived=True)
        case _:
            return state
