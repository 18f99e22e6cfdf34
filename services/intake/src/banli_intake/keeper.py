"""The keeper: sees that the vault holds no key of anybody who was forgotten."""

import asyncio
import time

import structlog

from banli_engine.process import Process
from banli_intake.persons import FORGOTTEN
from banli_intake.seeing import watching
from banli_intake.vault import Vault

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 10.0
"""How often it is looked whether more are forgotten, and how often all their keys are destroyed
again: a backup of the vault may have brought some back."""

log = structlog.get_logger()


class Keeper:
    """Destroys the keys of the forgotten, whichever process decided it, and however often."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: list[str] = []
        self._again = 0.0

    async def run(self, process: Process) -> None:
        """Go on for ever, once this process has read what is on the log."""
        await process.caught_up.wait()
        while True:
            try:
                await self._look(process)
            except Exception as fault:
                log.warning("keys_not_looked_at", fault=type(fault).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, process: Process) -> None:
        forgotten = await watching(process, FORGOTTEN)
        if forgotten == self._known and time.monotonic() < self._again:
            return
        ids = [subject.partition("/")[2] for subject in forgotten]
        if ids and (gone := await self._vault.destroy(ids)):
            log.info("keys_destroyed", count=gone)
        self._known, self._again = forgotten, time.monotonic() + AGAIN_SECONDS
