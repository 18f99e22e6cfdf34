"""What a service tells strangers of its interfaces: two documents, and a page to read each on.

The documents are generated (docs/generate.py) and lie in the packages; the page asks nobody else.
"""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from banli_engine.ways import Body, Handle, Way, Who

PAGE = "page.html"
HTML = Body("The page.", {"type": "string"}, ("text/html",))


def ways(service: str) -> tuple[Way, ...]:
    """Give the ways to what this service tells of itself, and of the topics."""

    async def openapi(_: Any, request: Request) -> Response:
        """Give the OpenAPI document of this service."""
        return _document(f"banli_{service}", "openapi.json")

    async def asyncapi(_: Any, request: Request) -> Response:
        """Give the AsyncAPI document of all topics."""
        return _document("banli_engine", "asyncapi.json")

    async def read(_: Any, request: Request) -> Response:
        """Show the OpenAPI document of this service as a page."""
        return _page()

    async def read_topics(_: Any, request: Request) -> Response:
        """Show the AsyncAPI document of all topics as a page."""
        return _page()

    def way(path: str, handle: Handle, gives: Body) -> Way:
        return Way(path, "GET", handle, Who.ANYONE, gives={200: gives}, waits=False)

    return (
        way("/openapi.json", openapi, Body("The document.")),
        way("/docs", read, HTML),
        way("/asyncapi.json", asyncapi, Body("The document.")),
        way("/asyncapi", read_topics, HTML),
    )


@cache
def _bytes(package: str, name: str) -> bytes:
    return files(package).joinpath(name).read_bytes()


def _document(package: str, name: str) -> Response:
    return Response(_bytes(package, name), media_type="application/json")


def _page() -> Response:
    return Response(_bytes("banli_engine", PAGE), 200, _policy(), "text/html")


@cache
def _policy() -> dict[str, str]:
    """Allow the page its own script and style, the documents beside it, and nothing else."""
    text = _bytes("banli_engine", PAGE).decode()
    own = {name: _hash(re.search(f"<{name}>(.*?)</{name}>", text, re.S)) for name in _OWN}
    rules = ["default-src 'none'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'"]
    rules += [f"{name}-src 'sha256-{digest}'" for name, digest in own.items()]
    return {
        "Content-Security-Policy": "; ".join(rules),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


_OWN = ("script", "style")


def _hash(found: re.Match[str] | None) -> str:
    if found is None:
        raise AssertionError("the page has no such part")
    return base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
