"""A log and a process of reporting, made for each test."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from banli_local import Cluster

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside this file

from reported import Log, Reporting


@pytest.fixture
async def log(servers: Cluster, epoch: str) -> AsyncIterator[Log]:
    log = Log(servers, epoch)
    await log.producer.start()
    yield log
    await log.producer.stop()


@pytest.fixture
async def reporting(
    servers: Cluster, epoch: str, databases: dict[str, str]
) -> AsyncIterator[Reporting]:
    running = Reporting(servers, epoch, databases["reporting"])
    yield running
    await asyncio.to_thread(running.child.stop)
