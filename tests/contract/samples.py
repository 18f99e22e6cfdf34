"""The samples of every contract: how they are made, and how the frozen ones are kept for ever.

    python tests/contract/samples.py write     make the samples that are not frozen yet
    python tests/contract/samples.py freeze    write, and freeze all: they stay for ever

A sample of an event is the message as its bytes lie on the log, with its hash and its meaning; a
sample of a command is the submission, with its digest; that of a notice is the message a department
gets. `examples.json` holds what they say. A
frozen sample stands in `samples/index.json` with its SHA-256 and, for an event, the shape of its
sentence: a model that changes its shape needs a new schema version. `epoch` is the log they lie on;
raising it says that no log written before will ever be read again.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from banli_events import deadlines, notice, words
from banli_events.base import Event, canonical
from banli_events.catalogue import COMMANDS, EVENTS, CommandType, EventType
from banli_events.envelope import CommandRef, Context, Recorded, Wire, decode, encode
from banli_events.notice import Notice, headers_of
from banli_events.subjects import fork_at, numbered_case
from banli_events.submission import Submission
from banli_events.words import Actor, Numbering

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "samples"
INDEX = FOLDER / "index.json"

NOTICE = "notices/Noticed-1"

FIRSTS = {
    "CalendarPublished",
    "Classified",
    "ForkSettled",
    "HandOverListed",
    "ItemRefused",
    "ItemRegistered",
    "MeetingHeld",
    "PackPublished",
    "PersonEntered",
    "PostCreated",
    "RuleSetPublished",
    "SystemAdmitted",
    "UnitOpened",
}
VIA = {
    "AlarmRaised": "clock",
    "CaseArchived": "reaction:close-the-case",
    "DeadlineMissWithdrawn": "reaction:see-whether-in-time",
    "DeadlineMissed": "clock",
    "DeadlineSet": "reaction:start-the-clock",
    "FeedbackClosed": "clock",
    "FeedbackRequested": "reaction:ask-every-signer",
    "RehandlingOrdered": "reaction:close-the-case",
    "Reminded": "clock",
}
FORK = fork_at("case/5d1c64e5-33ff-5ae5-8c47-7ebbd4c44a1e", "supervision", 4)
SUBJECTS = {
    name: subject
    for subject, about in {
        FORK: ("ForkSettled", "SettleFork"),
        "calendar/example": ("CalendarPublished", "PublishCalendar"),
        "handover/npc-17-3": ("HandOverListed", "ListHandOver"),
        "meeting/m-2026-03": ("MeetingHeld", "HoldMeeting"),
        "pack/example": ("PackPublished", "PublishPack"),
        "pack/example-rules": ("RuleSetPublished", "PublishRuleSet"),
        "person/0198c0de-0000-7000-8000-00000000000a": (
            "PersonEntered",
            "EnterPerson",
            "PersonUnsealed",
            "UnsealPerson",
            "PersonForgotten",
            "ForgetPerson",
        ),
        "post/deputy-chief": ("ChargeGiven", "GiveCharge"),
        "post/water-head": (
            "PostCreated",
            "CreatePost",
            "HolderAppointed",
            "AppointHolder",
            "AppointmentEnded",
            "EndAppointment",
        ),
        "system/dept-x": ("SystemAdmitted", "AdmitSystem", "SystemRetired", "RetireSystem"),
        "unit/water": ("UnitOpened", "OpenUnit", "DutiesPublished", "PublishDuties"),
    }.items()
    for name in about
}
"""What is not about a case."""
CLERK = Actor(person="p-clerk", post="registrar", unit="office")


def examples() -> dict[str, dict[str, Any]]:
    """Read what the samples say."""
    read: dict[str, dict[str, Any]] = json.loads((HERE / "examples.json").read_text())
    return read


def names() -> list[str]:
    """Name every sample that the catalogue asks for: all versions of all events, all commands."""
    events = [
        f"{each.name}-{version}"
        for each in EVENTS.values()
        for version in range(1, each.model.schema_version + 1)
    ]
    return sorted(events) + sorted(f"commands/{name}" for name in COMMANDS) + [NOTICE]


def current() -> dict[str, dict[str, Any]]:
    """Make the samples as this build would write them: the latest version of each event."""
    said = examples()
    made = {each.schema: _of_event(each, said["events"]) for each in EVENTS.values()}
    made[NOTICE] = _of_notice(said["notices"]["Noticed"])
    return made | {
        f"commands/{each.name}": _of_command(each, said["commands"]) for each in COMMANDS.values()
    }


def wire_of(sample: dict[str, Any]) -> Wire:
    """Read a sample as the message it is."""
    headers = tuple((name, value.encode()) for name, value in sample["headers"])
    return Wire(sample["key"].encode(), headers, sample["value"].encode())


def meaning_of(event: Recorded) -> dict[str, Any]:
    """Say what an event means, apart from the bytes it was written as."""
    return {
        "subject": event.subject,
        "source": event.source,
        "version": event.version,
        "id": event.id,
        "type": event.type,
        "schema": event.schema,
        "time": event.time.isoformat(),
        "causation": event.causation,
        "context": event.context.model_dump(mode="json"),
        "data": event.data and event.data.model_dump(mode="json"),
    }


def shape_of(model: type[Event]) -> str:
    """Hash what a sentence is made of: fields, types and limits, without titles and descriptions.

    The values of enumerations are left out, as they are open and may grow.
    """
    return hashlib.sha256(canonical(_bare(model.model_json_schema()))).hexdigest()


def digest_of(name: str) -> str:
    """Hash the file of a sample."""
    return hashlib.sha256((FOLDER / f"{name}.json").read_bytes()).hexdigest()


def index() -> dict[str, Any]:
    """Read which samples are frozen."""
    if not INDEX.exists():
        return {"epoch": 1, "samples": {}}
    read: dict[str, Any] = json.loads(INDEX.read_text())
    return read


def write() -> list[str]:
    """Write the samples that are not frozen, and return the names of those that changed."""
    frozen, changed = index()["samples"], []
    for name, sample in current().items():
        path, text = FOLDER / f"{name}.json", _text(sample)
        if name not in frozen and (not path.exists() or path.read_text() != text):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            changed.append(name)
    for path in FOLDER.rglob("*.json"):
        name = path.relative_to(FOLDER).with_suffix("").as_posix()
        if path != INDEX and name not in frozen and name not in names():
            path.unlink()
            changed.append(name)
    return changed


def freeze() -> list[str]:
    """Freeze all samples that are not frozen yet, and return their names."""
    write()
    kept = index()
    models = {each.schema: each.model for each in EVENTS.values()}
    new = [name for name in names() if name not in kept["samples"]]
    for name in new:
        kept["samples"][name] = {"sha256": digest_of(name)}
        if name in models:
            kept["samples"][name]["shape"] = shape_of(models[name])
    old = kept.get("words", {})
    kept["words"] = {
        name: sorted({*old.get(name, ()), *values}) for name, values in words_now().items()
    }
    INDEX.write_text(_text(kept))
    return new


def words_now() -> dict[str, list[str]]:
    """List the values of every enumeration that the contracts know today."""
    return {
        each.__name__: sorted(member.value for member in each)
        for module in (words, deadlines, notice)
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, StrEnum) and each is not StrEnum
    }


def _of_event(kind: EventType, said: dict[str, Any]) -> dict[str, Any]:
    name = kind.name
    event = Recorded(
        subject=_subject(name, said, "ItemRegistered"),
        source=kind.source,
        version=1 if name in FIRSTS else 3,
        id=_id(f"event/{name}"),
        type=name,
        schema=kind.model.schema_version,
        time=datetime(2026, 3, 2, 4, 30, 0, 250_000, tzinfo=UTC),
        causation=_id(f"cause/{name}"),
        context=_context(name),
        data=kind.model.model_validate(said[name]),
    )
    wire = encode(event)
    return {
        "key": (wire.key or b"").decode(),
        "headers": [[header, (value or b"").decode()] for header, value in wire.headers],
        "value": (wire.value or b"").decode(),
        "hash": wire.hash.hex(),
        "meaning": meaning_of(decode(wire)),
    }


def _context(name: str) -> Context:
    asked = hashlib.sha256(b"asked").hexdigest()
    return Context(
        previous=None if name in FIRSTS else hashlib.sha256(b"previous").hexdigest(),
        command=CommandRef(id=_id(f"command/{name}"), hash=asked, part=1, of=2),
        seen={} if name in SUBJECTS else {"assignment": 5, "intake": 2},
        reference=17,
        correlationid=_id("correlation"),
        actor=None if name in VIA else CLERK,
        via=VIA.get(name, "http"),
        clock="driven" if VIA.get(name) == "clock" else None,
    )


def _subject(name: str, said: dict[str, Any], registered: str) -> str:
    """Tell what a sentence is about: the item whose number it names, or the registered one."""
    item = said[name] if "numbering" in said[name] else said[registered]
    case = numbered_case(item["kind"], Numbering(**item["numbering"]))
    return SUBJECTS.get(name, case)


def _of_command(kind: CommandType, said: dict[str, Any]) -> dict[str, Any]:
    subject = {"subject": _subject(kind.name, said, "RegisterItem")}
    value = {
        "id": _id(f"command/{kind.name}"),
        "type": kind.name,
        **({} if "numbering" in said[kind.name] else subject),
        "actor": CLERK.model_dump(),
        "data": said[kind.name],
    }
    text = json.dumps(value, ensure_ascii=False)
    read = Submission.model_validate_json(text)
    asked = kind.model.model_validate(read.data)
    return {"value": text, "digest": read.digest(), "meaning": asked.model_dump(mode="json")}


def _of_notice(said: dict[str, Any]) -> dict[str, Any]:
    notice = Notice.model_validate(said)
    return {
        "key": notice.subject,
        "headers": [[name, value.decode()] for name, value in headers_of(notice)],
        "value": notice.model_dump_json(exclude_none=True),
        "meaning": notice.model_dump(mode="json"),
    }


def _id(name: str) -> str:
    """Make an id of version 7 that is the same each time."""
    tail = int(hashlib.sha256(name.encode()).hexdigest()[:18], 16)
    return str(UUID(int=(0x0195F0A0 << 96) | (0x7000 << 64) | (0x8 << 60) | (tail % (1 << 60))))


def _bare(node: Any) -> Any:
    if isinstance(node, list):
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "enum" in node:
        return {"type": node.get("type"), "enum": True}
    return {
        name: {field: _bare(each) for field, each in value.items()}
        if name in ("properties", "$defs")
        else _bare(value)
        for name, value in node.items()
        if name not in ("title", "description")
    }


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    doing = {"write": write, "freeze": freeze}.get(" ".join(sys.argv[1:]))
    if doing is None:
        sys.exit("Say what to do: write or freeze.")
    print("\n".join(doing()) or "Nothing to do.")
