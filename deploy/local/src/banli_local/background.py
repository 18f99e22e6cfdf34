"""A launcher that runs by itself: starting it, stopping it, looking at it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from banli_local.folder import Folder
from banli_local.refusal import Refusal, from_os_error

PATIENCE = 90  # seconds that `stop` waits before it insists


class Reports:
    """What a launcher tells whoever started it: lines through a pipe, or on the screen."""

    def __init__(self, pipe: int | None) -> None:
        self.pipe = pipe

    def progress(self, text: str) -> None:
        print(text, flush=True)
        self._send("progress", text)

    def ready(self, text: str) -> None:
        print(text, flush=True)
        self._send("ready", text)

    def refused(self, refusal: Refusal) -> None:
        print(refusal, file=sys.stderr, flush=True)
        self._send("refused", str(refusal))

    def _send(self, kind: str, text: str) -> None:
        if self.pipe is None:
            return
        try:
            os.write(self.pipe, json.dumps([kind, text]).encode() + b"\n")
        except BrokenPipeError:  # whoever waited has gone; the stack goes on
            self.pipe = None


def start(arguments: list[str], folder: Folder) -> None:
    """Start a launcher with its own session, print its progress, return when it is ready."""
    try:
        (folder.path / "logs").mkdir(parents=True, exist_ok=True)
        log = (folder.path / "logs" / "launcher.log").open("ab")
    except OSError as error:
        raise from_os_error(error, folder.path) from error
    read, write = os.pipe()
    with log:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "banli_local", *arguments, "--report", str(write)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[write],
            start_new_session=True,
        )
    os.close(write)
    try:
        _follow(read)
    except KeyboardInterrupt:
        launcher.terminate()
        launcher.wait()
        raise
    except EOFError:
        raise Refusal(f"The launcher ended without a word. See {log.name}.") from None


def _follow(read: int) -> None:
    """Print progress until the launcher says how it ended."""
    with open(read, encoding="utf-8") as lines:
        for line in lines:
            kind, text = json.loads(line)
            if kind == "refused":
                raise Refusal(text)
            print(text, flush=True)
            if kind == "ready":
                return
    raise EOFError


def stop(folder: Folder) -> bool:
    """Stop the launcher and all it started; False if nothing ran."""
    if folder.holder() is None:
        return False
    deadline = time.monotonic() + PATIENCE
    holder = folder.holder()
    users = folder.users()
    _send([holder] if holder in users else users, signal.SIGTERM)
    while folder.holder() is not None:
        if time.monotonic() > deadline:
            _send(folder.users(), signal.SIGKILL)
        time.sleep(0.05)
    return True


def show(folder: Folder) -> bool:
    """Print what runs; False if nothing does."""
    holder = folder.holder()
    if holder is None:
        return False
    print(f"{'process':<12} {'pid':>8} {'port':>6} {'restarts':>9} {'memory':>8}")
    print(f"{'launcher':<12} {holder:>8} {'':>6} {'':>9} {_memory(holder):>8}")
    state = folder.path / "state.json"
    for one in json.loads(state.read_text())["processes"] if state.exists() else []:
        pid = one["pid"] or "down"
        memory = _memory(one["pid"])
        print(f"{one['name']:<12} {pid:>8} {one['port']:>6} {one['restarts']:>9} {memory:>8}")
    return True


def _memory(pid: int | None) -> str:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return ""
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return f"{int(sizes[0]) // 1024} MB" if sizes else ""


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
