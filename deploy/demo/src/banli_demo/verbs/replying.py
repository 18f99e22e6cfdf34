"""The reply: drafted, reviewed level by level, returned, approved, sent, and what is public."""

import hashlib
from collections.abc import Iterator, Mapping

from banli_demo.telling import Ask, Case, Verb
from banli_demo.verbs.registering import evidence
from banli_events.supervision import (
    ApproveReply,
    DecidePublication,
    DeliverCoOpinion,
    DraftReply,
    IssueReply,
    PassReply,
    ReturnReply,
)
from banli_events.words import (
    Adopted,
    AskAnswer,
    Aspect,
    Extent,
    FollowUp,
    ItemKind,
    NotNow,
    Outcome,
    OutcomeClass,
    OuterRole,
    ReturnReason,
    Taken,
)

HEARD = "0" * 64
"""Stands for the hash of the last draft, as its answer told it."""

MEASURE = "制定方案，明确责任单位和时限"


def draft(case: Case, how: str = "") -> Iterator[Ask]:
    """The handler answers each ask; `part` leaves all but the first out, for the refusal."""
    case.drafts += 1
    asks = range(1, 2 if how == "part" else len(case.item.asks) + 1)
    result = case.item.result
    yield case.supervision(
        case.writer,
        DraftReply(
            text=f"您提出的《{case.item.title}》收悉。逐项研究，答复如下（第{case.drafts}稿）。",
            answers=tuple(AskAnswer(ask=f"q{n}", text="已研究，列入工作计划。") for n in asks),
            outcome=_outcome(case),
            measures=(MEASURE,),
            opinions=tuple(
                Adopted(unit=unit, taken=list(Taken)[n % 3], reason="逐条研究（示例）")
                for n, unit in enumerate(case.opinions)
            ),
            follow_up=(
                None
                if result == OutcomeClass.A
                else FollowUp(owner=case.writer.person, on=case.in_days(150))
            ),
        ),
    )


def pass_(case: Case, level: str) -> Iterator[Ask]:
    """The next level of the chain finds it good, in form and in substance."""
    yield case.supervision(case.level(level), PassReply(
        reply_hash=HEARD, form="格式规范（示例）", substance="逐项回应（示例）",
    ))  # fmt: skip


def return_(case: Case, level: str, reason: str, *failed: str) -> Iterator[Ask]:
    """A level of the chain sends it back."""
    yield case.supervision(case.level(level), ReturnReply(
        reply_hash=HEARD, reason=ReturnReason(reason), remark="退回重新办理（示例）",
        failed=tuple(map(Aspect, failed)),
    ))  # fmt: skip


def approve(case: Case, level: str = "chief") -> Iterator[Ask]:
    """The last of the chain releases it."""
    yield case.supervision(case.level(level), ApproveReply(reply_hash=HEARD))


def send(case: Case) -> Iterator[Ask]:
    """A reply goes to all who signed, a co-opinion to the body that leads."""
    if case.item.role == OuterRole.CO:
        yield case.supervision(case.office, DeliverCoOpinion(delivered_on=case.day))
        return
    kind = case.year.assemblies[case.item.assembly].kind
    letter = "提" if kind == ItemKind.PROPOSAL else "建"
    suffix = f"-{case.round}" if case.round > 1 else ""
    yield case.supervision(
        case.office,
        IssueReply(
            document_number=f"市公（示例）{letter}字〔2022〕{case.item.key}{suffix}号",
            issued_on=case.day,
            sealed=True,
            opinion_form=True,
            copies=("市政府办公室（示例）",),
        ),
    )


def publish(case: Case) -> Iterator[Ask]:
    """It is decided how much of the reply is made public."""
    extent = case.item.publish
    yield case.supervision(
        case.office,
        DecidePublication(
            extent=extent,
            reason=None if extent == Extent.FULL else "涉及具体警务安排（示例）",
            summary="已采纳，正在落实（示例）。" if extent == Extent.SUMMARY else None,
        ),
    )


def _outcome(case: Case) -> Outcome:
    proof = "有工作方案和现场照片（示例）"
    match case.item.result:
        case OutcomeClass.A:
            photo = hashlib.sha256(evidence(case)).hexdigest()
            return Outcome(
                result=OutcomeClass.A, proof=proof, completed_on=case.day, evidence=(photo,)
            )
        case OutcomeClass.B:
            return Outcome(
                result=OutcomeClass.B,
                proof=proof,
                plan="列入下一年度工作计划（示例）",
                planned_for=case.in_days(300),
            )
        case OutcomeClass.C:
            return Outcome(result=OutcomeClass.C, proof=proof, reason=NotNow.NO_FUNDS)
        case _:
            reason = NotNow.NO_LEGAL_BASIS
            return Outcome(result=OutcomeClass.D, proof=proof, reason=reason)


VERBS: Mapping[str, Verb] = {
    "draft": draft,
    "pass": pass_,
    "return": return_,
    "approve": approve,
    "send": send,
    "publish": publish,
}
