"""A reply goes out while the item goes to others, and neither service knew: the reply stands."""

import pytest
from moves import Item, draft, moves, propose
from people import CARA, EMIL, HANDLER, HANDLING, HUGO
from walk import Walk

from banli_audit.records import Record
from banli_audit.verify import verify
from banli_events import assignment as asg
from banli_events import intake as itk
from banli_events import supervision as sup
from banli_events.base import Command
from banli_events.words import Actor


def ready_to_go_out(product: type[Command]) -> tuple[Walk, Item, Command]:
    """Bring a case to where its approved reply or co-opinion is about to go out."""
    walk = Walk(cases=1, seed=3)
    (item,) = walk.items.values()
    item.as_co = product is sup.DeliverCoOpinion
    for _ in range(50):
        for move in moves(item, walk.today):
            if isinstance(move[2], product):
                return walk, item, move[2]
            walk.move(move)
            walk.office.settle()
            walk._hear()
    raise AssertionError("the case did not come so far")


def hand_on(walk: Walk, item: Item, to: str) -> None:
    """Propose somebody else and have it approved, whatever supervision said meanwhile."""
    walk.move(("assignment", item.subject, propose(item, to, ()), CARA))
    walk._hear()
    version = max(each.version for each in item.events if each.type == "AssignmentProposed")
    approve = asg.ApproveReassignment(proposal=version, reason="They have more people.")
    walk.move(("assignment", item.subject, approve, EMIL))


@pytest.mark.parametrize("product", [sup.IssueReply, sup.DeliverCoOpinion])
@pytest.mark.parametrize("first", ["handed on", "sent"])
def test_the_case_goes_back_to_those_who_replied(product: type[Command], first: str) -> None:
    """R009"""
    walk, item, send = ready_to_go_out(product)
    before = item.assigned
    assert before is not None
    other = next(unit for unit in HANDLING if unit != before.lead.unit)
    sending: tuple[str, str, Command, Actor] = ("supervision", item.subject, send, CARA)
    if first == "sent":
        walk.move(sending)
    hand_on(walk, item, other)
    if first == "handed on":
        walk.move(sending)
    walk._hear()
    assert item.assigned is not None
    assert item.assigned.lead.unit == other
    assert any(item.has(kind) for kind in (sup.ReplyIssued, sup.CoOpinionDelivered))

    walk.office.settle()
    walk._hear()
    after = item.assigned
    assert isinstance(after, asg.Reassigned)
    assert (after.lead, after.co, after.round) == (before.lead, before.co, before.round)
    assert len(item.all(asg.Reassigned)) == 2
    assert sound(walk)


def test_a_hand_over_that_is_heard_of_leaves_no_draft_to_send() -> None:
    """R009, R012: the draft of a former handler is void; the reply is the new one's to write."""
    walk, item, send = ready_to_go_out(sup.IssueReply)
    assert item.assigned is not None
    other = next(unit for unit in HANDLING if unit != item.assigned.lead.unit)
    hand_on(walk, item, other)
    walk.office.settle()
    walk.move(("supervision", item.subject, send, CARA))
    walk._hear()
    assert not item.has(sup.ReplyIssued)
    walk.move(("assignment", item.subject, asg.AcceptAssignment(), HANDLER[other]))
    walk.office.settle()
    walk.move(("supervision", item.subject, draft(item, walk.today), HANDLER[other]))
    walk._hear()
    assert item.events[-1].context.actor == HANDLER[other]


def test_a_reply_goes_out_while_its_item_is_taken_back() -> None:
    """R077, R202: both stand, and nobody is asked to rate."""
    walk, item, send = ready_to_go_out(sup.IssueReply)
    back = itk.WithdrawItem(reason="Asked.", withdrawn_on=walk.today)
    walk.move(("intake", item.subject, back, HUGO))
    walk.move(("supervision", item.subject, send, CARA))
    walk.office.settle()
    walk._hear()
    assert item.has(itk.ItemWithdrawn)
    assert item.has(sup.ReplyIssued)
    assert not item.has(itk.FeedbackRequested)
    assert sound(walk)


def sound(walk: Walk) -> bool:
    """Tell whether the auditor finds nothing, and no service has anything parked or refused."""
    log = walk.office.log
    records = [
        Record(message.topic, 0, message.offset, message.wire)
        for topic in ("reference-events", "case-events")
        for message in log[topic]
    ]
    findings = [str(finding) for finding in verify(records, dict.fromkeys(log, 1)).findings]
    assert findings == []
    return not any(desk.faults or desk.alarms for desk in walk.office.desks.values())
