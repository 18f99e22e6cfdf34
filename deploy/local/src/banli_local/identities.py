"""A signing key for development, and tokens for invented people."""

import json
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from banli_engine.keys import DEVELOPMENT
from banli_local.folder import write_private

ISSUER = "banli-local"
AUDIENCE = "banli"
LIFETIME = 30 * 86_400  # seconds; every start writes new ones


class Identities:
    """The key under a folder: its private part stays there, services read the public part."""

    def __init__(self, folder: Path) -> None:
        self.private = folder / "signing-key.jwk"
        self.public = folder / "public.jwks"
        self._key = self._load()

    def token(self, subject: str, lifetime: float = LIFETIME, **claims: object) -> str:
        """Sign a token for a person; extra claims override the usual ones."""
        now = int(time.time())
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, **claims}
        header = {"alg": "ES256", "kid": self._key.thumbprint(), "typ": "JWT"}
        return jwt.encode(header, {"exp": int(now + lifetime), **body}, self._key)

    def _load(self) -> ECKey:
        if self.private.exists():
            key = ECKey.import_key(json.loads(self.private.read_text()))
        else:
            key = ECKey.generate_key("P-256", private=True)
            write_private(self.private, json.dumps(key.as_dict(private=True)))
        public = {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig"}
        marked = {DEVELOPMENT: True, "keys": [{**public, "alg": "ES256"}]}
        write_private(self.public, json.dumps(marked, indent=1))
        self.public.chmod(0o644)  # whoever verifies reads it, under whatever user
        return key
