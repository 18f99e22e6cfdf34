"""Write calendar-cn.toml: which days are worked in China, from a kept library.

Run it with `.venv/bin/python packs/make_calendar.py` when the library has a new year; raise VERSION
then, for a version that was published never changes.
"""

from datetime import date, timedelta
from pathlib import Path

from chinese_calendar import is_workday

VERSION = 1
FIRST, LAST = 2007, 2026
FILE = Path(__file__).with_name("calendar-cn.toml")

CHANGED = {
    2015: "国务院关于中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日调休放假的通知",
    2019: "国务院办公厅关于调整2019年劳动节假期安排的通知",
    2020: "国务院办公厅关于延长2020年春节假期的通知",
}
"""Notices that changed a year which had been announced."""

SOURCE = (
    f"国务院办公厅关于{FIRST}年至{LAST}年各年部分节假日安排的通知，"
    f"及{'、'.join(f'{year}年' for year in CHANGED)}的调整通知"
)

HEAD = f"""\
# Which days are worked in China, {FIRST} to {LAST}, against the week's rule: Mondays to Fridays
# that are off, Saturdays and Sundays that are worked. Written by make_calendar.py; do not edit.
# Days at the end of a year can rest on the notice for the next, whose new year begins with them.

[[calendars]]
id = "cn"
version = {VERSION}
name = "中华人民共和国工作日历"
first = {FIRST}-01-01
last = {LAST}-12-31
source = "{SOURCE}"
"""


def notices(year: int) -> str:
    """Name the notices by which a year's days are worked or off."""
    first = f"国务院办公厅关于{year}年部分节假日安排的通知"
    return "；".join(filter(None, (first, CHANGED.get(year))))


def days(year: int, *, worked: bool) -> list[date]:
    """Find a year's weekdays that are off, or its weekend days that are worked."""
    first = date(year, 1, 1)
    every = (first + timedelta(days=at) for at in range((date(year + 1, 1, 1) - first).days))
    return [day for day in every if is_workday(day) is worked and (day.weekday() >= 5) is worked]


def written() -> str:
    """Write the whole file, a line of notices before each year's days."""
    text = HEAD
    for name, worked in (("holidays", False), ("workdays", True)):
        text += f"{name} = [\n"
        for year in range(FIRST, LAST + 1):
            found = [day.isoformat() for day in days(year, worked=worked)]
            text += f"  # {notices(year)}\n"
            for at in range(0, len(found), 8):
                text += f"  {', '.join(found[at : at + 8])},\n"
        text += "]\n"
    return text


if __name__ == "__main__":
    FILE.write_text(written())
