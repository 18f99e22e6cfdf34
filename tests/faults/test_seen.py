"""A command seen from outside: one trace from the request to the ledger, metrics, lines of JSON."""

import gzip
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import httpx
import pytest
from bodies import PROPOSAL
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from processes import until
from prometheus_client.parser import text_string_to_metric_families
from traffic import check
from wholelog import events_of, query, read_log
from world import World, opened, written

from banli_engine.metrics import DECIDING, EVERY
from banli_engine.topics import DECIDERS, SERVICES, case_events
from banli_events.assignment import ClassifyItem, ConfirmAssignment
from banli_events.base import Command
from banli_events.words import Actor
from banli_local import Cluster
from banli_reporting.measured import REPORTING
from banli_testing.story import CARA, HUGO

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = PARENT.split("-")[1]
TITLE = "Crossings near schools"


class Span(NamedTuple):
    """A span as a collector gets it."""

    service: str
    name: str
    trace: str
    said: dict[str, str]


class Collector(ThreadingHTTPServer):
    """Takes spans as OTLP over HTTP brings them, and keeps them."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        super().__init__(("127.0.0.1", 0), _Take)

    def of(self, trace: str) -> dict[str, set[str]]:
        """Name the spans of one trace, by service."""
        found = defaultdict(set)
        for span in self.spans:
            if span.trace == trace:
                found[span.service].add(span.name)
        return found


class _Take(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            of = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    said = {each.key: str(each.value) for each in span.attributes}
                    self.server.spans.append(
                        Span(of["service.name"], span.name, span.trace_id.hex(), said)
                    )
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


@pytest.fixture(scope="module")
def traced(
    servers: Cluster, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world that nobody harmed before, with tracing on and lines of JSON."""
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "BANLI_LOG": "json",
    }
    with opened(servers, "s", tmp_path_factory.mktemp("seen")) as world:
        _again(world, env)
        yield world


def _again(world: World, env: dict[str, str]) -> None:
    for service in SERVICES:
        world.mains[service].ask_to_stop()
    for service in SERVICES:
        world.mains[service].stop()
        world.start(service, wait=False, env=env)
    for service in SERVICES:
        world.mains[service].wait_ready()


def _ask(world: World, service: str, command: Command, actor: Actor, trace: str, **how: Any) -> Any:
    headers = {"authorization": f"Bearer {world.token(actor)}", "traceparent": trace}
    body = written(command, **how)
    answer = httpx.post(world.url(service) + "/v1/commands", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_one_trace_leads_from_a_request_by_a_reaction_to_the_ledger(
    traced: World, collector: Collector
) -> None:
    case = traced.case().registered()
    case = case.take("assignment", ClassifyItem(category="Road safety"), CARA)
    case = case.take("assignment", PROPOSAL, CARA)
    how = {"subject": case.subject, "after": case.after}
    _ask(traced, "assignment", ConfirmAssignment(), CARA, PARENT, **how)

    def whole() -> bool:
        found = collector.of(TRACE)
        return (
            found["banli-assignment"] >= {"request", "ConfirmAssignment", "send"}
            and found["banli-supervision"] >= {"read Assigned", "SetDeadline", "send"}
            and "read Assigned" in found["banli-intake"]
            and found["banli-reporting"] >= {"project Assigned", "project DeadlineSet"}
        )

    until(whole, "the trace is whole", 20)
    lines = [line for line in read_log(traced) if line.wire.key == case.subject.encode()]
    by_type = {event.type: event for event in events_of(lines)}
    for said in ("Assigned", "DeadlineSet"):
        assert by_type[said].trace is not None
        assert by_type[said].trace.split("-")[1] == TRACE
    assert by_type["ItemRegistered"].trace is not None
    assert by_type["ItemRegistered"].trace.split("-")[1] != TRACE
    told = json.dumps(list(collector.spans))
    assert TITLE not in told
    assert case.number not in told
    check(traced, [])


def test_a_process_that_does_not_trace_reads_on(traced: World) -> None:
    traced.mains["supervision"].stop()
    traced.start("supervision")
    case = traced.case().assigned()
    traced.settle()
    lines = [line for line in read_log(traced) if line.wire.key == case.subject.encode()]
    with_trace = {event.source for event in events_of(lines) if event.trace}
    assert with_trace == {"intake", "assignment"}
    check(traced, [])


def test_every_service_shows_the_metrics_of_the_table_and_no_others(traced: World) -> None:
    case = traced.case().registered()
    traced.settle()
    for service in SERVICES:
        own = DECIDING if service in DECIDERS else REPORTING
        page = httpx.get(traced.url(service) + "/metrics").text
        families = {f.name: f for f in text_string_to_metric_families(page)}
        named = {name + ("_total" if f.type == "counter" else "") for name, f in families.items()}
        assert named == {row.name for row in (*EVERY.rows, *own.rows)}

        def value(name: str, **labels: str) -> float:
            samples = families[f"banli_{name}"].samples  # noqa: B023
            return sum(s.value for s in samples if labels.items() <= s.labels.items())

        assert value("open") == value("caught_up") == value("database_reachable") == 1
        assert value("kafka_reachable") == 1
        assert value("lag_records") == value("stopped_topics") == value("parked_subjects") == 0
        assert value("build_info", service=service) == 1
        assert value("records_read", topic=case_events(traced.epoch)) > 0
        if service in DECIDERS:
            assert value("http_requests", method="GET", status="200") > 0
            assert value("unsent_records") == value("waiting") == value("due_clocks") == 0
        assert case.subject not in page
        assert case.number not in page
    assert value("projection_batches_refused") == 0
    page = httpx.get(traced.url("intake") + "/metrics").text
    for shows in (
        'banli_http_requests_total{method="POST",route="/v1/commands",status="200"}',
        'banli_commands_answered_total{code="",command="RegisterItem",outcome="admitted",via="http"}',
        'banli_events_appended_total{type="ItemRegistered"}',
        'banli_records_sent_total{kind="events"}',
    ):
        assert f"\n{shows} " in page


def test_what_is_parked_or_was_refused_is_told_as_long_as_it_stands(traced: World) -> None:
    dsn, place = traced.dsns["intake"], "('x', 0, $1, $2, $3, '')"

    def shown(line: str) -> bool:
        return f"\n{line}\n" in httpx.get(traced.url("intake") + "/metrics").text

    for at, reason in enumerate(("fork: another event has this version", "behind another")):
        sql = f"insert into parked (topic, part, pos, subject, reason, headers) values {place}"
        query(dsn, sql, at, "case/forked", reason)
    query(dsn, "insert into faults values ('reaction:ask', 'e', 'case/1', 'not-so')")
    assert shown("banli_parked_subjects 1.0")
    assert shown("banli_parked_messages 2.0")
    assert shown("banli_forked_subjects 1.0")
    assert shown('banli_refused_reactions{code="not-so",reaction="ask"} 1.0')
    query(dsn, "delete from parked where subject = 'case/forked'")
    query(dsn, "delete from faults where event = 'e'")
    assert shown("banli_parked_subjects 0.0")
    assert shown("banli_forked_subjects 0.0")
    assert "banli_refused_reactions{" not in httpx.get(traced.url("intake") + "/metrics").text


def test_every_line_of_the_log_is_json_and_tells_nothing_that_was_sent(traced: World) -> None:
    case = traced.case()
    headers = {"authorization": f"Bearer {traced.token(HUGO)}"}
    wrong = written(case.registration) | {"type": "Zhang"}
    refused = httpx.post(traced.url("intake") + "/v1/commands", json=wrong, headers=headers)
    assert refused.status_code == 400
    _ask(traced, "intake", case.registration, HUGO, PARENT)
    traced.settle()
    found = defaultdict(list)
    for service in SERVICES:
        text = traced.log_of(service)
        for secret in (TITLE, case.number, "Zhang"):
            assert secret not in text
        for line in text.splitlines() if service != "supervision" else ():
            told = json.loads(line)
            assert {"event", "level", "timestamp"} <= told.keys()
            assert told["service"] == service
            found[told["event"]].append(told)
    (answered,) = [
        line
        for line in found["fact_answered"]
        if line["subject"] == case.subject and line["cause"] == "RegisterItem"
    ]
    assert answered["trace"] == TRACE
    assert answered["correlation"] == answered["command"]
