"""Who waits for which answer; knows nothing of Kafka."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import ValidationError

from banli_client.errors import BadReceipt, BanliError, NoAnswer
from banli_events.submission import RECEIPT_BODY, Answer

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True, eq=False)
class Waiter:
    """Somebody who waits for the answer to one submission."""

    id: UUID
    body: bytes  # SHA-256 of what was submitted, as the receipt's header writes it
    answer: asyncio.Future[Answer]

    def fail(self, fault: BanliError) -> None:
        """End the waiting without an answer."""
        if not self.answer.done():
            self.answer.set_exception(fault)
            self.answer.exception()  # mark it as seen: several may be failed, one is raised


class Waiting:
    """All who wait, by the id of their command."""

    def __init__(self) -> None:
        self._waiters: dict[bytes, list[Waiter]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiters.values()))

    def add(self, id_: UUID, body: bytes, timeout: float) -> Waiter:
        """Wait for the answer to a submission, for so many seconds at most."""
        loop = asyncio.get_running_loop()
        waiter = Waiter(id_, hashlib.sha256(body).hexdigest().encode(), loop.create_future())
        timer = loop.call_later(timeout, lambda: waiter.fail(NoAnswer([id_])))
        key = str(id_).encode()
        self._waiters.setdefault(key, []).append(waiter)

        def leave(_: object) -> None:
            timer.cancel()
            left = [each for each in self._waiters[key] if each is not waiter]
            if left:
                self._waiters[key] = left
            else:
                del self._waiters[key]

        waiter.answer.add_done_callback(leave)
        return waiter

    def take(self, key: bytes | None, headers: Headers, value: bytes | None) -> None:
        """Hand a receipt to those who wait for it; others are none of our business.

        An id may have been used for two commands: the hash of the body tells whose answer it is.
        """
        body = dict(headers).get(RECEIPT_BODY)
        for waiter in self._waiters.get(key or b"", []):
            if waiter.answer.done() or (body is not None and body != waiter.body):
                continue
            try:
                waiter.answer.set_result(Answer.model_validate_json(value or b""))
            except ValidationError:
                waiter.fail(BadReceipt(waiter.id))

    def fail_all(self, fault: BanliError) -> None:
        """End all waiting: no answer can come any more."""
        for waiter in [each for group in self._waiters.values() for each in group]:
            waiter.fail(fault)
