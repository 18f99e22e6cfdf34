"""The story of a case: everything that lies on the log about it, and what it came to."""

from typing import Any

from banli_audit.story import Told, lines, tell
from banli_events.assignment import Assigned, Classified
from banli_events.intake import FeedbackReceived, ItemRegistered
from banli_events.supervision import DeadlineSet, ReplyApproved, ReplyDrafted, ReplyIssued


def story(log: Any) -> list[Told]:
    return list(tell(log.records, log.subject))


def read(told: list[Told]) -> str:
    before: dict[str, Any] = {}
    text: list[str] = []
    for each in told:
        text += lines(each, before)
        before = each.state
    return "\n".join(text)


def steps(told: list[Told]) -> list[str]:
    return [each.state["step"] for each in told]


def test_a_lead_case_goes_all_its_steps(log: Any) -> None:
    log.play()
    assert list(dict.fromkeys(steps(story(log)))) == [
        "REGISTERED",
        "CLASSIFIED",
        "PROPOSED",
        "ASSIGNED",
        "IN_HANDLING",
        "DRAFTED",
        "REVIEWED",
        "APPROVED",
        "SENT",
        "RATED",
        "ARCHIVED",
    ]


def test_the_state_at_the_end_holds_what_the_case_came_to(log: Any) -> None:
    log.play()
    state = story(log)[-1].state
    hash_ = log.last(ReplyDrafted).data.reply_hash
    assert state["assigned_to"]["lead"]["unit"] == "traffic"
    assert (state["approved"], state["sent"]["hash"]) == (hash_, hash_)
    assert state["feedback"] == {"s1#1": "SATISFIED", "s2#1": "SATISFIED"}
    assert state["deadlines"][0]["clock"] == "reply"
    assert state["archived"] is True


def test_each_event_says_who_when_why_and_knowing_what(log: Any) -> None:
    log.play()
    told = next(each for each in story(log) if each.event["type"] == "DeadlineSet")
    event = log.last(DeadlineSet)
    assert told.event["cause"] == {"id": log.last(Assigned).id, "what": "Assigned (assignment:3)"}
    assert told.event["seen"] == dict(event.context.seen)
    assert told.event["via"] == "reaction:start-the-clock"
    record = log.records[log.record_of(event)]
    assert told.place == {
        "topic": "case-events",
        "partition": record.partition,
        "offset": record.offset,
    }


def test_people_read_it_in_chinese_and_english_with_only_what_changed(log: Any) -> None:
    log.play()
    text = read(story(log))
    approved = log.last(ReplyApproved)
    assert f"supervision:6  审定签发 Reply approved  {approved.id}" in text
    assert "who      p-chief as chief of office, http" in text
    assert "why      ReplyIssued (supervision:7); part 2 of 2 of command" in text
    assert f"now      approved: {approved.data.reply_hash}" in text
    assert text.count("now      kind: SUGGESTION") == 1


def test_a_redelivery_and_a_fork_are_shown_and_change_nothing(log: Any) -> None:
    log.play(Assigned)
    record = log.records[log.record_of(log.last(Classified))]
    log.put(record.wire, record.topic, record.partition)
    log.step(Classified, version=1, data={"category": "other"}, previous=None)
    told = story(log)
    assert [each.note for each in told] == ["event"] * 3 + ["redelivery", "fork"]
    assert told[-1].state["category"] == "traffic"
    assert "FORK" in read(told)


def test_an_unreadable_record_is_shown_with_its_fault(log: Any) -> None:
    log.play(Assigned)
    log.change(log.last(Classified), b'{"context"', b'["context"')
    told = story(log)
    assert [each.note for each in told] == ["event", "unreadable", "event"]
    assert "UNREADABLE  json_invalid" in read(told)


def test_a_type_unknown_to_this_build_is_shown_by_its_name(log: Any) -> None:
    log.play(Classified)
    log.step(Classified, type="Unheard")
    told = story(log)
    assert (told[-1].event["label"]["en"], told[-1].event["data"]) == ("Unheard", None)
    assert told[-1].state["step"] == "REGISTERED"


def test_a_post_has_a_story_too(log: Any) -> None:
    log.subject = "post/chief"
    told = story(log)
    assert [each.event["type"] for each in told] == ["PostCreated", "HolderAppointed"]
    assert told[-1].state["terms"][0]["HolderAppointed"]["person"] == "p-chief"


def test_texts_are_shown_short_to_people_and_whole_to_machines(log: Any) -> None:
    log.step(ItemRegistered, data={"content": "long " * 100})
    (told,) = story(log)
    assert told.as_json()["data"]["content"].startswith("long " * 50)
    assert "content: long long" in read([told])
    assert max(map(len, read([told]).splitlines())) < 130


def test_other_cases_are_left_out(log: Any) -> None:
    log.play(FeedbackReceived)
    log.subject = "case/other"
    log.step(ItemRegistered)
    assert [each.event["type"] for each in story(log)] == ["ItemRegistered"]
    assert log.last(ReplyIssued).subject != log.subject
