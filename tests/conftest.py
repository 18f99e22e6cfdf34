"""Servers for every test that needs real ones: our own, in containers, or given by address."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from banli_local import Cluster, GivenServers, Refusal, Servers
from banli_local.contained import ContainerServers, check_engine

LONGEST = (
    "test_refusals",
    "test_survival",
    "test_upgrade",
    "test_backup",
    "test_settled",
    "test_restored",
    "test_sending",
    "test_killed",
    "test_builds",
    "test_ways_in",
    "test_outages",
    "test_members",
    "test_rebuild",
)
"""What takes longest comes first, so that no worker is left alone with it in the end."""


KAFKA = os.environ.get("BANLI_TEST_KAFKA", "")
POSTGRES = os.environ.get("BANLI_TEST_POSTGRES", "")
ASKED = os.environ.get("BANLI_TEST_SERVERS") or ("given" if KAFKA or POSTGRES else "own")
"""Whose servers: `own`, `containers`, or those `given` by address."""


def pytest_configure() -> None:
    """Refuse before the first test what cannot be had; nothing is skipped that was asked for."""
    if ASKED not in ("own", "containers", "given"):
        raise pytest.UsageError("BANLI_TEST_SERVERS is own, containers or given.")
    if ASKED == "given" and not (KAFKA and POSTGRES):
        raise pytest.UsageError("Set both BANLI_TEST_KAFKA and BANLI_TEST_POSTGRES, or neither.")
    if ASKED == "containers":
        try:
            check_engine()
        except Refusal as refusal:
            raise pytest.UsageError(str(refusal)) from refusal


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what needs no server: it is the quickest to say what is wrong.

    Then what starts servers of its own, before those of the run are there; then a folder at a time.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool, str, int]:
    top, below, *_ = item.path.relative_to(item.config.rootpath).parts
    needs_servers = top == "deploy" or (
        top == "tests" and below not in ("contract", "flow", "containers")
    )
    name = item.path.stem
    long = LONGEST.index(name) if name in LONGEST else len(LONGEST)
    return needs_servers, top != "deploy", below if needs_servers else "", long


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Have one Kafka and one PostgreSQL for the whole run, of the kind that was asked for."""
    folder: Path = tmp_path_factory.mktemp("servers")
    if ASKED == "given":
        yield GivenServers(KAFKA, POSTGRES, folder)
    else:
        with ContainerServers(folder) if ASKED == "containers" else Servers(folder) as started:
            yield started


@pytest.fixture
def epoch(servers: Cluster) -> str:
    """Make a set of topics of this test's own, with access rights, and return its prefix."""
    name = f"t{uuid4().hex[:8]}"
    servers.provision(epoch=name)
    return name


@pytest.fixture
def databases(servers: Cluster) -> dict[str, str]:
    """Make the four services' databases for this test alone; addresses by service."""
    return servers.create_databases(f"t{uuid4().hex[:8]}_")
