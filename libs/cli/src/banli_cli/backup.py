"""Back up the databases of all services, then the log; or the vault alone, for a time.

In this order, for a database may lag behind the log, from which its service catches up, and never
be ahead of it (docs/decisions/0017).
"""

import asyncio
import fcntl
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from kafka import TopicPartition

from banli_cli import backup_databases as databases
from banli_cli import backup_log, cluster
from banli_cli import backup_topics as topics
from banli_cli.backup_files import (
    MANIFEST,
    DatabaseKept,
    Manifest,
    Partition,
    TopicKept,
    file_of,
    read_manifest,
    write_manifest,
)
from banli_cli.profile import Profile
from banli_cli.refusal import Misused, Refusal
from banli_cli.screen import Bar

UNFINISHED = "unfinished"
VAULT = "vault"


def back_up(profile: Profile, folder: Path, bar: Bar) -> Manifest:
    """Write a backup of everything but the vault into an empty folder."""
    with _held(folder):
        began = datetime.now(UTC)
        where = {name: each.database for name, each in profile.services.items()}
        kept = asyncio.run(_dump(where, folder, bar))
        with cluster.admin(profile.kafka) as admin, cluster.consumer(profile.kafka) as consumer:
            log = backup_log.Log(consumer)
            found = topics.find(admin, profile.epoch)
            topics.common(profile.epoch, found)
            parts, lacking = backup_log.write_log(log, folder, found, profile.epoch, bar)
            after = topics.describe(admin, found)
        _hold_one_log(found, after, kept)
        told = {name: _topic(name, topic, parts) for name, topic in sorted(found.items())}
        _hold_whole(told, kept)
        return _finish(
            folder,
            began,
            epoch=profile.epoch,
            open_commands=lacking,
            topics=told,
            databases=kept,
        )


def back_up_vault(profile: Profile, folder: Path, bar: Bar, days: int) -> Manifest:
    """Write a backup of the vault's keys, which must not outlive the given days."""
    if profile.vault is None:
        raise Misused("The profile names no vault.")
    with _held(folder):
        began = datetime.now(UTC)
        vault = databases.dump(VAULT, profile.vault.database, folder, but=())
        kept = {VAULT: asyncio.run(vault)}
        expires = began + timedelta(days=days)
        return _finish(folder, began, kind="vault", expires=expires, databases=kept)


def expire(folder: Path, now: datetime | None = None) -> tuple[list[Path], list[Manifest]]:
    """Remove the expired backups of vaults in a folder; tell which, and which are left."""
    gone, left = [], []
    for found in sorted({each.parent for each in folder.rglob(MANIFEST)}):
        manifest = read_manifest(found)
        if manifest.expires is None:
            continue
        if manifest.expires <= (now or datetime.now(UTC)):
            (found / MANIFEST).unlink()  # killed on the way, it is no backup any more
            shutil.rmtree(found)
            gone.append(found)
        else:
            left.append(manifest)
    return gone, left


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Take an empty folder, or one in which a backup was broken off: that begins anew."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    marker = folder / UNFINISHED
    if (folder / MANIFEST).exists():
        raise Misused(f"{folder} holds a backup already; nothing is overwritten.")
    if not marker.exists() and any(folder.iterdir()):
        raise Misused(f"{folder} is not empty; a backup takes a folder of its own.")
    with marker.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(f"A backup into {folder} goes on already.") from None
        for name in (databases.FOLDER, backup_log.FOLDER):
            shutil.rmtree(folder / name, ignore_errors=True)
        (folder / databases.FOLDER).mkdir(mode=0o700)
        yield
        marker.unlink()


async def _dump(where: Mapping[str, str], folder: Path, bar: Bar) -> dict[str, DatabaseKept]:
    kept = {}
    for name, dsn in where.items():
        kept[name] = await databases.dump(name, dsn, folder)
        bar.say(f"{name}: {sum(kept[name].rows.values()):,} rows of its database")
    return kept


def _hold_one_log(
    before: Mapping[str, topics.Topic],
    after: Mapping[str, topics.Topic],
    kept: Mapping[str, DatabaseKept],
) -> None:
    """Hold that every topic is one and the same all the time, and the one the services know."""
    for name, topic in before.items():
        known = {each.topics[name] for each in kept.values() if name in each.topics}
        if name not in after or {after[name].id, *known} != {topic.id}:
            raise Refusal(f"The topic {name} was deleted and made anew: this is no whole log.")


def _topic(name: str, topic: topics.Topic, parts: Mapping[TopicPartition, Partition]) -> TopicKept:
    kept = TopicKept(
        id=topic.id,
        replicas=topic.replicas,
        configs=topic.configs,
        partitions=tuple(parts[TopicPartition(name, n)] for n in range(topic.partitions)),
    )
    if kept.for_ever and any(part.begin for part in kept.partitions):
        raise Refusal(f"The beginning of {name} is missing: it was to be kept for ever.")
    return kept


def _hold_whole(told: Mapping[str, TopicKept], kept: Mapping[str, DatabaseKept]) -> None:
    """Hold that no database has read further than the log reaches."""
    for service, database in kept.items():
        for name, part, at in database.positions:
            if name in told and at > told[name].partitions[part].end:
                raise Refusal(
                    f"{service} has read {name}/{part} up to {at}, and it ends at"
                    f" {told[name].partitions[part].end}: something of it was lost."
                )


def _finish(folder: Path, began: datetime, **told: Any) -> Manifest:
    """Measure every file and write the manifest."""
    written = [*folder.glob(f"{databases.FOLDER}/*"), *folder.glob(f"{backup_log.FOLDER}/*")]
    manifest = Manifest(
        id=str(uuid4()),
        build=f"banli-cli {version('banli-cli')}",
        began=began,
        ended=datetime.now(UTC),
        files={str(path.relative_to(folder)): file_of(path) for path in sorted(written)},
        **told,
    )
    write_manifest(folder, manifest)
    return manifest
