"""Bearer tokens for invented people, signed with the development key."""

import json
import time
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from banli_cli.profile import Development, Profile
from banli_cli.refusal import Denied, Misused
from banli_engine.keys import DEVELOPMENT
from banli_engine.tokens import AUDIENCE


def sign(profile: Profile, person: str, *, post: str | None, unit: str | None, hours: float) -> str:
    """Sign a token that names a person, and post and unit where they are given."""
    if profile.development is None:
        raise Misused("Tokens are signed here in development only: this profile names no key.")
    key = _key(profile.development)
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "banli-local", "aud": AUDIENCE, "sub": person, "iat": now}
    claims |= {name: value for name, value in (("post", post), ("unit", unit)) if value}
    header = {"alg": "ES256", "kid": key.thumbprint(), "typ": "JWT"}
    return jwt.encode(header, {**claims, "exp": int(now + hours * 3600)}, key)


def operator(profile: Profile) -> str:
    """Sign a token for the operator whom the development profile names."""
    if profile.development is None or not profile.development.operators:
        raise Misused("An operator's token is needed: give --token or set BANLI_TOKEN.")
    return sign(profile, profile.development.operators[0], post=None, unit=None, hours=0.1)


def _key(where: Development) -> ECKey:
    """Read the signing key; refuse one that the services do not know."""
    key = ECKey.import_key(_json(where.signing_key))
    trusted = _json(where.token_keys)
    known = {each.get("kid") for each in trusted.get("keys", ())}
    if not key.is_private or key.thumbprint() not in known:
        raise Denied(f"The key {where.signing_key} is not the one that the services trust.")
    if not trusted.get(DEVELOPMENT):
        raise Denied(f"The keys {where.token_keys} are not marked as development keys.")
    return key


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError, JoseError):
        raise Misused(f"The key file {path} cannot be read.") from None
    return content
