"""A body to be tried at its doors: a post of every role in two units, one of which has the case."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from banli_engine import topics
from banli_engine.topics import DECIDERS
from banli_events.assignment import (
    AcceptAssignment,
    AdmitSystem,
    AppointHolder,
    ClassifyItem,
    ConfirmAssignment,
    CreatePost,
    OpenUnit,
    ProposeAssignment,
)
from banli_events.base import Command
from banli_events.intake import RegisterItem
from banli_events.subjects import numbered_case
from banli_events.supervision import PublishPack
from banli_events.words import Actor, Numbering, PostRole, Responsible, SystemGrant
from banli_local import Cluster
from banli_local.child import Child
from banli_testing.story import PACK, REGISTERED

OPERATOR = "operator"
PATIENCE = 60.0
SINCE = date(2025, 1, 1)
OWN, FOREIGN, SECTION = "traffic", "patrol", "signals"  # the last lies below the first

Told = Mapping[str, Any]


def in_post(role: PostRole, unit: str) -> Actor:
    """Name who holds the post of a role in a unit."""
    return Actor(person=f"{role.lower()}.{unit}", post=f"{unit}.{role.lower()}", unit=unit)


OFFICE, REGISTRAR = (
    in_post(role, FOREIGN) for role in (PostRole.SUPERVISION_OFFICE, PostRole.REGISTRAR)
)
HANDLER, HEAD, CHIEF = (
    in_post(role, OWN) for role in (PostRole.HANDLER, PostRole.UNIT_HEAD, PostRole.CHIEF)
)
LEAD = Responsible(unit=OWN, leader=CHIEF.person, handler=HANDLER.person)


def registration(number: str) -> RegisterItem:
    """Write the registration of an item under a number."""
    numbering = Numbering(body="congress", level="city", term=16, session=3, number=number)
    said = REGISTERED.model_dump() | {"numbering": numbering}
    return RegisterItem.model_validate(said)


def case_of(number: str) -> str:
    """Name the case of an item."""
    asked = registration(number)
    return numbered_case(asked.kind, asked.numbering)


def written(
    command: Command | str,
    subject: str | None,
    actor: Actor | None = None,
    data: Told | None = None,
    id_: str | None = None,
) -> dict[str, Any]:
    """Write a command as it is sent, in the name of somebody where it goes over Kafka."""
    if isinstance(command, Command):
        data = command.model_dump(mode="json", exclude_defaults=True)
        command = type(command).__name__
    body: dict[str, Any] = {"id": id_ or str(uuid4()), "type": command, "data": data}
    if subject is not None:
        body["subject"] = subject
    if actor is not None:
        body["actor"] = actor.model_dump()
    return body


@dataclass
class Doors:
    """The services, and how to knock at them."""

    servers: Cluster
    epoch: str
    dsns: Mapping[str, str]
    children: dict[str, Child] = field(default_factory=dict)

    def open(self) -> None:
        """Start the services and publish units, posts, holders and the pack."""
        for service in DECIDERS:
            child = self.servers.service(
                service,
                self.dsns[service],
                vault=self.dsns["vault"],
                epoch=self.epoch,
                operators=[OPERATOR],
                label=f"{self.epoch}-{service}",
            )
            child.start()
            self.children[service] = child
        for child in self.children.values():
            child.wait_ready()
        parents = {SECTION: OWN}
        posts = [in_post(role, unit) for unit in (OWN, FOREIGN) for role in PostRole]
        roles = [role for _ in range(2) for role in PostRole]
        self.publish(
            [(f"unit/{u}", OpenUnit(name=u, since=SINCE)) for u in (OWN, FOREIGN)],
            [(f"unit/{u}", OpenUnit(name=u, parent=p, since=SINCE)) for u, p in parents.items()],
            [
                (f"post/{one.post}", CreatePost(unit=one.unit, title=one.post, role=role))
                for one, role in zip(posts, roles, strict=True)
            ],
            [
                (f"post/{one.post}", AppointHolder(person=one.person, name="N", since=SINCE))
                for one in posts
            ],
        )
        self.publish([("pack/congress", PublishPack(**PACK.model_dump()))], service="supervision")

    def close(self) -> None:
        """Stop the services."""
        for child in self.children.values():
            child.stop()

    def publish(self, *stages: Iterable[tuple[str, Command]], service: str = "assignment") -> None:
        """Publish as an operator; each stage rests on the one before it."""
        for stage in stages:
            self.must(service, [written(c, subject) for subject, c in stage], OPERATOR)

    def admit(
        self,
        system: str,
        units: Iterable[str],
        commands: Iterable[str],
        grants: Iterable[SystemGrant] = (),
    ) -> None:
        """Let a system in: login, topics and rights, and the reference event."""
        self.servers.admit(system, epoch=self.epoch)
        asked = AdmitSystem(
            name=system, units=tuple(units), commands=tuple(commands), grants=tuple(grants)
        )
        self.publish([(f"system/{system}", asked)])

    def assigned(self, number: str) -> str:
        """Register an item and let the own unit take it on; give its case."""
        case = case_of(number)
        proposal = ProposeAssignment(lead=LEAD, duty_basis="Its duty.", note="Looked at.")
        self.must("intake", [written(registration(number), None)], REGISTRAR)
        steps = (ClassifyItem(category="Roads"), proposal, ConfirmAssignment())
        self.must("assignment", [written(each, case) for each in steps], OFFICE)
        self.must("assignment", [written(AcceptAssignment(), case)], HANDLER)
        return case

    # -- over HTTP

    def token(self, by: Actor | str) -> str:
        """Sign a token."""
        if isinstance(by, str):
            return self.servers.identities.token(by)
        return self.servers.identities.token(by.person, post=by.post, unit=by.unit)

    def url(self, service: str) -> str:
        """Give the address of a service."""
        return f"http://127.0.0.1:{self.children[service].port}"

    def ask(self, service: str, bodies: Sequence[Told], by: Actor | str) -> list[dict[str, Any]]:
        """Ask a list of commands once; give what came of each."""
        return asyncio.run(self.ask_all([(service, bodies, by)]))[0]

    async def ask_all(
        self, lists: Iterable[tuple[str, Sequence[Told], Actor | str]]
    ) -> list[list[dict[str, Any]]]:
        """Ask several lists at once."""
        async with httpx.AsyncClient(timeout=PATIENCE) as client:

            async def ask(service: str, bodies: Sequence[Told], by: Actor | str) -> list[Any]:
                headers = {"authorization": f"Bearer {self.token(by)}"}
                url = self.url(service) + "/v1/commands"
                answer = await client.post(url, json=bodies, headers=headers)
                return list(answer.raise_for_status().json()["answers"])

            return list(await asyncio.gather(*(ask(*each) for each in lists)))

    def must(self, service: str, bodies: Sequence[Told], by: Actor | str) -> None:
        """Ask until all of it is admitted."""
        until, left = time.monotonic() + PATIENCE, list(bodies)
        while left:
            answers = self.ask(service, left, by)
            left = [b for b, a in zip(left, answers, strict=True) if a.get("code") == "too-early"]
            wrong = [a for a in answers if a.get("code") not in (None, "too-early")]
            assert not wrong, wrong
            assert time.monotonic() < until

    # -- over Kafka

    async def submit(
        self,
        system: str,
        bodies: Sequence[tuple[str, Told]],
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> list[dict[str, Any]]:
        """Submit commands to services as a system; give the receipts, in the same order."""
        ids = [body["id"] for _, body in bodies]
        login = self.servers.system_login(system).client(self.servers.bootstrap)
        consumer = AIOKafkaConsumer(**login, enable_auto_commit=False)
        place = TopicPartition(topics.receipts(system, self.epoch), 0)
        found: dict[str, dict[str, Any]] = {}
        async with consumer, AIOKafkaProducer(**login, enable_idempotence=False) as producer:
            consumer.assign([place])
            await consumer.seek_to_end(place)
            await consumer.position(place)
            for service, body in bodies:
                topic = topics.submissions(service, system, self.epoch)
                key = str(body.get("subject", "")).encode()
                value = json.dumps(body).encode()
                await producer.send(topic, value, key=key, headers=headers)
            await producer.flush()
            async with asyncio.timeout(PATIENCE):
                while len(found) < len(set(ids)):
                    record = await consumer.getone()
                    said = json.loads(record.value or b"")
                    found[said["command"]] = said
        return [found[each] for each in ids]


def code_of(answer: Told) -> str | None:
    """Read the code of a refusal, over either way; None where there is none."""
    code: str | None = (answer.get("problem") or answer).get("code")
    return code
