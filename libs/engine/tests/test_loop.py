"""The loop before it loads: what it must ask for."""

import json
from dataclasses import replace
from uuid import UUID

from toy_service import ANNA, CASE, SERVICE, command

from banli_engine.loop import Loop
from banli_engine.pending import from_message, grounds_of, others_of, to_waiting
from banli_engine.store import Database, Loaded, LoadedBatch, Message, Waiting
from banli_engine.work import Work
from banli_events.assignment import ClassifyItem
from banli_events.envelope import Wire


def _waits() -> LoadedBatch:
    body = {
        "id": str(UUID(int=1)),
        "type": "ClassifyItem",
        "subject": CASE,
        "actor": ANNA.model_dump(),
        "after": ["case/other@intake:2"],
        "data": {"category": "a"},
    }
    wire = Wire(None, (), json.dumps(body).encode())
    new = to_waiting(from_message(SERVICE, Message("submissions.assignment.x", 0, 1, wire)))
    return LoadedBatch({CASE: Loaded(waiting=[Waiting(1, new.kind, new.body, 0)])})


def test_the_grounds_of_what_waits_are_looked_up_like_those_of_what_is_asked() -> None:
    loop = Loop(SERVICE, Database(""), driven=False)
    asked = loop._resting({CASE: Work(commands=[command(category="b")])}, _waits())
    assert [type(each.command) for each in asked] == [ClassifyItem, ClassifyItem]
    assert grounds_of(asked) == {"case/other"}


def test_an_answer_looks_at_the_other_subjects_that_its_service_names() -> None:
    def look(asked: ClassifyItem) -> list[str]:
        return [f"case/of-{asked.category}"]

    service = replace(SERVICE, looks_at={ClassifyItem: look})
    loop = Loop(service, Database(""), driven=False)
    asked = loop._resting({CASE: Work(commands=[command(category="b")])}, _waits())
    assert others_of(service, asked) == {"case/of-a", "case/of-b"}
    assert others_of(SERVICE, asked) == set()
