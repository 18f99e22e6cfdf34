"""Admit department systems, retire them, and tell who is admitted for what.

A system can act only where four things are there: its topics, the reference event that says what
for, its rights at the broker, and its login. They are made in this order, so that an admission that
breaks off has opened nothing, and taken back the other way round. Both may be repeated.
"""

import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from uuid import uuid4

from kafka.admin import KafkaAdminClient
from pydantic import ValidationError

from banli_cli import cluster, reference
from banli_cli.profile import KafkaLogin, Profile
from banli_cli.refusal import Denied, Misused, Refusal
from banli_cli.services import Services
from banli_engine import provision, topics
from banli_engine.topics import DECIDERS, check_system_name
from banli_events.assignment import AdmitSystem, RetireSystem, SystemAdmitted, SystemRetired
from banli_events.base import Command
from banli_events.catalogue import COMMANDS
from banli_events.words import SystemGrant

OWNER = "assignment"
"""The service that says which systems are admitted."""


@dataclass(frozen=True, slots=True)
class System:
    """A department system as the reference events tell it, and as Kafka knows it."""

    id: str
    admitted: SystemAdmitted
    since: datetime
    retired: str | None = None  # why
    login: bool = False
    rights: int = 0

    @property
    def state(self) -> str:
        """Say in a few words how it stands."""
        if self.retired is not None:
            return "retired, NOT CLOSED" if self.login or self.rights else "retired"
        return "admitted" if self.login and self.rights else "NOT OPEN at Kafka"

    def as_json(self) -> dict[str, Any]:
        """Write it for programs."""
        return {
            "system": self.id,
            **self.admitted.model_dump(mode="json"),
            "since": self.since.isoformat(),
            "state": self.state,
            "retired": self.retired,
            "login": self.login,
            "rights": self.rights,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an admission is to say; what is left out stays as it stands."""

    title: str | None = None
    units: Sequence[str] = ()
    commands: Sequence[str] = ()
    grants: Sequence[str] = ()
    renew: bool = False  # another password
    keep_login: bool = False  # logins are kept elsewhere


@dataclass(slots=True)
class Done:
    """What an admission did, and the login where one was made."""

    steps: list[str] = field(default_factory=list)
    login: Mapping[str, Any] | None = None


def read(profile: Profile) -> dict[str, System]:
    """Read who is admitted off the reference events, and what Kafka knows of them."""
    found = published(profile.kafka, profile.epoch)
    with cluster.admin(profile.kafka) as admin:
        logins = admin.describe_user_scram_credentials()
        return {
            id_: replace(
                one,
                login=bool(logins.get(id_, {}).get("credential_infos")),
                rights=len(provision.rights_of(admin, id_)),
            )
            for id_, one in sorted(found.items())
        }


def published(kafka: KafkaLogin, epoch: str) -> dict[str, System]:
    """Fold what was ever said of systems."""
    found: dict[str, System] = {}
    for event in reference.events(kafka, epoch):
        id_ = event.subject.partition("/")[2]
        if isinstance(event.data, SystemAdmitted):
            found[id_] = System(id_, event.data, event.time)
        elif isinstance(event.data, SystemRetired) and id_ in found:
            found[id_] = replace(found[id_], retired=event.data.reason)
    return found


# -- admitting


def admit(
    profile: Profile, stack: Services, system: str, wanted: Wanted, file: Path | None
) -> Done:
    """Let a system in: topics, the reference event, its rights, its login; repeatable.

    The login goes to a file that only its owner reads, or comes back with what was done.
    """
    _check_name(system, profile.epoch)
    command = _command(system, wanted, published(profile.kafka, profile.epoch).get(system))
    services = [s for s in DECIDERS if s in {COMMANDS[c].service for c in command.commands}]
    done = Done()
    with cluster.admin(profile.kafka) as admin:
        like = _like_the_log(admin, profile)
        made = provision.make_system_topics(admin, system, services, epoch=profile.epoch, **like)
        done.steps.append(f"topics: {f'{len(made)} made' if made else 'there already'}")
        done.steps.append(f"reference event: {_say(stack, system, command)}")
        provision.give_rights(admin, system, services, epoch=profile.epoch)
        told = ", ".join(services)
        done.steps.append(f"rights: submit to {told}; read its receipts and notices")
        done.steps.append(f"login: {_login(admin, profile, system, services, wanted, file, done)}")
    return done


def _check_name(system: str, epoch: str = "") -> None:
    try:
        check_system_name(system, epoch)
    except ValueError as fault:
        raise Misused(str(fault)) from None


def _command(system: str, wanted: Wanted, now: System | None) -> AdmitSystem:
    """Say what the system is admitted for, all of it; what is left out is as it stands."""
    before = now.admitted if now else None
    units = tuple(wanted.units) or (before.units if before else ())
    commands = tuple(wanted.commands) or (before.commands if before else ())
    if not units or not commands:
        raise Misused("A system is admitted for something: say --units and --commands.")
    grants = tuple(wanted.grants) or (tuple(map(str, before.grants)) if before else ())
    grants = () if grants == ("none",) else grants
    for name in commands:
        _known(name, [n for n, c in COMMANDS.items() if c.service in DECIDERS], "command")
    for name in grants:
        _known(name, [each.value for each in SystemGrant], "grant")
    try:
        return AdmitSystem(
            name=wanted.title or (before.name if before else system),
            units=units,
            commands=commands,
            grants=tuple(map(SystemGrant, grants)),
        )
    except ValidationError as fault:
        first = fault.errors(include_input=False)[0]
        raise Misused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None


def _known(name: str, names: Iterable[str], what: str) -> None:
    names = list(names)
    if name not in names:
        near = get_close_matches(name, names, 3) or names
        raise Misused(f"There is no {what} {name}; is it {', '.join(near)}?")


def _like_the_log(admin: KafkaAdminClient, profile: Profile) -> dict[str, Any]:
    """Make topics as the log was made: as often copied, and packed alike."""
    name = topics.case_events(profile.epoch)
    (log,) = admin.describe_topics([name])
    if not log["partitions"]:
        raise Denied(f"Kafka has no topic {name}: this cluster was never provisioned.")
    wanted = provision.settings_of(admin, name, ["compression.type"])
    replicas = len(log["partitions"][0]["replica_nodes"])
    return {"replicas": replicas, "compression": wanted["compression.type"]}


def _say(stack: Services, system: str, command: Command) -> str:
    """Give the command; its id is new each time, for what it says may have been undone since."""
    body = {
        "id": str(uuid4()),
        "type": type(command).__name__,
        "subject": f"system/{system}",
        "data": command.model_dump(mode="json", exclude_defaults=True),
    }
    try:
        outcome: str = stack.command(OWNER, body)["outcome"]
    except Denied as why:
        if why.code == "already-admitted":
            raise Denied(f"{why} To change that, retire it first.", why.code) from None
        raise
    return "said" if outcome == "admitted" else "as it stands"


def _login(
    admin: KafkaAdminClient,
    profile: Profile,
    system: str,
    services: Iterable[str],
    wanted: Wanted,
    file: Path | None,
    done: Done,
) -> str:
    """Give a login where there is none, or another is asked for; the file is written first."""
    if wanted.keep_login:
        return "left to whoever keeps the logins"
    if provision.has_login(admin, system) and not wanted.renew:
        return "stays as it is (--renew makes another)"
    password = secrets.token_urlsafe(24)
    told = note(profile.kafka, system, password, services, profile.epoch)
    if file is not None:
        write_private(file, json.dumps(told, indent=1))
    provision.give_login(admin, system, password)
    if file is None:
        done.login = told
        return "made; it is told this once"
    return f"made; it stands in {file}"


def note(
    kafka: KafkaLogin, system: str, password: str, services: Iterable[str], epoch: str = ""
) -> dict[str, Any]:
    """Write what a department needs to know in order to connect."""
    return {
        "bootstrap": kafka.bootstrap,
        "protocol": kafka.protocol,
        "mechanism": "SCRAM-SHA-512",
        "user": system,
        "password": password,
        "submissions": [topics.submissions(each, system, epoch) for each in services],
        "receipts": topics.receipts(system, epoch),
        "notices": topics.notices(system, epoch),
        "groups begin with": f"{epoch}.{system}." if epoch else f"{system}.",
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.unlink(missing_ok=True)  # an older one may be readable by others
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        new.replace(path)
    except OSError as fault:
        raise Refusal(f"The file {path} cannot be written: {fault.strerror}.") from None


# -- retiring


def retire(profile: Profile, stack: Services, system: str, reason: str) -> list[str]:
    """Take a system's rights, which cuts it off at once, then its login; then say so for all.

    Its topics stay: what it sent before is still answered there, and the auditor reads it.
    """
    _check_name(system)
    with cluster.admin(profile.kafka) as admin:
        provision.dismiss_system(admin, system)
    try:
        said = _say(stack, system, RetireSystem(reason=reason))
    except Refusal as why:
        raise type(why)(f"It is cut off, but not yet published as retired: {why}") from None
    return [
        "rights: taken",
        "login: taken",
        f"reference event: {said}",
        "topics: stay, with what was answered there",
    ]
