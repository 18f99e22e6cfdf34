"""What the command line reads and signs, and what it says where it cannot."""

import json
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from banli_cli import profile, tokens
from banli_cli.__main__ import app
from banli_cli.refusal import Refusal
from banli_engine.keys import DEVELOPMENT, Keys, issuers
from banli_engine.tokens import Tokens

TEXT = """
epoch = "t1"
[kafka]
bootstrap = "127.0.0.1:9092"
protocol = "SASL_PLAINTEXT"
mechanism = "PLAIN"
user = "admin"
password = "secret"
[services.intake]
http = ["http://127.0.0.1:8081/"]
database = "postgresql://intake:secret@127.0.0.1/intake"
"""


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "banli.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def with_key(folder: Path, trusted: ECKey, own: ECKey, *, marked: bool = True) -> Path:
    (folder / "own.jwk").write_text(json.dumps(own.as_dict(private=True)))
    public = {**trusted.as_dict(private=False), "kid": trusted.thumbprint()}
    (folder / "public.jwks").write_text(json.dumps({DEVELOPMENT: marked, "keys": [public]}))
    keys = f'signing_key = "{folder}/own.jwk"\ntoken_keys = "{folder}/public.jwks"\n'
    return write(folder, f'{TEXT}[development]\n{keys}operators = ["operator"]\n')


def test_a_profile_tells_where_everything_is(tmp_path: Path) -> None:
    read = profile.read(write(tmp_path, TEXT))
    assert read.service("intake").http == ("http://127.0.0.1:8081",)
    assert read.kafka.client()["sasl_plain_username"] == "admin"
    assert "secret" not in repr(read)


@pytest.mark.parametrize(
    ("text", "mode", "sentence"),
    [
        (TEXT, 0o644, "Others can read the passwords"),
        ("epoch =", 0o600, "is not TOML"),
        (TEXT + "\nport = 1", 0o600, "services.intake.port: Extra inputs"),
        (TEXT.replace("SASL_PLAINTEXT", "secret"), 0o600, "kafka.protocol"),
    ],
)
def test_what_is_wrong_with_a_profile_is_one_sentence(
    tmp_path: Path, text: str, mode: int, sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence) as refused:
        profile.read(write(tmp_path, text, mode))
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_no_profile_and_no_such_service_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no profile"):
        profile.read(tmp_path / "none.toml")
    with pytest.raises(Refusal, match="there are intake"):
        profile.read(write(tmp_path, TEXT)).service("intak")


def test_a_token_names_person_post_and_unit_and_the_services_take_it(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", private=True)
    path = with_key(tmp_path, key, key)
    words = ["token", "anna", "--post", "clerk", "--unit", "office", "--profile", str(path)]
    signed = CliRunner().invoke(app, words).stdout.strip()
    trusted = Keys(issuers(f"banli-local={tmp_path / 'public.jwks'}"), development=True)
    actor = Tokens(trusted).verify(f"Bearer {signed}")
    assert (actor.person, actor.post, actor.unit) == ("anna", "clerk", "office")
    assert set(jwt.decode(signed, key).claims) == {
        *("iss", "aud", "sub", "iat", "exp", "post", "unit")
    }


def test_a_key_that_the_services_do_not_trust_signs_nothing(tmp_path: Path) -> None:
    other, own = (ECKey.generate_key("P-256", private=True) for _ in range(2))
    with pytest.raises(Refusal, match="not the one that the services trust"):
        tokens.operator(profile.read(with_key(tmp_path, other, own)))


def test_keys_that_are_not_for_development_sign_nothing(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", private=True)
    with pytest.raises(Refusal, match="not marked as development keys"):
        tokens.operator(profile.read(with_key(tmp_path, key, key, marked=False)))


def test_without_a_development_key_no_token_is_signed(tmp_path: Path) -> None:
    read = profile.read(write(tmp_path, TEXT))
    with pytest.raises(Refusal, match="in development only"):
        tokens.sign(read, "anna", post=None, unit=None, hours=1)
