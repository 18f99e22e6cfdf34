"""What the interfaces say of themselves is true, whole, and asks no other host."""

import importlib.resources
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from schemathesis.specs.openapi.definitions import OPENAPI_31

from banli_engine import pages as served
from banli_engine import topics
from banli_engine.decider import INTERNAL, OverHttp
from banli_engine.ways import Body, Told, Way, serve
from banli_events.catalogue import COMMANDS, EVENTS

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))  # the generator's own modules

import generate
import pages
import pages_http

KNOWN = generate.services()
SERVICES = (*KNOWN, "reporting")


@pytest.fixture(scope="module")
def made() -> dict[Path, Any]:
    texts = pages.made(generate.DOCS, generate.ROOT, KNOWN)
    return {path.relative_to(generate.ROOT): json.loads(text) for path, text in texts.items()}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def openapi(service: str, made: dict[Path, Any]) -> Any:
    return made[Path("docs") / "openapi" / f"{service}.json"]


@pytest.fixture(scope="module")
def asyncapi(made: dict[Path, Any]) -> Any:
    return made[Path("docs") / "asyncapi.json"]


def fits(document: Any, ref: str, value: Any) -> None:
    """Insist that a value is what a schema of the document says."""
    schema = {"$ref": ref, "components": document["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(value)


def refs_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from refs_in(each)
    elif isinstance(node, list):
        for each in node:
            yield from refs_in(each)


def part(document: Any, ref: str) -> Any:
    for step in ref.removeprefix("#/").split("/"):
        document = document[step]
    return document


def test_what_a_service_says_of_itself_is_openapi(openapi: Any) -> None:
    jsonschema_rs.Draft202012Validator(OPENAPI_31).validate(openapi)
    assert all(part(openapi, ref) for ref in refs_in(openapi))


def test_every_way_of_a_service_is_on_its_page(service: str, openapi: Any) -> None:
    told = {(path, way.upper()) for path, ways in openapi["paths"].items() for way in ways}
    assert told == {(way.path, way.method) for way in pages.ways_of(service)}


async def silent(_: Any, request: Any) -> Any: ...


async def spoken(_: Any, request: Any) -> Any:
    """Say something."""


GIVES = {200: Body("Something.")}


@pytest.mark.parametrize(
    "way",
    [
        Way("/v1/new", "GET", silent, gives=GIVES),
        Way("/v1/new/{one}", "GET", spoken, gives=GIVES),
        Way("/v1/new/{one}", "GET", spoken, asks={"other": Told("?")}, gives=GIVES),
        Way("/v1/new", "GET", spoken),
    ],
)
def test_a_way_that_does_not_say_what_it_is_makes_no_page(way: Way) -> None:
    with pytest.raises(pages_http.Undescribed):
        pages_http.document("reporting", [way], None, [], None)


def test_every_command_that_people_may_give_is_told_with_an_example_that_fits(
    service: str, openapi: Any
) -> None:
    if service == "reporting":
        return
    asked = KNOWN[service].commands
    may = {
        model.__name__
        for model, allowed in asked.items()
        if allowed != INTERNAL and not (isinstance(allowed, OverHttp) and allowed.door)
    }
    assert openapi["components"]["schemas"]["Command"]["discriminator"]["mapping"].keys() == may
    body = openapi["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]
    for name, example in body["examples"].items():
        fits(openapi, "#/components/schemas/Commands", example["value"])
        fits(openapi, f"#/components/schemas/{name}", example["value"])


def test_every_refusal_is_told_at_its_status(service: str, openapi: Any) -> None:
    for ways in openapi["paths"].values():
        for way in ways.values():
            for status, answer in way["responses"].items():
                problems = answer["content"].get("application/problem+json", {"examples": {}})
                for code in problems["examples"]:
                    example = openapi["components"]["examples"][code]["value"]
                    assert (example["code"], str(example["status"])) == (code, status)
                    fits(openapi, "#/components/schemas/Problem", example)
    told = openapi["components"]["examples"].keys()
    if service != "reporting":
        assert {kind().code for kind in pages.refusals(service)} <= told
    assert {"malformed", "too-slow", "head-too-long", "not-authenticated", "busy"} <= told


def test_what_is_said_of_the_topics_is_asyncapi(asyncapi: Any) -> None:
    read = ApplicationSchema.model_validate(asyncapi)
    assert read.asyncapi == "3.0.0"
    assert all(part(asyncapi, ref) for ref in refs_in(asyncapi))
    for operation in asyncapi["operations"].values():
        assert operation["action"] in ("send", "receive")


def test_every_event_and_every_submission_is_a_message_with_an_example_that_fits(
    asyncapi: Any,
) -> None:
    messages = asyncapi["components"]["messages"]
    assert EVENTS.keys() <= messages.keys()
    for name, message in messages.items():
        for example in message.get("examples", []):
            fits(asyncapi, f"#/components/schemas/{name}", example["payload"])
            if name in EVENTS or name == "Notice":
                fits(asyncapi, f"#/components/messages/{name}/headers", example["headers"])
        if name in COMMANDS:
            assert "actor" in asyncapi["components"]["schemas"][name]["required"]


def test_every_topic_is_a_channel_with_who_writes_and_reads_it(asyncapi: Any) -> None:
    channels = {each["address"]: each for each in asyncapi["channels"].values()}
    made = [*topics.common_topics(), *topics.system_topics("x")]
    assert channels.keys() == {
        ".".join("{system}" if part == "x" else part for part in topic.name.split("."))
        for topic in made
    }
    log = channels["case-events"]
    assert "auditor" in log["x-reads"]
    assert not {"auditor", "<system>"} & {*log["x-writes"]}
    assert all(each["messages"] for each in channels.values()), "nothing lies there unsaid"
    own = channels["submissions.intake.{system}"]
    assert (own["x-writes"], own["x-reads"]) == (["<system>"], ["intake"])


async def test_a_service_serves_both_documents_and_a_page_that_asks_no_other_host(
    service: str, openapi: Any, asyncapi: Any
) -> None:
    app = serve(None, served.ways(service))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        for path, document in (("/openapi.json", openapi), ("/asyncapi.json", asyncapi)):
            answer = await http.get(path)
            assert answer.json() == document, "run: python docs/generate.py"
        for path in ("/docs", "/asyncapi"):
            page = await http.get(path)
            assert page.headers["content-type"].startswith("text/html")
            policy = page.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; connect-src 'self'")
            assert "命令" in page.text


def test_the_page_names_no_host() -> None:
    text = importlib.resources.files("banli_engine").joinpath(served.PAGE).read_text()
    assert "http:" not in text
    assert "https:" not in text
    others = ("<link", "<img", "<iframe", " src=", "@import", "url(")
    assert not [each for each in others if each in text]
