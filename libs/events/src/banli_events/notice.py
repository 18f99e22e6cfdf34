"""What a department must learn of its cases: the messages on `notices.<system>`.

The key is the case, the value a `Notice` in JSON. The headers are those of a CloudEvents message:
`ce_specversion`, `ce_id` (the notice's), `ce_source` (reporting), `ce_type` (`Noticed`),
`ce_subject`, `ce_time` and `ce_dataschema`. A message may come again, with the same id.
"""

from collections.abc import Iterator
from enum import StrEnum
from uuid import UUID, uuid5

from banli_events.base import Id, Instant, Line, Open, Value, instant
from banli_events.subjects import NAMESPACE

SOURCE, TYPE, SCHEMA = "reporting", "Noticed", "urn:banli:Noticed:1"


class NoticeType(StrEnum):
    """What happened to a case, as far as a unit must learn of it."""

    ASSIGNED = "ASSIGNED"  # 交办
    REASSIGNED_AWAY = "REASSIGNED_AWAY"  # 改交其他单位
    OBJECTION_WINDOW = "OBJECTION_WINDOW"  # 可提出异议的期限开始
    OBJECTION_UPHELD = "OBJECTION_UPHELD"
    OBJECTION_REFUSED = "OBJECTION_REFUSED"
    OPINION_ASKED = "OPINION_ASKED"  # 征求协办意见
    RETURNED = "RETURNED"  # 退回重办
    APPROVED = "APPROVED"  # 已签批
    ISSUED = "ISSUED"  # 已答复
    EXTENDED = "EXTENDED"  # 同意延期
    EXTENSION_REFUSED = "EXTENSION_REFUSED"
    DUE_SOON = "DUE_SOON"  # 三日内到期
    REMINDED = "REMINDED"
    OVERDUE = "OVERDUE"
    URGED = "URGED"  # 电话催办
    NOTICE_ISSUED = "NOTICE_ISSUED"  # 督办通知
    RATED = "RATED"
    ORDERED_ANEW = "ORDERED_ANEW"  # 重新办理
    WITHDRAWN = "WITHDRAWN"


class Sentence(Value):
    """The same in Chinese and in English; it names nobody and quotes no text of the case."""

    zh: Line
    en: Line


class Notice(Value):
    """Something about a case that a unit must learn, told to the system that speaks for it."""

    id: UUID
    type: Open[NoticeType]
    subject: Line
    unit: Id
    number: Line | None = None  # under which the assigner knows the item
    at: Instant  # when it became true
    until: Instant | None = None  # when it must be done, where it must
    clock: Line | None = None
    after: Line | None = None  # what it rests on, as commands and reads take it
    sentence: Sentence


def notice_id(system: str, cause: str, type_: str, unit: str) -> UUID:
    """Derive a notice's id from what it tells of: an event's id, or a clock with its due instant.

    It is the same for ever, so that a redelivery is recognised.
    """
    return uuid5(NAMESPACE, f"notice/{system}/{cause}/{type_}/{unit}")


def headers_of(notice: Notice) -> Iterator[tuple[str, bytes]]:
    """Write the headers of a notice, in wire order."""
    said = {
        "ce_specversion": "1.0",
        "ce_id": str(notice.id),
        "ce_source": SOURCE,
        "ce_type": TYPE,
        "ce_subject": notice.subject,
        "ce_time": instant(notice.at),
        "ce_dataschema": SCHEMA,
    }
    for name, text in said.items():
        yield name, text.encode()
