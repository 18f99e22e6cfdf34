"""`banli system`: which departments' systems are let in, and for what."""

from pathlib import Path
from typing import Annotated

import typer

from banli_cli import profile as profiles
from banli_cli import screen, systems
from banli_cli.options import Commands, JsonOption, ProfileOption, TokenOption
from banli_cli.refusal import Misused
from banli_cli.services import Services
from banli_cli.systems import System, Wanted
from banli_engine import topics
from banli_engine.decider import LOCAL
from banli_engine.topics import DECIDERS
from banli_events.catalogue import COMMANDS
from banli_events.words import SystemGrant

app = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode="rich")

Name = Annotated[str, typer.Argument(help="The system's name: a-z, 0-9 and hyphens.")]


def _listed(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",") if each.strip())


Units = Annotated[str, typer.Option(metavar="A,B,…", help="The units for whose people it speaks.")]
CommandNames = Annotated[
    str, typer.Option(metavar="X,Y,…", help="The commands that it may submit.")
]
Grants = Annotated[
    str,
    typer.Option(
        metavar="X,Y,…",
        help=f"What goes beyond: {', '.join(SystemGrant)}; none takes them back.",
    ),
]
Login = Annotated[
    str,
    typer.Option(
        help="Where the login is written, for its owner only; - prints it once. By default "
        "systems/NAME.json beside the profile."
    ),
]
NoLogin = Annotated[bool, typer.Option("--no-login", help="Leave logins to whoever keeps them.")]


@app.command()
def admit(
    name: Name,
    units: Units = "",
    commands: CommandNames = "",
    grants: Grants = "",
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    login: Login = "",
    renew: Annotated[bool, typer.Option("--renew", help="Make another password.")] = False,
    keep_login: NoLogin = False,
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """接入 Let a department's system in: its topics, the reference event, its rights, its login.

    In this order: an admission that breaks off has opened nothing, and the
    same once more finishes it. To change what it may, retire it and admit it
    again: what is left out is as it was before.

    \b
    banli system admit letters --title 信访系统 --units office \\
        --commands RegisterItem,AddAttachment
    banli system admit letters --grants FEEDBACK  # after it was retired
    banli system admit letters --renew --login -  # another password, told once
    """
    file = None if login == "-" else Path(login or profile.parent / "systems" / f"{name}.json")
    wanted = Wanted(title, _listed(units), _listed(commands), _listed(grants), renew, keep_login)
    read = profiles.read(profile)
    done = systems.admit(read, Services.of(read, token), name, wanted, file)
    if as_json:
        screen.give({"system": name, "steps": done.steps, "login": done.login})
        return
    for step in done.steps:
        screen.say(f"{name}: {step}")
    if done.login:
        screen.give(done.login)


@app.command()
def retire(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why; it stands on the log.")],
    profile: ProfileOption = profiles.DEFAULT,
    token: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """退出 Cut a system off: first its rights, at once; then its login; then say so for all.

    Its topics stay, so that what it was answered can still be read. The same
    once more does no harm, and finishes what broke off.

    \b
    banli system retire letters --reason "Replaced by the new letters platform."
    """
    read = profiles.read(profile)
    steps = systems.retire(read, Services.of(read, token), name, reason)
    if as_json:
        screen.give({"system": name, "steps": steps})
        return
    for step in steps:
        screen.say(f"{name}: {step}")


@app.command("list")
def list_(
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """一览 List the systems, and whether Kafka lets them in.

    \b
    banli system list
    """
    found = systems.read(profiles.read(profile))
    if as_json:
        screen.give([each.as_json() for each in found.values()])
        return
    shown = screen.table(
        "", "系统 system", "名称 name", "状态 state", "命令 cmds", "授权 grants", "自 since",
        right=["命令 cmds"], fold=["名称 name", "授权 grants"],
    )  # fmt: skip
    for one in found.values():
        grants = ", ".join(map(str, one.admitted.grants))
        shown.add_row(
            one.id,
            one.admitted.name,
            one.state,
            str(len(one.admitted.commands)),
            grants or "–",
            f"{one.since.astimezone(LOCAL):%Y-%m-%d}",
        )
    screen.show(shown)


@app.command()
def show(
    name: Name,
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """详情 Show one system: for whom it speaks, what it may submit, its topics.

    \b
    banli system show proposal-desk
    """
    read = profiles.read(profile)
    found = systems.read(read)
    if name not in found:
        raise Misused(
            f"No system {name} was ever admitted; there are {', '.join(found) or 'none'}."
        )
    one = found[name]
    if as_json:
        screen.give({**one.as_json(), "topics": _topics(one, read.epoch)})
        return
    shown = screen.table("", "", "", fold=[""])
    shown.show_header = False
    for row in _told(one, read.epoch):
        shown.add_row(*row)
    screen.show(shown)


def _services(one: System) -> list[str]:
    known = {COMMANDS[each].service for each in one.admitted.commands if each in COMMANDS}
    return [each for each in DECIDERS if each in known]


def _topics(one: System, epoch: str) -> list[str]:
    return [each.name for each in topics.system_topics(one.id, _services(one), epoch)]


def _told(one: System, epoch: str) -> list[tuple[str, str]]:
    said = one.admitted
    rows = [
        ("系统 system", f"{one.id}  {said.name}"),
        ("状态 state", one.state),
        ("接入 admitted", f"{one.since.astimezone(LOCAL):%Y-%m-%d %H:%M}"),
        ("单位 units", ", ".join(said.units)),
    ]
    for service in _services(one):
        names = [each for each in said.commands if each in COMMANDS]
        asked = [each for each in names if COMMANDS[each].service == service]
        rows.append((f"命令 to {service}", ", ".join(asked)))
    return [
        *rows,
        ("授权 grants", ", ".join(map(str, said.grants)) or "none"),
        ("登录 login", "yes" if one.login else "no"),
        ("权限 rights", str(one.rights)),
        ("主题 topics", "\n".join(_topics(one, epoch))),
        *([("退出 retired", one.retired)] if one.retired else []),
    ]
