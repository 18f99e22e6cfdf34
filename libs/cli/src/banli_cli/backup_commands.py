"""The commands `banli backup` and `banli restore`."""

from pathlib import Path
from typing import Annotated

import typer

from banli_cli import backup as backing
from banli_cli import profile as profiles
from banli_cli import restore as restoring
from banli_cli.backup_files import Manifest
from banli_cli.options import WORK, JsonOption, ProfileOption
from banli_cli.refusal import Misused
from banli_cli.screen import give, progress, say

_Folder = Annotated[Path, typer.Argument(help="A folder of its own.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the others."""
    app.command(rich_help_panel=WORK)(backup)
    app.command(rich_help_panel=WORK)(restore)


def backup(
    folder: _Folder,
    vault: Annotated[bool, typer.Option("--vault", help="The vault of keys alone.")] = False,
    days: Annotated[
        int, typer.Option(min=1, max=366, help="With --vault: for how long it is kept.")
    ] = 30,
    expire: Annotated[
        bool, typer.Option("--expire", help="Remove expired backups of the vault in this folder.")
    ] = False,
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """备份 Copy all databases and the log into an empty folder, while everything runs.

    The vault of keys is copied apart, and for a time: forgetting a person is
    complete when the last copy that holds their key has expired. A backup that
    was broken off begins anew.

    \b
    banli backup /backup/2026-11-26
    banli backup /backup/vault/2026-11-26 --vault --days 30
    banli backup /backup/vault --expire
    """
    if expire:
        if vault:
            raise Misused("Remove what has expired, or copy the vault: not both at once.")
        _expire(folder, as_json)
        return
    read = profiles.read(profile)
    with progress("backup", "records") as bar:
        if vault:
            made = backing.back_up_vault(read, folder, bar, days)
        else:
            made = backing.back_up(read, folder, bar)
    _tell(made, folder, as_json)


def restore(
    folder: _Folder,
    check: Annotated[
        bool, typer.Option("--check", help="Only look whether the backup is whole.")
    ] = False,
    profile: ProfileOption = profiles.DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """恢复 Put back what is gone: the log into fresh topics, databases into empty ones.

    What is there stays; what does not fit together is refused. Until all is
    there no service works. Broken off and run again it completes.

    \b
    banli restore /backup/2026-11-26 --check
    banli restore /backup/2026-11-26
    """
    with progress("restore", "records") as bar:
        if check:
            kept = restoring.check(folder, bar)
            log = False
            names: list[str] = []
        else:
            kept, names, log = restoring.restore(profiles.read(profile), folder, bar)
    if as_json:
        give({"backup": kept.id, "databases": names, "log": log, "checked": True})
    elif check:
        say(f"The backup of {kept.ended:%Y-%m-%d %H:%M} is whole: {kept.records:,} records.")
    else:
        _tell_restored(kept, names, log)


def _tell(made: Manifest, folder: Path, as_json: bool) -> None:
    if as_json:
        give({"backup": made.id, "records": made.records, "expires": made.expires})
        return
    size = sum(file.size for file in made.files.values())
    copied = f"{len(made.databases)} database{'s' if len(made.databases) > 1 else ''}"
    say(f"{folder}: {made.records:,} records of the log, {copied}; {size:,} bytes.")
    if made.open_commands:
        say(f"Of {made.open_commands} commands some events were not on the log yet.")
    if made.expires:
        say(f"Remove it after {made.expires:%Y-%m-%d}: banli backup {folder.parent} --expire")


def _tell_restored(kept: Manifest, names: list[str], log: bool) -> None:
    say(f"Put back as of {kept.began:%Y-%m-%d %H:%M:%S} UTC: {', '.join(names) or 'no database'}.")
    if log:
        say(f"The log ends as of {kept.ended:%Y-%m-%d %H:%M:%S} UTC: {kept.records:,} records.")
        systems = sorted(n.rpartition(".")[2] for n in kept.topics if ".receipts." in f".{n}")
        for system in systems:
            if system != "http":
                say(f"{system} has no login yet: banli system admit {system}")
    elif kept.kind == "all":
        say("The log was there; the services catch up from it.")


def _expire(folder: Path, as_json: bool) -> None:
    gone, left = backing.expire(folder)
    last = max((each.expires for each in left if each.expires), default=None)
    if as_json:
        give({"removed": [str(each) for each in gone], "left": len(left), "last": last})
        return
    for each in gone:
        say(f"removed {each}")
    until = f"; the last expires on {last:%Y-%m-%d}" if last else ""
    say(f"{len(gone)} expired backups of the vault are removed, {len(left)} are left{until}.")
