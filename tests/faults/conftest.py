"""One world for all tests of faults: each finds it whole, harms it, and leaves what it did."""

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from banli_local import Cluster

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from world import Cases, World


@pytest.fixture(scope="session")
def one_world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    epoch = f"f{uuid4().hex[:8]}"
    servers.provision(epoch=epoch)
    databases = servers.create_databases(f"{epoch}_")
    world = World(servers, epoch, databases, tmp_path_factory.mktemp("faults"))
    try:
        world.open()
        yield world
    finally:
        world.close()


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    """The world, with every service up again."""
    one_world.mend()
    yield one_world
    one_world.mend()


@pytest.fixture(scope="session")
def cases(one_world: World) -> Cases:
    """Two cases that are registered and two that are assigned."""
    one_world.mend()
    return Cases(
        tuple(one_world.case().registered().subject for _ in range(2)),
        tuple(one_world.case().assigned().subject for _ in range(2)),
    )
