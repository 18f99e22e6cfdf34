"""What somebody who signed an item reads of it: the item, where it stands, what they were told."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from banli_reporting.concerning import standing
from banli_reporting.ledgers.handling import HANDLING
from banli_reporting.ledgers.register import REGISTER

_ITEM = ("body", "level", "term", "session", "content", "asks", "deputies", "received_on")
_REPLY = ("text", "answers", "outcome", "attachments")


async def answered(
    db: asyncpg.Connection, subject: str, signer: str, events: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Tell a case to who signed it: no draft, no opinion, no review; None where it is not seen."""
    row = await db.fetchrow("select * from handling where subject = $1", subject)
    entered = await db.fetchrow("select * from register where subject = $1", subject)
    if row is None or entered is None:
        return None
    item = REGISTER.read(entered[name] for name in REGISTER.columns)
    told = standing(subject, HANDLING.read(row[name] for name in HANDLING.columns))
    told |= {name: getattr(item, name) for name in _ITEM}
    told["received_on"] = item.received_on and item.received_on.isoformat()
    return told | {"replies": replies(events, signer)}


def replies(events: Sequence[Mapping[str, Any]], signer: str) -> list[dict[str, Any]]:
    """Find the replies that went to a signer, each as it was sent, the first round first."""
    drafts = {e["data"]["reply_hash"]: e["data"] for e in events if e["type"] == "ReplyDrafted"}
    return [
        {
            "round": sent["round"],
            "document_number": sent["document_number"],
            "issued_on": sent["issued_on"],
            "issued_at": event["time"],
            **{name: drafts[sent["reply_hash"]]["reply"].get(name) for name in _REPLY},
        }
        for event in events
        if event["type"] == "ReplyIssued"
        and signer in (sent := {"round": 1, **event["data"]})["to"]
        and sent["reply_hash"] in drafts
    ]
