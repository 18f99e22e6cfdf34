"""What the load needs to know of Kafka: where topics end, and how to write and read fast."""

from collections.abc import Iterable, Iterator
from typing import Any

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from banli_engine import topics
from banli_local import Cluster, Login


def _client(bootstrap: str, login: Login) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": login.protocol,
        "sasl.mechanisms": login.mechanism,
        "sasl.username": login.user,
        "sasl.password": login.password,
        "log_level": 0,  # what fails is raised where it is used
    }


def producer(bootstrap: str, login: Login, linger_ms: int) -> Producer:
    """Make a producer that places keys as every other client of Banli does."""
    return Producer(
        {
            **_client(bootstrap, login),
            "partitioner": "murmur2_random",
            "linger.ms": linger_ms,
            "compression.type": "zstd",
            "enable.idempotence": True,
            "queue.buffering.max.messages": 500_000,
        }
    )


class Reader:
    """A consumer without a group on the partitions of one topic."""

    def __init__(self, bootstrap: str, login: Login, topic: str, parts: int) -> None:
        self.places = [TopicPartition(topic, part) for part in range(parts)]
        self.consumer = Consumer(
            {
                **_client(bootstrap, login),
                "group.id": f"{login.user}.bench",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
            }
        )

    def ends(self) -> list[int]:
        """Ask where the partitions end now."""
        return [self.consumer.get_watermark_offsets(place, timeout=10)[1] for place in self.places]

    def end(self) -> int:
        """Ask how many messages there ever were."""
        return sum(self.ends())

    def read(self, begins: Iterable[int], ends: Iterable[int]) -> Iterator[Message]:
        """Read everything between."""
        parts = list(zip(self.places, begins, ends, strict=True))
        self.start_at([begin for _, begin, _ in parts])
        left = sum(end - begin for _, begin, end in parts)
        while left > 0:
            for message in self.consumer.consume(1000, timeout=1.0):
                if message.error() is None:  # the client tells of its group, which is none
                    left -= 1
                    yield message

    def start_at(self, offsets: Iterable[int]) -> None:
        """Read on from here."""
        self.consumer.assign(
            [
                TopicPartition(place.topic, place.partition, offset)
                for place, offset in zip(self.places, offsets, strict=True)
            ]
        )

    def close(self) -> None:
        self.consumer.close()


def case_events(servers: Cluster, epoch: str) -> Reader:
    """Read the log as the auditor may."""
    log = topics.common_topics(epoch)[0]
    return Reader(servers.bootstrap, servers.login("auditor"), log.name, log.partitions)


def receipts(servers: Cluster, login: Login, epoch: str) -> Reader:
    """Read a system's receipts."""
    return Reader(servers.bootstrap, login, topics.receipts(login.user, epoch), 1)
