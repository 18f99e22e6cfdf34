"""One run from start to end: play, look, damage, rebuild, ask again, audit."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from banli_demo import checks, finding, sabotage
from banli_demo.around import LISTED
from banli_demo.checks import Report
from banli_demo.driver import SERVICES, Driver
from banli_demo.looking import Looking
from banli_demo.people import People
from banli_demo.persons import Persons
from banli_demo.play import Played, play
from banli_demo.rebuilding import rebuild
from banli_demo.scenario import Step, Way, moment
from banli_demo.scripts import tell
from banli_demo.show import show_evaluation, show_ledger
from banli_demo.stage import Stage
from banli_demo.suggestions import read_year
from banli_demo.traffic import Traffic
from banli_demo.ways import Said, Ways
from banli_events.words import PostRole
from banli_local.folder import PortTaken

OPERATOR = "operator"
OPEN_ITEM = "P-0106"


class Run:
    """A run, and what it goes by."""

    def __init__(self, kind: str, say: Callable[[str], None]) -> None:
        self.report, self.kind, self.say = Report(), kind, say
        self.stage = self._stage()
        self.year = read_year() if not kind else read_year().only("P")
        self.people = People(self.stage.settings.files)
        self.steps: list[Step] = []
        self.cases = {item.key: self.year.subject(item) for item in self.year.items}
        self.looking: Looking
        self.damage = ""

    def all(self) -> None:
        """Do all of it; whatever happens, what was started is stopped.

        A start that fails stops what it started by itself.
        """
        self._start()
        try:
            office = self.people.in_post(PostRole.SUPERVISION_OFFICE).person
            self.looking = Looking(
                *(self.stage.url, self.stage.operator(), self.stage.stack.token(office)),
                self._auditor(),
            )
            self._all()
            self.looking.close()
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            self.say("stopping")
            self.stage.stack.stop()

    def _start(self) -> None:
        """Start the stack; where somebody was quicker to take a free port, choose others."""
        for _ in range(3):
            try:
                return self.stage.stack.start()
            except PortTaken:
                self.stage = self._stage()
        return self.stage.stack.start()

    def _stage(self) -> Stage:
        return Stage(self.say, uncompressed=self.kind in ("drop", "flip"))

    def _all(self) -> None:
        persons = Persons(self.stage.url, self.stage.stack.token, self.people)
        if not self.kind:
            self.year = self.year.naming(persons.enter())
        self.steps = tell(self.year, self.people)
        self.say("playing 2022, of the proposals alone" if self.kind else "playing 2022")
        played = asyncio.run(self._with_ways(self._play))
        self.say("played")
        show_ledger(self.looking, self.cases)
        show_evaluation(self.looking)
        if self.kind:
            self._damage()
        else:
            persons.forget()
            self.report.add("persons", persons.seen())
            self.report.add_all(finding.of_the_year(self.looking, self.cases))
            asyncio.run(self._with_ways(lambda ways, driver: self._rebuild(ways, driver, played)))
            self.report.add("persons.rebuilt", persons.seen())
        self.say("auditing the log")
        self._audit()

    # -- the parts

    async def _play(self, ways: Ways, driver: Driver) -> Played:
        looks = {} if self.kind else {moment(LISTED): self._look_at_the_lists}
        return await play(self.steps, ways, driver, self.say, looks)

    def _look_at_the_lists(self) -> None:
        """Compare the assigners' lists with the register while one item is not registered yet."""
        self.report.add("lists.before", finding.lists(self.looking))

    async def _rebuild(self, ways: Ways, driver: Driver, played: Played) -> None:
        """Rebuild every database while submissions keep coming; then compare, and ask again."""
        traffic = Traffic(self.year, self.people, ways)
        asked = await traffic.prepare()
        await driver.rest()
        reference = [order.subject for stage in self.stage.stack.content.stages for order in stage]
        places = list(self.cases.values()), traffic.subjects, list(dict.fromkeys(reference))
        before = await asyncio.to_thread(self.looking.snapshot, *places)
        self.say("rebuilding every database while submissions keep coming")
        running = asyncio.create_task(traffic.run())
        try:
            ended = await rebuild(SERVICES, self.stage.home / "banli.toml", self.say)
        except BaseException:
            traffic.give_up()
            raise
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        came, unanswered = await traffic.answers()
        await driver.rest()
        after = await asyncio.to_thread(self.looking.snapshot, *places)
        self.report.add("rebuilds", ended)
        self.report.add_all(checks.of_the_rebuild(before, after))
        self.report.add("rebuilt.set-aside", self.looking.set_aside())
        self._traffic(traffic, came, unanswered, asked)
        await self._again(ways, driver, played)

    def _traffic(self, traffic: Traffic, came: list[Said], unanswered: int, asked: int) -> None:
        self.say(f"{len(traffic.sent)} submissions came meanwhile")
        events = sum(len(self.looking.story(subject)) for subject in traffic.subjects)
        clocks = 4  # that nobody asked for: of both items the time to object to the assigner, of
        # the one in hand also the unit's time to object and the reply's
        self.report.add("traffic.unanswered", unanswered)
        self.report.add("traffic.refused", sum(each.outcome != "admitted" for each in came))
        self.report.add("traffic.events", events - asked - clocks - len(traffic.sent))

    async def _again(self, ways: Ways, driver: Driver, played: Played) -> None:
        """Ask every command of the year once more: each gets the answer that it got."""
        self.say("asking every command of the year once more")
        said = await ways.ask([(step, played.asked[step.name]) for step in self.steps])
        answers = {step.name: each for step, each in zip(self.steps, said, strict=True)}
        await driver.rest()
        for way in ("http", "kafka"):
            self.report.add(f"again.{way}", self._refused_again(way, played, answers))
        other = [name for name, each in answers.items() if each != played.answers[name]]
        self.report.add("again.all", other)

    def _refused_again(self, way: Way, played: Played, answers: dict[str, Said]) -> list[str]:
        steps = [step for step in self.steps if step.refusal and step.way == way]
        return sorted(
            answers[step.name].code or ""
            for step in steps
            if answers[step.name].receipt == played.answers[step.name].receipt
            and answers[step.name].outcome == "refused"
        )

    def _damage(self) -> None:
        """Damage the log, then rebuild the database of the service whose event it was."""
        target = sabotage.target_in(self.looking.told(self.cases[sabotage.ITEM]))
        self.damage = sabotage.damage(self.kind, self.stage, target)
        self.say(self.damage)
        profile = self.stage.home / "banli.toml"
        self.say(f"rebuilding {sabotage.SERVICE}")
        ended = asyncio.run(rebuild([sabotage.SERVICE], profile, self.say))
        self.say(f"ended with {ended[sabotage.SERVICE]}")
        self.report.add("rebuilt.set-aside", self.looking.set_aside())

    def _audit(self) -> None:
        found = checks.findings(self.looking.verify())
        self.report.add("audit", found)
        story = self.looking.told(self.cases[OPEN_ITEM])
        self.report.add("audit.story", story[-1]["state"]["step"])

    # -- helpers

    async def _with_ways(self, act: Callable[[Ways, Driver], Awaitable[Any]]) -> Any:
        driver = Driver(self.stage.url, self.stage.stack.token, OPERATOR)
        try:
            async with Ways(self.stage.url, self.stage.stack.token, self.stage.client) as ways:
                return await act(ways, driver)
        finally:
            await driver.close()

    def _auditor(self) -> dict[str, str]:
        """Tell the auditor where Kafka is; of the rest of the environment only the path."""
        servers = self.stage.stack.servers
        login = servers.login("auditor")
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "BANLI_KAFKA": servers.bootstrap,
            "BANLI_KAFKA_USER": login.user,
            "BANLI_KAFKA_PASSWORD": login.password,
            "BANLI_KAFKA_MECHANISM": login.mechanism,
            "BANLI_KAFKA_PROTOCOL": login.protocol,
        }
