"""The vault: a database that keeps what opens the sealed parts of persons, and is never rebuilt.

A person's private key lies there wrapped by the master key, which lies elsewhere: a copy of the
database opens nothing, nor does the master key alone. By which reference of which caller a person
was entered lies there as a keyed hash. To forget a person is to delete both.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from os import urandom
from typing import NamedTuple, TypeVar
from uuid import uuid4

import asyncpg
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from banli_engine.store import connect
from banli_events.base import canonical
from banli_events.sealed import public_key_of
from banli_intake.refusals import VaultAway

SECONDS = 5.0
"""For how long a caller waits for the vault."""

KEY_CHARACTERS = 32

SCHEMA = """
create table if not exists persons (
    person text primary key, public_key text not null, private_key bytea not null,  -- wrapped
    since timestamptz not null default clock_timestamp()
);
create table if not exists refs (
    caller text not null, reference bytea not null,  -- a keyed hash
    person text not null references persons on delete cascade, primary key (caller, reference)
);
create index if not exists refs_person on refs (person);
create table if not exists master (digest bytea primary key);
"""

FIND = """
    select person, public_key, private_key from refs join persons using (person)
    where caller = $1 and reference = $2
"""

CALL = "insert into refs values ($1, $2, $3) on conflict do nothing returning true"

AWAY = (
    *(OSError, TimeoutError, asyncpg.PostgresError),
    *(asyncpg.InterfaceError, asyncpg.InternalClientError),  # the second as it is cut
)

_Found = TypeVar("_Found")

log = structlog.get_logger()


class VaultSettings(BaseSettings):
    """Where the vault is (BANLI_VAULT), and its master key (BANLI_VAULT_KEY)."""

    model_config = SettingsConfigDict(
        env_prefix="BANLI_", hide_input_in_errors=True, extra="ignore"
    )

    vault: str = Field(default="", repr=False)  # postgresql://…
    vault_key: str = Field(default="", repr=False)

    def check(self) -> None:
        """Raise SystemExit with the reason where no vault can be opened with this."""
        if not self.vault:
            raise SystemExit("BANLI_VAULT names no database.")
        if len(self.vault_key) < KEY_CHARACTERS:
            raise SystemExit(f"BANLI_VAULT_KEY has fewer than {KEY_CHARACTERS} characters.")


class Keys(NamedTuple):
    """What opens, and what seals, the parts of a person."""

    person: str
    public: str
    private: bytes

    @property
    def subject(self) -> str:
        """The subject of the person's events."""
        return f"person/{self.person}"

    def mark(self, parts: dict[str, str]) -> str:
        """Tell the same parts again from others; without the key nobody can try out what it is."""
        return hmac.digest(_derived(self.private, "mark"), canonical(parts), hashlib.sha256).hex()


class Master:
    """What is made of the master key; a random text, for nothing here slows down who tries many."""

    def __init__(self, text: str) -> None:
        key = text.encode()
        self._wrap, self._names = AESGCM(_derived(key, "wrap")), _derived(key, "names")
        self.digest = _derived(key, "digest")  # tells another key, and opens nothing

    def wrap(self, private: bytes, person: str) -> bytes:
        """Encrypt a private key for the database."""
        nonce = urandom(12)
        return nonce + self._wrap.encrypt(nonce, private, person.encode())

    def unwrap(self, wrapped: bytes, person: str) -> bytes:
        """Decrypt a private key. Raises VaultAway where it is not what was wrapped here."""
        try:
            return self._wrap.decrypt(wrapped[:12], wrapped[12:], person.encode())
        except InvalidTag:
            log.critical("vault_altered", person=person)
            raise VaultAway from None

    def name(self, caller: str, reference: str) -> bytes:
        """Hash a caller's reference, which may itself tell who somebody is."""
        return hmac.digest(self._names, canonical([caller, reference]), hashlib.sha256)


class Vault:
    """The vault as one process of intake reaches it."""

    def __init__(self, settings: VaultSettings) -> None:
        self._dsn, self._master = settings.vault, Master(settings.vault_key)
        self._db: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()

    async def enter(self, caller: str, reference: str) -> Keys:
        """Find the keys of the person whom a caller calls so, or make a person of them."""
        name = self._master.name(caller, reference)

        async def find_or_make(db: asyncpg.Connection) -> Keys:
            while True:
                if found := await db.fetchrow(FIND, caller, name):
                    return self._keys(*found)
                made = _new_keys()
                wrapped = self._master.wrap(made.private, made.person)
                async with db.transaction():
                    await db.execute(
                        "insert into persons values ($1, $2, $3)", made.person, made.public, wrapped
                    )
                    if await db.fetchval(CALL, caller, name, made.person):
                        return made
                    await db.execute("delete from persons where person = $1", made.person)

        return await self._ask(find_or_make)

    async def keys(self, person: str) -> Keys | None:
        """Find a person's keys; None where they were destroyed, or never were."""

        async def find(db: asyncpg.Connection) -> Keys | None:
            found = await db.fetchrow(
                "select person, public_key, private_key from persons where person = $1", person
            )
            return self._keys(*found) if found else None

        return await self._ask(find)

    async def destroy(self, persons: Sequence[str]) -> int:
        """Destroy what is there of these persons' keys and references; tell of how many it was."""

        async def delete(db: asyncpg.Connection) -> int:
            gone = await db.fetch("delete from persons where person = any($1) returning 1", persons)
            return len(gone)

        return await self._ask(delete)

    async def close(self) -> None:
        """Let the connection go."""
        if self._db is not None:
            await self._db.close()

    def _keys(self, person: str, public: str, wrapped: bytes) -> Keys:
        return Keys(person, public, self._master.unwrap(wrapped, person))

    async def _ask(self, work: Callable[[asyncpg.Connection], Awaitable[_Found]]) -> _Found:
        """Do something in the vault. Raises VaultAway where it does not answer, or is locked."""
        async with self._lock:
            try:
                async with asyncio.timeout(SECONDS):
                    return await work(await self._open())
            except AWAY as fault:
                if self._db is not None:
                    self._db.terminate()
                self._db = None
                log.error("vault_away", fault=type(fault).__name__)
                raise VaultAway from None

    async def _open(self) -> asyncpg.Connection:
        if self._db is None or self._db.is_closed():
            db = await connect(self._dsn, SECONDS)
            try:
                await self._prepare(db)
            except BaseException:
                db.terminate()
                raise
            self._db = db
        return self._db

    async def _prepare(self, db: asyncpg.Connection) -> None:
        """Make the tables that are missing, and see that this is the key they were filled with."""
        async with db.transaction():
            await db.execute("select pg_advisory_xact_lock(hashtext('banli vault'))")
            await db.execute("set local client_min_messages = warning")
            await db.execute(SCHEMA)
            known = await db.fetchval("select digest from master")
            if known is None:
                await db.execute("insert into master values ($1)", self._master.digest)
        if known not in (None, self._master.digest):
            log.critical("vault_locked", why="its keys were wrapped by another master key")
            raise VaultAway


def _new_keys() -> Keys:
    private = X25519PrivateKey.generate().private_bytes_raw()
    return Keys(str(uuid4()), public_key_of(private), private)


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"banli/vault/{purpose}".encode()).derive(key)
