"""One child process: started, watched, started again after a crash, stopped."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from logging.handlers import RotatingFileHandler
from pathlib import Path

from banli_local.refusal import Refusal, from_log

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # before each new start after a crash
STEADY = 30.0  # seconds after which a process counts as healthy, and the pauses begin anew


@cache
def leash(stop: signal.Signals) -> tuple[str, ...]:
    """Words that end a child with its parent, so that kill -9 of us leaves nothing behind."""
    program = shutil.which("setpriv")
    words = (program, "--pdeathsig", stop.name[3:]) if program else ()
    if words and subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        return ()
    return words


class Child:
    """A process kept alive by a thread of its own, which also writes its log.

    The thread both starts the process and outlives it: a parent's death is noticed per thread.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        ready: Callable[[], bool] | str,
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        stop_signal: signal.Signals = signal.SIGTERM,
        keep: Sequence[int] = (),
        restart: bool = True,
        echo: bool = False,
    ) -> None:
        self.name = name
        self.command = [*prefix, *leash(stop_signal), *map(str, command)]
        self.log = log
        self._ready = ready
        self._said_ready = False
        self.env = dict(env) if env is not None else None
        self.stop_signal = stop_signal
        self.keep = tuple(keep)
        self.restart = restart
        self.echo = echo
        self.tail: deque[str] = deque(maxlen=60)
        self.restarts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.port: int | None = None
        self._has_answered = False
        self._stopping = threading.Event()
        self._started = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process now running, if one is."""
        return self.process.pid if self.running and self.process else None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process; use `wait_ready` to wait for it."""
        self._stopping.clear()
        self._started.clear()
        self.tail.clear()
        self.restarts = 0
        self._has_answered = False
        self._thread = threading.Thread(target=self._keep, name=f"keep {self.name}", daemon=True)
        self._thread.start()
        self._started.wait()

    def wait_ready(self, timeout: float = 120) -> None:
        """Return when the process answers; say why it does not."""
        deadline = time.monotonic() + timeout
        while True:
            if self.running and self.ready():
                self._has_answered = True
                return
            if not self._living() or (self.restarts and not self._has_answered):
                raise self.explanation()
            if time.monotonic() > deadline:
                raise Refusal(f"{self.name} was not ready after {timeout:.0f} s. See {self.log}.")
            time.sleep(0.05)

    def explanation(self) -> Refusal:
        """Say why the process ended, from the end of its log."""
        return from_log(self.name, list(self.tail), self.log.parent.parent, self.log)

    def ask_to_stop(self) -> None:
        """Ask the process to end, and do not wait for it."""
        self._stopping.set()
        self.signal(self.stop_signal)

    def stop(self, timeout: float = 15) -> None:
        """Ask the process to end, insist after the time-out, and wait."""
        if not self._stopping.is_set():
            self.ask_to_stop()
        if self._thread is None:
            return
        self._thread.join(timeout)
        if self._thread.is_alive():
            self.signal(signal.SIGKILL)
            self._thread.join()
        self._thread = None

    def kill(self) -> None:
        """kill -9, and wait for the end; a process that is kept alive comes back by itself."""
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def ready(self) -> bool:
        """Say whether the process answers, or has logged the line by which it says so."""
        return self._said_ready if isinstance(self._ready, str) else self._ready()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, SIGSTOP and SIGCONT included."""
        process = self.process
        if process is not None and process.poll() is None:
            process.send_signal(number)

    def _living(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _keep(self) -> None:
        crashes = 0
        out = _writer(self.name, self.log, self.echo)
        while True:
            since = time.monotonic()
            code = self._run(out)
            if self._stopping.is_set() or not self.restart:
                break
            crashes = 0 if time.monotonic() - since > STEADY else crashes + 1
            self.restarts += 1
            pause = PAUSES[min(max(crashes, 1), len(PAUSES)) - 1]
            out.warning("%s ended with %s; started again in %s s", self.name, code, pause)
            if self._stopping.wait(pause):
                break
        for handler in out.handlers:
            handler.close()

    def _run(self, out: logging.Logger) -> int | str:
        self._said_ready = False
        try:
            self.process = process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self.env,
                pass_fds=self.keep,
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop them in order
            )
        except OSError as error:
            self.tail.append(f"{error.strerror}: {error.filename}")
            return str(error)
        finally:
            self._started.set()
        if self._stopping.is_set():  # asked to end while it was being started
            process.send_signal(self.stop_signal)
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                self.tail.append(text)
                out.info("%s", text)
                if isinstance(self._ready, str) and self._ready in text:
                    self._said_ready = True
        return process.wait()


def _writer(name: str, path: Path, echo: bool) -> logging.Logger:
    """A logger of its own, outside the tree, that a full disk does not bring down."""
    out = logging.Logger(f"child {name}")
    file = RotatingFileHandler(path, maxBytes=10_000_000, backupCount=2, delay=True)
    handlers: list[logging.Handler] = [file]
    if echo:
        handlers.append(logging.StreamHandler(sys.stdout))
        handlers[-1].setFormatter(logging.Formatter(f"{name:<12} | %(message)s"))
    for handler in handlers:
        handler.handleError = lambda record: None  # type: ignore[method-assign]
        out.addHandler(handler)
    return out


def plain_environment() -> dict[str, str]:
    """What a program needs that must not be led astray by the caller's settings."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
