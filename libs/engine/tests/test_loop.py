"""The loop before it loads: what it must ask for."""

import json
from uuid import UUID

from toy_service import ANNA, CASE, SERVICE, command

from banli_engine.loop import Loop
from banli_engine.pending import from_message, to_waiting
from banli_engine.store import Database, Loaded, LoadedBatch, Message, Waiting
from banli_engine.work import Work
from banli_events.envelope import Wire


def test_the_grounds_of_what_waits_are_looked_up_like_those_of_what_is_asked() -> None:
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
    batch = LoadedBatch({CASE: Loaded(waiting=[Waiting(1, new.kind, new.body, 0)])})
    loop = Loop(SERVICE, Database(""), driven=False)
    assert loop._grounds({CASE: Work(commands=[command(category="b")])}, batch) == {"case/other"}
