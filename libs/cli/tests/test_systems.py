"""A system is let in step by step, so that what breaks off opened nothing; and is cut off again."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from banli_cli import systems
from banli_cli.profile import KafkaLogin, Profile, Service
from banli_cli.refusal import Denied, Misused, NotReached, Refusal
from banli_cli.systems import System, Wanted, admit, retire
from banli_events.assignment import SystemAdmitted

PROFILE = Profile(
    kafka=KafkaLogin(bootstrap="h:1"),
    services={"assignment": Service(http=("http://h",), database="postgresql://h/d")},
)
WANTED = Wanted("Letters", ("office",), ("RegisterItem", "ClassifyItem"), ("FEEDBACK",))


class World:
    """A cluster and assignment, that write down what is done to them, and may break at one."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.breaks_at: str | None = None
        self.login = False
        self.known: dict[str, System] = {}
        self.asked: dict[str, Any] = {}
        self.why: Refusal = NotReached("It does not answer.")

    def do(self, what: str) -> None:
        if what == self.breaks_at:
            raise self.why
        self.done.append(what)

    # -- Kafka

    def make_system_topics(self, *_: object, **__: object) -> list[str]:
        self.do("topics")
        return ["a"]

    def give_rights(self, *_: object, **__: object) -> None:
        self.do("rights")

    def give_login(self, *_: object) -> None:
        self.do("login")
        self.login = True

    def has_login(self, *_: object) -> bool:
        return self.login

    def dismiss_system(self, *_: object) -> None:
        self.do("dismissed")
        self.login = False

    # -- assignment

    def command(self, _: str, body: dict[str, Any]) -> dict[str, str]:
        self.do(body["type"])
        self.asked = body["data"]
        return {"outcome": "admitted"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name in ("make_system_topics", "give_rights", "give_login", "has_login", "dismiss_system"):
        monkeypatch.setattr(systems.provision, name, getattr(world, name))

    @contextmanager
    def admin(_: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(systems.cluster, "admin", admin)
    monkeypatch.setattr(systems, "_like_the_log", lambda *_: {})
    monkeypatch.setattr(systems, "published", lambda *_: world.known)
    return world


def let_in(world: World, file: Path | None, wanted: Wanted = WANTED) -> systems.Done:
    return admit(PROFILE, world, "letters", wanted, file)  # type: ignore[arg-type]


def test_the_login_comes_last_and_is_read_by_its_owner_alone(world: World, tmp_path: Path) -> None:
    file = tmp_path / "systems" / "letters.json"
    let_in(world, file)
    assert world.done == ["topics", "AdmitSystem", "rights", "login"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert '"submissions.intake.letters"' in file.read_text()
    assert "supervision" not in file.read_text(), "no command of its goes there"


@pytest.mark.parametrize("step", ["topics", "AdmitSystem", "rights", "login"])
def test_what_breaks_off_lets_nobody_in_and_once_more_finishes_it(
    world: World, tmp_path: Path, step: str
) -> None:
    world.breaks_at = step
    with pytest.raises(NotReached):
        let_in(world, tmp_path / "letters.json")
    assert not world.login
    assert "rights" not in world.done or step == "login", "no rights without the reference event"
    world.breaks_at, world.done = None, []
    let_in(world, tmp_path / "letters.json")
    assert world.done == ["topics", "AdmitSystem", "rights", "login"]


def test_a_login_that_is_there_stays_unless_another_is_asked_for(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "letters.json"
    let_in(world, file)
    before = file.read_text()
    world.done = []
    assert "stays as it is" in let_in(world, file).steps[-1]
    assert "login" not in world.done
    assert file.read_text() == before
    let_in(world, file, Wanted(*WANTED_WORDS, renew=True))
    assert world.done[-1] == "login"
    assert file.read_text() != before


WANTED_WORDS = (WANTED.title, WANTED.units, WANTED.commands, WANTED.grants)


def test_without_a_file_the_login_is_told_once(world: World) -> None:
    done = let_in(world, None)
    assert done.login is not None
    assert done.login["user"] == "letters"
    assert len(str(done.login["password"])) >= 32
    assert let_in(world, None).login is None


def test_what_is_left_out_is_as_it_was_before(world: World) -> None:
    said = SystemAdmitted(name="Letters", units=("office",), commands=("RegisterItem",))
    world.known = {"letters": System("letters", said, datetime.now(UTC), retired="For a while.")}
    let_in(world, None, Wanted(grants=("FEEDBACK",)))
    assert world.asked["units"] == ["office"]
    assert world.asked["commands"] == ["RegisterItem"]
    assert world.asked["grants"] == ["FEEDBACK"]


@pytest.mark.parametrize(
    ("name", "wanted", "sentence"),
    [
        ("intake", WANTED, "not a reserved word"),
        ("Letters", WANTED, "lower-case"),
        ("letters", Wanted(), "say --units and --commands"),
        ("letters", Wanted(None, ("office",), ("RegisterItm",)), "is it RegisterItem"),
        ("letters", Wanted(None, ("office",), ("RegisterItem",), ("ALL",)), "no grant ALL"),
        ("letters", Wanted(None, ("of fice",), ("RegisterItem",)), "units.0"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    world: World, name: str, wanted: Wanted, sentence: str
) -> None:
    with pytest.raises(Misused, match=sentence):
        admit(PROFILE, world, name, wanted, None)  # type: ignore[arg-type]
    assert world.done == []


def test_a_system_that_is_admitted_otherwise_is_to_be_retired_first(world: World) -> None:
    world.breaks_at, world.why = "AdmitSystem", Denied("Differently.", "already-admitted")
    with pytest.raises(Denied, match="retire it first"):
        let_in(world, None)


def test_it_is_cut_off_before_anything_is_said(world: World) -> None:
    retire(PROFILE, world, "letters", "Replaced.")  # type: ignore[arg-type]
    assert world.done == ["dismissed", "RetireSystem"]
    assert world.asked == {"reason": "Replaced."}
    world.breaks_at, world.done = "RetireSystem", []
    with pytest.raises(NotReached, match="It is cut off, but not yet published"):
        retire(PROFILE, world, "letters", "Replaced.")  # type: ignore[arg-type]
    assert world.done == ["dismissed"]


@pytest.mark.parametrize(
    ("system", "state"),
    [
        ({"login": True, "rights": 9}, "admitted"),
        ({"login": False, "rights": 9}, "NOT OPEN at Kafka"),
        ({"retired": "Why."}, "retired"),
        ({"retired": "Why.", "rights": 9}, "retired, NOT CLOSED"),
    ],
)
def test_where_events_and_kafka_disagree_it_is_said(system: dict[str, Any], state: str) -> None:
    said = SystemAdmitted(name="Letters", units=("office",), commands=("RegisterItem",))
    assert System("letters", said, datetime.now(UTC), **system).state == state
