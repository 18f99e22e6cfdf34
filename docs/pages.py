"""What the interfaces say of themselves: OpenAPI of each service, AsyncAPI of all topics.

Each is written twice: in docs/ to be read, and in a package, on one line, for a service to serve.
"""

import json
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pages_http
import pages_topics
from examples import Examples

from banli_engine import http, pages
from banli_engine.decider import Service
from banli_engine.errors import Rejection
from banli_engine.ways import Way
from banli_events.catalogue import SERVICES

BY_COMMAND = {400, 403, 404, 409, 413, 422, 500}
"""The statuses with which the engine refuses a command; others refuse the request around it."""


def made(docs: Path, root: Path, known: dict[str, Service]) -> dict[Path, str]:
    """Make all documents, by their paths below `docs` and in the packages beside it."""
    examples = Examples(root / "tests" / "contract" / "samples")
    said = {name: refusals(name) for name in known}
    found: dict[Path, str] = {}
    for name in SERVICES:
        document = pages_http.document(
            name, ways_of(name), known.get(name), said.get(name, []), examples
        )
        package = docs.parent / "services" / name / "src" / f"banli_{name}"
        found |= _both(document, docs / "openapi" / f"{name}.json", package / "openapi.json")
    document = pages_topics.document(known, said, examples)
    package = docs.parent / "libs" / "engine" / "src" / "banli_engine"
    return found | _both(document, docs / "asyncapi.json", package / "asyncapi.json")


def _both(document: dict[str, Any], read: Path, served: Path) -> dict[Path, str]:
    return {
        read: json.dumps(document, ensure_ascii=False, indent=2) + "\n",
        served: json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n",
    }


def ways_of(name: str) -> tuple[Way, ...]:
    """Gather the ways in and out of a service: those of all, and those of its own."""
    if name == "reporting":
        own = import_module("banli_reporting.http").WAYS
        return (*own, *pages.ways(name))
    own = import_module(f"banli_{name}.ways").ways() if find_spec(f"banli_{name}.ways") else ()
    return (*http.WAYS, *own, *pages.ways(name))


def refusals(name: str) -> list[type[Rejection]]:
    """List what a service may refuse a command with: its own refusals, and those of all.

    Raises ValueError where two have the same code: who reads it could not tell them apart.
    """
    package = import_module(f"banli_{name}")
    for module in pkgutil.iter_modules(package.__path__, f"banli_{name}."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    every = [Rejection]
    for kind in every:
        every += kind.__subclasses__()
    said: dict[str, type[Rejection]] = {}
    for kind in every[1:]:
        own = kind.__module__.startswith(f"banli_{name}.") and kind.status < 500
        of_all = kind.__module__ == "banli_engine.errors" and kind.status in BY_COMMAND
        if (own or of_all) and said.setdefault(kind().code, kind) is not kind:
            raise ValueError(f"two refusals of {name} have the code {kind().code}")
    return sorted(said.values(), key=lambda kind: (kind.status, kind().code))
