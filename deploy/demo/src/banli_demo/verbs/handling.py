"""What comes before a reply: contact, research, rectification, consultation, co-opinions."""

from collections.abc import Iterator, Mapping

from banli_demo.telling import Ask, Case, Verb
from banli_events.supervision import (
    LogResearch,
    RecordConsultation,
    RecordContact,
    RecordMeasure,
    RequestCoOpinion,
    SubmitCoOpinion,
)
from banli_events.words import ContactMode


def contact(case: Case, mode: str = "VISIT", only: str = "") -> Iterator[Ask]:
    """Everyone who signed is met, each by a contact of its own; or only one of them."""
    for n, signer in enumerate(case.item.signers, 1):
        if not only or n == int(only):
            yield case.supervision(
                case.writer,
                RecordContact(
                    signer=signer.person,
                    mode=ContactMode(mode),
                    contacted_on=case.day,
                    summary=f"听取意见，第{case.round}轮（示例）。",
                ),
            )


def research(case: Case) -> Iterator[Ask]:
    """The matter is looked into."""
    summary = f"会同相关单位实地调研，第{case.round}轮（示例）。"
    yield case.supervision(case.writer, LogResearch(researched_on=case.day, summary=summary))


def rectify(case: Case) -> Iterator[Ask]:
    """Something is put right."""
    what = f"落实整改措施，第{case.round}轮（示例）。"
    yield case.supervision(case.writer, RecordMeasure(taken_on=case.day, what=what))


def consult(case: Case) -> Iterator[Ask]:
    """All who signed are consulted face to face."""
    yield case.supervision(
        case.writer,
        RecordConsultation(
            held_on=case.day,
            place="市公安局会议室（示例）",
            people=tuple(each.person for each in case.item.signers),
            result=f"对拟答复内容无异议，第{case.round}轮（示例）。",
        ),
    )


def ask(case: Case) -> Iterator[Ask]:
    """Every co-unit is asked for its opinion."""
    for unit in case.co:
        question = "请就职责范围提出协办意见（示例）。"
        yield case.supervision(case.writer, RequestCoOpinion(unit=unit, question=question))


def opine(case: Case, number: str = "") -> Iterator[Ask]:
    """Every co-unit gives its opinion; or the one of this number."""
    for n, unit in enumerate(case.co, 1):
        if not number or n == int(number):
            case.opinions.append(unit)
            opinion = SubmitCoOpinion(opinion="同意，配合（示例）。")
            yield case.supervision(case.handler_of(unit), opinion)


VERBS: Mapping[str, Verb] = {
    "contact": contact,
    "research": research,
    "rectify": rectify,
    "consult": consult,
    "ask": ask,
    "opine": opine,
}
