"""Kafka's jars: fetched by coordinate, and used only if they are the bytes the lock names."""

import fcntl
import hashlib
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from banli_local.refusal import Refusal, from_os_error

PAUSES = (0, 1, 4)
"""Seconds before each try to fetch a jar: a registry may be out of reach for a moment."""


def locked() -> dict[str, str]:
    """Return the lock: coordinates as a repository path, with the SHA-256 of each."""
    lines = (files("banli_local") / "kafka-jars.lock").read_text().splitlines()
    return {path: digest for digest, path in (line.split() for line in lines)}


def class_path(
    cache: Path, lock: Mapping[str, str] | None = None, report: Callable[[str], None] = print
) -> list[Path]:
    """Return every jar, fetched where missing and checked each time."""
    lock = lock or locked()
    jars = {cache / path.rsplit("/", 1)[1]: path for path in lock}
    if not all(jar.exists() for jar in jars):
        with _alone(cache):
            missing = {jar: path for jar, path in jars.items() if not jar.exists()}
            if missing:
                report(f"fetching {len(missing)} jars of Kafka, about 45 MB in all")
                _fetch(missing, lock, cache)
    for jar, path in jars.items():
        if _digest(jar) != lock[path]:
            raise Refusal(f"{jar} is not the file that the lock names; delete it and try again.")
    return list(jars)


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Let one process fetch and the others wait for it."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        folder = os.open(cache, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)
    except OSError as error:
        raise from_os_error(error, cache) from error


def _fetch(missing: dict[Path, str], lock: Mapping[str, str], cache: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=cache, prefix=".fetch-") as folder:
            with ThreadPoolExecutor(8) as pool:
                got = list(pool.map(lambda path: _fetch_one(path, Path(folder)), missing.values()))
            for (jar, path), fetched in zip(missing.items(), got, strict=True):
                if _digest(fetched) != lock[path]:
                    raise Refusal(f"{jar.name} came other than the lock names it; it is not used.")
                os.replace(fetched, jar)
    except OSError as error:
        raise from_os_error(error, cache) from error


def _fetch_one(path: str, folder: Path) -> Path:
    """Let the resolver fetch one file: it knows the registry, and this repository need not."""
    paths = ssl.get_default_verify_paths()
    if system := paths.cafile or paths.capath:
        os.environ.setdefault("REQUESTS_CA_BUNDLE", system)  # requests knows its own list only
    from jgo.maven import MavenContext, PythonResolver

    *group, name, version, _file = path.split("/")
    for pause in PAUSES:
        time.sleep(pause)
        try:
            maven = MavenContext(resolver=PythonResolver(), repo_cache=folder, timeout=60)
            component = maven.project(".".join(group), name).at_version(version)
            return Path(component.artifact().resolve())
        except Exception as error:
            failed = error
    raise Refusal(
        f"{name} {version} could not be fetched: is the registry of jars within reach?"
    ) from failed


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise from_os_error(error, path.parent) from error
