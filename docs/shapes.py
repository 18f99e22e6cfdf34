"""JSON Schemas of what is said and asked, from the contracts."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from banli_events.catalogue import CommandType, EventType
from banli_events.envelope import Context
from banli_events.submission import Answer, Problem, Submission

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPEN = "Open: the list may grow; a reader keeps a value that it does not know as text."

Schema = dict[str, Any]


def event_schema(kind: EventType) -> Schema:
    """Describe the value of an event's message: context and data."""
    refs, defs = _defs([Context, kind.model], "serialization")
    return {
        "$schema": DIALECT,
        "$id": f"urn:banli:{kind.name}:{kind.model.schema_version}",
        "title": kind.name,
        "description": sentence(kind.model),
        "type": "object",
        "properties": {"context": refs[Context], "data": refs[kind.model]},
        "required": ["context", "data"],
        "$defs": _opened(defs),
    }


def command_schema(kind: CommandType) -> Schema:
    """Describe a submission of this command: what it asks stands in `data`, and nothing else."""
    refs, defs = _defs([Submission, kind.model], "validation")
    submission = defs.pop(refs[Submission]["$ref"].rpartition("/")[2])
    properties = {
        **submission["properties"],
        "type": {"const": kind.name},
        "data": refs[kind.model],
    }
    return {
        "$schema": DIALECT,
        "$id": f"urn:banli:command:{kind.name}",
        "title": kind.name,
        "description": sentence(kind.model),
        "type": "object",
        "properties": properties,
        "required": submission["required"],
        "$defs": _closed(_opened({name: each for name, each in defs.items() if each})),
    }


def _defs(models: list[type[BaseModel]], mode: Any) -> tuple[dict[type, Schema], Schema]:
    refs, schema = models_json_schema([(model, mode) for model in models])
    return {model: refs[(model, mode)] for model in models}, schema["$defs"]


def _opened(node: Any, defs: Schema | None = None) -> Any:
    """Mark every enumeration that is open."""
    defs = node if defs is None else defs
    if isinstance(node, list):
        return [_opened(each, defs) for each in node]
    if not isinstance(node, dict):
        return node
    marked = {name: _opened(value, defs) for name, value in node.items()}
    options = node.get("anyOf", [])
    names = [each["$ref"].rpartition("/")[2] for each in options if "$ref" in each]
    if {"type": "string"} in options and any("enum" in defs[name] for name in names):
        marked |= {"description": OPEN, "x-open": True}
    return marked


def _closed(defs: Schema) -> Schema:
    """Say of every object that it takes no other fields."""
    return {
        name: {**each, "additionalProperties": False} if "properties" in each else each
        for name, each in defs.items()
    }


def sentence(said: object) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join((said.__doc__ or "").split("\n\n")[0].split())


def hoisted(
    schema: Schema, rename: Mapping[str, str] | None = None
) -> tuple[Schema, dict[str, Schema]]:
    """Take the parts of a schema out of it, to stand in `components` of a document."""
    names = rename or {}

    def moved(node: Any) -> Any:
        if isinstance(node, list):
            return [moved(each) for each in node]
        if not isinstance(node, dict):
            return node
        found = {
            key: moved(value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))  # the name again, in other letters
        }
        if isinstance(node.get("$ref"), str):
            name = node["$ref"].rpartition("/")[2]
            found["$ref"] = f"#/components/schemas/{names.get(name, name)}"
        return found

    parts = {names.get(n, n): moved(each) for n, each in schema.get("$defs", {}).items()}
    whole = moved({key: value for key, value in schema.items() if key[0] != "$"})
    return whole, parts


def problem_schema() -> Schema:
    """Describe a refusal as it comes over HTTP; the answer to a command names the command too."""
    schema = Problem.model_json_schema(mode="serialization")
    more = {name: {"type": "string"} for name in ("command", "receipt", "outcome", "subject")}
    return schema | {"properties": schema["properties"] | more}


def answer_schema() -> tuple[Schema, dict[str, Schema]]:
    """Describe the answer to a command, and its parts: their names are not only an answer's."""
    schema = Answer.model_json_schema(mode="serialization")
    return hoisted(schema, rename={name: f"Answer{name}" for name in schema["$defs"]})


def gather(found: dict[str, Schema], parts: Mapping[str, Schema]) -> None:
    """Put parts to those of a document; two that differ cannot have the same name."""
    for name, part in parts.items():
        if found.setdefault(name, part) != part:
            raise ValueError(f"two parts are called {name}")
