"""What cannot start says so in one sentence, and harms nothing that runs."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from banli_local import Refusal, folder, jars
from banli_local.folder import Folder, listens
from banli_local.servers import ROOT
from banli_local.testing import Launcher, make_launcher

MOUNT = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]


def test_a_second_start_is_refused_and_the_first_stops_cleanly(
    launcher: Launcher, tmp_path: Path
) -> None:
    up = launcher("up", "--servers-only")
    assert up.returncode == 0, up.stderr
    for word in ("up", "run"):
        assert "already" in launcher.refused(word, "--servers-only")
    other = make_launcher(tmp_path, "other")
    assert "already" in other.refused("up", "--servers-only", BANLI_FOLDER=str(launcher.folder))
    assert listens(launcher.ports["kafka"])
    down = launcher("down")
    assert down.returncode == 0
    assert not listens(launcher.ports["kafka"])
    assert "ended with" not in (launcher.folder / "logs" / "kafka.log").read_text()


@pytest.mark.parametrize("program", ["controller", "reporting"])
def test_a_taken_port_is_named(launcher: Launcher, program: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", launcher.ports[program]))
        taken.listen()
        assert f"Port {launcher.ports[program]}" in launcher.refused("up")
    assert Folder(launcher.folder).holder() is None


def test_a_setting_that_does_not_exist_is_named(launcher: Launcher) -> None:
    launcher.settings.write_text("[ports]\nkafak = 1\n")
    assert "ports.kafak" in launcher.refused("up")


@pytest.mark.parametrize("word", ["run", "up"])
def test_a_read_only_folder_is_refused(launcher: Launcher, word: str) -> None:
    assert "read-only" in on_a_disk(launcher, "ro,size=1g", word=word)


def test_a_full_disk_is_refused_before_anything_starts(launcher: Launcher) -> None:
    sentence = on_a_disk(launcher, "size=20m")
    assert "is full" in sentence
    assert "the stack needs 300 MB" in sentence


@pytest.mark.parametrize("size", ["4k", "50m"])
def test_a_disk_that_fills_up_during_the_start_is_named(launcher: Launcher, size: str) -> None:
    sentence = on_a_disk(launcher, f"size={size}", room=0)
    assert "is full" in sentence


def test_a_disk_that_fills_up_later_harms_nothing_that_was_written(tmp_path: Path) -> None:
    done = in_a_disk(tmp_path, "size=400m", FILL_UP.format(folder=tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["written", "refused", "refused", "written"]


def test_a_jar_that_differs_from_the_lock_is_refused(launcher: Launcher, tmp_path: Path) -> None:
    copies = tmp_path / "jars"
    shutil.copytree(ROOT / "var" / "kafka-jars", copies)
    broken = copies / "kafka-clients-4.3.1.jar"
    content = bytearray(broken.read_bytes())
    content[1000] ^= 1
    broken.write_bytes(content)
    sentence = launcher.refused("up", "--servers-only", BANLI_JARS=str(copies))
    assert str(broken) in sentence
    assert not listens(launcher.ports["postgres"])


def test_a_jar_that_arrives_altered_is_not_kept(tmp_path: Path) -> None:
    path = next(path for path in jars.locked() if "slf4j-api" in path)
    with pytest.raises(Refusal, match="came other than the lock names it"):
        jars.class_path(tmp_path, {path: "0" * 64})
    assert not list(tmp_path.iterdir())


def test_a_registry_out_of_reach_is_named(launcher: Launcher, tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    env = {"BANLI_JARS": str(tmp_path / "jars"), "HTTPS_PROXY": nowhere, "https_proxy": nowhere}
    sentence = launcher.refused("up", "--servers-only", **env)
    assert "within reach" in sentence


def on_a_disk(launcher: Launcher, options: str, room: int | None = None, word: str = "run") -> str:
    """Start on a small disk, and return what is said."""
    launcher.folder.mkdir()
    script = f"""
import sys
from banli_local import folder
folder.NEEDED = {folder.NEEDED if room is None else room}
from banli_local.__main__ import main
sys.argv = ["banli_local", "--settings", "{launcher.settings}", "{word}", "--servers-only"]
main()
"""
    done = in_a_disk(launcher.folder, options, script)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def in_a_disk(place: Path, options: str, script: str) -> "subprocess.CompletedProcess[str]":
    """Run Python with a small disk of its own, which nobody else sees."""
    if subprocess.run([*MOUNT, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk of its own")
    mount = f'mount -t tmpfs -o {options} tmpfs "{place}" && exec "$0" -c "$1"'
    return subprocess.run(
        [*MOUNT, "sh", "-c", mount, sys.executable, script],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


FILL_UP = """
import os
from pathlib import Path
from asyncpg import DiskFullError
from banli_local import Servers
from banli_local.postgres import execute

def fill():
    try:
        with open("{folder}/big", "wb", buffering=0) as big:
            while big.write(bytes(100_000)) == 100_000:
                pass
    except OSError:
        pass

with Servers(Path("{folder}/stack")) as servers:
    servers.provision()
    database = servers.create_database("x")
    execute(database, "create table t (x text)")
    execute(database, "insert into t values ('kept')")
    print("written")
    fill()
    try:
        rows = "select repeat(g::text, 4000) from generate_series(1, 5000) g"
        execute(database, "insert into t " + rows)
    except DiskFullError:
        print("refused")
    servers.kafka.kill()
    try:
        servers.kafka.wait_ready(5)
    except Exception:
        print("refused")
    os.unlink("{folder}/big")
    servers.kafka.wait_ready(60)
    servers.provision()
    execute(database, "insert into t values ('more')")
    print("written")
"""
