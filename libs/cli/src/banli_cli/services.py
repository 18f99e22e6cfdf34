"""The services, asked over HTTP as an operator."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from banli_cli import tokens
from banli_cli.profile import Profile, find
from banli_cli.refusal import Denied, Misused, NotReached, Refusal
from banli_events.base import canonical

AGAIN = frozenset({"too-early", "not-ready", "busy", "not-written"})
"""Refusals after which the same may be asked again."""

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.2
"""How long one answer may take, for how long a command is given again, and how often."""


class Services:
    """Where each service answers, and whose token goes with what is asked."""

    def __init__(
        self, urls: Mapping[str, Sequence[str]], token: str, http: httpx.Client | None = None
    ) -> None:
        self._urls = urls
        self._http = http or httpx.Client(timeout=TIMEOUT_SECONDS)
        self._http.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of(cls, profile: Profile, token: str | None) -> Self:
        """Ask those of a profile; without a token as the operator of the development profile."""
        urls = {name: one.http for name, one in profile.services.items()}
        return cls(urls, token or tokens.operator(profile))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def names(self) -> Sequence[str]:
        """All of them."""
        return list(self._urls)

    def get(self, service: str, path: str, **params: Any) -> Any:
        """Read something as JSON. Refusal where it does not answer, or not with success."""
        return self._ask("GET", service, path, params=params).json()

    def text(self, service: str, path: str, **params: Any) -> str:
        """Read something as text."""
        return self._ask("GET", service, path, params=params).text

    def post(self, service: str, path: str, body: object) -> Any:
        """Ask a service to do something. Refusal where it does not answer, or refuses."""
        return self._ask("POST", service, path, content=canonical(body)).json()

    def command(self, service: str, body: object, seconds: float = PATIENCE_SECONDS) -> Any:
        """Give a command, and again with the same id while that may help."""
        until = time.monotonic() + seconds
        while True:
            try:
                return self.post(service, "/v1/commands", body)
            except Refusal as why:
                if why.code not in AGAIN or time.monotonic() > until:
                    raise
            time.sleep(LOOK_SECONDS)

    def _ask(self, method: str, service: str, path: str, **how: Any) -> httpx.Response:
        answer: httpx.Response | None = None
        urls = find(self._urls, service)
        for url in urls:
            try:
                answer = self._http.request(method, url + path, **how)
            except httpx.HTTPError:
                continue
            if answer.is_success:
                return answer
            if answer.status_code != 503:
                break
        if answer is None:
            raise NotReached(f"{service} does not answer at {', '.join(urls)}.")
        raise _refusal(answer, service)


def _refusal(answer: httpx.Response, service: str) -> Refusal:
    """Say what kind of no it is: not now, not so, or not at all."""
    kind: type[Refusal] = Denied
    if answer.status_code >= 500:
        kind = NotReached
    elif answer.status_code in (400, 404):
        kind = Misused
    try:
        problem = answer.json()
        return kind(f"{service} refuses: {problem['detail']}", problem.get("code"))
    except (ValueError, KeyError, TypeError):
        return kind(f"{service} answers {answer.status_code}.")
