"""Rebuild a service's database from the log, so that nothing is lost on the way.

Close the ways in; wait until nothing is unsent; stop every process; see that all have gone; empty
the tables; open; wait until the log is read again. Killed anywhere and run again it completes.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
import httpx
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from banli_cli import cluster
from banli_cli.database import ServiceDatabase
from banli_cli.profile import Profile, Service
from banli_cli.refusal import NotReached, Refusal
from banli_cli.screen import Bar
from banli_engine.store import STOPPED
from banli_engine.topics import case_events, group, reference_events

LOOK_SECONDS = 0.1
HANG_SECONDS = 12.0
"""For how long a process that has left its groups may stay connected: its polite end takes 10."""

GONE_SECONDS = 60.0
STANDING_SECONDS = 90.0
"""How long reading may stand still before it counts as failed; a restart is the longest pause."""

ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild came to."""

    service: str
    events: int
    reading_seconds: float
    closed_seconds: float

    def __str__(self) -> str:
        rate = self.events / self.reading_seconds if self.reading_seconds else 0
        return (
            f"{self.service} is rebuilt: {self.events:,} events in {self.reading_seconds:.1f} s, "
            f"{rate:,.0f} a second with the start of its processes; "
            f"its ways in were closed for {self.closed_seconds:.1f} s."
        )


async def rebuild(profile: Profile, name: str, bar: Bar, patience: float) -> Rebuilt:
    """Rebuild a service; `patience`: for how long something unsent is waited for, in seconds."""
    service = profile.service(name)
    database = await ServiceDatabase.open(name, service.database)
    began = time.monotonic()
    try:
        await _empty(profile, database, bar, patience)
        emptied = time.monotonic()
        bar.say("emptied; reading the log")
        total = await asyncio.to_thread(_length_of_the_logs, profile)
        events = await _wait_ready(service, database, bar, total)
        now = time.monotonic()
        return Rebuilt(name, events, now - emptied, now - began)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raise NotReached(
            f"The connection to the database of {name} was lost; run it again."
        ) from None
    finally:
        await database.close()


async def _empty(profile: Profile, database: ServiceDatabase, bar: Bar, patience: float) -> None:
    """Stop the service and empty its database; open it again where that is given up."""
    try:
        for _ in range(ROUNDS):
            if await database.mode() != STOPPED:
                await database.close_ways_in()
                bar.say("ways in closed")
                await _drained(database, bar, patience)
                await database.stop_processes()
            await _gone(profile, database, bar)
            if await database.empty_and_open():
                return
            bar.say("something was written on the way; sending it first")
            await database.close_ways_in()
            await _drained(database, bar, patience)
            await database.stop_processes()
        raise Refusal(f"{database.service} does not come to rest.")
    except (Refusal, asyncio.CancelledError):
        await database.open_ways_in()
        raise


async def _drained(database: ServiceDatabase, bar: Bar, patience: float) -> None:
    """Wait until nothing stands in the database alone."""
    until, said = time.monotonic() + patience, 0.0
    while count := await database.unsent():
        now = time.monotonic()
        if now > until:
            raise Refusal(
                f"{count} events and receipts of {database.service} are still unsent: a rebuild "
                "would lose them. It is open again; see that it runs and reaches Kafka."
            )
        if now - said > 2:
            bar.say(f"waiting until {count} events and receipts are sent")
            said = now
        await asyncio.sleep(LOOK_SECONDS)
    bar.say("nothing unsent")


async def _gone(profile: Profile, database: ServiceDatabase, bar: Bar) -> None:
    """Wait until no process is a member of a group or holds a connection from before."""
    prefix = group(database.service, "", profile.epoch)
    began = time.monotonic()
    alone_since: float | None = None
    while True:
        members = await asyncio.to_thread(_members, profile, prefix)
        connected = await database.connected()
        now = time.monotonic()
        if not members and not connected:
            bar.say("every process has ended")
            return
        alone_since = None if members else alone_since or now
        if alone_since is not None and now - alone_since > HANG_SECONDS:
            bar.say(f"ending {len(connected)} connections of a process that hangs")
            await database.disconnect()
        if now - began > GONE_SECONDS:
            raise Refusal(
                f"Processes of {database.service} do not end: {len(members)} are still members of "
                f"{prefix}*, {len(connected)} connections are open. It is open again."
            )
        await asyncio.sleep(LOOK_SECONDS)


def _members(profile: Profile, prefix: str) -> Sequence[str]:
    """Name the members of all consumer groups of a service."""
    try:
        admin = KafkaAdminClient(**profile.kafka.client())
        try:
            found = [each["group_id"] for each in admin.list_groups()]
            ours = [name for name in found if name.startswith(prefix)]
            told = admin.describe_groups(ours) if ours else {}
        finally:
            admin.close()
    except KafkaError as fault:
        raise NotReached(f"Kafka cannot be asked who reads: {type(fault).__name__}.") from None
    return [member["member_id"] for each in told.values() for member in each["members"]]


def _length_of_the_logs(profile: Profile) -> int:
    """Count the records that are to be read, as far as the bar is concerned."""
    with cluster.consumer(profile.kafka) as client:
        names = [case_events(profile.epoch), reference_events(profile.epoch)]
        return sum(client.end_offsets(cluster.partitions(client, names)).values())


async def _wait_ready(service: Service, database: ServiceDatabase, bar: Bar, total: int) -> int:
    """Wait until every process answers again; give up where reading stands still."""
    last, moved = -1, time.monotonic()
    async with httpx.AsyncClient(timeout=5) as http:
        while True:
            ready = await asyncio.gather(*(_ready(http, url) for url in service.http))
            read, now = await database.events_read(), time.monotonic()
            if all(ready):
                return read
            if read != last:
                last, moved = read, now
            if now - moved > STANDING_SECONDS:
                raise Refusal(
                    f"{database.service} is emptied and open but not ready: {read:,} events are "
                    "read and no more come. See that its processes run."
                )
            bar.at(read, total)
            await asyncio.sleep(LOOK_SECONDS)


async def _ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False
