"""The words for a clock: in which state it is, and why it runs out when it does."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from banli_engine.decider import LOCAL
from banli_events.deadlines import Basis, Span
from banli_events.explained import in_chinese, in_english

STATES: Mapping[str, Mapping[str, str]] = {
    "running": {"zh": "计时中", "en": "running"},
    "suspended": {"zh": "中止计时", "en": "suspended"},
    "met": {"zh": "按期完成", "en": "met"},
    "met-late": {"zh": "逾期完成", "en": "met late"},
    "missed": {"zh": "逾期未完成", "en": "missed"},
    "ended": {"zh": "办理终止", "en": "ended with the case"},
    "window": {"zh": "可提出异议", "en": "a window in which something may be done"},
    "closed": {"zh": "窗口期已过", "en": "the window is closed"},
}


def explain(name: str, clock: Mapping[str, Any]) -> dict[str, str]:
    """Explain a clock in a Chinese and an English sentence; of the first kind, by its days."""
    if clock["basis"]:
        basis = Basis.model_validate(clock["basis"])
    else:
        due = datetime.fromisoformat(clock["due"]).astimezone(LOCAL)
        basis = Basis(
            span=Span(amount=clock["days"]) if clock["days"] else None,
            counted_from=date.fromisoformat(clock["counted_from"]),
            last_day=(due - timedelta(microseconds=1)).date(),
            source=clock["rules"],
        )
    said = name, clock["clause"], basis
    return {"zh": in_chinese(*said), "en": in_english(*said)}
