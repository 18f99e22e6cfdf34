"""The drafts of a case, old ones kept, and what changed from one to another (R068)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import unified_diff
from typing import Any, TypeAlias

Draft: TypeAlias = Mapping[str, Any]


def drafts_of(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """List the drafts of a story, each with what became of it."""
    found: list[dict[str, Any]] = []
    for event in events:
        data = event["data"] or {}
        if event["type"] == "ReplyDrafted":
            found.append(
                {
                    "hash": data["reply_hash"],
                    "round": data.get("round", 1),
                    "time": event["time"],
                    "actor": event["actor"],
                    "event": event["id"],
                    "reply": data["reply"],
                    "became": [],
                }
            )
        elif event["type"] in _BECAME and found:
            said = {name: data[name] for name in ("reason", "remark", "role") if data.get(name)}
            step = {"type": event["type"], "label": event["label"], "time": event["time"]}
            found[-1]["became"].append(step | said)
    return found


_BECAME = ("ReplyReviewed", "ReplyReturned", "ReplyApproved", "ReplyIssued", "CoOpinionDelivered")


def compared(
    drafts: Sequence[Draft], before: str | None, after: str | None
) -> dict[str, Any] | None:
    """Compare two drafts, named by their hashes; by default the last with the one before it.

    None where there is no such draft. A hash that comes again means the last draft of it.
    """
    if len(drafts) < 2 and not (before and after):
        return {"text": [], "answers": [], "before": None, "after": None}
    by_hash = {each["hash"]: each for each in drafts}
    new = by_hash.get(after) if after else drafts[-1]
    old = by_hash.get(before) if before else _before(drafts, new)
    if old is None or new is None:
        return None
    return {
        "before": old["hash"],
        "after": new["hash"],
        "text": _diff(old, new, lambda each: each["reply"]["text"].splitlines()),
        "answers": _diff(old, new, _answers),
    }


def _before(drafts: Sequence[Draft], new: Draft | None) -> Draft | None:
    at = max((n for n, each in enumerate(drafts) if each is new), default=0)
    return drafts[at - 1] if at else None


def _answers(draft: Draft) -> list[str]:
    return [f"{each['ask']}: {each['text']}" for each in draft["reply"]["answers"]]


def _diff(old: Draft, new: Draft, lines: Callable[[Draft], list[str]]) -> list[str]:
    names = old["hash"][:12], new["hash"][:12]
    return list(unified_diff(lines(old), lines(new), *names, lineterm=""))
