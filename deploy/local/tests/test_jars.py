"""Kafka's jars: who comes second waits for them, and a registry may be away for a moment."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from banli_local import jars

LOCK = {"org/x/a/1/a-1.jar": hashlib.sha256(b"a").hexdigest()}


def test_of_two_that_start_at_once_one_fetches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch_one(path: str, folder: Path) -> Path:
        fetched.append(path)
        time.sleep(0.3)
        (folder / "a").write_bytes(b"a")
        return folder / "a"

    monkeypatch.setattr(jars, "_fetch_one", fetch_one)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: jars.class_path(tmp_path, LOCK), range(2)))
    assert fetched == list(LOCK)
    assert found == [[tmp_path / "a-1.jar"]] * 2


def test_a_registry_that_is_away_for_a_moment_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    class Away:
        def __init__(self, **_: object) -> None:
            tries.append("asked")
            raise ConnectionError

    monkeypatch.setattr("jgo.maven.MavenContext", Away)
    monkeypatch.setattr(jars, "PAUSES", (0, 0, 0))
    with pytest.raises(jars.Refusal, match="within reach"):
        jars.class_path(tmp_path, LOCK)
    assert len(tries) == 3
