"""Each receipt reaches the one who asked, and nobody waits for ever."""

import asyncio
import hashlib
from uuid import UUID, uuid4

import pytest

from banli_client.errors import BadReceipt, BanliError, NoAnswer
from banli_client.waiting import Headers, Waiting
from banli_events.submission import RECEIPT_BODY, Answer, Outcome

ID = UUID("0195f0a0-0000-7000-8000-000000000001")
OTHER = UUID("0195f0a0-0000-7000-8000-000000000002")


def _answer(id_: UUID = ID, outcome: Outcome = Outcome.ADMITTED) -> Answer:
    return Answer(receipt=uuid4(), command=str(id_), outcome=outcome)


def _headers(body: bytes) -> Headers:
    return [("other", None), (RECEIPT_BODY, hashlib.sha256(body).hexdigest().encode())]


async def test_a_receipt_reaches_the_one_who_waits_for_it() -> None:
    waiting, answer = Waiting(), _answer()
    waiter, other = waiting.add(ID, b"{}", 5), waiting.add(OTHER, b"{}", 5)
    waiting.take(str(ID).encode(), _headers(b"{}"), answer.model_dump_json().encode())
    assert await waiter.answer == answer
    assert not other.answer.done()
    await asyncio.sleep(0)
    assert len(waiting) == 1


async def test_the_body_tells_whose_answer_it_is_where_an_id_was_used_twice() -> None:
    waiting, answer = Waiting(), _answer()
    first, second = waiting.add(ID, b"first", 5), waiting.add(ID, b"second", 5)
    waiting.take(str(ID).encode(), _headers(b"second"), answer.model_dump_json().encode())
    assert await second.answer == answer
    assert not first.answer.done()


async def test_two_who_ask_the_same_hear_the_same() -> None:
    waiting, answer = Waiting(), _answer()
    waiters = [waiting.add(ID, b"{}", 5) for _ in range(2)]
    waiting.take(str(ID).encode(), _headers(b"{}"), answer.model_dump_json().encode())
    assert [await each.answer for each in waiters] == [answer, answer]


async def test_receipts_of_others_and_odd_ones_are_passed_over() -> None:
    waiting = Waiting()
    waiter = waiting.add(ID, b"{}", 5)
    waiting.take(None, [], None)
    waiting.take(str(OTHER).encode(), [], b"{}")
    waiting.take(str(ID).encode(), [(RECEIPT_BODY, b"\xff")], b"{}")
    assert not waiter.answer.done()


async def test_a_receipt_of_tomorrow_is_named() -> None:
    waiting = Waiting()
    waiter = waiting.add(ID, b"{}", 5)
    waiting.take(str(ID).encode(), _headers(b"{}"), b'{"outcome":"postponed"}')
    with pytest.raises(BadReceipt, match=str(ID)):
        await waiter.answer


async def test_nobody_waits_for_ever() -> None:
    waiting = Waiting()
    waiter = waiting.add(ID, b"{}", 0.01)
    with pytest.raises(NoAnswer) as caught:
        await waiter.answer
    assert caught.value.id == ID
    await asyncio.sleep(0)
    assert len(waiting) == 0


async def test_when_no_answer_can_come_all_hear_of_it() -> None:
    waiting = Waiting()
    waiters = [waiting.add(each, b"{}", 5) for each in (ID, OTHER)]
    waiting.fail_all(BanliError("over"))
    for waiter in waiters:
        with pytest.raises(BanliError, match="over"):
            await waiter.answer
