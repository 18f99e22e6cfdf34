"""The helpers beside these tests, and one body with its doors for those that try them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from banli_local import Cluster

sys.path.insert(0, str(Path(__file__).parent))

from doors import Doors


@pytest.fixture(scope="package")
def doors(servers: Cluster) -> Iterator[Doors]:
    """The three deciding services, with posts of every role in two units, and one case."""
    epoch = f"d{uuid4().hex[:8]}"
    servers.provision(epoch=epoch)
    body = Doors(servers, epoch, servers.create_databases(f"{epoch}_"))
    try:
        body.open()
        yield body
    finally:
        body.close()
