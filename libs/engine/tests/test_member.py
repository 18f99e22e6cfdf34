"""How a process ends."""

import asyncio
from contextlib import suppress

from banli_engine.member import end


async def test_a_part_that_does_not_hear_its_end_once_is_told_again() -> None:
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while heard < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end([task])
    assert heard == 2


async def test_what_is_waited_for_comes_at_the_moment_of_the_end() -> None:
    news = asyncio.Event()

    async def relay() -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), 0.05)
            news.clear()

    task = asyncio.create_task(relay())
    await asyncio.sleep(0.01)
    news.set()
    await asyncio.sleep(0)  # the inner wait has ended, the outer has not heard of it
    async with asyncio.timeout(5):
        await end([task])
    assert task.cancelled()
