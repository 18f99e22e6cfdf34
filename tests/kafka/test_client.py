"""A department system submits and hears the answer, on a real broker with access rights on."""

import asyncio
import hashlib
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePatternFilter,
    ResourceType,
)

from banli_client import (
    BanliError,
    Client,
    LoginRefused,
    NoAnswer,
    NoSuchTopic,
    NotAllowed,
    Outcome,
    Request,
    Settings,
    TooLarge,
    Unreachable,
)
from banli_engine import topics
from banli_engine.provision import dismiss_system
from banli_events.assignment import AcceptAssignment
from banli_events.intake import CorrectItem, RecordFeedback, RegisterItem
from banli_events.submission import (
    RECEIPT_BODY,
    RECEIPT_OFFSET,
    RECEIPT_PARTITION,
    RECEIPT_SENDER,
    RECEIPT_SOURCE,
    RECEIPT_TOPIC,
    Answer,
    Problem,
    Submission,
    receipt_id,
)
from banli_events.words import Actor, Grade, ItemKind, Numbering, Signer
from banli_local import Cluster
from banli_local.folder import free_ports

README = Path(__file__).parents[2] / "libs" / "client" / "README.md"
SYSTEM = "dept-x"
CLERK = Actor(person="p1", post="registrar", unit="office")
NUMBERING = Numbering(body="示例市政协", level="市", term=17, session=3, number="42")
FEEDBACK = RecordFeedback(signer="s1", grade=Grade.SATISFIED, received_on=date(2026, 3, 2))
REFUSAL = Problem(
    type="about:blank", title="No", status=422, detail="It is not so.", code="not-so", field="after"
)


@pytest.fixture
def settings(servers: Cluster, epoch: str) -> Settings:
    login = servers.admit(SYSTEM, ["intake", "supervision"], epoch)
    return Settings(
        kafka=servers.bootstrap,
        system=SYSTEM,
        user=login.user,
        password=login.password,
        mechanism=login.mechanism,
        protocol=login.protocol,
        epoch=epoch,
        timeout=20,
    )


class FakeService:
    """Answers as a service would: refuses corrections, admits all else, says the same again."""

    def __init__(self, servers: Cluster, epoch: str, name: str = "intake") -> None:
        self.login = servers.login(name).client(servers.bootstrap)
        self.name = name
        self.epoch = epoch
        self.answers: dict[str, bytes] = {}
        self.asked: list[Submission] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["FakeService"]:
        consumer = AIOKafkaConsumer(
            topics.submissions(self.name, SYSTEM, self.epoch),
            **self.login,
            group_id=topics.group(self.name, "submissions", self.epoch),
            auto_offset_reset="earliest",
        )
        async with AIOKafkaProducer(**self.login) as producer, consumer:
            task = asyncio.create_task(self._serve(consumer, producer))
            yield self
            task.cancel()

    async def _serve(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        async for record in consumer:
            asked = Submission.model_validate_json(record.value)
            self.asked.append(asked)
            headers = {
                RECEIPT_TOPIC: record.topic,
                RECEIPT_PARTITION: str(record.partition),
                RECEIPT_OFFSET: str(record.offset),
                RECEIPT_BODY: hashlib.sha256(record.value).hexdigest(),
                RECEIPT_SOURCE: self.name,
                RECEIPT_SENDER: SYSTEM,
            }
            await producer.send(
                topics.receipts(SYSTEM, self.epoch),
                self._answer(asked),
                key=str(asked.id).encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )

    def _answer(self, asked: Submission) -> bytes:
        refused = asked.type == "CorrectItem"
        answer = Answer(
            receipt=receipt_id(SYSTEM, str(asked.id)),
            command=str(asked.id),
            outcome=Outcome.REFUSED if refused else Outcome.ADMITTED,
            subject=asked.subject,
            after=f"{asked.subject}@{self.name}:{len(self.answers) + 1}",
            problem=REFUSAL if refused else None,
        )
        return self.answers.setdefault(str(asked.id), answer.model_dump_json().encode())


async def test_a_command_is_answered_and_a_refusal_is_an_answer(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    async with FakeService(servers, epoch).running(), Client(settings) as banli:
        answer = await banli.submit(FEEDBACK, actor=CLERK, subject="case/1")
        assert (answer.outcome, answer.subject) == (Outcome.ADMITTED, "case/1")
        correction = CorrectItem(field="title", after="x", reason="y")
        answer = await banli.submit(correction, actor=CLERK, subject="case/1")
        assert answer.outcome is Outcome.REFUSED
        assert answer.problem == REFUSAL


async def test_an_unanswered_command_is_asked_again_with_its_id(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    intake = FakeService(servers, epoch)
    async with Client(settings) as banli:
        with pytest.raises(NoAnswer) as caught:
            await banli.submit(FEEDBACK, subject="case/1", timeout=0.3)
    async with intake.running(), Client(settings) as banli:
        answer = await banli.submit(FEEDBACK, subject="case/1", id=caught.value.id)
        assert answer.command == str(caught.value.id)
    assert {each.id for each in intake.asked} == {caught.value.id}
    assert len(intake.answers) == 1


async def test_many_are_answered_in_their_order(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    requests = [Request(FEEDBACK, CLERK, f"case/{n % 7}") for n in range(1_000)]
    intake = FakeService(servers, epoch)
    async with intake.running(), Client(settings) as banli:
        answers = await banli.submit_many(requests)
    assert [UUID(each.command) for each in answers] == [each.id for each in requests]
    for n in range(7):
        said = [each.id for each in intake.asked if each.subject == f"case/{n}"]
        assert said == [each.id for each in requests if each.subject == f"case/{n}"]


async def test_the_example_of_the_readme_runs_as_it_stands(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    example = README.read_text().split("```python\n")[1].split("```")[0]
    assert example in README.parents[2].joinpath("README.md").read_text()
    env = {
        "BANLI_KAFKA": settings.kafka,
        "BANLI_SYSTEM": settings.system,
        "BANLI_KAFKA_PASSWORD": settings.password,
        "BANLI_KAFKA_PROTOCOL": settings.protocol,
        "BANLI_EPOCH": epoch,
    }
    async with FakeService(servers, epoch, "supervision").running():
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-c", example, env=env, stdout=PIPE, stderr=PIPE
        )
        said, fault = await asyncio.wait_for(run.communicate(), 30)
    assert (said.decode(), fault.decode()) == ("admitted case/1@supervision:1\n", "")


async def test_what_is_too_large_is_not_sent(settings: Settings) -> None:
    signers = tuple(
        Signer(person=f"s{n}", name="示例" * 250, unit="示例" * 250) for n in range(500)
    )
    command = RegisterItem.model_construct(
        kind=ItemKind.PROPOSAL, numbering=NUMBERING, signers=signers
    )
    async with Client(settings) as banli:
        with pytest.raises(TooLarge):
            await banli.submit(command, actor=CLERK)


async def test_a_client_that_is_not_open_says_so(settings: Settings) -> None:
    with pytest.raises(BanliError, match="not open"):
        await Client(settings).submit(FEEDBACK, subject="case/1")


async def test_those_left_over_of_many_are_named(settings: Settings) -> None:
    requests = [Request(FEEDBACK, CLERK, "case/1") for _ in range(3)]
    async with Client(settings) as banli:
        with pytest.raises(NoAnswer) as caught:
            await banli.submit_many(requests, timeout=0.3)
    assert caught.value.ids == tuple(each.id for each in requests)
    assert caught.value.answers == {}


async def test_a_service_that_it_may_not_ask_is_named_and_the_others_go_on(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    async with FakeService(servers, epoch).running(), Client(settings) as banli:
        async with asyncio.timeout(8):
            with pytest.raises((NotAllowed, NoSuchTopic), match=r"submissions\.assignment"):
                await banli.submit(AcceptAssignment(), actor=CLERK, subject="case/1")
        answer = await banli.submit(FEEDBACK, actor=CLERK, subject="case/1")
        assert answer.outcome is Outcome.ADMITTED


def _forbid_writing(servers: Cluster, topic: str) -> None:
    pattern = ResourcePatternFilter(ResourceType.TOPIC, topic, ACLResourcePatternType.LITERAL)
    right = ACLFilter(
        principal=f"User:{SYSTEM}",
        host=None,
        operation=ACLOperation.WRITE,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=pattern,
    )
    with servers.admin() as admin:
        admin.delete_acls([right])


async def test_a_right_taken_is_named_and_given_back_it_works_again(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    async with FakeService(servers, epoch).running(), Client(settings) as banli:
        await banli.submit(FEEDBACK, actor=CLERK, subject="case/1")
        _forbid_writing(servers, settings.submissions("intake"))
        with pytest.raises(NotAllowed, match=r"submissions\.intake"):
            await banli.submit(FEEDBACK, actor=CLERK, subject="case/1")
        servers.admit(SYSTEM, ["intake"], epoch)
        for _ in range(3):
            answer = await banli.submit(FEEDBACK, actor=CLERK, subject="case/1")
            assert answer.outcome is Outcome.ADMITTED


async def test_without_its_receipts_the_client_says_so(
    servers: Cluster, epoch: str, settings: Settings
) -> None:
    async with Client(settings) as banli:
        waiting = asyncio.create_task(banli.submit(FEEDBACK, subject="case/1"))
        await asyncio.sleep(0.3)
        with servers.admin() as admin:
            dismiss_system(admin, SYSTEM)
        with pytest.raises(NotAllowed, match="receipts"):
            await asyncio.wait_for(waiting, 8)
        with pytest.raises(NotAllowed, match="receipts"):
            await banli.submit(FEEDBACK, subject="case/1")


@pytest.fixture
def impossible(settings: Settings) -> dict[str, Settings]:
    def changed(**changes: object) -> Settings:
        names = ("kafka", "system", "user", "password", "mechanism", "protocol", "epoch")
        kept = {name: getattr(settings, name) for name in names}
        return Settings(**{**kept, **changes})

    return {
        "wrong password": changed(password="wrong"),
        "unknown user": changed(user="nobody"),
        "wrong mechanism": changed(mechanism="PLAIN"),
        "nobody there": changed(kafka=f"127.0.0.1:{free_ports(1)[0]}"),
        "no name": changed(kafka="kafka.invalid:9092"),
        "other epoch": changed(epoch="t" + uuid4().hex[:8]),
        "other system": changed(system="dept-y"),
        "no tls there": changed(protocol="SASL_SSL"),
        "no login": changed(protocol="PLAINTEXT"),
    }


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("wrong password", LoginRefused),
        ("unknown user", LoginRefused),
        ("wrong mechanism", LoginRefused),
        ("nobody there", Unreachable),
        ("no name", Unreachable),
        ("other epoch", (NotAllowed, NoSuchTopic)),
        ("other system", (NotAllowed, NoSuchTopic)),
        ("no tls there", Unreachable),
        ("no login", Unreachable),
    ],
)
async def test_a_closed_way_in_is_named_within_seconds(
    impossible: dict[str, Settings],
    what: str,
    fault: type[Exception] | tuple[type[Exception], ...],
) -> None:
    async with asyncio.timeout(8):
        with pytest.raises(fault) as caught:
            async with Client(impossible[what]):
                pass
    assert len(str(caught.value).splitlines()) == 1
    assert "wrong" not in json.dumps(str(caught.value))
