"""For tests: a launcher on a folder and ports of its own, and a service that only answers."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from banli_local.folder import free_ports
from banli_local.servers import Cluster

PROGRAMS = ("kafka", "controller", "postgres", "intake", "assignment", "supervision", "reporting")


@dataclass
class Launcher:
    """The command line, told to use one settings file."""

    settings: Path
    folder: Path
    ports: Mapping[str, int]

    def __call__(self, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "banli_local", "--settings", str(self.settings), *words],
            capture_output=True,
            text=True,
            timeout=180,
            env={**os.environ, **env},
            check=False,
        )

    def refused(self, *words: str, **env: str) -> str:
        """Run a command that must fail, and return the one sentence that it says."""
        done = self(*words, **env)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr.strip()


def make_launcher(home: Path, name: str) -> Launcher:
    """Write a settings file with free ports and one department system."""
    ports = dict(zip(PROGRAMS, free_ports(len(PROGRAMS)), strict=True))
    lines = [f'folder = "{home / name}"', 'operators = ["operator"]', "[ports]"]
    lines += [f"{program} = {port}" for program, port in ports.items()]
    lines += ["[[people]]", 'subject = "operator"', 'name = "系统管理员"']
    lines += ["[[systems]]", 'name = "letters"', 'services = ["intake"]']
    settings = home / f"{name}.toml"
    settings.write_text("\n".join(lines))
    return Launcher(settings, home / name, ports)


def audit(servers: Cluster, epoch: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Let the auditor check the whole log of an epoch, with its own tool and login."""
    login = servers.login("auditor")
    settings = {
        "BANLI_KAFKA": servers.bootstrap,
        "BANLI_KAFKA_USER": login.user,
        "BANLI_KAFKA_PASSWORD": login.password,
        "BANLI_KAFKA_MECHANISM": login.mechanism,
        "BANLI_KAFKA_PROTOCOL": login.protocol,
        "BANLI_EPOCH": epoch,
    }
    return subprocess.run(
        [sys.executable, "-m", "banli_audit", "verify", *words],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


# A service that is ready at once, and shows its settings to whoever asks.
STUB = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        seen = {k: v for k, v in os.environ.items() if k.startswith("BANLI_")}
        self.wfile.write(json.dumps(seen).encode())
    def log_message(self, *args): ...

host, port = os.environ["BANLI_HTTP"].split(":")
print("listening", flush=True)
HTTPServer((host, int(port)), Answer).serve_forever()
"""
