"""How lines of the log are written, as JSON or for people; never what a citizen wrote."""

import errno
import logging
import sys
import traceback
from types import TracebackType

import structlog

NOISY = "aiokafka", "faststream", "uvicorn", "kafka", "asyncio"
"""They write thousands of lines in an outage, or what callers sent; all that matters is logged
here."""

log = structlog.get_logger()


def configure(style: str, service: str) -> None:
    """Set up structlog; what libraries and Python itself would write becomes a line of ours."""
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    logging.getLogger().handlers = [_Libraries(logging.WARNING)]
    logging.captureWarnings(True)
    sys.excepthook = _ended

    def named(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    structlog.configure(
        processors=[
            named,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if style == "json"
            else structlog.dev.ConsoleRenderer(colors=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def of(fault: BaseException) -> dict[str, object]:
    """Describe a fault by kind and place; its message may repeat what somebody wrote.

    `code`: what the operating system or the database calls it.
    """
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    number = fault.errno if isinstance(fault, OSError) else None
    code = errno.errorcode.get(number or 0) or getattr(fault, "sqlstate", None)
    told: dict[str, object] = {"fault": type(fault).__name__, "where": where}
    return {**told, "code": code} if code else told


class _Libraries(logging.Handler):
    """What a library says: that it did, not what."""

    def emit(self, record: logging.LogRecord) -> None:
        fault = record.exc_info[1] if record.exc_info else None
        log.warning("library_said", logger=record.name, **(of(fault) if fault else {}))


def _ended(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    log.critical("process_failed", **of(fault))
