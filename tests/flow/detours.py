"""What people also do on a case, to the point or not: the detours of the walk."""

from collections.abc import Callable
from datetime import date, timedelta

from moves import Item, Move, draft, propose, rating
from people import CARA, EMIL, HANDLER, HANDLING, HUGO, SECTION, responsible

from banli_events import assignment as asg
from banli_events import intake as itk
from banli_events import supervision as sup
from banli_events.base import Command
from banli_events.words import (
    Actor,
    Aspect,
    Excluded,
    Grade,
    OuterRole,
    Responsible,
    ReturnReason,
    Task,
)

Detour = Callable[[Item, date], Move]


def _unit(item: Item) -> str:
    return item.assigned.lead.unit if item.assigned else item.lead


def _hash(item: Item) -> str:
    drafted = item.last(sup.ReplyDrafted)
    return drafted.reply_hash if drafted else "0" * 64


def _clock(item: Item) -> str:
    set_ = item.all(sup.DeadlineSet)
    return item.random.choice(set_).clock if set_ else "reply"


def _other(item: Item) -> Responsible:
    return responsible(next(unit for unit in HANDLING if unit != _unit(item)))


def _proposal(item: Item) -> int:
    found = [e.version for e in item.events if e.type == "AssignmentProposed"]
    return max(found, default=1)


def _to(service: str, make: Callable[[Item, date], tuple[Command, Actor]]) -> Detour:
    def move(item: Item, today: date) -> Move:
        command, who = make(item, today)
        return service, item.subject, command, who

    return move


_A, _I, _S = "assignment", "intake", "supervision"

DETOURS: list[Detour] = [
    _to(_I, lambda i, d: (itk.WithdrawItem(reason="Asked.", withdrawn_on=d), HUGO)),
    _to(_I, lambda i, d: (
        itk.WithdrawItem(reason="Wrong.", entered_in_error=True, withdrawn_on=d), HUGO)),
    _to(_I, lambda i, d: (
        itk.CorrectItem(field="title", after=f"T{i.random.random()}", reason="Typo."), HUGO)),
    _to(_I, lambda i, d: (
        itk.RefuseItem(kind=i.kind, numbering=i.numbering, ground=Excluded.PROMOTION,
                       reason="An advert.", received_on=d), HUGO)),
    _to(_I, lambda i, d: (rating(i.signers[0], Grade.NOT_SATISFIED, 1, d), HUGO)),
    _to(_A, lambda i, d: (
        asg.ObjectToAssignment(reason="Not ours.", belongs_to=_other(i).unit), HANDLER[_unit(i)])),
    _to(_A, lambda i, d: (propose(i, _other(i).unit, ()), CARA)),
    _to(_A, lambda i, d: (asg.ApproveReassignment(proposal=_proposal(i), reason="Fits."), EMIL)),
    _to(_A, lambda i, d: (
        asg.ExplainOutOfScope(reason="Not ours.", explained_to=i.signers, explained_on=d), CARA)),
    _to(_A, lambda i, d: (asg.RaiseOuterObjection(reason="Not ours.", raised_on=d), CARA)),
    _to(_A, lambda i, d: (
        asg.ReferOut(referral=f"r{len(i.events)}", to="Roads", what="Build.", sent_on=d), CARA)),
    _to(_A, lambda i, d: (
        asg.EscalateToGovernment(referral=f"g{len(i.events)}", to="Gov", document_number="1",
                                 what="Help.", sent_on=d), CARA)),
    _to(_A, lambda i, d: (
        asg.DivideTasks(tasks=(
            Task(id=f"t{len(i.events)}", unit="traffic", role=OuterRole.LEAD, what="w",
                 handler=HANDLER["traffic"].person),
            Task(id=f"u{len(i.events)}", parent=f"t{len(i.events)}", unit="traffic-east",
                 role=OuterRole.CO, what="w", handler=SECTION.person))),
        HANDLER["traffic"])),
    _to(_S, lambda i, d: (
        sup.ReturnReply(reply_hash=_hash(i), reason=ReturnReason.LOW_QUALITY, remark="Thin.",
                        failed=(Aspect.FORM,)),
        CARA)),
    _to(_S, lambda i, d: (
        sup.RequestExtension(clock=_clock(i), reason="Hard.", consent="Letter."),
        HANDLER[_unit(i)])),
    _to(_S, lambda i, d: (sup.GrantExtension(clock=_clock(i), reason="Hard."), EMIL)),
    _to(_S, lambda i, d: (sup.RefuseExtension(clock=_clock(i), reason="No."), EMIL)),
    _to(_S, lambda i, d: (sup.SuspendDeadline(clock=_clock(i), reason="Waits."), CARA)),
    _to(_S, lambda i, d: (sup.ResumeDeadline(clock=_clock(i)), CARA)),
    _to(_S, lambda i, d: (
        sup.UrgeByPhone(clock=_clock(i), answered_by=HANDLER[_unit(i)].person, called_on=d,
                        said="Soon."), CARA)),
    _to(_S, lambda i, d: (
        sup.IssueSupervisionNotice(number=f"N{len(i.events)}", clock=_clock(i), text="Late.",
                                   reply_by=d + timedelta(days=5), issued_on=d), CARA)),
    _to(_S, lambda i, d: (draft(i, d), HANDLER[_unit(i)])),
]  # fmt: skip
"""What people also do, to the point or not."""

RARE = {0, 1, 3, 8, 9}  # of the detours: those that end a case, so that most live on
