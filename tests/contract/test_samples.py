"""What was ever written can still be read: every sample of every contract, kept for ever."""

import json
import subprocess
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from banli_events.catalogue import COMMANDS, EVENTS
from banli_events.envelope import decode, encode
from banli_events.intake import ItemRegistered
from banli_events.notice import Notice, headers_of
from banli_events.submission import Submission


def _load() -> Any:
    spec = spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


samples = _load()
ADVICE = "run: python tests/contract/samples.py write"
EVENT_NAMES = sorted(path.stem for path in samples.FOLDER.glob("*-*.json"))
COMMAND_NAMES = sorted(path.stem for path in samples.FOLDER.glob("commands/*.json"))
ENTRIES = dict[str, dict[str, str]]


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((samples.FOLDER / f"{name}.json").read_text())
    return read


def _keeps(old: Any, new: Any) -> bool:
    """Tell whether all that was said before is still said; fields may have been added."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(name in new and _keeps(value, new[name]) for name, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_keeps, old, new))
    return bool(old == new)


def _changed(entries: ENTRIES) -> list[str]:
    """Name the frozen samples whose file is not what it was, or gone."""
    return [
        name
        for name, entry in entries.items()
        if not (samples.FOLDER / f"{name}.json").exists()
        or samples.digest_of(name) != entry["sha256"]
    ]


def _broken(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Name what an earlier index froze and a later one of the same log no longer keeps."""
    if old["epoch"] < new["epoch"]:
        return []
    return [
        name
        for name, entry in old["samples"].items()
        if new["samples"].get(name, {}).get("sha256") != entry["sha256"]
    ]


def _past_indices() -> list[dict[str, Any]]:
    """Read the index as every commit had it that git still knows."""
    path = samples.INDEX.relative_to(Path(__file__).parents[2]).as_posix()

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=Path(__file__).parents[2], capture_output=True, text=True
        )
        return done.stdout if done.returncode == 0 else ""

    try:
        commits = git("log", "--full-history", "--format=%H", "HEAD", "--", path).split()
    except FileNotFoundError:
        commits = []
    texts = [git("show", f"{commit}:{path}") for commit in commits]
    return [json.loads(text) for text in texts if text]


def test_a_word_that_was_frozen_is_a_word_for_ever() -> None:
    """An enumeration may grow; a value that events on the log hold is never lost or spelt anew."""
    now = samples.words_now()
    lost = {
        name: sorted(set(values) - set(now.get(name, ())))
        for name, values in samples.index()["words"].items()
    }
    assert not any(lost.values()), lost
    assert lost.keys() == now.keys(), "run: python tests/contract/samples.py freeze"


def test_every_contract_has_its_samples() -> None:
    found = EVENT_NAMES + [f"commands/{name}" for name in COMMAND_NAMES] + [samples.NOTICE]
    missing = set(samples.names()) - set(found)
    assert not missing, f"without a sample: {sorted(missing)}; {ADVICE}"
    unknown = set(found) - set(samples.names()) - set(samples.index()["samples"])
    assert not unknown, f"samples of nothing: {sorted(unknown)}; {ADVICE}"


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_an_event_sample_still_means_what_it_meant(name: str) -> None:
    sample = _read(name)
    wire = samples.wire_of(sample)
    event = decode(wire)
    assert wire.hash.hex() == sample["hash"]
    assert event.data is not None, "the catalogue has lost this type"
    assert _keeps(sample["meaning"], samples.meaning_of(event))
    assert name == f"{event.type}-{event.schema}"
    if event.schema == EVENTS[event.type].model.schema_version:
        assert encode(event) == wire


@pytest.mark.parametrize("name", COMMAND_NAMES)
def test_a_command_sample_still_means_what_it_meant(name: str) -> None:
    sample = _read(f"commands/{name}")
    submission = Submission.model_validate_json(sample["value"])
    assert submission.type == name
    assert submission.digest() == sample["digest"]
    asked = COMMANDS[name].model.model_validate(submission.data)
    assert _keeps(sample["meaning"], asked.model_dump(mode="json"))


def test_a_notice_sample_still_means_what_it_meant() -> None:
    sample = _read(samples.NOTICE)
    notice = Notice.model_validate_json(sample["value"])
    assert _keeps(sample["meaning"], notice.model_dump(mode="json"))
    assert [[name, value.decode()] for name, value in headers_of(notice)] == sample["headers"]


def test_samples_that_are_not_frozen_are_as_this_build_writes_them() -> None:
    frozen = samples.index()["samples"]
    stale = [
        name
        for name, sample in samples.current().items()
        if name not in frozen and _read(name) != sample
    ]
    assert not stale, f"not as this build writes them: {stale}; {ADVICE}"


def test_no_frozen_sample_has_changed_or_gone() -> None:
    assert _changed(samples.index()["samples"]) == []


def test_what_was_frozen_stays_frozen() -> None:
    broken = {name for old in _past_indices() for name in _broken(old, samples.index())}
    assert not broken, f"frozen once, and for ever: {sorted(broken)}"


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_sentence_keeps_its_shape_within_a_schema_version(name: str) -> None:
    model = EVENTS[name].model
    entry = samples.index()["samples"].get(EVENTS[name].schema)
    assert entry is None or entry["shape"] == samples.shape_of(model), (
        f"{name} has changed: set schema_version = {model.schema_version + 1}, "
        "say the new field in examples.json, and " + ADVICE
    )


def test_a_change_under_which_an_old_sample_no_longer_reads_is_seen() -> None:
    old = {"kind": "SUGGESTION", "asks": [{"id": "a1"}], "round": 1}
    assert _keeps(old, {**old, "added": None, "asks": [{"id": "a1", "added": 1}]})
    assert not _keeps(old, {"kind": "SUGGESTION", "asks": [{"id": "a1"}]})
    assert not _keeps(old, {**old, "round": 2})
    assert not _keeps(old, {**old, "asks": []})


def test_a_changed_or_lost_sample_is_seen() -> None:
    sound = {name: {"sha256": samples.digest_of(name)} for name in EVENT_NAMES[:2]}
    assert _changed(sound) == []
    assert _changed({**sound, EVENT_NAMES[0]: {"sha256": "0" * 64}}) == [EVENT_NAMES[0]]
    assert _changed({**sound, "MoonPhaseNoted-1": {"sha256": "0" * 64}}) == ["MoonPhaseNoted-1"]


def test_an_index_that_forgets_is_seen() -> None:
    old = {"epoch": 1, "samples": {"A-1": {"sha256": "1", "shape": "s"}}}
    grown = {"epoch": 1, "samples": {**old["samples"], "A-2": {"sha256": "2"}}}  # type: ignore[dict-item]
    assert _broken(old, grown) == []
    assert _broken(grown, old) == ["A-2"]
    assert _broken(old, {"epoch": 1, "samples": {"A-1": {"sha256": "9", "shape": "s"}}}) == ["A-1"]
    assert _broken(grown, {"epoch": 2, "samples": {}}) == []


def test_an_added_field_changes_the_shape_and_new_words_do_not() -> None:
    class Added(ItemRegistered):
        urgent: bool = False

    class Worded(ItemRegistered):
        """The same, said in other words."""

    assert samples.shape_of(Added) != samples.shape_of(ItemRegistered)
    assert samples.shape_of(Worded) == samples.shape_of(ItemRegistered)


def test_a_flipped_byte_of_a_sample_is_seen() -> None:
    sample = _read(EVENT_NAMES[0])
    wire = samples.wire_of(sample)
    flipped = replace(wire, value=(wire.value or b"").replace(b"1", b"2", 1))
    assert flipped.hash.hex() != sample["hash"]
