"""The topics: their names, their settings, and who may touch them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from banli_events.subjects import topic_of

DECIDERS = ("intake", "assignment", "supervision")
SERVICES = (*DECIDERS, "reporting")

Compression = Literal["producer", "uncompressed"]

DAY = 86_400_000
FOR_EVER = -1
# Names that would give a system the identity, the topic or the groups of something else.
RESERVED = {*SERVICES, "admin", "anonymous", "auditor", "broker", "controller", "http", "svc"}
SYSTEM_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")  # no dot: rights end at the dot after it


class BadSystemName(ValueError):
    """A system's name is lower-case letters, digits and hyphens, and not a reserved word."""


Configs = Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """A topic as it must be; its partition count is chosen once."""

    name: str
    partitions: int
    retention_ms: int

    def configs(self, *, replicas: int = 1, compression: Compression = "producer") -> Configs:
        """Return the settings written on the topic itself, so that no broker default decides."""
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "retention.bytes": "-1",
            "message.timestamp.type": "LogAppendTime",
            "max.message.bytes": "1048588",
            "min.insync.replicas": "2" if replicas > 2 else "1",
            "unclean.leader.election.enable": "false",
            "compression.type": compression,
        }


@dataclass(frozen=True)
class Grant:
    """One right of one principal; `prefix` covers every name that begins so."""

    principal: str
    operation: Literal["READ", "WRITE"]  # either shows that it is there
    resource: Literal["TOPIC", "GROUP"]
    name: str
    prefix: bool = False


def case_events(epoch: str = "") -> str:
    """Name the log."""
    return _named("case-events", epoch)


def reference_events(epoch: str = "") -> str:
    """Name what decisions rest on besides the case."""
    return _named("reference-events", epoch)


def log_of(subject: str, epoch: str = "") -> str:
    """Name the log on which a subject's events lie."""
    return _named(topic_of(subject), epoch)


def submissions(service: str, system: str, epoch: str = "") -> str:
    """Name the topic on which a department system sends commands to a service."""
    return _named(f"submissions.{service}.{system}", epoch)


def receipts(system: str, epoch: str = "") -> str:
    """Name the topic of the answers to a system; `http` for the callers over HTTP."""
    return _named(f"receipts.{system}", epoch)


def notices(system: str, epoch: str = "") -> str:
    """Name the topic of what a department must learn."""
    return _named(f"notices.{system}", epoch)


def submissions_pattern(service: str, epoch: str = "") -> str:
    """Return the regular expression of every submission topic of a service."""
    return "^" + re.escape(_named(f"submissions.{service}.", epoch)) + "[a-z0-9-]+$"


def receipts_pattern(epoch: str = "") -> str:
    """Return the regular expression of every receipt topic."""
    return "^" + re.escape(_named("receipts.", epoch)) + "[a-z0-9-]+$"


def notices_pattern(epoch: str = "") -> str:
    """Return the regular expression of every topic of notices."""
    return "^" + re.escape(_named("notices.", epoch)) + "[a-z0-9-]+$"


def system_of(topic: str) -> str:
    """Read the system off the name of its topic: the topic is the proof of origin."""
    return topic.rsplit(".", 1)[1]


def group(service: str, what: str, epoch: str = "") -> str:
    """Name a consumer group of a service, as in `svc.intake.log`."""
    return _named(f"svc.{service}.{what}", epoch)


def common_topics(epoch: str = "") -> list[Topic]:
    """List what exists before any department is admitted."""
    return [
        Topic(case_events(epoch), 12, FOR_EVER),
        Topic(reference_events(epoch), 1, FOR_EVER),
        Topic(receipts("http", epoch), 1, 100 * DAY),
    ]


def system_topics(system: str, services: Iterable[str] = DECIDERS, epoch: str = "") -> list[Topic]:
    """List the topics of one department system."""
    return [
        *(Topic(submissions(service, system, epoch), 3, 7 * DAY) for service in services),
        Topic(receipts(system, epoch), 1, 100 * DAY),
        Topic(notices(system, epoch), 1, 90 * DAY),
    ]


def service_grants(service: str, epoch: str = "") -> list[Grant]:
    """List what a service may do: what it does, and nothing besides."""
    reads, writes = [case_events(epoch), reference_events(epoch)], []
    reads_all, writes_all = [], []  # that begin so
    if service in DECIDERS:
        reads_all += [_named(f"submissions.{service}.", epoch), _named("receipts.", epoch)]
        writes_all.append(_named("receipts.", epoch))
        writes.append(case_events(epoch))
    if service in ("assignment", "supervision"):
        writes.append(reference_events(epoch))
    if service == "reporting":
        reads_all.append(_named("notices.", epoch))
        writes_all.append(_named("notices.", epoch))
    return [
        *(Grant(service, "READ", "TOPIC", name) for name in reads),
        *(Grant(service, "WRITE", "TOPIC", name) for name in writes),
        *(Grant(service, "READ", "TOPIC", name, prefix=True) for name in reads_all),
        *(Grant(service, "WRITE", "TOPIC", name, prefix=True) for name in writes_all),
        Grant(service, "READ", "GROUP", _named(f"svc.{service}.", epoch), prefix=True),
    ]


def auditor_grants(epoch: str = "") -> list[Grant]:
    """List what the auditor may do: read both logs, without a group."""
    return [
        Grant("auditor", "READ", "TOPIC", case_events(epoch)),
        Grant("auditor", "READ", "TOPIC", reference_events(epoch)),
    ]


def system_grants(system: str, services: Iterable[str] = DECIDERS, epoch: str = "") -> list[Grant]:
    """List what a department system may do: write its commands, read what is meant for it."""
    own = [submissions(service, system, epoch) for service in services]
    return [
        *(Grant(system, "WRITE", "TOPIC", name) for name in own),
        Grant(system, "READ", "TOPIC", receipts(system, epoch)),
        Grant(system, "READ", "TOPIC", notices(system, epoch)),
        Grant(system, "READ", "GROUP", _named(f"{system}.", epoch), prefix=True),
    ]


def check_system_name(system: str, epoch: str = "") -> None:
    """Refuse a name that would reach beyond the system's own topics and groups: that of the epoch
    would take in all its groups."""
    if system in {*RESERVED, epoch} or not SYSTEM_NAME.fullmatch(system):
        raise BadSystemName(BadSystemName.__doc__)


def _named(name: str, epoch: str) -> str:
    return f"{epoch}.{name}" if epoch else name
