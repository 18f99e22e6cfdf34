"""The page of the rules tells where each is enforced and shown, and a rule left out is named."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest


def _load() -> Any:
    file = Path(__file__).parents[2] / "docs" / "rulebook.py"
    spec = spec_from_file_location("rulebook", file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


rulebook = _load()
ENFORCED, SHOWN, CONTRACT, BOTH = "R901", "R902", "R903", "R904"

FILES = {
    "services/intake/src/banli_intake/decide.py": f'''
def decide():
    """Decide ({ENFORCED}, {BOTH})."""
''',
    "libs/events/src/banli_events/words.py": f'''
class Word:
    """A word ({CONTRACT}, {BOTH})."""
''',
    "libs/audit/src/banli_audit/rules.py": f'''
def judge():
    """Judge ({SHOWN})."""
''',
    "services/intake/tests/test_decide.py": f'''
def helper():
    """{ENFORCED}"""

def test_it_is_shown():
    """{SHOWN}, {CONTRACT}"""

def test_a_comment_tells_as_well():
    assert decide()  # {BOTH}: as the domain has it
''',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a small project."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _rule(id_: str, **changes: str) -> Any:
    said = {"says": "It holds.", "chinese": "规", "priority": "P1", "scope": "issue 4", **changes}
    return rulebook.Rule(id=id_, **said)


def _gaps(root: Path, **changes: str) -> list[str]:
    rules = [_rule(id_, **changes) for id_ in (ENFORCED, SHOWN, CONTRACT, BOTH)]
    return [gap.split(";")[0] for gap in rulebook.gaps(root, rules)]


def test_what_is_not_held_or_not_shown_is_named(root: Path) -> None:
    assert _gaps(root) == ["R901 is shown by no test", "R902 is enforced nowhere"]


@pytest.mark.parametrize("changes", [{"scope": "later"}, {"priority": "P2"}])
def test_what_comes_later_or_is_not_of_the_core_may_be_missing(
    root: Path, changes: dict[str, str]
) -> None:
    assert _gaps(root, **changes) == []


def test_a_mark_excuses_what_is_missing_and_falls_when_it_is_there(root: Path) -> None:
    still = "is enforced and shown, but said to be not yet"
    assert _gaps(root, not_yet="soon") == [f"R903 {still}", f"R904 {still}"]


def test_a_rule_that_nobody_wrote_down_is_named(root: Path) -> None:
    known = [_rule(id_) for id_ in (ENFORCED, SHOWN, BOTH)]
    assert "R903 is named in the sources and not in rules.toml" in rulebook.gaps(root, known)


def test_a_row_links_to_the_function_and_to_the_test(root: Path) -> None:
    page = rulebook.page(root, [_rule(BOTH), _rule("R905", not_yet="soon")])
    decide = "[intake/decide](../services/intake/src/banli_intake/decide.py): `decide`"
    test = "[intake/test_decide](../services/intake/tests/test_decide.py)"
    assert f"| {decide} | {test}: `test_a_comment_tells_as_well` |" in page
    assert "Word" not in page, "a contract is named where nothing else enforces the rule"
    assert "| not yet: soon |  |" in page
