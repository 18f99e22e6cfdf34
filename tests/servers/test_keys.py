"""With which keys a service starts: refused on the real process, before it does anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from banli_local.identities import Identities


def start(folder: Path, service: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a service that reaches no server at all, and read how it ends."""
    told = {
        "BANLI_HTTP": "127.0.0.1:0",
        "BANLI_KAFKA": "127.0.0.1:9",
        "BANLI_KAFKA_USER": service,
        "BANLI_KAFKA_PASSWORD": "none",
        "BANLI_DATABASE": f"postgresql://{service}:none@127.0.0.1:9/{service}",
        "BANLI_VAULT": "postgresql://vault:none@127.0.0.1:9/vault",
        "BANLI_VAULT_KEY": "k" * 64,
        "BANLI_TOKEN_KEYS": str(Identities(folder).public),
        **settings,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("BANLI_")}
    return subprocess.run(
        [sys.executable, "-m", f"banli_{service}"],
        env={**inherited, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("service", "reached"),
    [
        ("intake", {"BANLI_HTTP": "0.0.0.0:0"}),
        ("assignment", {"BANLI_KAFKA": "kafka.example:9092"}),
        ("supervision", {"BANLI_HTTP": "[::]:0"}),
        ("reporting", {"BANLI_KAFKA": "127.0.0.1:9,10.0.0.1:9"}),
    ],
)
def test_no_service_starts_with_development_keys_where_others_reach_it(
    tmp_path: Path, service: str, reached: dict[str, str]
) -> None:
    ended = start(tmp_path, service, **reached)
    assert ended.returncode == 1
    assert ended.stderr.startswith("No caller could be known: ")
    assert "marked as development keys" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_on_loopback_a_service_goes_on_to_its_servers(tmp_path: Path) -> None:
    ended = start(tmp_path, "supervision")
    assert ended.returncode != 0  # there is none
    assert "No caller" not in ended.stderr
