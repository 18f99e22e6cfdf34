"""Sealed parts: anyone can seal for a person, only the vault that keeps the person's key opens.

X25519 agrees on a secret with a key pair made for this one part, HKDF-SHA-256 makes a key of it,
AES-256-GCM seals; whom it is about and the name of the part are authenticated with it.
"""

from base64 import b64decode, b64encode
from os import urandom
from typing import Annotated, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import StringConstraints

from banli_events.base import Id, Value

PublicKey: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{43}=$")]
"""An X25519 public key: 32 bytes in base64."""

Base64: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class Sealed(Value):
    """One sealed part: its name, the key made for it, the nonce, and the text with its tag."""

    part: Id  # name, phone, address, text.<reference>, …
    key: PublicKey
    nonce: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{16}$")]  # 12 bytes
    text: Annotated[Base64, StringConstraints(max_length=400_000)]


class NotOpened(Exception):
    """The key does not fit, or what was sealed was changed or bound to something else."""


def public_key_of(private_key: bytes) -> str:
    """Give the public key that belongs to a private key (32 bytes)."""
    return _text(X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw())


def seal(public_key: str, text: str, subject: str, part: str) -> Sealed:
    """Seal a part for the person with this public key; every call gives another result."""
    once, bound_to = X25519PrivateKey.generate(), f"{subject}/{part}"
    nonce = urandom(12)
    secret = once.exchange(X25519PublicKey.from_public_bytes(b64decode(public_key)))
    sealed = AESGCM(_key(secret, bound_to)).encrypt(nonce, text.encode(), bound_to.encode())
    key = _text(once.public_key().public_bytes_raw())
    return Sealed(part=part, key=key, nonce=_text(nonce), text=_text(sealed))


def unseal(private_key: bytes, sealed: Sealed, subject: str) -> str:
    """Open a part with the person's private key (32 bytes). Raises NotOpened."""
    own, bound_to = X25519PrivateKey.from_private_bytes(private_key), f"{subject}/{sealed.part}"
    try:
        secret = own.exchange(X25519PublicKey.from_public_bytes(b64decode(sealed.key)))
        opened = AESGCM(_key(secret, bound_to)).decrypt(
            b64decode(sealed.nonce), b64decode(sealed.text), bound_to.encode()
        )
    except (InvalidTag, ValueError):
        raise NotOpened from None
    return opened.decode()


def _key(secret: bytes, bound_to: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"banli/{bound_to}".encode()).derive(secret)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
