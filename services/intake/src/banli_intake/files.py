"""The files of the cases, kept by the hash of their content in a folder of this service.

PUT /v1/files/{sha256}    keep a file: its kind in Content-Type, its hash in the address
GET /v1/files/{sha256}    read it again

The folder is no part of the log: it is backed up beside it, and where several processes or machines
serve intake they share it. The log holds each file's hash, so what is missing or altered shows.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response

from banli_engine.errors import Malformed, NotHolder, NotPermitted, NotReady
from banli_engine.process import Process
from banli_engine.tokens import NONE
from banli_engine.ways import Body, Told, Way, caller
from banli_intake.attaching import BEGINS, MAX_BYTES
from banli_intake.readers import Readers
from banli_intake.refusals import (
    FileTooLarge,
    NoSuchFile,
    NotStored,
    NotWhatItSays,
    OtherContent,
    UnfitMediaType,
)

_NAME = re.compile(r"[0-9a-f]{64}")
_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_NAMED = {"sha256": Told("The SHA-256 of its content.", _HASH)}
BYTES = {"type": "string", "format": "binary"}
KEPT = {"type": "object", "properties": {"file": _HASH, "size": {"type": "integer"}}}
_SIGN = max(map(len, BEGINS.values()))


class FileSettings(BaseSettings):
    """Where files are kept: BANLI_FILES."""

    model_config = SettingsConfigDict(env_prefix="BANLI_", extra="ignore")

    files: Path = Path("var/files")


_UNKEPT = (UnfitMediaType, FileTooLarge, NotWhatItSays, OtherContent, NotStored)
"""What a file that is not kept is refused for."""


class Incoming:
    """A file that comes in piece by piece; it has its name only once it is whole and safe."""

    def __init__(self, folder: Path, name: str, kind: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name, self._kind = folder, name, kind
        descriptor, path = tempfile.mkstemp(prefix="incoming-", dir=folder)
        self._file, self._path = os.fdopen(descriptor, "wb"), Path(path)
        self._hash = hashlib.sha256()
        self._head = b""
        self.size = 0

    def take(self, piece: bytes) -> None:
        """Write a piece; raise FileTooLarge or NotWhatItSays as soon as that shows."""
        self.size += len(piece)
        if self.size > MAX_BYTES:
            raise FileTooLarge("size")
        self._head += piece[: _SIGN - len(self._head)]
        sign = BEGINS[self._kind]
        if not sign.startswith(self._head[: len(sign)]) or (not sign and b"\0" in piece):
            raise NotWhatItSays("content-type")
        self._hash.update(piece)
        self._file.write(piece)

    def keep(self) -> bool:
        """Give the file its name, on the disk for good; tell whether it is new."""
        if len(self._head) < max(1, len(BEGINS[self._kind])):
            raise NotWhatItSays("content-type")
        if self._hash.hexdigest() != self._name:
            raise OtherContent("sha256")
        self._file.flush()
        os.fsync(self._file.fileno())
        kept = self._folder / self._name
        new = not kept.exists()
        self._path.replace(kept)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return new

    def drop(self) -> None:
        """Let go of it; what was not kept is gone."""
        try:
            self._file.close()  # writes what it still holds: a full disk may refuse that
        finally:
            self._path.unlink(missing_ok=True)


def ways(folder: Path, readers: Readers) -> tuple[Way, ...]:
    """Make the ways in to the files of a folder."""

    async def put(process: Process, request: Request) -> Response:
        """Keep a file by the hash of its content; the same again changes nothing.

        For those who act in a post: nobody else adds a file to a case.
        """
        name = _asked(request)
        if caller(request).post == NONE:
            raise NotPermitted("actor.post")
        new, size = await _receive(folder, name, request)
        return JSONResponse({"file": name, "size": size}, 201 if new else 200)

    async def get(process: Process, request: Request) -> Response:
        """Give a file back, byte for byte, to who sees a case that it is of."""
        name = _asked(request)
        if not await readers.admit(process, caller(request), name):
            raise NoSuchFile("sha256")  # as where there is none: nobody learns that there is one
        return await _give(folder / name)

    return (
        Way(
            *("/v1/files/{sha256}", "PUT", put),
            asks=_NAMED,
            takes=Body(f"The file, at most {MAX_BYTES:,} bytes.", BYTES, tuple(sorted(BEGINS))),
            gives={201: Body("It is kept.", KEPT), 200: Body("It was kept already.", KEPT)},
            refuses=(NotPermitted, *_UNKEPT),
        ),
        Way(
            *("/v1/files/{sha256}", "GET", get),
            asks=_NAMED,
            gives={200: Body("The file.", BYTES, ("application/octet-stream",))},
            refuses=(NoSuchFile, NotHolder, NotReady),
        ),
    )


def _asked(request: Request) -> str:
    """Find which file is meant."""
    name: str = request.path_params["sha256"]
    if not _NAME.fullmatch(name):
        raise Malformed("sha256")
    return name


async def _receive(folder: Path, name: str, request: Request) -> tuple[bool, int]:
    """Keep what is sent, or refuse it; tell whether it is new, and its size."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in BEGINS:
        raise UnfitMediaType("content-type")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise FileTooLarge("size")
    try:
        return await _keep(folder, name, kind, request)
    except ClientDisconnect:
        raise Malformed("body") from None
    except OSError:
        raise NotStored from None


async def _keep(folder: Path, name: str, kind: str, request: Request) -> tuple[bool, int]:
    incoming = await asyncio.to_thread(Incoming, folder, name, kind)
    try:
        async for piece in request.stream():
            await asyncio.to_thread(incoming.take, piece)
        return await asyncio.to_thread(incoming.keep), incoming.size
    finally:
        await asyncio.to_thread(incoming.drop)


async def _give(path: Path) -> Response:
    if not await asyncio.to_thread(path.is_file):
        raise NoSuchFile("sha256")
    return FileResponse(
        path,
        media_type="application/octet-stream",
        filename=path.name,
        headers={"X-Content-Type-Options": "nosniff"},
    )
