"""Examples for the pages: the samples of every contract that are kept for ever."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from banli_events.catalogue import EVENTS, CommandType, EventType
from banli_events.notice import Notice, NoticeType, Sentence, headers_of, notice_id
from banli_events.submission import Outcome, receipt_id, token

COMMAND = "0195f0a0-0000-7000-8000-000000000001"


@dataclass(frozen=True)
class Examples:
    """The folder of the samples."""

    folder: Path

    def command(self, kind: CommandType, *, speaks: bool) -> dict[str, Any] | None:
        """Give a submission; over Kafka it says who speaks, over HTTP the token does."""
        sample = self._read(f"commands/{kind.name}")
        if sample is None:
            return None
        said: dict[str, Any] = json.loads(sample["value"])
        return said if speaks else {name: said[name] for name in said if name != "actor"}

    def event(self, kind: EventType) -> dict[str, Any] | None:
        """Give an event's message: its key, headers and value."""
        sample = self._read(kind.schema)
        if sample is None:
            return None
        value = json.loads(sample["value"])
        return {"key": sample["key"], "headers": dict(sample["headers"]), "value": value}

    def answer(self, service: str) -> dict[str, Any]:
        """Give the answer to a command that a service has admitted."""
        for kind in (each for each in EVENTS.values() if each.source == service):
            if (event := self.event(kind)) is not None:
                break
        else:
            raise AssertionError("no sample of any event")
        head, sender = event["headers"], "system:petitions"
        subject, version = event["key"], int(head["ce_version"])
        return {
            "receipt": str(receipt_id(sender, COMMAND)),
            "command": COMMAND,
            "outcome": str(Outcome.ADMITTED),
            "subject": subject,
            "after": token(subject, service, version),
            "events": [
                {
                    "id": head["ce_id"],
                    "type": head["ce_type"],
                    "source": service,
                    "version": version,
                    "time": head["ce_time"],
                    "data": event["value"]["data"],
                }
            ],
        }

    def notice(self) -> dict[str, Any]:
        """Give a notice's message."""
        notice = Notice(
            id=notice_id("petitions", COMMAND, NoticeType.ASSIGNED, "traffic"),
            type=NoticeType.ASSIGNED,
            subject="case/5d1c64e5-33ff-5ae5-8c47-7ebbd4c44a1e",
            unit="traffic",
            number="2026-042",
            at=datetime(2026, 3, 2, 4, 30, tzinfo=UTC),
            after="case/5d1c64e5-33ff-5ae5-8c47-7ebbd4c44a1e@assignment:4",
            sentence=Sentence(zh="交你单位主办。", en="Your unit is to handle it, as lead."),
        )
        headers = {name: value.decode() for name, value in headers_of(notice)}
        return {"headers": headers, "value": notice.model_dump(mode="json")}

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.folder / f"{name}.json"  # a contract that is new may have none yet
        return json.loads(path.read_text()) if path.exists() else None
