"""The topics of an epoch as Kafka describes them: ids, partitions, settings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from banli_cli.refusal import Refusal
from banli_engine import topics

_KEPT = r"(case-events|reference-events|(receipts|notices|submissions)\.[a-z0-9.-]+)"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it is."""

    id: str
    partitions: int
    replicas: int
    configs: Mapping[str, str]


def find(admin: KafkaAdminClient, epoch: str) -> dict[str, Topic]:
    """Describe all topics of an epoch."""
    pattern = re.compile(re.escape(f"{epoch}." if epoch else "") + _KEPT)
    return describe(admin, [name for name in admin.list_topics() if pattern.fullmatch(name)])


def describe(admin: KafkaAdminClient, names: Iterable[str]) -> dict[str, Topic]:
    """Describe those of these topics that are there."""
    wanted = sorted(names)
    if not wanted:
        return {}
    there = [each for each in admin.describe_topics(wanted) if each["topic_id"] is not None]
    found = {each["name"]: each for each in there if each["partitions"]}
    if not found:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found]
    configs = admin.describe_configs(asked, config_filter="modified")["topic"]
    return {name: _topic(each, configs[name]) for name, each in found.items()}


def _topic(told: Mapping[str, Any], configs: Mapping[str, Any]) -> Topic:
    parts = told["partitions"]
    return Topic(
        id=str(told["topic_id"]),
        partitions=len(parts),
        replicas=len(parts[0]["replica_nodes"]),
        configs={name: each["value"] for name, each in sorted(configs.items())},
    )


def common(epoch: str, found: Iterable[str]) -> None:
    """Hold that the two logs are there."""
    missing = {topics.case_events(epoch), topics.reference_events(epoch)} - set(found)
    if missing:
        raise Refusal(f"Kafka does not show {' and '.join(sorted(missing))}.")
