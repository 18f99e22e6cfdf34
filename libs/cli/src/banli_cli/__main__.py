"""The operators' command line: look at the services, rebuild one, try again what is set aside."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from banli_cli import profile as profiles
from banli_cli import rebuild as rebuilding
from banli_cli import redrive as redriving
from banli_cli import status as looking
from banli_cli import tokens
from banli_cli.refusal import Refusal

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, soft_wrap=True)

ProfileOption = Annotated[
    Path, typer.Option(envvar="BANLI_PROFILE", help="Where everything is, as TOML.")
]
ServiceName = Annotated[str, typer.Argument(help="intake, assignment, supervision or reporting")]


@app.command()
def status(
    profile: ProfileOption = profiles.DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show what is up, lag, unsent events, waiting and parked subjects; 1 if anything is wrong."""
    lines = asyncio.run(looking.look(profiles.read(profile)))
    if as_json:
        print(json.dumps([line.as_json() for line in lines], indent=1, ensure_ascii=False))
    else:
        out.print(looking.table(lines))
        for line in lines:
            for what in line.wrong:
                out.print(f"{line.service}: {what}", style="red", markup=False)
            for what in line.notes:
                out.print(f"{line.service}: {what}", markup=False)
    raise typer.Exit(any(line.wrong for line in lines))


@app.command()
def rebuild(
    service: ServiceName,
    profile: ProfileOption = profiles.DEFAULT,
    patience: Annotated[
        float, typer.Option(help="For how many seconds unsent events are waited for.")
    ] = 60,
) -> None:
    """Empty a service's database and read the log again; nothing that is unsent is lost."""

    def say(text: str) -> None:
        out.print(f"{service}: {text}", markup=False)

    done = asyncio.run(rebuilding.rebuild(profiles.read(profile), service, say, patience))
    out.print(str(done), markup=False)


@app.command()
def redrive(
    subject: Annotated[str, typer.Argument(help="The parked subject, as in case/…")],
    keep: Annotated[
        str | None,
        typer.Option(help="Of a fork: the hash, or its beginning, of the event that is kept."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="With --keep: why; it stands on the log.")
    ] = None,
    falls: Annotated[
        int | None,
        typer.Option(help="With --keep: how many later events fall with the one not kept."),
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="Ask only this service; may be repeated.")
    ] = None,
    profile: ProfileOption = profiles.DEFAULT,
    token: Annotated[
        str | None, typer.Option(envvar="BANLI_TOKEN", help="An operator's token.")
    ] = None,
) -> None:
    """Try again, in order, what is parked of a subject; where it is a fork, settle it.

    A fork: two events claim the same place of a stream, and every service has parked the subject.
    Without --keep the events are shown, each with its hash. With --keep one is chosen: the choice
    goes on the log, for ever; every service and the audit follow it, also after a rebuild.
    """
    read = profiles.read(profile)
    stack = redriving.Stack(read, token or tokens.operator(read))

    def say(text: str) -> None:
        out.print(text, markup=False)

    if keep is None:
        redriving.again(stack, service or stack.services, subject, say)
    elif reason is None:
        raise Refusal("A choice is for ever and stands on the log: say why with --reason.")
    else:
        redriving.settle(stack, subject, keep, reason, falls, say)


@app.command()
def token(
    person: Annotated[str, typer.Argument(help="Whom the token names.")],
    post: Annotated[str | None, typer.Option(help="The post held.")] = None,
    unit: Annotated[str | None, typer.Option(help="The unit of that post.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 31, help="How long it holds.")] = 8,
    profile: ProfileOption = profiles.DEFAULT,
) -> None:
    """Sign a token for an invented person, with the local stack's key; for development only."""
    print(tokens.sign(profiles.read(profile), person, post=post, unit=unit, hours=hours))


def main() -> NoReturn:
    """Do what the command line says; say in one sentence why not."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app()
    except Refusal as refusal:
        err.print(str(refusal), style="red", markup=False)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
