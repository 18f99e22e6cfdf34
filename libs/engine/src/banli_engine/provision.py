"""How a cluster is given the topics and the access rights; everything here is repeatable."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError, TopicAlreadyExistsError

from banli_engine.topics import (
    DECIDERS,
    SERVICES,
    Compression,
    Configs,
    Grant,
    Topic,
    auditor_grants,
    check_system_name,
    common_topics,
    service_grants,
    system_grants,
    system_topics,
)


class NotProvisioned(Exception):
    """The cluster refused, or holds something other than what is asked for."""


def provision(
    admin: KafkaAdminClient,
    *,
    epoch: str = "",
    replicas: int = 1,
    compression: Compression = "producer",
) -> None:
    """Give the cluster the common topics and the rights of services and auditor; repeatable.

    What any of them was given before and has no use for is taken.
    """
    _make_topics(admin, common_topics(epoch), replicas, compression)
    grants = [grant for service in SERVICES for grant in service_grants(service, epoch)]
    grants += auditor_grants(epoch)
    _grant(admin, grants)
    given = {replace(grant, principal=one) for grant in grants for one in (*SERVICES, "auditor")}
    _take(admin, given.difference(grants))


def admit_system(
    admin: KafkaAdminClient,
    system: str,
    password: str | None = None,
    *,
    services: Iterable[str] = DECIDERS,
    epoch: str = "",
    replicas: int = 1,
    compression: Compression = "producer",
) -> None:
    """Give a department system its topics, rights and login (SCRAM-SHA-512); repeatable.

    Without a password the login is left to whoever keeps the users of this cluster.
    """
    services = tuple(services)
    make_system_topics(
        admin, system, services, epoch=epoch, replicas=replicas, compression=compression
    )
    give_rights(admin, system, services, epoch=epoch)
    if password is not None:
        give_login(admin, system, password)


def make_system_topics(
    admin: KafkaAdminClient,
    system: str,
    services: Iterable[str] = DECIDERS,
    *,
    epoch: str = "",
    replicas: int = 1,
    compression: Compression = "producer",
) -> list[str]:
    """Make the topics of a department system, and name those that were not there."""
    check_system_name(system, epoch)
    services = tuple(services)
    if unknown := set(services) - set(DECIDERS):
        raise NotProvisioned(f"Not a service that takes submissions: {', '.join(unknown)}.")
    return _make_topics(admin, system_topics(system, services, epoch), replicas, compression)


def give_rights(
    admin: KafkaAdminClient,
    system: str,
    services: Iterable[str] = DECIDERS,
    *,
    epoch: str = "",
) -> None:
    """Let a system write to these services, and read what is meant for it; repeatable."""
    check_system_name(system, epoch)
    _grant(admin, system_grants(system, services, epoch))


def give_login(admin: KafkaAdminClient, system: str, password: str) -> None:
    """Let a department system log in with this password (SCRAM-SHA-512), and no other."""
    check_system_name(system)
    _alter_login(
        admin, UserScramCredentialUpsertion(system, ScramMechanism.SCRAM_SHA_512, password)
    )


def rights_of(admin: KafkaAdminClient, system: str) -> list[ACL]:
    """List the rights of a department system, in every epoch."""
    found, error = admin.describe_acls(_all_rights(system))
    _check(error, "list access rights")
    return list(found)


def has_login(admin: KafkaAdminClient, system: str) -> bool:
    """Tell whether a department system can log in."""
    users = admin.describe_user_scram_credentials([system])
    return bool(users.get(system, {}).get("credential_infos"))


def dismiss_system(admin: KafkaAdminClient, system: str) -> None:
    """Take a system's rights, then its login; the rights first, as they cut live connections."""
    check_system_name(system)
    for _, _, error in admin.delete_acls([_all_rights(system)]):
        _check(error, "delete access rights")
    if has_login(admin, system):
        _alter_login(admin, UserScramCredentialDeletion(system, ScramMechanism.SCRAM_SHA_512))


def _all_rights(system: str) -> ACLFilter:
    return ACLFilter(
        principal=f"User:{system}",
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )


def _make_topics(
    admin: KafkaAdminClient, topics: list[Topic], replicas: int, compression: Compression
) -> list[str]:
    made: list[str] = []
    for topic in topics:
        configs = topic.configs(replicas=replicas, compression=compression)
        wanted = {
            "num_partitions": topic.partitions,
            "replication_factor": replicas,
            "configs": dict(configs),
        }
        try:
            admin.create_topics({topic.name: wanted}, wait_for_metadata=True)
            made.append(topic.name)
        except TopicAlreadyExistsError:
            _compare(admin, topic, configs)
        except KafkaError as error:
            raise NotProvisioned(f"Topic {topic.name} could not be made: {error}") from error
    return made


def _compare(admin: KafkaAdminClient, topic: Topic, configs: Configs) -> None:
    """Refuse a topic of the right name that is not the right topic."""
    (described,) = admin.describe_topics([topic.name])
    if len(described["partitions"]) != topic.partitions:
        raise NotProvisioned(
            f"Topic {topic.name} has {len(described['partitions'])} partitions, "
            f"not {topic.partitions}; its partition count cannot be changed."
        )
    found = settings_of(admin, topic.name, configs)
    for key, wanted in configs.items():
        if found[key] != wanted:
            raise NotProvisioned(f"Topic {topic.name} has {key}={found[key]}, not {wanted}.")


def settings_of(admin: KafkaAdminClient, topic: str, names: Iterable[str]) -> dict[str, str]:
    """Read settings of a topic by name."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, list(names))
    found = admin.describe_configs([resource], config_filter="all")["topic"][topic]
    return {name: found[name]["value"] for name in names}


def _grant(admin: KafkaAdminClient, grants: list[Grant]) -> None:
    """Write access rights; a repeated one changes nothing."""
    outcome = admin.create_acls([_acl(grant) for grant in grants])
    if outcome["failed"]:
        raise NotProvisioned(f"Access rights were refused: {outcome['failed'][0].__name__}.")


def _take(admin: KafkaAdminClient, grants: Iterable[Grant]) -> None:
    for _, _, error in admin.delete_acls([_acl(grant) for grant in grants]):
        _check(error, "delete access rights")


def _acl(grant: Grant) -> ACL:
    kind = ACLResourcePatternType.PREFIXED if grant.prefix else ACLResourcePatternType.LITERAL
    return ACL(
        principal=f"User:{grant.principal}",
        host="*",
        operation=ACLOperation[grant.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType[grant.resource], grant.name, kind),
    )


def _alter_login(admin: KafkaAdminClient, change: Any) -> None:
    for error in admin.alter_user_scram_credentials([change]).values():
        if error:
            raise NotProvisioned(f"The login of a system could not be changed: {error}.")


def _check(error: Any, what: str) -> None:
    """Raise for a result that says failure: this client returns errors, it does not raise them."""
    failed = error if isinstance(error, type) else type(error)
    if failed.__name__ != "NoError":
        raise NotProvisioned(f"Could not {what}: {failed.__name__}.")
