"""One world for all tests of faults: each finds it whole, harms it, and leaves what it did."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.partitioner import murmur2

from banli_local import Cluster

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from bodies import Straight
from world import Cases, World, opened

CLOSED_LATE = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""kafka-python leaves a socket to the garbage collector where it is closed amid a refresh."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test of this folder fail for what its plain consumer leaves behind."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(CLOSED_LATE)


@pytest.fixture(scope="package")
def one_world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    with opened(servers, "f", folder, "uncompressed") as world:  # so that a test can change bytes
        yield world


@pytest.fixture
def world(one_world: World) -> Iterator[World]:
    """The world, with every service up again."""
    one_world.mend()
    one_world.set_clocks_even()
    yield one_world
    one_world.mend()


@pytest.fixture(scope="package")
def cases(one_world: World) -> Cases:
    """Two cases that are registered and two that are assigned, on every partition."""
    one_world.mend()
    return Cases(
        tuple(_case_in(one_world, part).registered().subject for part in (0, 1)),
        tuple(_case_in(one_world, part).assigned().subject for part in (2, 0)),
    )


def _case_in(world: World, part: int) -> Straight:
    """Begin a case whose submissions lie in this one of the three partitions."""
    while True:
        case = world.case()
        if (murmur2(case.subject.encode()) & 0x7FFFFFFF) % 3 == part:
            return case
