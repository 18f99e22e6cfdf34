"""What root starts does not run as root, whoever the data belonged to before."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from banli_local import Servers
from banli_local.postgres import execute
from banli_local.rights import NOBODY
from banli_local.testing import STUB

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can step down")


@pytest.fixture
def home() -> Iterator[Path]:
    """Make a folder that everybody can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="banli-rights-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def status(pid: int | None) -> dict[str, str]:
    """Tell what the system says of a process: its users, and its capabilities."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


def started_and_read(folder: Path, written: bool) -> tuple[set[str], set[str]]:
    """Start both servers, write or find what was written; say as whom, and with which powers."""
    with Servers(folder) as servers:
        database = servers.create_database("kept")
        if not written:
            execute(database, "create table facts (id int)")
            servers.provision()
        execute(database, "insert into facts values (1)")
        with servers.admin() as admin:
            assert "case-events" in admin.list_topics()
        said = [status(child.pid) for child in (servers.kafka, servers.postgres)]
        return {each["Uid"].split()[0] for each in said}, {each["CapEff"] for each in said}


NO_POWERS = {"0" * 16}


def test_kafka_and_postgresql_run_as_nobody_where_nobody_gets_there_and_keep_their_data(
    home: Path,
) -> None:
    closed, folder = home / "closed", home / "closed" / "stack"
    closed.mkdir(mode=0o700)
    assert started_and_read(folder, written=False) == ({"0"}, NO_POWERS)  # root, and powerless
    assert owners(folder / "kafka") | owners(folder / "postgres") == {0}
    closed.chmod(0o711)
    assert started_and_read(folder, written=True) == ({str(NOBODY)}, NO_POWERS)
    assert owners(folder / "kafka") | owners(folder / "postgres") == {NOBODY}
    assert owners(folder / "secrets.json") == {0}
    assert (folder / "logs").stat().st_mode & 0o077 == 0
    closed.chmod(0o700)
    assert started_and_read(folder, written=True) == ({"0"}, NO_POWERS)


def test_a_service_has_no_powers_of_root(home: Path) -> None:
    stub = home / "stub.py"
    stub.write_text(STUB)
    servers = Servers(home / "stack")
    child = servers.service("intake", "postgresql://x", command=["python3", stub])
    child.start()
    try:
        child.wait_ready()
        assert status(child.pid)["CapEff"] in NO_POWERS
    finally:
        child.stop()
