"""What several commands are told in the same way, and how each of them ends."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from banli_cli.refusal import Refusal
from banli_cli.screen import complain

LOOK = "看 Is all well"
READ = "读 What happened"
WORK = "办 Keep it running"
DOORS = "门 Who may, by which rules"
HERE = "本机 On this machine"

EXIT_CODES = """退出码 Exit codes: 0 ok · 1 something is wrong · 2 wrong use ·

3 not reachable · 4 refused · 130 interrupted"""

ProfileOption = Annotated[
    Path, typer.Option(envvar="BANLI_PROFILE", help="Where everything is, as TOML.")
]
TokenOption = Annotated[
    str | None,
    typer.Option(
        envvar="BANLI_TOKEN",
        help="An operator's token; on the local stack one is made.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]
ServiceName = Annotated[str, typer.Argument(help="intake, assignment, supervision or reporting")]


class Commands(TyperGroup):
    """Commands that say in one sentence what they cannot do."""

    def invoke(self, ctx: Any) -> Any:
        """Do what is asked; a refusal is one sentence, and an exit code."""
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            complain(str(refusal))
            raise typer.Exit(refusal.exit) from None
