"""Servers for every test that needs real ones: embedded by default, or given by address."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from banli_local import Cluster, GivenServers, Servers

LONGEST = (
    "test_refusals",
    "test_survival",
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what needs no server: it is the quickest to say what is wrong.

    Then what starts servers of its own, before those of the run are there; then a folder at a time.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool, str, int]:
    top, below, *_ = item.path.relative_to(item.config.rootpath).parts
    needs_servers = top == "deploy" or (top == "tests" and below not in ("contract", "flow"))
    name = item.path.stem
    long = LONGEST.index(name) if name in LONGEST else len(LONGEST)
    return needs_servers, top != "deploy", below if needs_servers else "", long


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start one Kafka and one PostgreSQL for the whole run, or take those that are given."""
    folder: Path = tmp_path_factory.mktemp("servers")
    kafka = os.environ.get("BANLI_TEST_KAFKA")
    postgres = os.environ.get("BANLI_TEST_POSTGRES")
    if kafka and postgres:
        yield GivenServers(kafka, postgres, folder)
    elif kafka or postgres:
        pytest.exit("Set both BANLI_TEST_KAFKA and BANLI_TEST_POSTGRES, or neither.", 2)
    else:
        with Servers(folder) as own:
            yield own


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
