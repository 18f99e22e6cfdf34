"""Read what concerns one's units: assigned to you, returned, due in three days."""

from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from pydantic import ValidationError

from banli_client.errors import BadNotice, NotAllowed, Unreachable
from banli_client.kafka import knock
from banli_client.settings import Settings
from banli_events.notice import Notice

AT_ONCE = 500


async def notices(settings: Settings, *, group: str = "notices") -> AsyncIterator[Notice]:
    """Read notices for ever, in the order of each case; from the first that is kept, at first.

    A notice counts as taken once the next is asked for: whoever ends and begins again goes on
    there. One that was being handled then comes again, with the same id.
    """
    await knock(settings)
    consumer = await _started(settings, group)
    taken: dict[Any, int] = {}
    try:
        while True:
            batch = await consumer.getmany(timeout_ms=1_000, max_records=AT_ONCE)
            for place, records in batch.items():
                for record in records:
                    yield _read(record.value)
                    taken[place] = record.offset + 1
            if taken:
                await consumer.commit(taken)
                taken = {}
    except (TopicAuthorizationFailedError, GroupAuthorizationFailedError):
        raise NotAllowed(settings.notices) from None
    finally:
        await _leave(consumer, taken)


async def _started(settings: Settings, group: str) -> Any:
    consumer = AIOKafkaConsumer(
        settings.notices,
        bootstrap_servers=settings.kafka,
        client_id=f"banli-client.{settings.system}",
        group_id=settings.group(group),
        auto_offset_reset="earliest",  # default latest: what came before the first start is kept
        enable_auto_commit=False,  # default on: what is being handled would count as taken
        metadata_max_age_ms=5_000,
        **settings.login(),
    )
    try:
        await consumer.start()
    except KafkaError:
        await consumer.stop()
        raise Unreachable from None
    return consumer


def _read(value: bytes | None) -> Notice:
    try:
        return Notice.model_validate_json(value or b"")
    except ValidationError:
        raise BadNotice from None


async def _leave(consumer: Any, taken: dict[Any, int]) -> None:
    """Note what was taken, where that is still possible, and go."""
    try:
        if taken:
            await consumer.commit(taken)
    except KafkaError:
        pass  # it comes again
    finally:
        await consumer.stop()
