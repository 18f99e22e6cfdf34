"""The year adds up to the published totals by itself, whatever a run gives."""

from collections import Counter

from banli_demo.checks import expected
from banli_demo.lifecycle import HANDLERS, steps_of
from banli_demo.scenario import by_instant, read_year
from banli_events.words import Grade, OuterRole
from banli_local import publishing
from banli_local.servers import ROOT

YEAR = read_year()
STEPS = steps_of(YEAR)
LED = [item for item in YEAR.items if item.role == OuterRole.LEAD]
GRADES = Counter(signer.grade for item in LED for signer in item.signers)


def test_eleven_proposals_are_six_led_and_five_co_handled() -> None:
    found = {"total": len(YEAR.items), "LEAD": len(LED), "CO": len(YEAR.items) - len(LED)}
    assert {**found, "sums": True} == expected()["items"]["expected"]
    assert len({item.number for item in YEAR.items}) == 11


def test_they_are_about_five_topics() -> None:
    topics = Counter(YEAR.topics[item.topic] for item in YEAR.items)
    assert dict(topics) == expected()["topics"]["expected"]
    assert len(topics) == 5


def test_every_product_goes_out_once() -> None:
    sent = Counter(step.subject for step in STEPS if step.name.endswith("/send"))
    assert set(sent.values()) == {1}
    assert len(sent) == 11


def test_one_is_late_one_is_returned_one_signer_is_not_satisfied() -> None:
    assert [item.number for item in YEAR.items if item.late] == ["0103"]
    assert [item.number for item in YEAR.items if item.returned] == ["0105"]
    assert GRADES == {Grade.SATISFIED: 7, Grade.BASICALLY: 1, Grade.NOT_SATISFIED: 1}


def test_half_enters_over_kafka_and_half_over_http() -> None:
    admitted = Counter(step.way for step in STEPS if step.refusal is None)
    assert dict(admitted) == expected()["ways"]["expected"]
    refused = Counter((step.way, step.service) for step in STEPS if step.refusal)
    assert set(refused.values()) == {1}
    assert len(refused) == 6


def test_the_units_add_up() -> None:
    lead = Counter(item.unit for item in YEAR.items)
    units = expected()["units"]["expected"]
    assert {unit: lead.get(unit, 0) for unit in units} == units
    assert sum(units.values()) == 11


def test_events_follow_from_what_each_item_goes_through() -> None:
    found = {}
    for item in YEAR.items:
        led, signers = item.role == OuterRole.LEAD, len(item.signers)
        closed = all(signer.grade != Grade.NOT_SATISFIED for signer in item.signers)
        found[item.number] = (
            (13 + 3 * signers if led else 14)
            + bool(item.co_unit)
            + item.late
            + 2 * item.returned
            - (not closed)
        )
    assert found == expected()["events"]["expected"]


def test_no_case_has_two_steps_at_one_instant() -> None:
    for _, group in by_instant(STEPS):
        assert len({step.subject for step in group}) == len(group)


def test_everyone_in_the_year_holds_the_post_that_the_units_file_gives_them() -> None:
    content = publishing.read([ROOT / "packs" / "units-demo.toml"])
    held = {(each.person, each.post, each.unit) for each in content.holders}
    assert {(step.person, step.post, step.unit) for step in STEPS} <= held
    assert {item.unit for item in YEAR.items} <= HANDLERS.keys()


def test_every_expected_value_has_an_id_and_says_what_it_is() -> None:
    for id_, check in expected().items():
        assert set(check) == {"id", "what", "expected"}, id_
