"""Servers for every test that needs real ones: embedded by default, or given by address."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from banli_local import Cluster, GivenServers, Servers


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run first what needs no server: it is the quickest to say what is wrong."""
    items.sort(key=_needs_servers)


def _needs_servers(item: pytest.Item) -> bool:
    top, below, *_ = item.path.relative_to(item.config.rootpath).parts
    return top == "deploy" or (top == "tests" and below not in ("contract", "flow"))


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
