"""What is published at the start is read from reviewed files, and is the same every time."""

from pathlib import Path

import pytest

from banli_cli import publishing
from banli_events.supervision import PublishRuleSet
from banli_local import Refusal, settings

CALENDAR = """
[[calendars]]
id = "a"
version = 1
name = "A"
first = 2025-01-01
last = 2025-12-31
source = "A notice"
year = 2025
"""


def shipped() -> publishing.Content:
    """Read what the stack publishes as it is shipped."""
    return publishing.read(settings.read().files)


def test_rules_name_the_source_of_each_figure() -> None:
    """R021"""
    said = [order.command for order in shipped().stages[3]]
    rules = [each.rules for each in said if isinstance(each, PublishRuleSet)]
    assert {kind for each in rules for kind in each.kinds} == {"PROPOSAL", "SUGGESTION"}
    for each in rules:
        assert all(figure.source for figure in (*each.clocks, *each.ladder))
        assert all(clock.clause for clock in each.clocks)


def test_calendars_are_published_before_the_rules_that_count_by_them() -> None:
    content = shipped()
    calendars = {order.subject for order in content.stages[0] if "calendar/" in order.subject}
    said = [order.command for order in content.stages[3]]
    rules = [each.rules for each in said if isinstance(each, PublishRuleSet)]
    assert {f"calendar/{each.calendar}" for each in rules} == calendars == {"calendar/cn"}


def test_the_versions_of_a_pack_are_published_in_their_order() -> None:
    """R021"""
    said = [order for order in shipped().stages[3] if order.subject == "pack/proposal-2022"]
    assert [order.body()["data"]["version"] for order in said] == [1, 2]


def test_what_is_published_once_more_is_the_same_command() -> None:
    first, again = shipped(), shipped()
    ids = [order.body()["id"] for stage in first.stages for order in stage]
    assert ids == [order.body()["id"] for stage in again.stages for order in stage]
    assert len(set(ids)) == len(ids)


def test_every_system_in_the_settings_is_admitted_for_units_that_exist() -> None:
    content = shipped()
    units = {order.subject for order in content.stages[0]}
    systems = {o.subject: o.command for o in content.stages[3] if o.subject.startswith("system/")}
    assert set(systems) == {f"system/{each.name}" for each in settings.read().systems}
    for command in systems.values():
        assert {f"unit/{unit}" for unit in command.model_dump()["units"]} <= units


def test_duties_and_charges_are_published_once_their_units_and_posts_are_there() -> None:
    """What an item is routed by, and whose leader it gets (R059, R070)."""
    content = shipped()
    last = {type(order.command).__name__: order for order in content.stages[3]}
    assert last["PublishDuties"].subject in {order.subject for order in content.stages[0]}
    assert last["GiveCharge"].subject in {order.subject for order in content.stages[1]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[units]\n", "is not TOML"),
        ("[[units]]\nname = 'A'\n", "has no 'id'"),
        ("[[units]]\nid = 'a'\nname = 'A'\n", "since: Field required"),
        ("[[calendars]]\nid = 'a'\nyears = 1\n", "version: Field required"),
        (CALENDAR, "year: Extra inputs are not permitted"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "units.toml"
    file.write_text(text)
    with pytest.raises(Refusal) as refused:
        publishing.read([file])
    assert words in str(refused.value)
    assert str(file) in str(refused.value)
