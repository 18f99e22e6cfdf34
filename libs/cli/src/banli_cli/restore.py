"""Put a backup back: what is gone comes again, what is there stays, what does not fit is refused.

Broken off anywhere and run again it completes: a log goes on where it ended, a database is loaded
whole or not at all, and until both are there no process of a service works.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from banli_cli import cluster
from banli_cli import restore_databases as databases
from banli_cli import restore_log as logs
from banli_cli.backup_files import (
    Damaged,
    Manifest,
    check_file,
    check_records,
    read_manifest,
)
from banli_cli.backup_log import Log
from banli_cli.profile import Profile
from banli_cli.refusal import Misused, Refusal
from banli_cli.restore_databases import Stand
from banli_cli.screen import Bar


def check(folder: Path, bar: Bar) -> Manifest:
    """Hold that a backup is whole, without any server: every file, and every record in it."""
    manifest = read_manifest(folder)
    for name, file in manifest.files.items():
        check_file(folder, name, file)
    parts = [part for topic in manifest.topics.values() for part in topic.partitions]
    for name in (*(p.file for p in parts), *(d.file for d in manifest.databases.values())):
        if name not in manifest.files:
            raise Damaged(f"{name} is not among the files of the manifest.")
    done = 0
    for part in parts:
        check_records(folder, part)
        done += part.count
        bar.at(done, manifest.records)
    return manifest


def restore(profile: Profile, folder: Path, bar: Bar) -> tuple[Manifest, list[str], bool]:
    """Put back what is gone; tell which databases that was, and whether the log was."""
    manifest = check(folder, bar)
    if manifest.kind == "vault":
        asyncio.run(_restore_vault(profile, folder, manifest))
        return manifest, list(manifest.databases), False
    _hold_fitting(profile, manifest)
    dsns = {name: profile.service(name).database for name in manifest.databases}
    stands = asyncio.run(_look(dsns, manifest.id))
    gone = [name for name, stand in stands.items() if stand in (Stand.EMPTY, Stand.BEGUN)]
    with cluster.admin(profile.kafka) as admin, cluster.consumer(profile.kafka) as consumer:
        log = Log(consumer)
        # where a database is put back already, so is the log, and its service may go on in it
        lost = Stand.DONE not in stands.values() and logs.is_lost(admin, log, manifest)
        if lost:
            _hold_all_gone(stands)
            asyncio.run(_close(dsns, stands, manifest.id))
            ids = logs.fill(profile.kafka, admin, log, folder, manifest, bar)
        else:
            ids = logs.known_as(admin, log, manifest)
            logs.hold_unsent(log, manifest, gone)
            asyncio.run(_close(dsns, stands, manifest.id))
    changed = {name: (topic.id, ids[name]) for name, topic in manifest.topics.items()}
    asyncio.run(_load(dsns, gone, folder, manifest, changed, bar))
    return manifest, gone, lost


def _hold_all_gone(stands: Mapping[str, Stand]) -> None:
    for name, stand in stands.items():
        if stand is Stand.IN_USE:
            raise Refusal(
                f"The log is gone, and the database of {name} is not: it knows more than the"
                " backup. Give every service an empty database."
            )


def _hold_fitting(profile: Profile, manifest: Manifest) -> None:
    if profile.epoch != manifest.epoch:
        raise Misused(f"The backup is of epoch {manifest.epoch!r}, the profile of another.")
    if missing := sorted(manifest.databases.keys() - profile.services.keys()):
        raise Misused(f"The profile names no database of {', '.join(missing)}.")


async def _look(dsns: Mapping[str, str], backup: str) -> dict[str, Stand]:
    return {name: await databases.stand(name, dsn, backup) for name, dsn in dsns.items()}


async def _close(dsns: Mapping[str, str], stands: Mapping[str, Stand], backup: str) -> None:
    for name, stand in stands.items():
        if stand is Stand.EMPTY:
            await databases.close(name, dsns[name], backup)


async def _load(
    dsns: Mapping[str, str],
    gone: list[str],
    folder: Path,
    manifest: Manifest,
    ids: Mapping[str, tuple[str, str]],
    bar: Bar,
) -> None:
    for name in gone:
        await databases.load(name, dsns[name], folder / manifest.databases[name].file)
        bar.say(f"{name}: {sum(manifest.databases[name].rows.values()):,} rows")
    for name in gone:
        await databases.open_again(name, dsns[name], manifest.id, manifest.databases[name], ids)


async def _restore_vault(profile: Profile, folder: Path, manifest: Manifest) -> None:
    if profile.vault is None:
        raise Misused("The profile names no vault.")
    if manifest.expires is None or manifest.expires <= datetime.now(UTC):
        raise Refusal("This backup of the vault has expired: who was forgotten since stays so.")
    for name, kept in manifest.databases.items():
        await databases.load_vault(name, profile.vault.database, folder / kept.file)
