"""The one door through which personal data enters, and by which a little of it comes out again.

PUT  /v1/persons/{reference}           enter a person, under the caller's own reference
GET  /v1/persons/{person}              what is known of a person, masked
POST /v1/persons/{person}/unsealings   be shown parts, for a reason; first that goes on the log

What a caller writes is sealed before anything is stored or sent, and stands in no log line and no
answer but to who asked. An uncommitted half, a person in the vault without an event, is finished by
the same request.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from banli_engine.asking import NotWritten, answer_one
from banli_engine.bodies import read_json
from banli_engine.decider import OverHttp
from banli_engine.errors import Malformed, NotAssignedUnit, NotPermitted, NotReady, TooLarge
from banli_engine.http import as_response
from banli_engine.process import Process
from banli_engine.ways import Body, Told, Way, caller
from banli_events.intake import EnterPerson, UnsealPerson
from banli_events.sealed import NotOpened, Sealed, seal, unseal
from banli_events.subjects import is_subject
from banli_events.words import Actor
from banli_intake.parts import mask, read
from banli_intake.persons import must_be_known, must_see, subject_of
from banli_intake.refusals import (
    Forgotten,
    KeyMissing,
    NoSuchPerson,
    NotOnLog,
    ShownBefore,
    UnfitPart,
    VaultAway,
)
from banli_intake.seeing import Seeing, on_log
from banli_intake.service import SERVICE
from banli_intake.vault import Keys, Vault

log = structlog.get_logger()

SHOWN = timedelta(minutes=10)
"""For how long the same request for parts is answered again."""

_ID = {"type": "string", "maxLength": 64}
_REFERENCE = {"type": "string", "minLength": 1, "maxLength": 200}
_REFUSED = (NotPermitted, NotReady, VaultAway)
_KNOWN = (*_REFUSED, NoSuchPerson, Forgotten, KeyMissing, NotAssignedUnit)


class Door:
    """The ways in to the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._seeing = Seeing()

    def ways(self) -> tuple[Way, ...]:
        """List the ways in."""
        person = {"person": Told("The person's id.", _ID)}
        called = {"person": Told("What the caller calls the person by.", _REFERENCE)}
        return (
            Way(
                *("/v1/persons/{person}", "PUT", self.put),
                asks=called,
                takes=Body("The parts, each a text: name, phone, text.<reference> …"),
                gives={200: Body("The id of the person, and what it rests on.")},
                refuses=(UnfitPart, TooLarge, NotWritten, *_REFUSED),
            ),
            Way(
                *("/v1/persons/{person}", "GET", self.get),
                asks=person,
                gives={200: Body("The parts, masked.")},
                refuses=_KNOWN,
            ),
            Way(
                *("/v1/persons/{person}/unsealings", "POST", self.show),
                asks=person,
                takes=Body("An id, the parts, the reason, and for which case."),
                gives={200: Body("The parts.")},
                refuses=(*_KNOWN, NotOnLog, ShownBefore),
            ),
        )

    async def put(self, process: Process, request: Request) -> Response:
        """Enter a person under a reference of the caller's own; may be repeated.

        The same again changes nothing, other parts stand in place of what was. Answers the id that
        cases may name.
        """
        actor, reference = _caller(process, request), request.path_params["person"]
        if len(reference) > 200:
            raise Malformed("reference")
        async with read_json(request) as body:
            parts = read(body)
        await self._may_enter(process, actor)
        for _ in range(3):
            keys = await self._vault.enter(actor.person, reference)
            seen = await self._seeing.look(process, actor, keys.subject)
            if seen.person.forgotten:  # the vault was restored from before
                await self._vault.destroy([keys.person])
                continue
            mark = keys.mark(parts)
            if seen.person.mark == mark:
                return JSONResponse({"person": keys.person, "after": seen.after})
            answer = await answer_one(process, _entering(keys, parts, mark), actor, door=True)
            if answer.code not in (None, Forgotten().code):
                return as_response(answer)
        raise NotWritten

    async def get(self, process: Process, request: Request) -> Response:
        """Tell what is known of a person, masked, to who may see a case that names them."""
        actor, subject = _caller(process, request), _subject(request)
        seen = await self._seeing.look(process, actor, subject)
        must_be_known(seen.person)
        must_see(seen.sight, seen.cases)
        parts = await self._open(subject, seen.person.sealed)
        masked = {part: mask(part, text) for part, text in parts.items()}
        told = {"person": request.path_params["person"], "parts": masked, "after": seen.after}
        return JSONResponse(told)

    async def show(self, process: Process, request: Request) -> Response:
        """Show parts of what is sealed about a person, for a reason, for the sake of a case.

        That they are shown, to whom and why, is on the log before. The same request is answered
        again for ten minutes.
        """
        actor, subject = _caller(process, request), _subject(request)
        async with read_json(request) as body:
            asked = _unsealing(subject, body)
        seen = await self._seeing.look(process, actor, subject)
        must_be_known(seen.person)
        must_see(seen.sight, seen.cases)
        answer = await answer_one(process, asked, actor, door=True)
        if answer.code is not None:
            return as_response(answer)
        said = json.loads(answer.body)
        event = said["events"][0]
        if seen.asked.at - datetime.fromisoformat(event["time"]) > SHOWN:
            raise ShownBefore("id")
        if not await on_log(process, subject, event["version"]):
            raise NotOnLog
        seen = await self._seeing.look(process, actor, subject)
        must_be_known(seen.person)
        sealed = {part: seen.person.sealed.get(part) for part in event["data"]["parts"]}
        parts = await self._open(subject, {p: s for p, s in sealed.items() if s is not None})
        told = {"person": request.path_params["person"], "parts": parts, "after": said["after"]}
        return JSONResponse(told)

    async def _may_enter(self, process: Process, actor: Actor) -> None:
        """Refuse at the door who may not enter anybody: nothing of it is to reach the vault."""
        allowed = SERVICE.commands[EnterPerson]
        seen = await self._seeing.look(process, actor, subject_of("nobody"))
        if not isinstance(allowed, OverHttp) or seen.sight.role not in allowed.roles:
            raise NotPermitted("actor.post")

    async def _open(self, subject: str, sealed: Mapping[str, Sealed]) -> dict[str, str]:
        keys = await self._vault.keys(subject.partition("/")[2])
        if keys is None:
            raise KeyMissing("person")
        try:
            return {part: unseal(keys.private, one, subject) for part, one in sealed.items()}
        except NotOpened:
            log.critical("not_opened", subject=subject)
            raise KeyMissing("person") from None


def _entering(keys: Keys, parts: Mapping[str, str], mark: str) -> dict[str, Any]:
    """Seal the parts, and write the command that enters the person."""
    sealed = [seal(keys.public, text, keys.subject, part) for part, text in parts.items()]
    command = EnterPerson(public_key=keys.public, sealed=tuple(sealed), mark=mark)
    return {
        "id": str(uuid4()),
        "type": EnterPerson.__name__,
        "subject": keys.subject,
        "data": command.model_dump(mode="json"),
    }


def _unsealing(subject: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Malformed("body")
    data = {name: said for name, said in body.items() if name != "id"}
    return {"id": body.get("id"), "type": UnsealPerson.__name__, "subject": subject, "data": data}


def _caller(process: Process, request: Request) -> Actor:
    if not process.open:
        raise NotReady
    return caller(request)


def _subject(request: Request) -> str:
    subject = subject_of(request.path_params["person"])
    if not is_subject(subject):
        raise Malformed("person")
    return subject
