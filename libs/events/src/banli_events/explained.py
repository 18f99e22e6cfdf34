"""A deadline in words: how its day was found, as one sentence in Chinese and one in English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from banli_events.deadlines import Basis, ClockKind, DayOff, Skipped, TimeUnit

CLOCKS: Mapping[str, tuple[str, str]] = {
    ClockKind.OBJECTION: ("对分办提出异议", "Objecting to the assignment"),
    ClockKind.OUTER_OBJECTION: ("向交办单位提出异议", "Objecting to the assigner"),
    ClockKind.REDECISION: ("交办单位答复异议", "The answer to the objection"),
    ClockKind.FIRST_CONTACT: ("首次联系", "The first contact"),
    ClockKind.REPLY: ("答复", "The reply"),
    ClockKind.CO_OPINION: ("协办意见", "The co-opinion"),
    ClockKind.UNIT_OPINION: ("会办单位意见", "The unit's opinion"),
    ClockKind.REWORK: ("退回重办", "The new draft"),
    ClockKind.FEEDBACK: ("反馈意见", "The feedback"),
    ClockKind.REHANDLING: ("再次办理", "The reply of the new round"),
    ClockKind.PUBLICATION: ("决定是否公开", "The decision on publication"),
    ClockKind.REFERRAL: ("外部单位办理结果", "The outside body's result"),
}
"""What each clock waits for."""

_UNITS: Mapping[str, tuple[str, str]] = {
    TimeUnit.DAY: ("日", "day"),
    TimeUnit.WORKING_DAY: ("个工作日", "working day"),
    TimeUnit.MONTH: ("个月", "month"),
}
_OFF: Mapping[str, tuple[str, str]] = {
    DayOff.WEEKEND: ("周末", "weekend"),
    DayOff.HOLIDAY: ("节假日", "holiday"),
}
_DAY = timedelta(days=1)


def in_chinese(clock: str, clause: str, basis: Basis) -> str:
    """Say in one Chinese sentence how a deadline was found."""
    start, span = _zh(basis.counted_from), basis.span
    if span is None:
        parts = [f"期限由指定日期确定（{clause}），自{start}起"]
    else:
        length = f"{span.amount}{_word(_UNITS, span.unit)[0]}"
        parts = [f"依据{basis.source}（{clause}），自{start}起算，当日不计，期限{length}"]
    if basis.calendar:
        parts.append(f"按日历{basis.calendar.calendar}第{basis.calendar.version}版")
    if off := [f"{_zh_days(a, b)}（{_word(_OFF, why)[0]}）" for a, b, why in _passed_over(basis)]:
        parts.append(f"不计{'、'.join(off)}")
    parts += [f"{_zh_days(a, b)}中止计时（{why}）" for a, b, why in _paused(basis)]
    if basis.rolled_from:
        parts.append(f"期末{_zh(basis.rolled_from)}为休息日，顺延至下一工作日")
    parts.append(f"{_zh(basis.last_day)}24时届满")
    if basis.provisional:
        parts.append("日历未涵盖全部日期，届满日暂定")
    name, about = _name(clock)
    return f"{name[0]}{f'（{about}）' if about else ''}：{'；'.join(parts)}。"


def in_english(clock: str, clause: str, basis: Basis) -> str:
    """Say in one English sentence how a deadline was found."""
    span = basis.span
    if span is None:
        parts = [f"the day was named ({clause}), the start was {basis.counted_from}"]
    else:
        length = f"{span.amount} {_word(_UNITS, span.unit)[1]}{'s' if span.amount > 1 else ''}"
        parts = [f"{length} under {basis.source} ({clause})"]
        parts.append(f"counted from {basis.counted_from}, a day that does not count")
    if basis.calendar:
        parts.append(f"by version {basis.calendar.version} of calendar {basis.calendar.calendar}")
    if off := [f"{_en_days(a, b)} ({_word(_OFF, why)[1]})" for a, b, why in _passed_over(basis)]:
        parts.append(f"without {', '.join(off)}")
    parts += [f"standing still {_en_days(a, b)} ({why})" for a, b, why in _paused(basis)]
    if basis.rolled_from:
        parts.append(f"{basis.rolled_from} is off and gives way to the next working day")
    if basis.provisional:
        parts.append("for now, as the calendar does not cover all of these days")
    name, about = _name(clock)
    due = f"is due by the end of {basis.last_day}"
    return f"{name[1]}{f' ({about})' if about else ''} {due}: {'; '.join(parts)}."


def _passed_over(basis: Basis) -> Iterator[tuple[date, date, str]]:
    """Gather days passed over in runs of one reason, without those of a last day that moved."""
    end = basis.rolled_from or date.max
    yield from _runs([one for one in basis.skipped if one.day < end])


def _runs(skipped: Sequence[Skipped]) -> Iterator[tuple[date, date, str]]:
    first = 0
    for at, one in enumerate(skipped, 1):
        follows = skipped[at] if at < len(skipped) else None
        if follows is None or follows.day - one.day != _DAY or follows.why != one.why:
            yield skipped[first].day, one.day, one.why
            first = at


def _paused(basis: Basis) -> Iterator[tuple[date, date, str]]:
    for pause in basis.pauses:
        if pause.since < pause.until:
            yield pause.since + _DAY, pause.until, pause.why


def _name(clock: str) -> tuple[tuple[str, str], str]:
    kind, _, about = clock.partition(":")
    return _word(CLOCKS, kind), about


def _word(words: Mapping[str, tuple[str, str]], word: str) -> tuple[str, str]:
    return words.get(word, (word, word))


def _zh(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _zh_days(first: date, last: date) -> str:
    if first == last:
        return _zh(first)
    same_month = (first.year, first.month) == (last.year, last.month)
    return f"{_zh(first)}至{f'{last.day}日' if same_month else _zh(last)}"


def _en_days(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"
