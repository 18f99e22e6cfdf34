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


@pytest.mark.parametrize("program", ["kafka", "controller", "postgres", "reporting"])
def test_a_taken_port_is_named(launcher: Launcher, program: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", launcher.ports[program]))
        taken.listen()
        assert f"Port {launcher.ports[program]}" in launcher.refused("up")
    assert Folder(launcher.folder).holder() is None


def test_a_setting_that_does_not_exist_is_named(launcher: Launcher) -> None:
    launcher.settings.write_text("[ports]\nkafak = 1\n")
    assert "ports.kafak" in launcher.refused("up")


def test_a_read_only_folder_is_refused(launcher: Launcher) -> None:
    sentence = on_a_disk(launcher, "ro,size=1g")
    assert "read-only" in sentence


def test_a_full_disk_is_refused_before_anything_starts(launcher: Launcher) -> None:
    sentence = on_a_disk(launcher, "size=20m")
    assert "is full" in sentence
    assert "the stack needs 300 MB" in sentence


@pytest.mark.parametrize("size", ["4k", "2m", "50m"])
def test_a_disk_that_fills_up_during_the_start_is_named(launcher: Launcher, size: str) -> None:
    sentence = on_a_disk(launcher, f"size={size}", room=0)
    assert "is full" in sentence


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


def on_a_disk(launcher: Launcher, options: str, room: int | None = None) -> str:
    """Start on a small disk of its own, which nobody else sees, and return what it says."""
    if subprocess.run([*MOUNT, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk of its own")
    launcher.folder.mkdir()
    script = f"""
import sys
from banli_local import folder
folder.NEEDED = {folder.NEEDED if room is None else room}
from banli_local.__main__ import main
sys.argv = ["banli_local", "--settings", "{launcher.settings}", "run", "--servers-only"]
main()
"""
    mount = f'mount -t tmpfs -o {options} tmpfs "{launcher.folder}" && exec "$0" -c "$1"'
    done = subprocess.run(
        [*MOUNT, "sh", "-c", mount, sys.executable, script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr.strip()
