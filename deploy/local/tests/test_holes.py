"""The audit of dependencies fails where there is a hole, and where nobody could be asked."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from banli_local import holes
from banli_local.folder import free_ports

Answer = dict[str, Any]
Answering = Callable[[Answer], Answer]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Answering], None]]:
    """Run a database of holes that answers each question as it is told."""
    servers = []

    def run(answering: Answering) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                results = [answering(query) for query in json.loads(body)["queries"]]
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"results": results}).encode())

            def log_message(self, *args: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        monkeypatch.setenv("BANLI_OSV", f"http://127.0.0.1:{server.server_port}")

    yield run
    for server in servers:
        server.shutdown()
        server.server_close()


def honest(query: Answer) -> Answer:
    """Know what is broken for all the world, and nothing else."""
    broken = {(each.name, each.version) for each in holes.BROKEN}
    asked = query["package"]["name"], query["version"]
    return {"vulns": [{"id": "CVE-1"}]} if asked in broken else {}


def test_without_a_hole_it_passes_and_says_what_it_could_not_ask(
    database: Callable[[Answering], None], capsys: pytest.CaptureFixture[str]
) -> None:
    database(honest)
    assert holes.main() == holes.NONE
    said = capsys.readouterr().out
    assert " 0 with known holes" in said
    assert "PostgreSQL" in said
    assert "openjdk" in said


@pytest.mark.parametrize("name", ["starlette", "org.apache.kafka:kafka-clients"])
def test_a_hole_in_a_package_or_a_jar_is_named_and_fails(
    database: Callable[[Answering], None], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    def answer(query: Answer) -> Answer:
        return {"vulns": [{"id": "CVE-2"}]} if query["package"]["name"] == name else honest(query)

    database(answer)
    assert holes.main() == holes.SOME
    assert f"{name} " in capsys.readouterr().out


def test_a_hole_on_a_later_page_is_found(database: Callable[[Answering], None]) -> None:
    def answer(query: Answer) -> Answer:
        if query["package"]["name"] != "starlette":
            return honest(query)
        return {"vulns": [{"id": "CVE-3"}]} if "page_token" in query else {"next_page_token": "2"}

    database(answer)
    assert holes.main() == holes.SOME


def test_a_database_that_knows_nothing_at_all_is_not_believed(
    database: Callable[[Answering], None], capsys: pytest.CaptureFixture[str]
) -> None:
    database(lambda query: {})
    assert holes.main() == holes.NOT_ASKED
    assert "NOTHING WAS CHECKED" in capsys.readouterr().err


def test_nobody_to_ask_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANLI_OSV", f"http://127.0.0.1:{free_ports(1)[0]}")
    assert holes.main() == holes.NOT_ASKED
    assert "NOTHING WAS CHECKED" in capsys.readouterr().err


def test_both_locks_are_asked_about() -> None:
    asked = list(holes.locked())
    assert {each.ecosystem for each in asked} == {"PyPI", "Maven"}
    assert len(asked) > 130
    assert all(each.version[0].isdigit() for each in asked)
