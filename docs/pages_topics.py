"""The AsyncAPI document of all topics, from the contracts and from who may write and read."""

import tomllib
from collections.abc import Iterable
from pathlib import Path

from examples import Examples
from pages_http import FIELDS, by_whom, explain, problem_of
from shapes import (
    Schema,
    answer_schema,
    command_schema,
    event_schema,
    gather,
    hoisted,
    sentence,
)

from banli_engine import topics
from banli_engine.decider import INTERNAL, OPERATORS, OverHttp, Service
from banli_engine.errors import Rejection
from banli_events.catalogue import COMMANDS, EVENTS, CommandType, EventType
from banli_events.envelope import HEADERS
from banli_events.notice import Notice
from banli_events.subjects import SUBJECT, topic_of
from banli_events.submission import (
    RECEIPT_BODY,
    RECEIPT_COMMAND,
    RECEIPT_OFFSET,
    RECEIPT_PARTITION,
    RECEIPT_SENDER,
    RECEIPT_SOURCE,
    RECEIPT_TOPIC,
)

SYSTEM = "system"
SYSTEM_PARAMETER = {
    "description": "The department system's name, as it was admitted.",
    "examples": ["petitions"],
}

ABOUT = """Every step of a case is an event on `case-events`, kept for ever; what decisions rest on
lies on `reference-events`. A department system writes commands to `submissions.<service>.<system>`
and finds the one answer to each on `receipts.<system>`. An event is a CloudEvents 1.0 message in
Kafka's binary mode: key, nine headers, and a JSON value with `context` and `data`; each stream
(subject and source) is a hash chain through `context.previous`. The topic, guarded by rights, is
the proof of origin; a header is only a claim. A reader keeps what it does not know: fields, types
and values of open enumerations are added, never changed.
"""

MEANING = {
    "ce_specversion": "The version of CloudEvents.",
    "ce_id": "The event's id (UUIDv7).",
    "ce_source": "The service that says it.",
    "ce_type": "What became true.",
    "ce_subject": "What it is about; the key is the same.",
    "ce_time": "When it was recorded.",
    "ce_dataschema": "Its schema: name and version.",
    "ce_version": "Its place in this source's stream about this subject: 1, 2, 3 …",
    "ce_causationid": "What led to it: the event that was reacted to or set a clock; or a command.",
}
CONTEXT = {
    "previous": "The hash of the event before it in its stream; none for the first.",
    "command": "The command that it answers: id, hash, and which of its events this is.",
    "seen": "How far each other service was known, by version, when it was decided.",
    "reference": "The offset of `reference-events` that it rests on: the next one not yet read.",
    "correlationid": "The same for all that one request led to.",
    "actor": "Who spoke; none where a clock or a reaction did.",
    "via": "How it came: `http`, `system:<name>`, `reaction:<name>`, `clock`.",
    "clock": "Set where the recorded time is not the wall's.",
}
RECEIPT = {
    RECEIPT_SOURCE: "The service that answers.",
    RECEIPT_SENDER: "Whose command it was.",
    RECEIPT_COMMAND: "The SHA-256 of what was asked.",
    RECEIPT_TOPIC: "The topic of the message that is answered; none over HTTP, as below.",
    RECEIPT_PARTITION: "Its partition.",
    RECEIPT_OFFSET: "Its offset.",
    RECEIPT_BODY: "The SHA-256 of its value as it lay there.",
}


def document(
    known: dict[str, Service], refusals: dict[str, list[type[Rejection]]], examples: Examples
) -> Schema:
    """Describe every topic: its messages with key, headers and value, who writes, who reads."""
    said = tomllib.loads((Path(__file__).parent / "words.toml").read_text())["topics"]
    messages: dict[str, Schema] = {}
    schemas: dict[str, Schema] = {}
    carried: dict[str, list[str]] = {}
    for event in EVENTS.values():
        messages[event.name] = _event(event, examples, schemas)
        for topic in _logs_of(event, examples):
            carried.setdefault(topic, []).append(event.name)
    for name, service in known.items():
        for command in _submitted(service):
            messages[command.name] = _command(command, service, examples, schemas)
            carried.setdefault(f"submissions.{name}", []).append(command.name)
    messages["Answer"] = _answer(refusals, examples, schemas)
    messages["Notice"] = _notice(examples, schemas)
    explain(schemas["Context"], CONTEXT)
    channels, operations = _channels(said, carried)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "办理 Banli · 主题 topics", "version": "1", "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _logs_of(event: EventType, examples: Examples) -> list[str]:
    """Tell on which log an event lies: where its sample's subject does; on either, without one."""
    example = examples.event(event)
    return [topic_of(example["key"])] if example else ["case-events", "reference-events"]


def _submitted(service: Service) -> list[CommandType]:
    """List what a department system may be admitted to ask."""
    return [
        COMMANDS[model.__name__]
        for model, allowed in sorted(service.commands.items(), key=lambda each: each[0].__name__)
        if allowed not in (INTERNAL, OPERATORS) and not isinstance(allowed, OverHttp)
    ]


def _message(name: str, title: str, summary: str, key: Schema, headers: Schema) -> Schema:
    return {
        "name": name,
        "title": title,
        "summary": summary,
        "contentType": "application/json",
        "headers": headers,
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": "0.5.0"}},
    }


def _event(event: EventType, examples: Examples, schemas: dict[str, Schema]) -> Schema:
    whole, parts = hoisted(event_schema(event), rename={event.name: f"{event.name}Data"})
    gather(schemas, {**parts, event.name: whole})
    fixed = {
        "ce_specversion": "1.0",
        "ce_source": event.source,
        "ce_type": event.name,
        "ce_dataschema": f"urn:banli:{event.name}:{event.model.schema_version}",
    }
    schemas["EventHeaders"] = {
        "type": "object",
        "properties": {name: {"type": "string", "description": MEANING[name]} for name in HEADERS},
        "required": list(HEADERS),
    }
    own = {"properties": {name: {"const": value} for name, value in fixed.items()}}
    headers = {"allOf": [{"$ref": "#/components/schemas/EventHeaders"}, own]}
    key = {"type": "string", "pattern": SUBJECT, "description": "The subject."}
    message = _message(event.name, event.name, sentence(event.model), key, headers)
    message["tags"] = [{"name": event.source}]
    if example := examples.event(event):
        message["examples"] = [
            {
                "name": example["key"],
                "headers": example["headers"],
                "payload": example["value"],
            }
        ]
    return message


def _command(
    command: CommandType, service: Service, examples: Examples, schemas: dict[str, Schema]
) -> Schema:
    schema = command_schema(command)
    asked = {name: f"Asked{name}" for name in schema["$defs"]}  # closed, where an event's is open
    whole, parts = hoisted(schema, rename=asked | {command.name: f"{command.name}Data"})
    gather(schemas, {**parts, command.name: whole})
    whole["required"] = [*whole["required"], "actor"]
    whole["properties"]["actor"] = {"$ref": "#/components/schemas/AskedActor"}
    explain(whole, FIELDS)
    key = {"type": "string", "description": "The subject, or any reference: it orders, no more."}
    message = _message(command.name, command.name, sentence(command.model), key, {"type": "object"})
    allowed = service.commands[command.model]
    grant = service.grants.get(command.model)
    message["tags"] = [{"name": service.name}]
    message["description"] = f"By whom: {by_whom(allowed)}." + (
        " Takes a grant of the system's own." if grant else ""
    )
    if example := examples.command(command, speaks=True):
        message["examples"] = [{"name": command.name, "payload": example}]
    return message


def _answer(
    refusals: dict[str, list[type[Rejection]]], examples: Examples, schemas: dict[str, Schema]
) -> Schema:
    whole, parts = answer_schema()
    gather(schemas, {**parts, "Answer": whole})
    properties = {name: {"type": "string", "description": says} for name, says in RECEIPT.items()}
    headers = {
        "type": "object",
        "properties": properties,
        "required": [RECEIPT_SOURCE, RECEIPT_SENDER, RECEIPT_COMMAND],
    }
    key = {"type": "string", "description": "The command's id."}
    summary = "The one answer to a command: admitted, unchanged or refused."
    message = _message("Answer", "Answer", summary, key, headers)
    codes = {kind().code: kind for each in refusals.values() for kind in each}
    message["description"] = "\n".join(
        ["Refusals, by code:", ""]
        + [f"- `{code}` ({codes[code].status}): {codes[code]().sentence}" for code in sorted(codes)]
    )
    admitted = examples.answer("intake")
    some = next(iter(refusals.values()))[0]
    refused = {name: admitted[name] for name in ("receipt", "command", "subject")}
    refused |= {"outcome": "refused", "problem": problem_of(some)}
    message["examples"] = [
        {"name": "admitted", "payload": admitted},
        {"name": "refused", "payload": refused},
    ]
    return message


def _notice(examples: Examples, schemas: dict[str, Schema]) -> Schema:
    schema = Notice.model_json_schema(mode="serialization")
    whole, parts = hoisted(schema, rename={name: f"Notice{name}" for name in schema["$defs"]})
    gather(schemas, {**parts, "Notice": whole})
    example = examples.notice()
    properties = {
        name: {"type": "string", "description": MEANING[name]} for name in example["headers"]
    }
    headers = {"type": "object", "properties": properties, "required": list(properties)}
    key = {"type": "string", "pattern": SUBJECT, "description": "The case."}
    message = _message("Notice", "Notice", sentence(Notice), key, headers)
    message["description"] = "It may come again, with the same id."
    message["examples"] = [
        {"name": "assigned", "headers": example["headers"], "payload": example["value"]}
    ]
    return message


CARRIED = {"receipts": ["Answer"], "notices": ["Notice"]}


def _channels(
    said: dict[str, dict[str, str]], carried: dict[str, list[str]]
) -> tuple[Schema, Schema]:
    """Describe the topics as the code makes them, with who writes and who reads."""
    made = [*topics.common_topics(), *topics.system_topics(SYSTEM)]
    grants = [
        *(each for name in topics.SERVICES for each in topics.service_grants(name)),
        *topics.system_grants(SYSTEM, topics.DECIDERS),
        *topics.auditor_grants(),
    ]
    channels, operations = {}, {}
    for topic in made:
        parts = topic.name.split(".")
        for_system = parts[-1] == SYSTEM
        known = ".".join(["submissions", "<service>", "<system>"][: len(parts)])
        name = known if parts[0] == "submissions" else topic.name.replace(SYSTEM, f"<{SYSTEM}>")
        kinds = carried.get(".".join(parts[:2]), CARRIED.get(parts[0], []))
        id_ = "".join(part.capitalize() for part in topic.name.replace("-", ".").split("."))
        writes, reads = (_who(grants, topic.name, right) for right in ("WRITE", "READ"))
        channels[id_] = {
            "address": ".".join([*parts[:-1], f"{{{SYSTEM}}}"]) if for_system else topic.name,
            "title": topic.name.replace(SYSTEM, f"<{SYSTEM}>"),
            "summary": said[name]["what"],
            "description": f"Key: {said[name]['key']}. Kept {_kept(topic)}.",
            "messages": {each: {"$ref": f"#/components/messages/{each}"} for each in kinds},
            "bindings": {"kafka": {"partitions": topic.partitions, "bindingVersion": "0.5.0"}},
            "x-writes": writes,
            "x-reads": reads,
        }
        if for_system:
            channels[id_]["parameters"] = {SYSTEM: SYSTEM_PARAMETER}
        action = "receive" if parts[0] == "submissions" else "send"
        operations[f"{action}{id_}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{id_}"},
            "summary": f"Written by {', '.join(writes)}; read by {', '.join(reads)}.",
        }
    return channels, operations


def _who(grants: Iterable[topics.Grant], topic: str, right: str) -> list[str]:
    found = {
        grant.principal
        for grant in grants
        if (grant.operation, grant.resource) == (right, "TOPIC")
        and (grant.name == topic or (grant.prefix and topic.startswith(grant.name)))
    }
    return sorted(f"<{SYSTEM}>" if each == SYSTEM else each for each in found)


def _kept(topic: topics.Topic) -> str:
    days = topic.retention_ms // topics.DAY
    return "for ever" if topic.retention_ms == topics.FOR_EVER else f"{days} days"
