"""Run one process of reporting."""

import asyncio

from banli_engine import logs, tracing
from banli_engine.settings import Settings
from banli_reporting import http
from banli_reporting.process import Process


def main() -> None:
    """Run until told to stop."""
    settings = Settings()  # type: ignore[call-arg]
    logs.configure(settings.log, "reporting")
    tracing.configure("reporting")
    raise SystemExit(asyncio.run(_run(settings)))


async def _run(settings: Settings) -> int:
    process = Process(settings)
    return await process.run(http.app(process))


if __name__ == "__main__":
    main()
