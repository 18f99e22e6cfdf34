"""The embedded stack: Kafka, PostgreSQL and the services as child processes of one launcher."""

from banli_local.kafka import Login
from banli_local.refusal import Refusal
from banli_local.servers import Cluster, GivenServers, Servers

__all__ = ["Cluster", "GivenServers", "Login", "Refusal", "Servers"]
