"""After the reply: another round, a meeting's decision, calls back, verification, the file."""

from collections.abc import Iterable, Iterator, Mapping

from banli_demo.telling import Ask, Case, Verb
from banli_demo.verbs.replying import MEASURE
from banli_events.supervision import (
    DecideByMeeting,
    FileCaseSummary,
    RecordCallback,
    SendClosingReport,
    VerifyMeasure,
)
from banli_events.words import Ruling


def again(case: Case) -> Iterable[Ask]:
    """Another round has begun by itself."""
    case.round += 1
    return ()


def meeting(case: Case, ruling: str) -> Iterator[Ask]:
    """A meeting decides what becomes of a case whose second reply did not satisfy."""
    yield case.supervision(
        case.office,
        DecideByMeeting(
            ruling=Ruling(ruling),
            reason="三方会商（示例）。",
            held_on=case.day,
            people=("代表（虚构）", "市人大代表工作委员会（示例）", "市公安局（示例）"),
        ),
    )


def callback(case: Case) -> Iterator[Ask]:
    """Who signed first is called back."""
    yield case.supervision(
        case.writer,
        RecordCallback(
            signer=case.item.signers[0].person, called_on=case.day, summary="回访（示例）。"
        ),
    )


def verify(case: Case) -> Iterator[Ask]:
    """The measure of the reply was really carried out."""
    yield case.supervision(
        case.office,
        VerifyMeasure(
            measure=MEASURE, carried_out=True, verified_on=case.day, how="实地核查（示例）。"
        ),
    )


def report(case: Case) -> Iterator[Ask]:
    """The case is reported closed to the assigner."""
    yield case.supervision(
        case.office,
        SendClosingReport(
            document_number=f"市公（示例）结〔2022〕{case.item.key}号",
            sent_on=case.day,
            receipt="交办机关签收（示例）",
        ),
    )


def summary(case: Case) -> Iterator[Ask]:
    """The handler sums the case up."""
    text = f"{case.item.title}：已答复，逐项回应，资料齐全。"
    yield case.supervision(case.writer, FileCaseSummary(summary=text))


VERBS: Mapping[str, Verb] = {
    "again": again,
    "meeting": meeting,
    "callback": callback,
    "verify": verify,
    "report": report,
    "summary": summary,
}
