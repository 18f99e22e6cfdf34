"""Rebuild the services' databases with the operators' own command."""

import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

SECONDS = 100


async def rebuild(
    services: Iterable[str], profile: Path, report: Callable[[str], None]
) -> dict[str, int]:
    """Run `banli rebuild` for one service after the other; give the exit status of each."""
    ended: dict[str, int] = {}
    for service in services:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "banli_cli", "rebuild", service, "--profile", str(profile)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        except BaseException:
            process.kill()
            await process.wait()
            raise
        ended[service] = process.returncode if process.returncode is not None else -1
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["nothing was said"]
        report(last[0])
    return ended
