"""办理运维 The operators' command line: look at Banli, keep it running, admit departments.

Where everything is stands in a profile; `banli up` writes one to var/stack/banli.toml.
"""

import asyncio
import logging
import sys
from dataclasses import asdict
from io import TextIOWrapper
from typing import Annotated

import typer

from banli_cli import (
    admission,
    backup_commands,
    cases,
    evaluating,
    ledgers,
    local,
    looking,
    packs,
    screen,
    tokens,
)
from banli_cli import profile as profiles
from banli_cli import rebuild as rebuilding
from banli_cli import redrive as redriving
from banli_cli.options import (
    DOORS,
    EXIT_CODES,
    HERE,
    LOOK,
    READ,
    WORK,
    Commands,
    JsonOption,
    ProfileOption,
    ServiceName,
    TokenOption,
)
from banli_cli.refusal import Misused
from banli_cli.services import Services

app = typer.Typer(
    cls=Commands,
    help=__doc__,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


for look in (looking.status, looking.lag, looking.parked):
    app.command(rich_help_panel=LOOK)(look)
for read in (cases.case, ledgers.ledger, evaluating.evaluate):
    app.command(rich_help_panel=READ)(read)
for launch in (local.up, local.down):
    app.command(rich_help_panel=HERE)(launch)


@app.command(rich_help_panel=WORK)
def rebuild(
    service: ServiceName,
    profile: ProfileOption = profiles.DEFAULT,
    patience: Annotated[
        float, typer.Option(help="For how many seconds unsent events are waited for.")
    ] = 60,
    as_json: JsonOption = False,
) -> None:
    """重建 Empty a service's database and read the log again; nothing that is unsent is lost.

    \b
    banli rebuild reporting
    banli rebuild intake --patience 300
    """
    with screen.progress(service, "events") as bar:
        done = asyncio.run(rebuilding.rebuild(profiles.read(profile), service, bar, patience))
    if as_json:
        screen.give(asdict(done))
    else:
        screen.say(str(done))


Keep = Annotated[
    str | None,
    typer.Option(help="Of a fork: the hash, or its beginning, of the event that is kept."),
]
Reason = Annotated[str | None, typer.Option(help="With --keep: why; it stands on the log.")]
Falls = Annotated[
    int | None,
    typer.Option(help="With --keep: how many later events fall with the one not kept."),
]
Only = Annotated[list[str] | None, typer.Option(help="Ask only this service; may be repeated.")]


@app.command(rich_help_panel=WORK)
def redrive(
    subject: Annotated[str, typer.Argument(help="The parked subject, as in case/…")],
    keep: Keep = None,
    reason: Reason = None,
    falls: Falls = None,
    service: Only = None,
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """重试 Try again what is parked of a subject; where it is a fork, settle it.

    A fork: two events claim the same place of a stream, and every service has
    parked the subject. Without --keep the events are shown, each with its hash.
    With --keep one is chosen: the choice goes on the log, for ever; every
    service and the audit follow it, also after a rebuild.

    \b
    banli redrive case/0190…
    banli redrive case/0190… --keep 3f2a91cc --reason "A restored disk sent it."
    """
    stack = Services.of(profiles.read(profile), token)
    said: list[str] = []
    say = said.append if as_json else screen.say
    if keep is None:
        redriving.again(stack, service or stack.names, subject, say)
    elif reason is None:
        raise Misused("A choice is for ever and stands on the log: say why with --reason.")
    else:
        redriving.settle(stack, subject, keep, reason, falls, say)
    if as_json:
        screen.give({"subject": subject, "said": said})


@app.command(rich_help_panel=HERE)
def token(
    person: Annotated[str, typer.Argument(help="Whom the token names.")],
    post: Annotated[str | None, typer.Option(help="The post held.")] = None,
    unit: Annotated[str | None, typer.Option(help="The unit of that post.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 31, help="How long it holds.")] = 8,
    profile: ProfileOption = profiles.DEFAULT,
) -> None:
    """令牌 Sign a token for an invented person, with the local stack's key; for development only.

    \b
    banli token operator
    banli token lin-yue --post registrar --unit office --hours 1
    """
    print(tokens.sign(profiles.read(profile), person, post=post, unit=unit, hours=hours))


app.add_typer(
    admission.app,
    name="system",
    rich_help_panel=DOORS,
    help="部门系统 Let departments' systems in, cut them off, see who is in.",
)
app.add_typer(
    packs.app, name="packs", rich_help_panel=DOORS, help="规则 See, check and publish rule packs."
)
backup_commands.register(app)


def main() -> None:
    """Do what the command line says; in UTF-8, whatever the locale is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    app()


if __name__ == "__main__":
    main()
