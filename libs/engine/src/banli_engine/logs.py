"""One line per fact answered, as JSON or for people; never what a citizen wrote."""

import logging
import traceback

import structlog


def configure(style: str, service: str) -> None:
    """Set up structlog; quieten the clients: aiokafka writes thousands of lines in an outage."""
    for noisy in ("aiokafka", "faststream", "uvicorn", "kafka", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    renderer = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def of(fault: BaseException) -> dict[str, object]:
    """Describe a fault by kind and place; its message may repeat what somebody wrote."""
    frames = traceback.extract_tb(fault.__traceback__)[-6:]
    where = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
    return {"fault": type(fault).__name__, "where": where}
