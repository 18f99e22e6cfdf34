"""Who calls: the person, post and unit that a signed token names."""

import json
import time
from collections import OrderedDict
from pathlib import Path

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import ValidationError

from banli_engine.errors import Rejection
from banli_events.words import Actor

AUDIENCE = "banli"
NONE = "none"
"""The post and unit of a token that names none: an operator's."""

_REMEMBERED = 4_096


class NotAuthenticated(Rejection):
    """A valid bearer token is needed: signed, meant for this service, not expired."""

    status = 401


class Tokens:
    """Verify bearer tokens (JWT, ES256 or EdDSA) against a set of public keys (JWKS)."""

    def __init__(self, keys: Path) -> None:
        self._keys = KeySet.import_key_set(json.loads(keys.read_text()))
        self._claims = jwt.JWTClaimsRegistry(
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._verified: OrderedDict[str, tuple[float, Actor]] = OrderedDict()

    def verify(self, authorization: str | None) -> Actor:
        """Read who calls off an Authorization header. Raises NotAuthenticated.

        A token whose signature was found good is remembered until it expires.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticated
        expires, actor = self._verified.get(token) or self._check(token)
        if expires <= time.time():
            raise NotAuthenticated
        self._verified[token] = expires, actor
        while len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return actor

    def _check(self, token: str) -> tuple[float, Actor]:
        try:
            claims = jwt.decode(token, self._keys, algorithms=["ES256", "EdDSA"]).claims
            self._claims.validate(claims)
            actor = Actor(
                person=claims["sub"],
                post=claims.get("post", NONE),
                unit=claims.get("unit", NONE),
            )
            return float(claims["exp"]), actor
        except (JoseError, ValidationError, ValueError, TypeError, KeyError):
            raise NotAuthenticated from None
