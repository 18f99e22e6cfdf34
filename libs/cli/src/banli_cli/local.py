"""`banli up`, `banli down`: the local stack, where it is installed beside this command line."""

import os
import subprocess
import sys
from importlib.util import find_spec

import typer

from banli_cli.refusal import Misused

LAUNCHER = "banli_local"
"""The launcher of the local stack: a checkout has it, an operators' machine does not need it."""


def up() -> None:
    """起 Start Kafka, PostgreSQL and the four services on this machine.

    \b
    banli up
    BANLI_FOLDER=/data/banli banli up
    """
    _launch("up")


def down() -> None:
    """停 Stop what `banli up` started; the data stays.

    \b
    banli down
    """
    _launch("down")


def _launch(word: str) -> None:
    if find_spec(LAUNCHER) is None:
        raise Misused(
            "The local stack is not installed here: it comes with a checkout (make install). In "
            "containers or on Kubernetes the services are started there."
        )
    done = subprocess.run([sys.executable, "-m", LAUNCHER, word], env=os.environ, check=False)
    raise typer.Exit(done.returncode)
