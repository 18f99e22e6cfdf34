"""One world for those who mean it harm: the four services, on a log of their own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from banli_local import Cluster

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file
sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))  # and those of the faults

from world import World, opened

CLOSED_LATE = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""kafka-python leaves a socket to the garbage collector where it is closed amid a refresh."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test of this folder fail for what its plain consumer leaves behind."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(CLOSED_LATE)


@pytest.fixture(scope="package")
def world(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The four services, which nobody harms but over their own ways in."""
    with opened(servers, "h", tmp_path_factory.mktemp("hostile")) as world:
        yield world
