"""Tokens: by whose key, for whom, from when, until when; and keys that come and go."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from banli_engine import keys as keys_
from banli_engine.keys import DEVELOPMENT, Keys, UnfitKeys, issuers
from banli_engine.settings import Settings
from banli_engine.tokens import LONGEST, SKEW_SECONDS, NotAuthenticated, Tokens

OURS, OTHER = (ECKey.generate_key("P-256", private=True) for _ in range(2))
EDWARDS = OKPKey.generate_key("Ed25519", private=True)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the files each time."""
    monkeypatch.setattr(keys_, "LOOK_SECONDS", 0.0)


def write(path: Path, *keys: Any, private: bool = False, **members: Any) -> Path:
    shown = [{**key.as_dict(private=private), "kid": key.thumbprint()} for key in keys]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"keys": shown, **members}))
    fresh.replace(path)
    return path


def trust(*texts: object, development: bool = False) -> Tokens:
    return Tokens(Keys(issuers(",".join(map(str, texts))), development=development))


def token(key: Any = OURS, alg: str = "ES256", kid: str | None = None, **claims: Any) -> str:
    now = int(time.time())
    said = {"aud": "banli", "sub": "anna", "post": "office", "unit": "so", "exp": now + 60}
    header = {"alg": alg, "kid": kid or key.thumbprint()}
    said = {name: value for name, value in {**said, **claims}.items() if value is not None}
    return jwt.encode(header, said, key, algorithms=[alg])


def verify(tokens: Tokens, text: str) -> str:
    return tokens.verify(f"Bearer {text}").person


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write(tmp_path / "ours.jwks", OURS, EDWARDS)


def test_a_token_names_who_calls(ours: Path) -> None:
    actor = trust(ours).verify(f"bearer {token()}")
    assert (actor.person, actor.post, actor.unit) == ("anna", "office", "so")
    assert verify(trust(ours), token(EDWARDS, "Ed25519")) == "anna"
    with pytest.warns(SecurityWarning):
        old = token(EDWARDS, "EdDSA")
    assert verify(trust(ours), old) == "anna"
    operator = trust(ours).verify(f"Bearer {token(post=None, unit=None)}")
    assert (operator.post, operator.unit) == ("none", "none")


def _without_signature(alg: str) -> str:
    parts = (
        {"alg": alg, "kid": OURS.thumbprint()},
        {"aud": "banli", "sub": "anna", "exp": int(time.time()) + 60},
    )
    head, body = (urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    return f"{head}.{body}."


def _by_public_key_as_secret() -> str:
    secret = OctKey.import_key(json.dumps(OURS.as_dict(private=False)))
    return token(secret, "HS256", OURS.thumbprint())


def _mangled() -> str:
    head, body, signature = token().split(".")
    other = token(sub="eve").split(".")[1]
    assert body != other
    return f"{head}.{other}.{signature}"


NOW = time.time
FORGED: dict[str, Callable[[], str]] = {
    "another key": lambda: token(OTHER),
    "another key under our name": lambda: token(OTHER, kid=OURS.thumbprint()),
    "no name of a key": lambda: jwt.encode(
        {"alg": "ES256"}, {"aud": "banli", "sub": "anna", "exp": int(NOW()) + 60}, OURS
    ),
    "alg none": lambda: _without_signature("none"),
    "no signature": lambda: _without_signature("ES256"),
    "the public key as a secret": _by_public_key_as_secret,
    "another algorithm": lambda: token(
        RSAKey.generate_key(2048, private=True), "RS256", OURS.thumbprint()
    ),
    "other claims": _mangled,
    "another audience": lambda: token(aud="payroll"),
    "no audience": lambda: token(aud=None),
    "expired": lambda: token(exp=int(NOW()) - SKEW_SECONDS - 1),
    "never ends": lambda: token(exp=None),
    "not yet": lambda: token(nbf=int(NOW()) + SKEW_SECONDS + 5),
    "nobody": lambda: token(sub=None),
    "not a person's name": lambda: token(sub="eve/../anna"),
    "known by a telephone": lambda: token(sub="13812345678"),
    "too long": lambda: token(more="x" * LONGEST),
    "rubbish": lambda: "a.b.c",
    "nothing": lambda: "",
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_token_that_is_not_right_in_all_names_nobody(ours: Path, forged: str) -> None:
    with pytest.raises(NotAuthenticated):
        verify(trust(ours), FORGED[forged]())


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic YTpi", "Bearer  ", "x"])
def test_what_is_no_bearer_token_names_nobody(ours: Path, header: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        trust(ours).verify(header)


def test_clocks_may_be_off_by_seconds(ours: Path) -> None:
    now = int(time.time())
    assert verify(trust(ours), token(exp=now - 1, nbf=now - 60)) == "anna"
    assert verify(trust(ours), token(nbf=now + 2, iat=now + 2)) == "anna"


def test_a_token_that_was_good_is_held_to_its_end(
    ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens, text = trust(ours), token()
    assert verify(tokens, text) == "anna"
    later = time.time() + 60 + SKEW_SECONDS
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotAuthenticated):
        verify(tokens, text)


def test_each_issuer_has_keys_of_its_own(tmp_path: Path, ours: Path) -> None:
    theirs = write(tmp_path / "theirs.jwks", OTHER)
    tokens = trust(f"https://ours={ours}", f"https://theirs={theirs}")
    assert verify(tokens, token(iss="https://ours")) == "anna"
    assert verify(tokens, token(OTHER, iss="https://theirs")) == "anna"
    for text in (token(iss="https://theirs"), token(OTHER, iss="https://ours"), token()):
        with pytest.raises(NotAuthenticated):
            verify(tokens, text)


def test_keys_come_and_go_without_a_restart(ours: Path) -> None:
    tokens, old, new = trust(ours), token(), token(OTHER)
    assert verify(tokens, old) == "anna"
    with pytest.raises(NotAuthenticated):
        verify(tokens, new)
    write(ours, OURS, OTHER)
    assert verify(tokens, old) == verify(tokens, new) == "anna"
    write(ours, OTHER)
    with pytest.raises(NotAuthenticated):
        verify(tokens, old)  # although it was found good before
    assert verify(tokens, new) == "anna"


@pytest.mark.parametrize("harm", ["{", '{"keys": []}', None])
def test_a_file_that_was_spoilt_leaves_the_keys_before_in_place(
    ours: Path, harm: str | None
) -> None:
    tokens = trust(ours)
    if harm is None:
        ours.unlink()
    else:
        ours.write_text(harm)
    assert verify(tokens, token()) == "anna"
    write(ours, OTHER)
    with pytest.raises(NotAuthenticated):
        verify(tokens, token())


def test_what_is_no_set_of_public_keys_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.jwks"
    with pytest.raises(UnfitKeys, match="cannot be read"):
        trust(file)
    for text in ("", "[]", '{"keys": 1}', '{"keys": [{"kty": "EC"}]}'):
        file.write_text(text)
        with pytest.raises(UnfitKeys, match="no set of keys"):
            trust(file)
    with pytest.raises(UnfitKeys, match="holds a private key"):
        trust(write(file, OURS, private=True))
    with pytest.raises(UnfitKeys, match="no key for ES256"):
        trust(write(file, RSAKey.generate_key(2048), ECKey.generate_key("P-384")))
    with pytest.raises(UnfitKeys, match="No file"):
        trust("")


def test_development_keys_are_taken_only_where_they_may_be(ours: Path) -> None:
    write(ours, OURS, **{DEVELOPMENT: True})
    with pytest.raises(UnfitKeys, match="development"):
        trust(ours)
    assert verify(trust(ours, development=True), token()) == "anna"


def test_development_keys_do_not_come_in_later(ours: Path) -> None:
    tokens = trust(ours)
    write(ours, OTHER, **{DEVELOPMENT: True})
    with pytest.raises(NotAuthenticated):
        verify(tokens, token(OTHER))
    assert verify(tokens, token()) == "anna"


@pytest.mark.parametrize(
    ("http", "kafka", "may"),
    [
        ("127.0.0.1:80", "127.0.0.1:9092", True),
        ("[::1]:80", "localhost:9092,127.0.0.2:9092", True),
        ("0.0.0.0:80", "127.0.0.1:9092", False),
        (":80", "127.0.0.1:9092", False),
        ("10.0.0.7:80", "127.0.0.1:9092", False),
        ("127.0.0.1:80", "kafka:9092", False),
        ("127.0.0.1:80", "127.0.0.1:9092,10.0.0.7:9092", False),
    ],
)
def test_development_is_where_only_this_machine_reaches(http: str, kafka: str, may: bool) -> None:
    told: dict[str, Any] = {"kafka_user": "u", "kafka_password": "p", "database": "d"}
    assert Settings(http=http, kafka=kafka, **told).takes_development_keys is may
    assert Settings(http=http, kafka=kafka, development=True, **told).takes_development_keys
