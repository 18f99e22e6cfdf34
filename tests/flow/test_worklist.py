"""The worklist beside the services: what they admit as the next step waits for who asks it, and
what waits for somebody is admitted, or refused for a reason that the worklist names."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from detours import DETOURS
from moves import FILE, Item, Move, moves
from people import EVERYBODY, HUGO, ROLES
from test_reported import lines_of, rules_of
from walk import Walk
from works_done import DONE

from banli_engine.errors import TooEarly
from banli_events.catalogue import COMMANDS
from banli_events.envelope import Recorded, decode
from banli_events.intake import AddAttachment, AttachmentAdded
from banli_events.subjects import CASE_EVENTS
from banli_events.words import Actor
from banli_reporting.works import KINDS, Lines, Work, works

CASES = 60
TURNS = 60
FEEDING = (6, 10, 12, 14, 14, 19, 20)  # detours that give somebody else something to do

BESIDE = {
    "RegisterItem",  # there is no case yet
    "AddAttachment",
    "AssignSponsor",  # nobody waits for these
    "RecordMeasure",
    "RecordCallback",
}
ONCE_DONE = {
    "RecordConsultation",  # waits only where the rules ask for it; these, only before the reply
    "RecordContact",
    "LogResearch",
    "RequestCoOpinion",
    "SubmitCoOpinion",
    "DecidePublication",  # waits only where the rules ask for it
    "VerifyMeasure",
    "SendClosingReport",
    "RecordFeedback",  # a late one is recorded, but nobody waits for it
}
"""Steps that are admitted also where nobody waits for them any more."""


@dataclass
class Office:
    """A walk whose services have heard all, and what waits in it."""

    walk: Walk
    seen: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)
    _told: dict[str, list[Recorded]] = field(default_factory=dict)
    _read: int = 0

    def waiting(self, item: Item) -> list[tuple[Actor, Work]]:
        """What waits in a case, for each who holds a fitting post."""
        return [(one, work) for work in self.works(item) for one in self._theirs(work)]

    def works(self, item: Item) -> list[Work]:
        """What reporting makes of the log, all of which the services have read."""
        self.walk.office.settle()
        self.walk._hear()
        log = self.walk.office.log[CASE_EVENTS]
        for message in log[self._read :]:
            event = decode(message.wire)
            self._told.setdefault(event.subject, []).append(event)
        self._read = len(log)
        if item.subject not in self._told:
            return []
        lines = lines_of(self._told[item.subject])
        names = ("handling", "deadlines", "supervision")
        read = {name: lines[name] for name in names}
        rules = self.rules.get(lines["handling"].rules or "", {})
        return list(
            works(
                Lines(**read, asked=lines["counted"].asked, draft=lines["gates"].draft, rules=rules)
            )
        )

    def __post_init__(self) -> None:
        self.rules = rules_of(self.walk)

    def _theirs(self, work: Work) -> Iterator[Actor]:
        for one in EVERYBODY:
            if work.waits_for(ROLES[one], one.unit, [one.person]):
                yield one

    def ask(self, move: Move) -> str:
        """Ask, and tell what was answered."""
        service, subject, command, who = move
        before = len(self.walk.office.log[CASE_EVENTS])
        why = self.walk.office.ask(service, subject, command, who).why
        if why is not None:
            return "too-early" if isinstance(why, TooEarly) else why.code
        changed = len(self.walk.office.log[CASE_EVENTS]) > before
        return "admitted" if changed else "unchanged"


@pytest.fixture(scope="module")
def office() -> Office:
    """A bureau in which people do what waits for them, and now and then something else."""
    walk = Walk(CASES, seed=12)
    office = Office(walk)
    for turn in range(TURNS):
        for item in walk.items.values():
            _work_off(office, item)
            _step(office, item)
            if walk.random.random() < 0.15:
                walk.move(walk._choose(item))
            if walk.random.random() < 0.15:
                walk.move(DETOURS[walk.random.choice(FEEDING)](item, walk.today))
        if turn % 3 == 0:
            walk.office.advance(
                walk.office.now + timedelta(days=walk.random.choice([1, 8, 20, 40]))
            )
    return office


def _work_off(office: Office, item: Item) -> None:
    """Do one thing that waits in a case."""
    waiting = office.waiting(item)
    if not waiting:
        return
    item.random.shuffle(waiting)
    one, work = min(waiting, key=lambda each: office.seen[each[1].name])
    if work.name == "draft" and not item.has(AttachmentAdded):  # that a draft may name as proof
        file = AddAttachment(file=FILE, title="Photo", media_type="image/png", size=9)
        office.ask(("intake", item.subject, file, HUGO))
        office.walk.office.settle()
    command = DONE[work.name](item, work, office.walk.today)
    name = type(command).__name__
    assert name in KINDS[work.name].commands, work.name
    code = office.ask((COMMANDS[name].service, item.subject, command, one))
    office.seen[work.name] += 1
    if code != "admitted" and code not in KINDS[work.name].unless:
        office.refused[f"{work.name}: {code}"] += 1


def _step(office: Office, item: Item) -> None:
    """Take one next step, whoever may; where it is admitted, it waited for who took it."""
    listed = office.waiting(item)
    ahead = list(moves(item, office.walk.today))
    if not ahead:
        return
    move = item.random.choice(ahead)
    name = type(move[2]).__name__
    waited = any(one == move[3] and name in KINDS[work.name].commands for one, work in listed)
    if office.ask(move) == "admitted" and not waited and name not in BESIDE | ONCE_DONE:
        office.unlisted[f"{name} at {[w.name for _, w in listed]}"] += 1


def test_what_waits_for_somebody_is_admitted_or_refused_for_a_reason_that_is_named(
    office: Office,
) -> None:
    assert office.refused == Counter()
    assert sum(office.seen.values()) > 15 * CASES


def test_what_the_services_admit_as_the_next_step_waits_for_who_asks_it(office: Office) -> None:
    assert office.unlisted == Counter()


def test_every_kind_of_work_comes_up_and_can_be_done(office: Office) -> None:
    assert DONE.keys() == KINDS.keys()
    rare = {"assigners-answer", "reassign", "meeting"}
    assert KINDS.keys() - rare <= office.seen.keys(), KINDS.keys() - office.seen.keys()


def test_every_command_of_the_list_is_one_and_its_posts_may_give_it() -> None:
    for name, kind in KINDS.items():
        for command in kind.commands:
            assert command in COMMANDS, (name, command)
