"""The auditor's command: `banli-audit case ID` and `banli-audit verify`, from Kafka alone."""

import gc
import json
import logging
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from banli_audit import checkpoint as checkpoints
from banli_audit.checkpoint import Watcher
from banli_audit.findings import Report
from banli_audit.reading import CannotRead, Log
from banli_audit.records import Record, partition_for
from banli_audit.settings import Settings
from banli_audit.settled import Settled
from banli_audit.story import lines, tell
from banli_audit.verify import Given, Verifier
from banli_events.base import instant
from banli_events.subjects import REFERENCE_EVENTS, topic_of

CLEAN, FINDINGS, COULD_NOT_RUN = 0, 1, 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rebuild and judge any case from Kafka alone.",
)

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON object for machines.")]


@app.callback()
def connect(
    context: typer.Context,
    kafka: Annotated[
        str, typer.Option(envvar="BANLI_KAFKA", help="Addresses, host:port, comma between them.")
    ] = "127.0.0.1:9092",
    user: Annotated[str | None, typer.Option(envvar="BANLI_KAFKA_USER")] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="BANLI_KAFKA_PASSWORD", help="Better given in the environment."),
    ] = None,
    mechanism: Annotated[
        str, typer.Option(envvar="BANLI_KAFKA_MECHANISM", help="PLAIN or SCRAM-SHA-512.")
    ] = "PLAIN",
    protocol: Annotated[
        str | None,
        typer.Option(envvar="BANLI_KAFKA_PROTOCOL", help="SASL_SSL, SASL_PLAINTEXT, SSL …"),
    ] = None,
    ca: Annotated[
        str | None, typer.Option(envvar="BANLI_KAFKA_CA", help="File with the broker's CA.")
    ] = None,
    epoch: Annotated[
        str, typer.Option(envvar="BANLI_EPOCH", help="Prefix of the epoch's topics.")
    ] = "",
) -> None:
    """Take the settings of the connection, as options or from the environment."""
    logging.getLogger("kafka").propagate = False  # what is wrong is said once, by us
    logging.getLogger("kafka").addHandler(logging.NullHandler())
    context.obj = Settings(kafka, user, password, mechanism, protocol, ca, epoch)


@app.command()
def case(context: typer.Context, id: str, as_json: AsJson = False) -> None:
    """Tell the story of a case (or of a unit/…, post/…, pack/…) and its state after each event."""
    subject = id if "/" in id else f"case/{id}"
    found = 0
    with Log(context.obj) as log:
        told = tell(_records_of(log, subject), subject, _settled(log))
        if as_json:
            events = [each.as_json() for each in told]
            found = len(events)
            _print_json({"subject": subject, "events": events})
        else:
            before: dict[str, object] = {}
            for each in told:
                found += 1
                for line in lines(each, before):
                    print(line)
                print()
                before = each.state
    if not found:
        print(f"No event about {subject} is on the log.", file=sys.stderr)
        raise typer.Exit(FINDINGS)


@app.command()
def verify(
    context: typer.Context,
    as_json: AsJson = False,
    since: Annotated[
        Path | None, typer.Option(help="A checkpoint: what lay on the log then must lie there.")
    ] = None,
    trust: Annotated[
        str | None, typer.Option(help="The public key that must have signed the checkpoint.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Write a checkpoint of the log into this new file.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="With --keep: the key that signs it; see `key`.")
    ] = None,
) -> None:
    """Check the whole log and name every finding; ends 0 where there is none, 1 where there are."""
    if keep is not None and key is None:
        raise typer.BadParameter("A checkpoint is signed: name the key.", param_hint="--key")
    watcher = Watcher(checkpoints.read(since, trust) if since else None)
    gc.disable()  # the pass makes no cycles, and looking for them takes a tenth of its time
    with Log(context.obj) as log:
        made_at = instant(datetime.now(UTC))
        verifier = Verifier(log.partitions, log.opened)
        for each in _with_progress(log.read(), log.length):
            if isinstance(each, Record):
                watcher.take(each)
            verifier.take(each)
        report = verifier.finish()
    report.findings += watcher.finish()
    if keep is not None and key is not None:
        public = checkpoints.write(keep, watcher.trees, made_at, key)
        print(f"{keep} is signed; its public key is {public}", file=sys.stderr)
    if as_json:
        findings = [each.as_json() for each in report.findings]
        settled = [each.as_json() for each in report.settled]
        _print_json({"summary": report.summary(), "findings": findings, "settled": settled})
    else:
        _print_report(report)
    raise typer.Exit(CLEAN if report.clean else FINDINGS)


@app.command(name="key")
def make_key(file: Path) -> None:
    """Make a key that signs checkpoints, and print its public half: who trusts you notes it."""
    print(checkpoints.new_key(file))


def main() -> None:
    """Run the command; where it cannot run, say why in one sentence and end with 2."""
    try:
        app()
    except CannotRead as why:
        print(why, file=sys.stderr)
        sys.exit(COULD_NOT_RUN)
    except BrokenPipeError:
        sys.exit(COULD_NOT_RUN)
    except KeyboardInterrupt:
        sys.exit(COULD_NOT_RUN)


def _records_of(log: Log, subject: str) -> Iterator[Record]:
    """Read the one partition on which a subject's records belong."""
    topic = topic_of(subject)
    number = partition_for(subject.encode(), log.partitions[topic])
    for span in log.spans:
        if (span.topic, span.partition) == (topic, number):
            yield from (each for each in log.read_span(span) if isinstance(each, Record))


def _settled(log: Log) -> Settled:
    """Read how forks were settled."""
    settled = Settled()
    for span in log.spans:
        if span.topic == REFERENCE_EVENTS:
            for each in log.read_span(span):
                if isinstance(each, Record):
                    settled.learn(each)
    return settled


def _with_progress(given: Iterable[Given], length: int) -> Iterator[Given]:
    """Pass on what is read, and say on stderr every five seconds how far it is."""
    started = said = monotonic()
    for count, each in enumerate(given, 1):
        if not count % 1_000 and monotonic() - said > 5:
            said = monotonic()
            speed = count / (said - started)
            print(f"{count} of {length} records, {speed:.0f} a second", file=sys.stderr)
        yield each


def _print_report(report: Report) -> None:
    for each in report.findings:
        print(each)
    for choice in report.settled:
        print(choice)
    for name, value in report.summary().items():
        print(f"{name.replace('_', ' ')}: {json.dumps(value, ensure_ascii=False)}")


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
