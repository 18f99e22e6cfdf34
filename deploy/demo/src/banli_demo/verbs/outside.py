"""What lies with others: objections to the assigner, referrals, what is not this body's duty."""

from collections.abc import Iterator, Mapping

from banli_demo.telling import Ask, Case, Verb
from banli_events.assignment import (
    EscalateToGovernment,
    ExplainOutOfScope,
    RaiseOuterObjection,
    RecordExternalResult,
    RecordOuterAnswer,
    ReferOut,
)


def object_outside(case: Case) -> Iterator[Ask]:
    """This body holds towards the assigner that the item is not its duty."""
    yield case.assignment(
        case.office,
        RaiseOuterObjection(
            reason="不属于公安机关职责（示例）。", belongs_to="市城市管理局（示例）",
            raised_on=case.day,
        ),
    )  # fmt: skip


def assigner(case: Case, answer: str) -> Iterator[Ask]:
    """The assigner finds the objection right, or wrong."""
    yield case.assignment(
        case.office,
        RecordOuterAnswer(
            upheld={"right": True, "wrong": False}[answer],
            reason="交办机关书面答复（示例）",
            answered_on=case.day,
        ),
    )


def refer(case: Case, within: str) -> Iterator[Ask]:
    """An outside body is asked to do what only it can, within so many days."""
    yield case.assignment(
        case.office,
        ReferOut(
            referral="r1",
            to="市住房和城乡建设局（示例）",
            what="审批并施工照明改造方案（示例）。",
            sent_on=case.day,
            expected_by=case.in_days(int(within)),
        ),
    )


def escalate(case: Case, within: str) -> Iterator[Ask]:
    """The government is asked to bring several bodies together, within so many days."""
    yield case.assignment(
        case.office,
        EscalateToGovernment(
            referral="g1",
            to="市人民政府办公室（示例）",
            document_number=f"市公（示例）请〔2022〕{case.item.number}号",
            what="统筹有关部门共同研究落实（示例）。",
            sent_on=case.day,
            expected_by=case.in_days(int(within)),
        ),
    )


def result(case: Case, referral: str) -> Iterator[Ask]:
    """What came of it."""
    yield case.assignment(
        case.office,
        RecordExternalResult(
            referral=referral, result="已复函同意（示例）。", received_on=case.day
        ),
    )


def explain(case: Case) -> Iterator[Ask]:
    """Those who signed are told why it is not this body's duty."""
    yield case.assignment(
        case.office,
        ExplainOutOfScope(
            reason="不属于公安机关职责范围，已向代表说明（示例）。",
            explained_to=tuple(each.person for each in case.item.signers),
            belongs_to="市城市管理局（示例）",
            explained_on=case.day,
        ),
    )


VERBS: Mapping[str, Verb] = {
    "object-outside": object_outside,
    "assigner": assigner,
    "refer": refer,
    "escalate": escalate,
    "result": result,
    "explain": explain,
}
