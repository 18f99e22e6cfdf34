"""The year adds up by itself, and takes every way that there is, whatever a run gives."""

from collections import Counter

from banli_cli import publishing
from banli_demo.checks import expected
from banli_demo.people import People
from banli_demo.scenario import Item, by_instant
from banli_demo.scripts import Line, lines_of, read_parts, tell
from banli_demo.suggestions import read_year
from banli_demo.verbs import VERBS
from banli_demo.verbs.registering import SILENT
from banli_events.words import Extent, OutcomeClass, OuterRole
from banli_local import settings

FILES = settings.read().files
YEAR, PEOPLE = read_year(), People(FILES)
STEPS = tell(YEAR, PEOPLE)
PARTS = read_parts()
UNREPLIED = {"withdrawn", "outer-right", "beyond", "refused"}


def registered(assembly: str) -> list[Item]:
    """Tell the items of an assembly that are entered into the register."""
    return [item for item in YEAR.of(assembly) if item.takes != "refused"]


def replied(assembly: str) -> list[Item]:
    """Tell the items of an assembly that this body replies to."""
    return [
        item
        for item in YEAR.of(assembly)
        if item.role == OuterRole.LEAD and item.takes not in UNREPLIED
    ]


def test_eleven_proposals_are_six_led_and_five_co_handled() -> None:
    """The totals that were published."""
    proposals = registered("P")
    assert len({item.number for item in proposals}) == len(proposals) == 11
    assert Counter(item.role for item in proposals) == {OuterRole.LEAD: 6, OuterRole.CO: 5}
    assert len({item.topic for item in proposals}) == 5


def test_120_suggestions_are_half_of_each_congress_and_numbered_through() -> None:
    for assembly in ("S", "Q"):
        numbers = [item.number for item in registered(assembly)]
        assert numbers == [f"{n:03d}" for n in range(1, 61)]


def test_the_register_adds_up() -> None:
    """Roles and topics."""
    items = [item for assembly in YEAR.assemblies for item in registered(assembly)]
    given = expected()["items"]["expected"]
    roles = Counter(item.role for item in items)
    assert (len(items), roles[OuterRole.LEAD]) == (given["total"], given["LEAD"])
    assert Counter(item.topic for item in items) == expected()["topics"]["expected"]


def test_every_part_of_the_scripts_and_every_word_is_used() -> None:
    named = {item.takes for item in YEAR.items}
    for part in PARTS.values():
        named |= {text.partition("+")[0].strip() for text in part if not text[0].isdigit()}
    assert named == set(PARTS)
    used = {line.verb for item in YEAR.items for line in lines_of(PARTS, item.takes)}
    assert used == set(VERBS)


def test_a_part_can_stand_so_many_days_later() -> None:
    parts = {"a": ["0 register", "b + 4"], "b": ["1 accept", "2 object order ! objection-late"]}
    assert list(lines_of(parts, "a", 10)) == [
        Line(10, "register"),
        Line(15, "accept"),
        Line(16, "object", ("order",), "objection-late"),
    ]


def test_the_ratings_add_up() -> None:
    """Satisfaction of each last reply, and the forms behind it."""
    for assembly, name in (("P", "proposals"), ("S", "shandong"), ("Q", "chongqing")):
        last = [signer.grades[-1] for item in replied(assembly) for signer in item.signers]
        last = ["S" if each == "-S" else each for each in last]
        valid = [each for each in last if each != SILENT]
        good, fair = valid.count("S"), valid.count("B")
        figures = expected()[f"figures.{name}"]["expected"]
        assert figures["form_return_rate"] == f"{len(valid)} of {len(last)}"
        assert figures["satisfied_strict"] == f"{good} of {len(valid)}"
        assert figures["satisfied_loose"] == f"{good + fair} of {len(valid)}"


def test_the_results_and_what_is_public_add_up() -> None:
    """Classes of the replies, and publication."""
    for assembly, name in (("P", "proposals"), ("S", "shandong"), ("Q", "chongqing")):
        items = replied(assembly)
        results = Counter(item.result for item in items)
        public = sum(item.publish != Extent.NONE for item in items)
        figures = expected()[f"figures.{name}"]["expected"]
        solved, planned = results[OutcomeClass.A], results[OutcomeClass.B]
        assert figures["solve_rate"] == f"{solved} of {len(items)}"
        assert figures["solved_or_planned_rate"] == f"{solved + planned} of {len(items)}"
        assert figures["publication_rate"] == f"{public} of {len(items)}"


def test_all_figures_are_the_sums_of_the_three_parts() -> None:
    parts = [expected()[f"figures.{name}"]["expected"]
             for name in ("proposals", "shandong", "chongqing")]  # fmt: skip
    for figure, whole in expected()["figures"]["expected"].items():
        each = [tuple(map(int, part[figure].split(" of "))) for part in parts]
        above, below = (sum(side) for side in zip(*each, strict=True))
        assert whole == f"{above} of {below}", figure


def test_the_units_add_up_to_all_figures() -> None:
    for name in ("reply_rate", "in_time_rate", "return_rate", "satisfied_strict"):
        each = [
            tuple(map(int, one.split(" of ")))
            for one in expected()[f"units.{name}"]["expected"].values()
        ]
        above, below = (sum(side) for side in zip(*each, strict=True))
        assert expected()["figures"]["expected"][name] == f"{above} of {below}"


def test_both_ways_in_are_used_for_half_of_what_systems_may_ask() -> None:
    ways = Counter(step.way for step in STEPS)
    assert ways["kafka"] > 0.4 * len(STEPS)
    assert ways["http"] > 0.4 * len(STEPS)


def test_a_case_has_one_step_in_a_wave_and_its_waves_keep_the_order_of_its_script() -> None:
    waves = [wave for _, all_ in by_instant(STEPS) for wave in all_]
    for wave in waves:
        assert len({step.subject for step in wave}) == len(wave)
    played = [step for wave in waves for step in wave]
    for item in YEAR.items:
        subject = YEAR.subject(item)
        told = [step.name for step in STEPS if step.subject == subject]
        assert [step.name for step in played if step.subject == subject] == told


def test_all_steps_have_names_of_their_own() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)


def test_everyone_in_the_year_holds_the_post_that_the_units_file_gives_them() -> None:
    """Nobody speaks for a post that is another's."""
    content = publishing.read(FILES)
    held = {(each.person, each.post, each.unit) for each in content.holders}
    asked = {(step.actor.person, step.actor.post, step.actor.unit) for step in STEPS}
    assert asked - held == {("operator", "operator", "operator")}


def test_every_expected_value_has_an_id_and_says_what_it_is() -> None:
    for id_, check in expected().items():
        assert set(check) == {"id", "what", "expected"}, id_
