"""By which command somebody does what waits for them on their worklist."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from moves import Item, contact, draft, propose, rating
from people import HANDLER, HANDLING

from banli_events import assignment as asg
from banli_events import supervision as sup
from banli_events.base import Command
from banli_events.words import Aspect, Extent, Grade, ReturnReason, Ruling
from banli_reporting.works import Work

Make = Callable[[Item, Work, date], Command]


def _proposal(item: Item) -> int:
    return max(e.version for e in item.events if e.type == "AssignmentProposed")


def _hash(item: Item) -> str:
    drafted = item.last(sup.ReplyDrafted)
    assert drafted is not None
    return drafted.reply_hash


def _other(item: Item) -> str:
    taken = {each.unit for each in (item.assigned.lead, *item.assigned.co)} if item.assigned else ()
    return next((unit for unit in HANDLING if unit not in taken), item.lead)


def _send_back(item: Item) -> Command:
    return sup.ReturnReply(
        reply_hash=_hash(item),
        reason=ReturnReason.LOW_QUALITY,
        remark=f"Thin, {len(item.events)}.",
        failed=(Aspect.FORM,),
    )


def _review(item: Item, work: Work, day: date) -> Command:
    if item.random.random() < 0.2:
        return _send_back(item)
    return sup.PassReply(reply_hash=_hash(item), form="Good.", substance="Good.")


def _approve(item: Item, work: Work, day: date) -> Command:
    return (
        _send_back(item) if item.random.random() < 0.2 else sup.ApproveReply(reply_hash=_hash(item))
    )


def _round(item: Item) -> int:
    return max((each.round for each in item.all(sup.ReplyIssued)), default=1)


DONE: Mapping[str, Make] = {
    "classify": lambda i, w, d: asg.ClassifyItem(category=i.lead),
    "propose": lambda i, w, d: propose(i, _other(i), ()) if i.assigned else
        propose(i, i.lead, i.co),
    "confirm": lambda i, w, d: asg.ConfirmAssignment(proposal=_proposal(i)),
    "reassign": lambda i, w, d: asg.ApproveReassignment(proposal=_proposal(i), reason="Fits."),
    "objection": lambda i, w, d: i.random.choice([asg.UpholdObjection, asg.RefuseObjection])(
        unit=w.about, reason="Looked at."),
    "accept": lambda i, w, d: asg.AcceptAssignment()
        if i.has(asg.AssignmentObjected) or i.random.random() < 0.8
        else asg.ObjectToAssignment(reason="Not ours."),
    "plan": lambda i, w, d: asg.FilePlan(plan="First look."),
    "task": lambda i, w, d: asg.FinishTask(task=w.about, result="Done."),
    "outside-result": lambda i, w, d: asg.RecordExternalResult(
        referral=w.about, result="Yes.", received_on=d),
    "assigners-answer": lambda i, w, d: asg.RecordOuterAnswer(
        upheld=False, reason="Looked.", answered_on=d),
    "contact": lambda i, w, d: contact(w.about, d),
    "research": lambda i, w, d: sup.LogResearch(researched_on=d, summary="Seen."),
    "consultation": lambda i, w, d: sup.RecordConsultation(
        held_on=d, place="Hall", people=i.signers, result="Agreed."),
    "ask": lambda i, w, d: sup.RequestCoOpinion(unit=w.about, question="?"),
    "opinion": lambda i, w, d: sup.SubmitCoOpinion(opinion="We agree."),
    "draft": lambda i, w, d: draft(i, d),
    "review": _review,
    "approve": _approve,
    "send": lambda i, w, d: sup.IssueReply(
        document_number=f"{i.number}-{len(i.events)}", issued_on=d, sealed=True,
        opinion_form=True),
    "deliver": lambda i, w, d: sup.DeliverCoOpinion(delivered_on=d),
    "publication": lambda i, w, d: sup.DecidePublication(extent=Extent.FULL),
    "rate": lambda i, w, d: rating(
        w.about, i.random.choice([*Grade]) if _round(i) < 3 else Grade.SATISFIED, _round(i), d),
    "meeting": lambda i, w, d: sup.DecideByMeeting(
        ruling=i.random.choice([*Ruling]) if _round(i) < 3 else Ruling.CLOSE, reason="Heard.",
        held_on=d, people=("chief",)),
    "verify": lambda i, w, d: sup.VerifyMeasure(
        measure=w.about, carried_out=True, verified_on=d, how="Seen."),
    "report": lambda i, w, d: sup.SendClosingReport(
        document_number="R-1", sent_on=d, receipt="Stamped."),
    "summary": lambda i, w, d: sup.FileCaseSummary(summary=f"Round {_round(i)}."),
    "extension": lambda i, w, d: i.random.choice([sup.GrantExtension, sup.RefuseExtension])(
        clock=w.about, reason="Looked."),
    "alarm": lambda i, w, d: sup.AcknowledgeAlarm(alarm=w.about),
    "settle": lambda i, w, d: sup.CloseAlarm(alarm=w.about, how="Settled."),
    "notice": lambda i, w, d: sup.ReceiveSupervisionNotice(number=w.about, received_on=d),
    "notice-answer": lambda i, w, d: sup.AnswerSupervisionNotice(number=w.about, answer="Soon."),
    "urge": lambda i, w, d: sup.UrgeByPhone(
        clock=w.about, answered_by=HANDLER[i.lead].person, called_on=d, said="Soon."),
    "urge-by-notice": lambda i, w, d: sup.IssueSupervisionNotice(
        number=f"N{len(i.events)}", clock=w.about, text="Late.", reply_by=d + timedelta(days=5),
        issued_on=d),
}  # fmt: skip
