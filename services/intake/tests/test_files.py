"""Files of a case: which are added, and how their bytes are kept."""

import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from banli_engine import http
from banli_engine.errors import NotAssignedUnit, NotPermitted
from banli_engine.tokens import NONE, NotAuthenticated
from banli_events.assignment import Assigned
from banli_events.intake import AddAttachment, AttachmentAdded, ItemWithdrawn
from banli_events.words import Actor, Responsible
from banli_intake import files
from banli_intake.attaching import BEGINS, MAX_BYTES
from banli_intake.readers import Readers
from banli_intake.refusals import FileTooLarge, NotRegistered, UnfitMediaType
from banli_intake.service import SERVICE
from banli_testing.grammar import Case
from banli_testing.story import (
    ANNA,
    ASSIGNED,
    BEN,
    CARA,
    CASE,
    EMIL,
    FINN,
    HUGO,
    IRIS,
    PUBLISHED,
    REGISTERED,
)

PDF = b"%PDF-1.7 a photo of the lights"
NAME = hashlib.sha256(PDF).hexdigest()
KIND = "application/pdf"
HEADERS = {"authorization": "Bearer good", "content-type": KIND}

case = Case(SERVICE, CASE, PUBLISHED)
assigned = case.given(REGISTERED, ASSIGNED)
ADD = AddAttachment(file=NAME, title="Photo", media_type=KIND, size=len(PDF))
ADDED = AttachmentAdded(**ADD.model_dump())


# -- what belongs to a case


@pytest.mark.parametrize("speaker", [HUGO, CARA, ANNA, BEN, FINN])
def test_a_file_is_added_to_a_case(speaker: Actor) -> None:
    """R043: the register, the office, and the units that handle it; evidence among them."""
    assigned.when(ADD, by=speaker).then(ADDED)


def test_a_file_is_added_once() -> None:
    other = ADD.model_copy(update={"title": "The same photo"})
    assigned.given(ADDED).when(ADD, by=ANNA).then_nothing()
    assigned.given(ADDED).when(other, by=HUGO).then_nothing()
    in_error = ItemWithdrawn(reason="Number.", entered_in_error=True, withdrawn_on=date.min)
    assigned.given(ADDED, in_error, REGISTERED).when(ADD, by=HUGO).then(ADDED)


def test_other_units_add_nothing() -> None:
    """R009"""
    assigned.when(ADD, by=IRIS).then_rejected(NotAssignedUnit)
    assigned.when(ADD, by=EMIL).then_rejected(NotPermitted)
    case.given(REGISTERED).when(ADD, by=ANNA).then_too_early()
    case.when(ADD, by=HUGO).then_rejected(NotRegistered)


def test_a_section_adds_to_what_the_unit_above_it_handles() -> None:
    """R082"""
    units = dict(PUBLISHED.units)
    units["traffic"] = units["traffic"].model_copy(update={"parent": "patrol"})
    there = Case(SERVICE, CASE, replace(PUBLISHED, units=units))
    patrol = Responsible(unit="patrol", leader="dora", handler="finn")
    theirs = there.given(REGISTERED, Assigned(lead=patrol, duty_basis="x"))
    theirs.when(ADD, by=ANNA).then(ADDED)
    theirs.when(ADD, by=IRIS).then_rejected(NotAssignedUnit)


def test_a_file_is_of_a_kind_and_size_that_are_taken() -> None:
    large = ADD.model_copy(update={"size": MAX_BYTES + 1})
    assigned.when(large, by=HUGO).then_rejected(FileTooLarge, "data.size")
    program = ADD.model_copy(update={"media_type": "application/x-msdownload"})
    assigned.when(program, by=HUGO).then_rejected(UnfitMediaType, "data.media_type")
    for kind in BEGINS:
        just = ADD.model_copy(update={"media_type": kind, "size": MAX_BYTES})
        assigned.when(just, by=HUGO).then(AttachmentAdded(**just.model_dump()))


# -- their bytes


def verified(authorization: str | None) -> Actor:
    if authorization == "Bearer no post":
        return Actor(person="P-li", post=NONE, unit=NONE)
    if authorization != "Bearer good":
        raise NotAuthenticated
    return ANNA


class Everybody(Readers):
    async def admit(self, process: Any, actor: Actor, file: str) -> bool:
        return True


class Nobody(Readers):
    async def admit(self, process: Any, actor: Actor, file: str) -> bool:
        return False


@pytest.fixture
async def caller(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    process: Any = SimpleNamespace(service=SERVICE, tokens=SimpleNamespace(verify=verified))
    transport = httpx.ASGITransport(http.app(process, files.ways(tmp_path / "files", Everybody())))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://x/v1/files/", headers=HEADERS
    ) as caller:
        yield caller


async def put(caller: httpx.AsyncClient, content: Any = PDF, **said: Any) -> tuple[int, str]:
    answer = await caller.put(said.pop("name", NAME), content=content, headers=said)
    return answer.status_code, answer.json().get("code", "")


def kept(tmp_path: Path) -> list[str]:
    folder = tmp_path / "files"
    return sorted(os.listdir(folder)) if folder.exists() else []


async def test_a_file_is_kept_under_its_hash_and_read_again(
    caller: httpx.AsyncClient, tmp_path: Path
) -> None:
    answer = await caller.put(NAME, content=PDF)
    assert (answer.status_code, answer.json()) == (201, {"file": NAME, "size": len(PDF)})
    assert kept(tmp_path) == [NAME]
    read = await caller.get(NAME)
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-type"] == "application/octet-stream"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["cache-control"] == "no-store"  # who sees it may not tomorrow


async def test_who_sees_no_case_of_a_file_is_told_that_there_is_none(tmp_path: Path) -> None:
    process: Any = SimpleNamespace(service=SERVICE, tokens=SimpleNamespace(verify=verified))
    (tmp_path / NAME).write_bytes(PDF)
    app = http.app(process, files.ways(tmp_path, Nobody()))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://x/v1/files/", headers=HEADERS
    ) as caller:
        there, nowhere = await caller.get(NAME), await caller.get("0" * 64)
    assert (there.status_code, there.json()) == (nowhere.status_code, nowhere.json())
    assert (there.status_code, there.json()["code"]) == (404, "no-such-file")


async def test_a_file_that_comes_again_is_fine(caller: httpx.AsyncClient, tmp_path: Path) -> None:
    assert [(await put(caller))[0] for _ in range(2)] == [201, 200]
    assert kept(tmp_path) == [NAME]


async def test_nobody_hands_in_without_a_post_or_reads_without_a_token(
    caller: httpx.AsyncClient, tmp_path: Path
) -> None:
    await put(caller)
    assert await put(caller, authorization="Bearer bad") == (401, "not-authenticated")
    assert await put(caller, authorization="Bearer no post") == (403, "not-permitted")
    answer = await caller.get(NAME, headers={"authorization": ""})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


@pytest.mark.parametrize("name", ["x", NAME.upper(), NAME + "0", "..%2f" + NAME, "%2e%2e"])
async def test_a_name_is_a_hash(caller: httpx.AsyncClient, name: str, tmp_path: Path) -> None:
    assert (await caller.put(name, content=PDF)).status_code in (400, 404, 405)
    assert (await caller.get(name)).status_code in (400, 404)
    assert kept(tmp_path) == []


async def test_what_was_not_handed_in_is_not_there(caller: httpx.AsyncClient) -> None:
    answer = await caller.get(NAME)
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-file")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_file_has_the_hash_that_its_name_says(
    caller: httpx.AsyncClient, tmp_path: Path
) -> None:
    assert await put(caller, PDF + b"!") == (422, "other-content")
    assert kept(tmp_path) == []


@pytest.mark.parametrize("kind", ["", "application/x-msdownload", "text/html"])
async def test_other_kinds_are_not_taken(
    caller: httpx.AsyncClient, kind: str, tmp_path: Path
) -> None:
    assert await put(caller, **{"content-type": kind}) == (415, "unfit-media-type")
    assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (KIND, b"MZ a program"),
        (KIND, b"%PD"),
        (KIND, b""),
        ("image/png", PDF),
        ("text/plain", b"a\0b"),
        ("text/plain", b""),
    ],
)
async def test_a_file_begins_as_its_kind_does(
    caller: httpx.AsyncClient, kind: str, content: bytes, tmp_path: Path
) -> None:
    name = hashlib.sha256(content).hexdigest()
    answer = await put(caller, content, name=name, **{"content-type": kind})
    assert answer == (422, "not-what-it-says")
    assert kept(tmp_path) == []


@pytest.mark.parametrize("kind", BEGINS)
async def test_every_kind_is_taken_also_in_small_pieces(
    caller: httpx.AsyncClient, kind: str, tmp_path: Path
) -> None:
    content = BEGINS[kind] + "办理".encode()

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(len(content)):
            yield content[at : at + 1]

    name = hashlib.sha256(content).hexdigest()
    answer = await put(caller, pieces(), name=name, **{"content-type": f"{kind}; charset=utf-8"})
    assert answer[0] == 201
    assert (tmp_path / "files" / name).read_bytes() == content


@pytest.mark.parametrize("told", [True, False])
async def test_a_file_that_is_too_large_is_not_read_to_its_end(
    caller: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 1_000)
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        yield BEGINS[KIND]
        for _ in range(100):
            read += 100
            yield b" " * 100

    length = {"content-length": "10005"} if told else {}
    assert await put(caller, body(), **length) == (413, "file-too-large")
    assert read <= (0 if told else 1_200)
    assert kept(tmp_path) == []


async def test_a_file_whose_sender_goes_away_leaves_nothing(tmp_path: Path) -> None:
    process: Any = SimpleNamespace(service=SERVICE, tokens=SimpleNamespace(verify=verified))
    app = http.app(process, files.ways(tmp_path / "files", Everybody()))
    scope = {
        "type": "http",
        "method": "PUT",
        "path": f"/v1/files/{NAME}",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in HEADERS.items()],
    }
    coming = iter(
        ({"type": "http.request", "body": PDF, "more_body": True}, {"type": "http.disconnect"})
    )
    said: list[Any] = []

    async def receive() -> Any:
        return next(coming)

    async def send(message: Any) -> None:
        said.append(message)

    await app(scope, receive, send)
    assert said[0]["status"] == 400
    assert kept(tmp_path) == []


async def test_a_disk_that_takes_nothing_is_said_so(
    caller: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("no folder")
    answer = await caller.put(NAME, content=PDF)
    assert (answer.status_code, answer.json()["code"]) == (503, "not-stored")
    assert answer.headers["retry-after"]


def test_nothing_of_a_file_is_left_on_a_full_disk(tmp_path: Path) -> None:
    incoming = files.Incoming(tmp_path, NAME, KIND)
    incoming._file.close()
    incoming._file = open("/dev/full", "wb")  # noqa: SIM115
    incoming.take(PDF)
    with pytest.raises(OSError, match="No space"):
        incoming.keep()
    with pytest.raises(OSError, match="No space"):
        incoming.drop()
    assert not list(tmp_path.iterdir())
