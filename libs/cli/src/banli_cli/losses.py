"""The count of losses: of everything that is due, how much is there, on its way, or missing.

Each line compares two things that are kept by different hands, so that a loss on one side shows:

- submissions as they lie on their topics, with receipts, those still to be sent, and what waits;
- receipts with the answers, and the events they tell of, in the databases of who gave them;
- each service's own events with those the others have read off the log;
- the records of both logs, by their offsets, with the stories that reporting made of them;
- what each service has read of the others with what anybody has;
- the items that intake registered with the lines of the ledgers.

The databases are read first, the ends of the topics after them: what is unread then explains what
somebody else has already, and nothing that is still on its way is taken for lost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kafka import TopicPartition

from banli_cli.cluster import Ends
from banli_cli.kept import READER, At, Kept, Known, Told
from banli_engine.topics import DECIDERS


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison."""

    name: str
    zh: str
    en: str
    due: int
    there: int
    gap: int
    wrong: str = ""  # the sentence, where there is a gap

    @property
    def under_way(self) -> int:
        """What is due and neither there nor missing."""
        return self.due - self.there - self.gap

    def as_json(self) -> dict[str, object]:
        """Write it for programs."""
        numbers = {"due": self.due, "there": self.there, "on_the_way": self.under_way}
        return {"line": self.name, **numbers, "gap": self.gap, "sentence": self.wrong or None}


@dataclass(slots=True)
class Seen:
    """What was read, first of the databases, then of Kafka."""

    kept: Mapping[str, Kept]
    logs: Sequence[TopicPartition] = ()
    begins: Ends = field(default_factory=dict)  # of logs and submissions
    ends: Ends = field(default_factory=dict)
    submissions: Mapping[TopicPartition, str] = field(default_factory=dict)  # to which service
    answered: set[At] = field(default_factory=set)
    told: dict[tuple[str, str, str], Told] = field(default_factory=dict)  # by receipt
    known: Mapping[str, Known] = field(default_factory=dict)  # of what receipts tell, by service

    def lag(self, service: str) -> int:
        """Count the records of the logs that a service has not read."""
        return sum(max(0, self.ends[tp] - self.kept[service].position(tp)) for tp in self.logs)


def lines(seen: Seen) -> list[Line]:
    """Compare all of it."""
    return [
        *_submitted(seen),
        *_receipts(seen),
        _said(seen),
        _records(seen),
        *(_copy(seen, service) for service in seen.kept),
        *_ledgers(seen),
    ]


def _submitted(seen: Seen) -> Iterable[Line]:
    """Every submission that its topic still holds has a receipt, or is on its way to one."""
    due = there = gap = 0
    for tp, service in seen.submissions.items():
        kept, begin, end = seen.kept[service], seen.begins[tp], seen.ends[tp]
        due += end - begin
        for offset in range(begin, end):
            at = (tp.topic, tp.partition, offset)
            if at in seen.answered:
                there += 1
            elif offset < kept.position(tp) and not (at in kept.pending or at in kept.waiting):
                gap += 1
    yield Line(
        "submissions", "投递→回执", "submissions: receipts", due, there, gap,
        f"{gap} submissions were read and never answered." if gap else "",
    )  # fmt: skip


def _receipts(seen: Seen) -> Iterable[Line]:
    """What a receipt says is remembered by who gave it, unless that is still being rebuilt."""
    answers = {name: (of.answers, of.answers_there) for name, of in seen.known.items()}
    events = {name: (of.events, of.events_there) for name, of in seen.known.items()}
    for name, zh, en, what, counts in (
        ("answers", "回执→答复", "receipts: answers kept", "answers", answers),
        ("told", "回执→事件", "receipts: events kept", "events", events),
    ):
        due = sum(told for told, _ in counts.values())
        there = sum(known for _, known in counts.values())
        gap = sum(
            max(0, told - known - seen.lag(service)) for service, (told, known) in counts.items()
        )
        wrong = f"{gap} {what} that receipts tell of are in no database." if gap else ""
        yield Line(name, zh, en, due, there, gap, wrong)


def _elsewhere(seen: Seen, source: str) -> int:
    """Count the events of a source as those know them who can have them from the log alone."""
    return max(
        kept.by_source.get(source, 0) + kept.parked.get(source, 0)
        for service, kept in seen.kept.items()
        if service != source
    )


def _said(seen: Seen) -> Line:
    """What a service has said and sent is on the log: others have it, or have not read so far."""
    due = there = gap = 0
    wrong: list[str] = []
    for source in DECIDERS:
        own, elsewhere = seen.kept[source].by_source.get(source, 0), _elsewhere(seen, source)
        unread = min(seen.lag(service) for service in seen.kept if service != source)
        missing = max(0, own - seen.kept[source].unsent - elsewhere - unread)
        due, there, gap = due + max(own, elsewhere), there + elsewhere, gap + missing
        if missing:
            wrong.append(f"{missing} events that {source} has said never came to the log.")
    return Line("said", "说出→日志", "events said: on the log", due, there, gap, " ".join(wrong))


def _records(seen: Seen) -> Line:
    """Every record of the logs that reporting has read is in a story, doubled, or parked."""
    kept = seen.kept[READER]
    read = sum(kept.position(tp) for tp in seen.logs)
    cut = sum(seen.begins[tp] for tp in seen.logs)
    there = sum(kept.by_source.values()) + kept.redelivered + kept.messages_parked
    gap = max(0, read - there) + cut
    wrong = f"{gap - cut} records that reporting has read are in no story." if gap > cut else ""
    wrong += f" {cut} records at the beginning of the log are gone." if cut else ""
    due = max(read + seen.lag(READER), there)
    return Line(
        "records", "日志→情节", "log records: told in stories", due, there, gap, wrong.strip()
    )


def _copy(seen: Seen, service: str) -> Line:
    """What anybody has read off the log a service has, too, or has not read so far."""
    kept = seen.kept[service]
    due = there = 0
    lacks: dict[str, int] = {}
    for source in DECIDERS:
        own = kept.by_source.get(source, 0)
        most = _elsewhere(seen, source)
        if source != service:
            most = max(most, own)
        due, there = due + max(own, most), there + own
        if (missing := most - own - kept.parked.get(source, 0)) > 0:
            lacks[source] = missing
    gap = max(0, sum(lacks.values()) - seen.lag(service))
    of = ", ".join(f"{count} of {source}" for source, count in lacks.items())
    wrong = f"The database of {service} lacks {gap} events ({of})." if gap else ""
    return Line(
        f"copy.{service}", f"日志→{service}", f"events known to {service}", due, there, gap, wrong
    )


def _ledgers(seen: Seen) -> Iterable[Line]:
    """Every item that intake registered or refused has its line."""
    items, found, reader = seen.kept["intake"].items, seen.kept[READER].items, seen.kept[READER]
    slack = seen.lag(READER) + seen.kept["intake"].unsent + reader.messages_parked
    for name, zh, due, there in (
        ("register", "一览表", items["registered"], found["register"]),
        ("handling", "办理台账", items["registered"], found["handling"]),
    ):
        gap = max(0, due - there - slack)
        wrong = f"{gap} registered items have no line in the ledger {name}." if gap else ""
        yield Line(
            f"ledger.{name}", f"登记→{zh}", f"items: lines in {name}", max(due, there), there, gap,
            wrong,
        )  # fmt: skip
