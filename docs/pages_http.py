"""The OpenAPI document of a service, from its ways, its commands and what it refuses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from examples import Examples
from shapes import Schema, answer_schema, command_schema, gather, hoisted, problem_schema, sentence

from banli_engine.answers import problem
from banli_engine.decider import INTERNAL, OPERATORS, Allowed, OverHttp, Service
from banli_engine.errors import (
    Busy,
    HeadTooLong,
    InternalFault,
    Malformed,
    NotPermitted,
    NotReady,
    Rejection,
    TooLarge,
    TooSlow,
    UnfitEncoding,
)
from banli_engine.http import MAX_BATCH
from banli_engine.tokens import NotAuthenticated
from banli_engine.ways import Body, Way, Who
from banli_events.catalogue import COMMANDS, SERVICES

CHINESE = {
    "intake": "登记",
    "assignment": "分办",
    "supervision": "督办",
    "reporting": "台账与考核",
}
COMMANDS_TAG, WAYS_TAG = "命令 Commands", "读写 Reading and files"
OPERATORS_TAG, HEALTH_TAG, PAGES_TAG = "运维 Operators", "状态 Health", "说明 Pages"
TAGS = (COMMANDS_TAG, WAYS_TAG, OPERATORS_TAG, HEALTH_TAG, PAGES_TAG)

ABOUT = """{what}

`Authorization: Bearer <token>`, a JWT (ES256 or EdDSA) for the audience `banli`: it names person,
post and unit. A refusal is a problem document (RFC 9457) with its `code`, one sentence, and the
`field` at fault; nothing of the request is ever repeated. Where `Retry-After` stands, the same
request may be sent again, a command with the same `id`. A parameter that is not listed is refused.
"""


FIELDS = {
    "id": "Made by the sender, new for each command: the same id again gets the first answer.",
    "type": "The command.",
    "subject": "What it is about, as answers name it: `case/<id>`.",
    "actor": "Who speaks: a person, in a post, of a unit for which the system is admitted.",
    "after": "What it rests on, as answers name it in `after`: it waits until that is known.",
    "data": "What is asked; a field that the command does not have is refused.",
}


class Undescribed(Exception):
    """A way does not say what it is."""


def document(
    name: str,
    ways: Iterable[Way],
    service: Service | None,
    refusals: list[type[Rejection]],
    examples: Examples,
) -> Schema:
    """Describe all that a service can be asked over HTTP."""
    ways = list(ways)
    for way in ways:
        _insist(way)
    asked = _asked(service) if service else {}
    said = {each for way in ways for each in _refusals(way, refusals)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"办理 Banli · {CHINESE[name]} {name}",
            "version": "1",
            "summary": sentence(SERVICES[name]),
            "description": ABOUT.format(what=sentence(SERVICES[name])),
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in TAGS if tag in {_tag(way) for way in ways}],
        "paths": {
            path: {way.method.lower(): _operation(way, refusals, asked, examples) for way in same}
            for path, same in _by_path(ways)
        },
        "components": {
            "schemas": _schemas(asked, service) | {"Problem": problem_schema()},
            "examples": {
                kind().code: {"summary": kind().sentence, "value": problem_of(kind)}
                for kind in sorted(said, key=lambda kind: kind().code)
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _insist(way: Way) -> None:
    """Raise Undescribed where a way leaves out what a stranger must know."""
    named = set(re.findall(r"\{(\w+)\}", way.path))
    if not sentence(way.handle):
        raise Undescribed(f"{way.method} {way.path}: its function has no docstring")
    if lost := named - way.asks.keys():
        raise Undescribed(f"{way.method} {way.path}: nothing is said of {', '.join(sorted(lost))}")
    if not way.gives:
        raise Undescribed(f"{way.method} {way.path}: nothing is said of its answer")


def _by_path(ways: Iterable[Way]) -> Iterator[tuple[str, list[Way]]]:
    ordered = sorted(ways, key=lambda way: way.path != "/v1/commands")  # commands first
    for path in dict.fromkeys(way.path for way in ordered):
        yield path, [way for way in ordered if way.path == path]


def _tag(way: Way) -> str:
    if way.path == "/v1/commands":
        return COMMANDS_TAG
    if way.who == Who.OPERATOR:
        return OPERATORS_TAG
    if way.who == Who.CALLER:
        return WAYS_TAG
    return HEALTH_TAG if way.path.endswith(("z", "status", "metrics")) else PAGES_TAG


def _operation(
    way: Way, refusals: list[type[Rejection]], asked: dict[str, str], examples: Examples
) -> Schema:
    words = re.sub(r"\W+", "-", f"{way.method.lower()}{way.path}").strip("-")
    told: Schema = {
        "operationId": words,
        "tags": [_tag(way)],
        "summary": sentence(way.handle),
        "description": "\n\n".join(
            " ".join(part.split()) for part in (way.handle.__doc__ or "").split("\n\n")
        ),
        "security": [] if way.who == Who.ANYONE else [{"token": []}],
        "parameters": list(_parameters(way)),
        "responses": _responses(way, _refusals(way, refusals)),
    }
    if way.takes:
        content = _content(way.takes)
        if way.path == "/v1/commands":
            content["application/json"]["examples"] = _examples(asked, examples)
        told["requestBody"] = {
            "description": way.takes.says,
            "required": True,
            "content": content,
        }
    return told


def _parameters(way: Way) -> Iterator[Schema]:
    for name, one in way.asks.items():
        in_path = f"{{{name}}}" in way.path
        schema = {"type": "array", "items": one.schema} if one.many else one.schema
        yield {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path,
            "description": one.says,
            "schema": schema,
        }


def _content(body: Body) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        media: {"schema": body.schema if media == body.media[0] else text} for media in body.media
    }


def _responses(way: Way, refusals: Iterable[type[Rejection]]) -> Schema:
    found: dict[str, Schema] = {
        str(status): {"description": body.says, "content": _content(body)}
        for status, body in way.gives.items()
    }
    ordered = sorted(refusals, key=lambda kind: (kind.status, kind().code))
    for status, same in groupby(ordered, key=lambda kind: kind.status):
        kinds = list(same)
        content = {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    kind().code: {"$ref": f"#/components/examples/{kind().code}"} for kind in kinds
                },
            }
        }
        codes = "Refused: " + ", ".join(f"`{kind().code}`" for kind in kinds) + "."
        answer = found.setdefault(str(status), {"description": codes, "content": {}})
        answer["content"] |= content
        if answer["description"] != codes:
            answer["description"] += " " + codes
        if any(kind().again for kind in kinds):
            answer["headers"] = {
                "Retry-After": {
                    "description": "In how many seconds the same may be asked again.",
                    "schema": {"type": "integer"},
                }
            }
    return found


def _refusals(way: Way, of_commands: list[type[Rejection]]) -> set[type[Rejection]]:
    """List what a way may refuse with: of its own, and what its bounds and its callers bring."""
    found = {*way.refuses, Malformed, TooSlow, HeadTooLong}
    if way.who != Who.ANYONE:
        found.add(NotAuthenticated)
    if way.who == Who.OPERATOR:
        found.add(NotPermitted)
    if way.waits or way.path == "/v1/commands":
        found |= {Busy, NotReady, InternalFault}
    if way.takes and "application/json" in way.takes.media:
        found |= {TooLarge, UnfitEncoding}
    return found | set(of_commands) if way.path == "/v1/commands" else found


def problem_of(kind: type[Rejection]) -> Schema:
    """Write a refusal as it is answered."""
    return problem(kind()).model_dump(exclude_none=True)


def _asked(service: Service) -> dict[str, str]:
    """Name the commands that can be asked over HTTP, each with who may."""
    return {
        model.__name__: by_whom(allowed)
        for model, allowed in sorted(service.commands.items(), key=lambda each: each[0].__name__)
        if allowed != INTERNAL and not (isinstance(allowed, OverHttp) and allowed.door)
    }


def by_whom(allowed: Allowed) -> str:
    """Say who may ask a command."""
    if isinstance(allowed, str):
        return {OPERATORS: "operators, over HTTP", INTERNAL: "the service itself"}[allowed]
    if isinstance(allowed, OverHttp):
        roles = ", ".join(sorted(str(role) for role in allowed.roles))
        return f"{roles}, over HTTP" + (", at a door of its own" if allowed.door else "")
    return ", ".join(sorted(str(role) for role in allowed))


def _schemas(asked: dict[str, str], service: Service | None) -> dict[str, Schema]:
    """Describe each command, and the choice among them by `type`."""
    if service is None:
        return {}
    found: dict[str, Schema] = {}
    for name, roles in asked.items():
        kind = COMMANDS[name]
        schema, parts = hoisted(command_schema(kind), rename={name: f"{name}Data"})
        gather(found, parts)
        schema["properties"].pop("actor")  # over HTTP the token says it
        if kind.model not in service.subject_of:
            schema["required"] = [*schema["required"], "subject"]
            schema["properties"]["subject"] = schema["properties"]["subject"]["anyOf"][0]
        schema["x-by-whom"] = roles
        explain(schema, FIELDS)
        found[name] = schema
    refs = {name: f"#/components/schemas/{name}" for name in asked}
    found["Command"] = {
        "oneOf": [{"$ref": ref} for ref in refs.values()],
        "discriminator": {"propertyName": "type", "mapping": refs},
    }
    one = {"$ref": "#/components/schemas/Command"}
    found["Commands"] = {"oneOf": [one, {"type": "array", "items": one, "maxItems": MAX_BATCH}]}
    gather(found, _answers())
    return found


def explain(schema: Schema, fields: Mapping[str, str]) -> None:
    """Say what fields mean that stand in every command, or event."""
    for name, says in fields.items():
        if name in schema["properties"]:
            schema["properties"][name] = {**schema["properties"][name], "description": says}


def _answers() -> dict[str, Schema]:
    answer, parts = answer_schema()
    one = {"$ref": "#/components/schemas/Answer"}
    of_many = {"anyOf": [one, {"$ref": "#/components/schemas/Problem"}]}
    many = {
        "type": "object",
        "properties": {"answers": {"type": "array", "items": of_many}},
        "required": ["answers"],
    }
    return parts | {"Answer": answer, "Answered": {"oneOf": [one, many]}}


def _examples(asked: dict[str, str], examples: Examples) -> dict[str, Schema]:
    found = {}
    for name in asked:
        if said := examples.command(COMMANDS[name], speaks=False):
            found[name] = {"summary": sentence(COMMANDS[name].model), "value": said}
    return found
