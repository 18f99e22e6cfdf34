"""A fork that was settled on the log is told and no finding; what is not kept is not judged."""

from dataclasses import replace
from typing import Any

from banli_audit.codes import Code
from banli_audit.settled import Settled
from banli_audit.story import lines, tell
from banli_audit.verify import verify
from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    ForkSettled,
    UnitOpened,
)
from banli_events.envelope import CommandRef, Recorded, Wire, decode, encode
from banli_events.subjects import fork_at, topic_of
from banli_events.supervision import (
    CaseArchived,
    DeadlineSet,
    ProposerContacted,
    ReplyDrafted,
    ResearchLogged,
)
from banli_events.words import Actor

OPERATOR = Actor(person="p-op", post="operator", unit="operator")


def rival(log: Any, event: Recorded, context: Any = None, **changes: Any) -> Recorded:
    """Write another event of the same version, as a second writer would."""
    data = event.data.model_copy(update=changes)  # type: ignore[union-attr]
    context = event.context.model_copy(update=context or {})
    wire = encode(replace(event, id=log.id(), data=data, context=context))
    place = next(r for r in log.records if r.wire.hash == event.hash)
    log.put(wire, place.topic, place.partition)
    return decode(wire)


def settle(log: Any, event: Recorded, keep: str | None = None, **said: Any) -> Recorded:
    """Let an operator choose what is kept at the place of an event."""
    subject = said.pop("fork", fork_at(event.subject, event.source, event.version))
    choice = ForkSettled(
        subject=event.subject,
        source=event.source,
        version=event.version,
        keep=keep or event.hash.hex(),
        reason="Restored twice.",
    )
    told: Recorded = log.say(choice, said.pop("actor", OPERATOR), subject=subject, **said)
    # The verifier gets reference-events first.
    log.records.sort(key=lambda r: r.topic != "reference-events")
    return told


def test_a_fork_that_is_settled_is_told_and_is_no_finding(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ResearchLogged)
    other = rival(log, kept, summary="Otherwise.")
    assert log.codes() == [Code.FORK]
    settle(log, kept)
    log.close()
    report = log.verify()
    assert report.findings == []
    assert report.not_judged == 0
    (told,) = report.settled
    assert (told.who, told.reason, told.keep) == ("p-op", "Restored twice.", kept.hash.hex())
    assert len(told.fell) == 1
    assert kept.hash.hex() in str(told)
    assert other.hash.hex() not in str(told)
    assert report.summary()["settled"] == 1


def test_an_event_that_lies_behind_another_can_be_the_one_that_is_kept(log: Any) -> None:
    log.play(AssignmentProposed)
    first = log.last(Classified)
    second = rival(log, first, category="roads")
    settle(log, second)
    log.said[log.said.index(first)] = second
    log.play(without={type(e.data) for e in log.said})
    report = log.verify()
    assert report.findings == []
    assert report.settled[0].fell == [place_of(log, first)]


def place_of(log: Any, event: Recorded) -> str:
    record = log.records[log.record_of(event)]
    return f"{record.topic}/{record.partition}@{record.offset}"


def test_what_was_kept_is_folded_and_what_was_not_is_left_out(log: Any) -> None:
    log.play(DeadlineSet)
    first = log.last(Assigned)
    units = {"lead": first.data.lead.model_copy(update={"unit": "office"})}
    second = rival(log, first, **units)
    settle(log, second)
    log.said[log.said.index(first)] = second
    log.step(AssignmentAccepted)  # the unit of the one that fell
    assert Code.NOT_ITS_UNIT in log.codes()


def test_what_continues_an_event_that_fell_falls_with_it(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ResearchLogged)
    other = rival(log, kept, summary="Otherwise.")
    after = next(e for e in log.said if e.version == kept.version + 1 and e.source == kept.source)
    third = rival(log, after, {"previous": other.hash.hex()})
    rival(log, replace(third, version=99), {"previous": third.hash.hex()})
    settle(log, kept)
    report = log.verify()
    assert report.findings == []
    assert len(report.settled[0].fell) == 3


def test_an_unreadable_record_falls_where_another_is_kept(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ProposerContacted)
    record = log.records[log.record_of(kept)]
    log.put(Wire(record.wire.key, record.wire.headers, b"{"), record.topic, record.partition)
    assert log.codes() == [Code.UNREADABLE]
    settle(log, kept)
    assert log.codes() == []


def test_what_was_said_before_a_choice_was_known_is_not_judged_by_it(log: Any) -> None:
    log.play(DeadlineSet)
    first = log.last(Assigned)
    clock = log.step(DeadlineSet)  # supervision has read the first
    second = rival(log, first, duty_basis="Another.")
    settle(log, second)
    report = log.verify()
    assert [each.code for each in report.findings] == [Code.NOT_PROPOSED]  # the second's own fault
    assert report.not_judged == 1
    assert clock.causation == first.id


def test_what_may_rest_on_an_event_that_fell_is_not_judged_by_the_one_that_is_kept(
    log: Any,
) -> None:
    log.play(ReplyDrafted)
    first = log.last(AssignmentAccepted)
    second = rival(log, first, unit="office")
    log.step(ReplyDrafted)  # supervision has read the first
    settle(log, second)
    report = log.verify()
    assert {each.source for each in report.findings} == {"assignment"}
    assert report.not_judged == 3  # contact, research and draft: before it, or not knowing of it
    log.step(ReplyDrafted)  # supervision knows the choice
    found = log.verify().findings
    assert [f.code for f in found if f.source == "supervision"] == [Code.NOT_ACCEPTED]


def test_a_kept_event_need_not_be_the_next_part_of_what_fell(log: Any) -> None:
    log.play()
    first = log.last(CaseArchived)
    command = CommandRef(id=log.id(), hash="ab" * 32, part=1, of=1)
    settle(log, rival(log, first, {"command": command}))
    assert Code.PARTS_BROKEN not in log.codes()


def test_the_event_that_is_kept_must_be_there(log: Any) -> None:
    log.play(CaseArchived)
    settle(log, log.said[-1], keep="ab" * 32)
    assert Code.KEPT_MISSING in log.codes()


def test_a_choice_lies_under_its_place_and_is_made_once_by_a_person(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ResearchLogged)
    other = rival(log, kept, summary="Otherwise.")
    settle(log, kept, actor=None, reference=0)
    assert log.codes() == [Code.ACTOR_MISSING]
    settle(log, other)
    assert log.codes() == [Code.ACTOR_MISSING, Code.SETTLED_TWICE]
    settle(log, kept, fork=fork_at("case/other", "supervision", 1))
    assert log.codes() == [Code.ACTOR_MISSING, Code.SETTLED_TWICE, Code.WRONG_FORK_ID]


def test_only_assignment_settles(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ResearchLogged)
    rival(log, kept, summary="Otherwise.")
    settle(log, kept, source="supervision")
    assert set(log.codes()) == {Code.WRONG_SOURCE, Code.FORK}


def test_a_fork_of_what_is_published_is_settled_by_what_lies_behind_it(log: Any) -> None:
    log.play(CaseArchived)
    unit = next(e for e in log.said if isinstance(e.data, UnitOpened))
    other = rival(log, unit, name="Otherwise")
    assert topic_of(other.subject) == "reference-events"
    settle(log, unit)
    report = verify(log.records, {"case-events": 12, "reference-events": 1})
    assert report.findings == []
    assert len(report.settled[0].fell) == 1


def test_the_story_says_which_is_kept_and_why(log: Any) -> None:
    log.play(CaseArchived)
    kept = log.last(ResearchLogged)
    rival(log, kept, summary="Otherwise.")
    choice = settle(log, kept)
    settled = Settled()
    settled.learn(log.records[log.record_of(choice)])
    told = list(tell(log.records, log.subject, settled))
    notes = [each.note for each in told]
    assert (notes.count("not kept"), notes.count("fork")) == (1, 0)
    text = "\n".join(line for each in told for line in lines(each, {}))
    assert "NOT KEPT" in text
    assert "by p-op" in text
    assert "Restored twice." in text
