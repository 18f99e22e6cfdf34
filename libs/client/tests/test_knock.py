"""A door that stays closed says why, and soon."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from banli_client import NotTrusted, Settings, Unreachable
from banli_client.kafka import knock


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate that signs itself, with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example")])
    day, now = timedelta(days=1), datetime.now(UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, SHA256())
    )
    path = tmp_path / "broker.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path


@asynccontextmanager
async def _silent(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Listen, and never answer."""

    hearing: set[asyncio.Task[object]] = set()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        hearing.add(task)
        with suppress(OSError):
            await reader.read()
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        if hearing:
            await asyncio.wait(hearing, timeout=2)


def _settings(kafka: str, protocol: str, ca: Path | None = None) -> Settings:
    return Settings(
        kafka, "dept-x", password="secret", protocol=protocol, ca=ca, connect_timeout=0.5
    )


def _context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_broker_that_nobody_vouches_for_is_not_told_the_password(
    certificate: Path,
) -> None:
    async with _silent(_context(certificate)) as kafka:
        with pytest.raises(NotTrusted):
            await knock(_settings(kafka, "SASL_SSL"))


async def test_a_broker_that_never_answers_is_unreachable(certificate: Path) -> None:
    async with asyncio.timeout(5), _silent() as kafka:
        with pytest.raises(Unreachable):
            await knock(_settings(kafka, "SASL_PLAINTEXT"))
    async with asyncio.timeout(5), _silent(_context(certificate)) as kafka:
        with pytest.raises(Unreachable):
            await knock(_settings(kafka, "SASL_SSL", certificate))


async def test_the_next_address_is_tried() -> None:
    async with asyncio.timeout(5), _silent() as first, _silent() as second:
        with pytest.raises(Unreachable):
            await knock(_settings(f"{first},{second}", "PLAINTEXT"))
