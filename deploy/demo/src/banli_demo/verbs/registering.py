"""What the registrar does: enters, corrects, refuses, takes back, adds files, records ratings."""

import hashlib
from collections.abc import Iterator, Mapping

from banli_demo.telling import Ask, Case, Verb
from banli_events.intake import (
    AddAttachment,
    CorrectItem,
    RecordFeedback,
    RefuseItem,
    WithdrawItem,
)
from banli_events.words import Excluded, Grade

GRADES = {"S": Grade.SATISFIED, "B": Grade.BASICALLY, "N": Grade.NOT_SATISFIED}
SILENT = "-"


def register(case: Case, slip: str = "") -> Iterator[Ask]:
    """Enter the item; with a slip in its title where one is named."""
    entry = case.year.registration(case.item)
    yield case.intake(entry.model_copy(update={"title": case.item.title + slip}))


def correct(case: Case) -> Iterator[Ask]:
    """Put the title right."""
    yield case.intake(CorrectItem(field="title", after=case.item.title, reason="录入笔误（示例）"))


def refuse(case: Case, ground: str) -> Iterator[Ask]:
    """Do not enter what is no congress business."""
    entry = case.year.registration(case.item)
    yield case.intake(
        RefuseItem(
            kind=entry.kind,
            numbering=entry.numbering,
            ground=Excluded(ground),
            reason="内容不属于代表建议范围（示例）",
            received_on=case.day,
        )
    )


def withdraw(case: Case) -> Iterator[Ask]:
    """Take the item back for those who signed."""
    yield case.intake(WithdrawItem(reason="代表书面要求撤回（示例）", withdrawn_on=case.day))


def withdraw_error(case: Case) -> Iterator[Ask]:
    """Take the item back because it was entered in error."""
    reason = "登记有误，重新登记（示例）"
    yield case.intake(WithdrawItem(reason=reason, entered_in_error=True, withdrawn_on=case.day))


def attach(case: Case) -> Iterator[Ask]:
    """Add the photo that shows the work done."""
    photo = evidence(case)
    yield case.intake(
        AddAttachment(
            file=hashlib.sha256(photo).hexdigest(),
            title="整改完成照片（示例）",
            media_type="image/png",
            size=len(photo),
        ),
        upload=photo,
    )


def rate(case: Case, signer: str = "", number: str = "", letter: str = "") -> Iterator[Ask]:
    """Record how those who signed rate the reply of this round; one of them, where one is named."""
    round_ = int(number or case.round)
    for n, each in enumerate(case.item.signers, 1):
        if signer and n != int(signer):
            continue
        said = letter or each.grades[round_ - 1 : round_]
        if said and said != SILENT:
            yield case.intake(
                RecordFeedback(
                    signer=each.person, grade=GRADES[said], round=round_, received_on=case.day
                )
            )


def evidence(case: Case) -> bytes:
    """Make up a picture: the smallest there is, and the item's name behind its end."""
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    )
    return dot + case.item.key.encode()


VERBS: Mapping[str, Verb] = {
    "register": register,
    "correct": correct,
    "refuse": refuse,
    "withdraw": withdraw,
    "withdraw-error": withdraw_error,
    "attach": attach,
    "rate": rate,
}
