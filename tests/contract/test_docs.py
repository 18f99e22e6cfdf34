"""What is generated from the contracts is as the contracts are, and a stale page is named."""

import json
import shutil
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from banli_events.catalogue import COMMANDS, EVENTS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Load the generator, on a copy of the pages."""
    copy = tmp_path_factory.mktemp("copy") / "docs"
    shutil.copytree(DOCS, copy)
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(copy)
        yield _load(copy)


def _load(copy: Path) -> Any:
    spec = spec_from_file_location("generate", copy / "generate.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.main([]) == 0
    return module


def test_what_is_written_is_fresh(generate: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_what_is_stale_missing_or_of_nothing_is_named(
    generate: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    schemas, gone = generate.DOCS / "schemas", f"{EVENTS['ItemRegistered'].schema}.json"
    (generate.DOCS / "events.md").write_text("old")
    (schemas / "events" / gone).unlink()
    (schemas / "events" / "MoonPhaseNoted-1.json").write_text("{}")
    (schemas / "commands" / "NoteMoonPhase.json").write_text("{}")
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out.split() == [
        "docs/events.md",
        "docs/schemas/commands/NoteMoonPhase.json",
        f"docs/schemas/events/{gone}",
        "docs/schemas/events/MoonPhaseNoted-1.json",
    ]
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_contract_has_its_schema_and_its_line(generate: Any) -> None:
    page = (generate.DOCS / "events.md").read_text()
    for event in EVENTS.values():
        schema = json.loads((generate.DOCS / f"schemas/events/{event.schema}.json").read_text())
        assert schema["$id"] == f"urn:banli:{event.name}:{event.model.schema_version}"
        assert f"[{event.name}](" in page
    for name in COMMANDS:
        schema = json.loads((generate.DOCS / f"schemas/commands/{name}.json").read_text())
        assert schema["$defs"][name]["additionalProperties"] is False
        assert f"[{name}](" in page


def test_an_open_enumeration_is_visible_as_such(generate: Any) -> None:
    read = json.loads((generate.DOCS / "schemas/events/FeedbackReceived-1.json").read_text())
    grade = read["$defs"]["FeedbackReceived"]["properties"]["grade"]
    assert grade["x-open"] is True
    asked = json.loads((generate.DOCS / "schemas/commands/RecordFeedback.json").read_text())
    assert "x-open" not in asked["$defs"]["RecordFeedback"]["properties"]["grade"]


def test_who_may_ask_and_who_reacts_is_told(generate: Any) -> None:
    lines = (generate.DOCS / "events.md").read_text().splitlines()
    told = {line.split("|")[1].split("]")[0].strip(" ["): line for line in lines if "](" in line}
    assert told["PublishPack"].endswith("| operators, over HTTP |")
    assert told["ArchiveCase"].endswith("| the service itself |")
    assert told["RegisterItem"].endswith("| REGISTRAR |")
    assert told["ReplyIssued"].endswith("| intake, assignment |")
    assert "| 一览表 | register |" in "\n".join(lines)
