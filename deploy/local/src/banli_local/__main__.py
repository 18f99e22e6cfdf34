"""Start, stop and look at the local stack."""

import argparse
import logging
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from banli_local import background, settings
from banli_local.background import Reports
from banli_local.folder import Folder
from banli_local.refusal import Refusal
from banli_local.settings import Settings
from banli_local.stack import Stack


def main() -> None:
    """Do what the command line says; say in one sentence why not."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)  # readiness is asked before it is there
    words = _arguments()
    reports = Reports(words.report)
    try:
        sys.exit(words.act(words, settings.read(words.settings), reports))
    except Refusal as refusal:
        reports.refused(refusal)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def run(words: argparse.Namespace, chosen: Settings, reports: Reports) -> int:
    """Run the stack in the foreground until a signal comes."""
    signal.signal(signal.SIGTERM, _interrupt)
    stack = Stack(chosen, reports.progress, echo=words.report is None)
    stack.start(servers_only=words.servers_only)
    reports.ready(stack.summary())
    try:
        stack.watch()
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
    return 0


def up(words: argparse.Namespace, chosen: Settings, reports: Reports) -> int:
    """Run the stack in the background, and return when it is ready."""
    began = time.monotonic()
    named = ["--settings", str(words.settings)] if words.settings else []
    only = ["--servers-only"] if words.servers_only else []
    background.start([*named, "run", *only], Folder(chosen.home))
    print(f"Up in {time.monotonic() - began:.1f} s.")
    return 0


def down(words: argparse.Namespace, chosen: Settings, reports: Reports) -> int:
    """Stop the stack and wait for its end."""
    began = time.monotonic()
    if background.stop(Folder(chosen.home)):
        print(f"Stopped in {time.monotonic() - began:.1f} s; the data stays in {chosen.home}.")
    else:
        print(f"Nothing runs on {chosen.home}.")
    return 0


def status(words: argparse.Namespace, chosen: Settings, reports: Reports) -> int:
    """Print what runs."""
    if background.show(Folder(chosen.home)):
        return 0
    print(f"Nothing runs on {chosen.home}.")
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m banli_local", description=__doc__)
    parser.add_argument("--settings", type=Path, help="a settings file other than stack.toml")
    parser.set_defaults(report=None, servers_only=False)
    commands = parser.add_subparsers(required=True, metavar="run | up | down | status")
    for act in (run, up, down, status):
        command = commands.add_parser(act.__name__, help=act.__doc__)
        command.set_defaults(act=act)
        if act in (run, up):
            words = "Kafka and PostgreSQL without the services"
            command.add_argument("--servers-only", action="store_true", help=words)
        if act is run:
            command.add_argument("--report", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
