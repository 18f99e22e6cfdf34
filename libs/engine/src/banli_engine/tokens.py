"""Who calls: the person, post and unit that a signed token names."""

import time
import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from pydantic import ValidationError

from banli_engine.errors import Rejection
from banli_engine.keys import Keys, UnfitKeys, issuers
from banli_engine.settings import Settings
from banli_events import personal
from banli_events.words import Actor

AUDIENCE = "banli"
ALGORITHMS = ("ES256", "Ed25519", "EdDSA")
"""By which algorithms tokens are signed; what a token itself says of that selects none other."""

NONE = "none"
"""The post and unit of a token that names none: an operator's."""

SKEW_SECONDS = 5
"""How far the clock of who issues tokens may be off."""

LONGEST = 8_192
_REMEMBERED = 4_096


class NotAuthenticated(Rejection):
    """A valid bearer token is needed: signed, meant for this service, not expired."""

    status = 401


class Tokens:
    """Verify bearer tokens (JWT, ES256 or Ed25519) against the public keys of who issues them."""

    def __init__(self, keys: Keys, audience: str = AUDIENCE) -> None:
        self._keys = keys
        self._audience = audience
        self._verified: OrderedDict[str, tuple[float, Actor]] = OrderedDict()

    def verify(self, authorization: str | None) -> Actor:
        """Read who calls off an Authorization header. Raises NotAuthenticated.

        A token whose signature was found good is remembered until it expires or the keys change.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST:
            raise NotAuthenticated
        if self._keys.look():
            self._verified.clear()
        expires, actor = self._verified.get(token) or self._check(token)
        if not time.time() < expires:
            self._verified.pop(token, None)
            raise NotAuthenticated
        self._verified[token] = expires, actor
        while len(self._verified) > _REMEMBERED:
            self._verified.popitem(last=False)
        return actor

    def _check(self, token: str) -> tuple[float, Actor]:
        try:
            claims = self._claims(token)
            actor = Actor(
                person=claims["sub"],
                post=claims.get("post", NONE),
                unit=claims.get("unit", NONE),
            )
            if personal.find(actor):  # it would stand on the log for ever
                raise NotAuthenticated
            return float(claims["exp"]) + SKEW_SECONDS, actor
        except (JoseError, ValidationError, ValueError, TypeError, KeyError, RecursionError):
            raise NotAuthenticated from None

    def _claims(self, token: str) -> Mapping[str, Any]:
        """Read what a token says, where it is signed with a key of its name. Raises JoseError."""
        kid = jws.extract_compact(token.encode()).headers().get("kid")
        fault: JoseError | None = None
        for issuer, key in self._keys.named(kid):
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is Ed25519's old name
                    claims = jwt.decode(token, key, algorithms=ALGORITHMS).claims
                self._registry(issuer).validate(claims)
                return claims
            except JoseError as why:  # another issuer may have a key of the same name
                fault = why
        raise fault or KeyError("kid")

    def _registry(self, issuer: str | None) -> jwt.JWTClaimsRegistry:
        named: dict[str, Any] = {"iss": {"essential": True, "value": issuer}} if issuer else {}
        return jwt.JWTClaimsRegistry(
            leeway=SKEW_SECONDS,
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
            **named,
        )


def tokens_of(settings: Settings) -> Tokens:
    """Trust the keys that the settings name; the process ends where they cannot be used."""
    try:
        keys = Keys(issuers(settings.token_keys), development=settings.takes_development_keys)
    except UnfitKeys as fault:
        raise SystemExit(f"No caller could be known: {fault}") from None
    return Tokens(keys, settings.token_audience)
