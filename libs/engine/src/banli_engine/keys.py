"""The public keys by which callers are known: one file (JWKS) for each who issues tokens.

A file is read again when it changes, so that keys come and go without a restart; one that cannot be
used leaves those before in place, and says so.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey

DEVELOPMENT = "banli:development"
"""The member of a key set that marks its keys: anybody at this machine may sign with them."""

CURVES = frozenset({"P-256", "Ed25519"})
LOOK_SECONDS = 1.0

Key = ECKey | OKPKey
log = structlog.get_logger()


class UnfitKeys(Exception):
    """A set of keys that no token is verified with; the text says why."""


class Issuer(NamedTuple):
    """Who issues tokens, where a name is asked of them, and the file of their public keys."""

    name: str | None
    keys: Path


def issuers(text: str) -> tuple[Issuer, ...]:
    """Read `file` or `issuer=file`, several separated by commas."""
    parts = (part.strip().rpartition("=") for part in text.split(",") if part.strip())
    return tuple(Issuer(name or None, Path(file)) for name, _, file in parts)


class Keys:
    """The keys of all who issue tokens; `development`: also such as are for development only."""

    def __init__(self, trusted: Sequence[Issuer], *, development: bool) -> None:
        """Read every file. Raises UnfitKeys."""
        if not trusted:
            raise UnfitKeys("No file of public keys is named.")
        self._development = development
        self._files = {issuer: _mark(issuer.keys) for issuer in trusted}
        self._keys = {issuer: self._read(issuer.keys) for issuer in trusted}
        self._looked = time.monotonic()

    def named(self, kid: object) -> Iterator[tuple[str | None, Key]]:
        """Find the keys of this name, each with whom its tokens must name as their issuer."""
        for issuer, keys in self._keys.items():
            if isinstance(kid, str) and kid in keys:
                yield issuer.name, keys[kid]

    def look(self) -> bool:
        """Read again, once a second at most, the files that have changed; tell whether any has."""
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return False
        self._looked, changed = now, False
        for issuer, before in self._files.items():
            mark = _mark(issuer.keys)
            if mark == before:
                continue
            self._files[issuer] = mark
            try:
                self._keys[issuer] = self._read(issuer.keys)
                changed = True
                log.info("token_keys_changed", keys=sorted(self._keys[issuer]))
            except UnfitKeys as fault:
                log.error("token_keys_unfit", why=str(fault))
        return changed

    def _read(self, file: Path) -> Mapping[str, Key]:
        try:
            said: dict[str, Any] = json.loads(file.read_bytes())
            keys = KeySet.import_key_set({"keys": said["keys"]}).keys
            marked = bool(said.get(DEVELOPMENT))
        except OSError as fault:
            raise UnfitKeys(f"{file.name} cannot be read: {fault.strerror}.") from None
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise UnfitKeys(f"{file.name} is no set of keys (JWKS).") from None
        if marked and not self._development:
            raise UnfitKeys(
                f"{file.name} is marked as development keys: they are taken only where HTTP and"
                " Kafka are at a loopback address."
            )
        if any(key.is_private for key in keys):
            raise UnfitKeys(f"{file.name} holds a private key; only public ones belong there.")
        found = {
            key.kid: key
            for key in keys
            if isinstance(key, Key) and key.curve_name in CURVES and key.kid and _signs(key)
        }
        if not found:
            raise UnfitKeys(f"{file.name} has no key for ES256 or Ed25519 that is named by a kid.")
        return found


def _signs(key: Key) -> bool:
    return key.get("use", "sig") == "sig"


def _mark(file: Path) -> tuple[int, int, int] | None:
    """Tell a file from another in its place; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
