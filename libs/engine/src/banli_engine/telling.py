"""Tell what became of a batch: who asked, the lines of the log, the metrics, the traces."""

from collections.abc import Sequence

import structlog

from banli_engine import metrics, tracing
from banli_engine.answering import Answered, Turn
from banli_engine.inbox import Came
from banli_engine.pending import Pending
from banli_events.catalogue import COMMANDS

log = structlog.get_logger()


def tell(came: Came, turns: Sequence[Turn]) -> None:
    """Hand the answers to those who wait for them, and show what happened."""
    by_command = {id(a.asked): a for turn in turns for a in turn.answered}
    for call in came.calls:
        if not call.done.done():
            call.done.set_result(by_command[id(call.asked)])
    for delivery in came.deliveries:
        if not delivery.done.done():
            delivery.done.set_result(None)
    for turn in turns:
        for answered in turn.answered:
            if answered.answer or answered.events:
                _tell_of(turn, answered)
        for alarm in turn.alarms:
            _alarm(turn.subject, alarm)
        metrics.REDELIVERED.inc(by=turn.redelivered)
        if tracing.on():
            _trace_read(turn)
    metrics.BATCH_SUBJECTS.observe(len(turns))
    metrics.BATCH_COMMANDS.observe(sum(len(turn.answered) for turn in turns))


def name_of(asked: Pending) -> str:
    """Name a command by its type, where this build knows one."""
    name = type(asked.command).__name__
    return name if name in COMMANDS else metrics.OTHER


def _tell_of(turn: Turn, answered: Answered) -> None:
    """Tell of a command that was answered; a subject that nobody knows is input, not a name."""
    asked, via = answered.asked, answered.asked.via.partition(":")[0]
    outcome = "repeated" if answered.repeated else answered.outcome
    code = answered.why.code if answered.why else None
    metrics.ANSWERED.inc(name_of(asked), via, outcome, code or "")
    metrics.ANSWER_SECONDS.observe(asked.age, via)
    for event in answered.events:
        metrics.APPENDED.inc(event)
    said = {
        "subject": turn.subject if turn.folded.heads else None,
        "command": asked.id,
        "via": asked.via,
        "outcome": outcome,
        "code": code,
    }
    trace = tracing.text(asked.span)
    tracing.finish(asked.span, **said)
    log.info(
        "fact_answered",
        cause=name_of(asked),
        **said,
        correlation=answered.correlation or asked.id,
        events=list(answered.events),
        **({"trace": trace.split("-")[1]} if trace else {}),
    )


def _alarm(subject: str, alarm: str) -> None:
    if alarm.startswith("decide:"):
        metrics.FAULTS.inc("decide")
    elif alarm.startswith("fault:"):
        metrics.FAULTS.inc("fold")
    log.error("alarm", subject=subject, what=alarm)


def _trace_read(turn: Turn) -> None:
    for event in turn.stored:
        if event.trace:
            span = tracing.start(f"read {event.type}", event.trace, kind="CONSUMER")
            tracing.finish(span, subject=turn.subject, source=event.source, version=event.version)
