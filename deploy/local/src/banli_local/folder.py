"""The data folder: held by one launcher at a time, with its ports and secrets."""

import fcntl
import json
import os
import random
import secrets
import shutil
import socket
import time
from pathlib import Path

from banli_local.refusal import Refusal, from_os_error

NEEDED = 300_000_000  # bytes free: an empty Kafka and PostgreSQL take a third of it


class PortTaken(Refusal):
    """Somebody has a port that was meant for one of ours."""


class Folder:
    """A folder that one process holds; its lock passes to the children, and ends with the last."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.lock: int | None = None

    def acquire(self, patience: float = 5) -> None:
        """Take the folder, or say who has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not os.geteuid():  # what root starts runs as somebody else, who must pass through
                self.path.chmod(0o711)
            (self.path / "logs").mkdir(exist_ok=True, mode=0o700)
            (self.path / "logs").chmod(0o700)
            lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise from_os_error(error, self.path) from error
        try:
            self._wait_for(lock, patience)
            self._check_space()
            self._write_pid(lock)
        except BaseException:
            os.close(lock)
            raise
        self.lock = lock

    def release(self) -> None:
        """Let go; the lock stays held while a child lives."""
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def holder(self) -> int | None:
        """Return the launcher that holds the folder, or None."""
        try:
            lock = os.open(self.path / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise from_os_error(error, self.path) from error
        try:
            if _flock(lock):
                return None
            return int(os.pread(lock, 20, 0) or b"0")
        finally:
            os.close(lock)

    def users(self) -> list[int]:
        """List every process that has the lock open, where the system tells (/proc)."""
        lock = str(self.path / "lock")
        found = []
        for entry in Path("/proc").glob("[0-9]*/fd/*"):
            try:
                if entry.is_symlink() and os.readlink(entry) == lock:
                    found.append(int(entry.parts[2]))
            except OSError:  # gone meanwhile, or somebody else's
                continue
        return sorted(set(found) - {os.getpid()})

    @property
    def descriptors(self) -> list[int]:
        """What children inherit, so that the folder stays held while one of them lives."""
        return [] if self.lock is None else [self.lock]

    def secret(self, name: str) -> str:
        """Return the password of this name, made at first use and kept."""
        file = self.path / "secrets.json"
        kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        if name not in kept:
            kept[name] = secrets.token_urlsafe(24)
            write_private(file, json.dumps(kept, indent=1))
        return kept[name]

    def _wait_for(self, lock: int, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not _flock(lock):
            holder = int(os.pread(lock, 20, 0) or b"0")
            if holder and alive(holder):
                raise Refusal(
                    f"A stack runs on {self.path} already (process {holder}); "
                    "stop it with: make down"
                )
            if time.monotonic() > deadline:  # the launcher was killed, its children linger
                raise Refusal(f"Processes of an earlier start still use {self.path}.")
            time.sleep(0.1)

    def _check_space(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < NEEDED:
            raise Refusal(
                f"The disk that holds {self.path} is full: {free // 1_000_000} MB are free, "
                f"and the stack needs {NEEDED // 1_000_000} MB."
            )

    def _write_pid(self, lock: int) -> None:
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        except OSError as error:
            raise from_os_error(error, self.path) from error


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        new.replace(path)
    except OSError as error:
        raise from_os_error(error, path.parent) from error


def alive(pid: int) -> bool:
    """Say whether a process of this number runs, and is not only waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:  # no /proc here, or gone meanwhile
        return not Path("/proc/self").exists()
    return state not in "ZX"


def check_ports(ports: dict[str, int]) -> None:
    """Refuse a port that somebody has: a probe after the start would greet the wrong server."""
    for name, port in ports.items():
        with socket.socket() as test:
            test.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                test.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(
                    f"Port {port}, meant for {name}, is taken; set another in the settings file."
                ) from error


def listens(port: int) -> bool:
    """Say whether somebody answers on this port."""
    with socket.socket() as test:
        test.settimeout(1)
        return test.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has right now.

    They lie below the ports that clients are given: a client that tries a dead server's port again
    and again could otherwise be given that very port and meet itself.
    """
    found: list[int] = []
    for port in random.sample(range(20_000, 32_000), 1000):
        try:
            check_ports({"a test": port})
        except Refusal:
            continue
        found.append(port)
        if len(found) == count:
            return found
    raise Refusal(f"No {count} free ports were found.")


def _flock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
