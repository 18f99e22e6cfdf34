"""A random walk over the three real services: many cases at once, lawful and unlawful commands."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from detours import DETOURS, RARE
from moves import Item, Move, moves
from people import BY_DAYS, BY_WORKING_DAYS, EVERYBODY, publications

from banli_assignment.service import SERVICE as ASSIGNMENT
from banli_engine.decider import LOCAL
from banli_events.envelope import decode
from banli_events.subjects import CASE_EVENTS
from banli_intake.service import SERVICE as INTAKE
from banli_supervision.service import SERVICE as SUPERVISION
from banli_testing.office import Office


@dataclass
class Walk:
    """The bureau, its cases, and chance."""

    cases: int
    seed: int
    answers: Counter[str] = field(default_factory=Counter)  # refusal codes, and what was admitted
    types: Counter[str] = field(default_factory=Counter)  # of the events about cases

    def __post_init__(self) -> None:
        """Open the bureau."""
        self.random = Random(self.seed)
        self.office = Office((INTAKE, ASSIGNMENT, SUPERVISION))
        for service, subject, command in publications():
            answered = self.office.ask(service, subject, command)
            assert answered.why is None, (subject, answered.why)
            self.office.settle()
        self.items: dict[str, Item] = {}
        for number in range(self.cases):
            item = Item(number, Random(self.random.random()))
            mountain = item.body == BY_WORKING_DAYS.bodies[0]
            item.chain = (BY_WORKING_DAYS if mountain else BY_DAYS).chain
            self.items[item.subject] = item
        self._read = 0
        self._said: list[Move] = []  # by now, to be said again by anybody

    def go(self, steps: int) -> None:
        """Let people do things, services hear of each other late, and time go on."""
        for step in range(steps):
            item = self.random.choice([*self.items.values()])
            self.move(self._choose(item))
            if step % 3 == 0:
                for desk in self.office.desks.values():
                    desk.read(self.office.now, self.random.choice([0, 1, 5, 50]))
            if step % self.cases == 0:
                days = self.random.choice([0.1, 0.5, 1, 2, 8])
                self.office.advance(self.office.now + timedelta(days=days))
            self._hear()
        self.office.settle()
        self._hear()

    def finish(self, rounds: int = 60) -> None:
        """Let everybody do what is left, in order, until nothing more can be done."""
        for item in self.items.values():
            item.calm = True
        for _ in range(rounds):
            before = len(self.office.log[CASE_EVENTS])
            for item in self.items.values():
                for move in list(moves(item, self.today)):
                    self.move(move)
                    self._hear()
            self.office.advance(self.office.now + timedelta(days=40))
            self._hear()
            if len(self.office.log[CASE_EVENTS]) == before:
                return

    @property
    def today(self) -> date:
        """The civil day."""
        return self.office.now.astimezone(LOCAL).date()

    def move(self, move: Move) -> None:
        """Ask, and count what was answered."""
        service, subject, command, who = move
        answered = self.office.ask(service, subject, command, who)
        code = answered.why.code if answered.why else "admitted"
        self.answers[f"{type(command).__name__}: {code}"] += 1
        self._said.append(move)

    def _choose(self, item: Item) -> Move:
        dice = self.random.random()
        if dice < 0.06 and self._said:
            service, subject, command, _ = self.random.choice(self._said)
            return service, subject, command, self.random.choice(EVERYBODY)
        if dice < 0.25:
            which = self.random.randrange(len(DETOURS))
            if which not in RARE or self.random.random() < 0.05:
                return DETOURS[which](item, self.today)
        ahead = list(moves(item, self.today))
        return self.random.choice(ahead) if ahead else DETOURS[2](item, self.today)

    def _hear(self) -> None:
        log = self.office.log[CASE_EVENTS]
        for message in log[self._read :]:
            event = decode(message.wire)
            if event.subject in self.items:
                self.items[event.subject].hear(event)
                self.types[event.type] += 1
        self._read = len(log)
