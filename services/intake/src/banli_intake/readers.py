"""Who reads a file: whoever sees a case to which it belongs, by the post that they hold."""

from banli_engine import topics
from banli_engine.clock import NOW, business_time
from banli_engine.decider import LOCAL
from banli_engine.errors import NotReady
from banli_engine.process import Process
from banli_engine.published import Published
from banli_engine.sight import published_sight
from banli_engine.sweep import watching
from banli_events.words import Actor
from banli_intake.attaching import file_key

_READ = """
    select (select next_offset from positions where topic = $1 and part = 0),
           (select max(mark) from published), (select value from settings where name = 'now')
"""


class Readers:
    """What is published of posts, read anew where there is more of it."""

    def __init__(self) -> None:
        self._published = Published()

    async def admit(self, process: Process, actor: Actor, file: str) -> bool:
        """Tell whether somebody reads a file; raises NotHolder where the post is not theirs.

        Who signed an item reads what was answered to them, and operators no text of any case.
        """
        if not process.open:
            raise NotReady
        settings = process.settings
        async with process.watch.lock:
            db = await process.watch.database.get()
            reference = topics.reference_events(settings.epoch)
            offset, mark, now = await db.fetchrow(_READ, reference)
            await self._published.up_to(db, offset or 0, mark or 0)
            told = {NOW: now} if now else {}
            day = business_time(told, settings.clock == "driven").astimezone(LOCAL).date()
            published = self._published.reference
            sight = published_sight(published, actor, day, settings.operator_names)
            if sight.post is None:
                return False
            async for case in watching(process.service, db, file_key(file)):
                if sight.sees(case):
                    return True
        return False
