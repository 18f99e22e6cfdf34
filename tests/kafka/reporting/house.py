"""A house with its posts, and cases that each say something else about who may see them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reported import history

from banli_events.assignment import (
    AppointmentEnded,
    ChargeGiven,
    HolderAppointed,
    PostCreated,
    Reassigned,
    SponsorAssigned,
    TasksDivided,
    UnitOpened,
)
from banli_events.base import Event
from banli_events.envelope import Recorded
from banli_events.intake import AttachmentAdded, HandOverListed
from banli_events.subjects import numbered_case
from banli_events.supervision import CoOpinionRequested, CoOpinionSubmitted, ReplyDrafted
from banli_events.words import ItemKind, Numbering, OuterRole, PostRole, Responsible, Task
from banli_testing import story
from banli_testing.grammar import Said, record, said

SINCE = date(2020, 1, 1)
UNITS = {"bureau": None, "office": "bureau", "traffic": "bureau", "traffic-east": "traffic",
         "patrol": "bureau", "fire": "bureau"}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: the post that the token names, and what is true of it."""

    person: str
    post: str | None = None
    unit: str | None = None
    role: PostRole | None = None
    charge: tuple[str, ...] = ()

    @property
    def claims(self) -> dict[str, str]:
        return {} if self.post is None else {"post": self.post, "unit": self.unit or ""}


CALLERS: Mapping[str, Caller] = {
    "registrar": Caller("hugo", "registry", "office", PostRole.REGISTRAR),
    "office": Caller("cara", "office", "office", PostRole.SUPERVISION_OFFICE),
    "chief": Caller("emil", "chief", "bureau", PostRole.CHIEF),
    "deputy": Caller("dora", "deputy", "bureau", PostRole.DEPUTY_CHIEF, ("traffic",)),
    "other deputy": Caller("dan", "deputy-2", "bureau", PostRole.DEPUTY_CHIEF, ("fire",)),
    "handler": Caller("anna", "traffic-handler", "traffic", PostRole.HANDLER),
    "head": Caller("ben", "traffic-head", "traffic", PostRole.UNIT_HEAD),
    "section": Caller("eve", "east-handler", "traffic-east", PostRole.HANDLER),
    "co-unit": Caller("finn", "patrol-handler", "patrol", PostRole.HANDLER),
    "acting": Caller("gus", "patrol-head", "patrol", PostRole.UNIT_HEAD),
    "fire": Caller("iris", "fire-handler", "fire", PostRole.HANDLER),
}
SIGNERS = {"signer": Caller(story.LI), "second signer": Caller(story.WANG)}
OPERATOR = Caller("operator")
NOBODY = Caller("zoe")
GONE = Caller("ivo", "fire-head", "fire")  # held the post until yesterday
PRETENDER = Caller("finn", "chief", "bureau")  # names a post of another
ELSEWHERE = Caller("finn", "patrol-handler", "traffic")  # names a unit that is not its post's


def published(today: date) -> list[Recorded]:
    """What the house is, on reference-events."""
    said_: list[tuple[str, Event]] = [
        (f"unit/{unit}", UnitOpened(name=unit, parent=parent, since=SINCE))
        for unit, parent in UNITS.items()
    ]
    for one in CALLERS.values():
        assert one.role is not None
        assert one.unit is not None
        said_.append((f"post/{one.post}", PostCreated(unit=one.unit, title="x", role=one.role)))
        held = HolderAppointed(
            person=one.person, name=one.person, since=SINCE, acting=one.person == "gus"
        )
        said_.append((f"post/{one.post}", held))
        if one.charge:
            said_.append((f"post/{one.post}", ChargeGiven(units=one.charge)))
    said_.append(("post/fire-head", PostCreated(unit="fire", title="x", role=PostRole.UNIT_HEAD)))
    said_.append(("post/fire-head", HolderAppointed(person="ivo", name="ivo", since=SINCE)))
    ended = AppointmentEnded(person="ivo", since=today - timedelta(days=1), reason="retired")
    said_.append(("post/fire-head", ended))
    told: list[Recorded] = []
    for subject, event in said_:
        before = [each for each in told if each.subject == subject]
        told.append(record(before, subject, said(event)))
    return told


def _by(unit: str, leader: str = "dora") -> Responsible:
    return Responsible(unit=unit, leader=leader, handler=f"{unit}-handler")


def _item(n: int, *accused: str, signers: tuple[str, ...] = ()) -> Event:
    here = tuple(each for each in story.REGISTERED.signers if each.person in signers)
    return story.REGISTERED.model_copy(
        update={
            "title": f"Title {n}.",
            "content": f"Content {n}.",
            "numbering": numbering(n),
            "signers": here or (story.REGISTERED.signers[0].model_copy(update={"person": "P-x"}),),
            "accused": accused,
        }
    )


def numbering(n: int) -> Numbering:
    return story.NUMBERING.model_copy(update={"number": str(n)})


def subject(n: int) -> str:
    return numbered_case(ItemKind.SUGGESTION, numbering(n))


def _assigned(lead: str, *co: str, leader: str = "dora") -> Event:
    update = {"lead": _by(lead, leader), "co": tuple(_by(unit, leader) for unit in co)}
    return story.ASSIGNED.model_copy(update=update)


_EAST = Task(id="t1", unit="traffic-east", role=OuterRole.LEAD, handler="eve", what="x")
_UNSENT = story.REPLY.model_copy(update={"text": "A draft that never went out."})

LIVES: Mapping[int, tuple[Event | Said, ...]] = {
    1: (  # traffic leads, patrol is co; answered
        _item(1, signers=(story.LI, story.WANG)),
        *(story.CLASSIFIED, story.PROPOSED, _assigned("traffic", "patrol"), story.CLOCK),
        *(story.ACCEPTED, story.CONTACTED, story.RESEARCHED),
        CoOpinionRequested(unit="patrol", question="An inner question."),
        CoOpinionSubmitted(unit="patrol", opinion="An inner opinion."),
        said(ReplyDrafted(reply=_UNSENT, reply_hash=_UNSENT.digest()), by=story.ANNA),
        *(story.DRAFTED, story.PASSED, story.APPROVED, story.ISSUED),
    ),
    2: (_item(2, "traffic"), story.CLASSIFIED, _assigned("fire", leader="dan")),
    3: (  # traffic had it
        _item(3, signers=(story.LI,)),
        *(story.CLASSIFIED, _assigned("traffic")),
        Reassigned(lead=_by("fire", "dan"), duty_basis="x", reason="x"),
    ),
    4: (_item(4, "emil"), story.CLASSIFIED, _assigned("patrol", leader="dora")),
    5: (_item(5, "hugo", signers=(story.WANG,)),),
    6: (  # dan vouches for it, traffic has nothing of it
        *(_item(6), story.CLASSIFIED, _assigned("patrol", leader="emil")),
        SponsorAssigned(person="dan", post="deputy-2"),
    ),
    7: (  # a section has a part
        *(_item(7), story.CLASSIFIED, _assigned("traffic"), story.CLOCK, story.ACCEPTED),
        TasksDivided(unit="traffic", tasks=(_EAST,)),
    ),
    9: (_item(9), story.CLASSIFIED, _assigned("traffic-east", leader="emil")),  # a section leads
    8: (_item(8, "dan"), story.CLASSIFIED, _assigned("traffic"),
        Reassigned(lead=_by("fire", "dan"), duty_basis="x", reason="x")),
}  # fmt: skip

FILES = {n: f"file {n}".encode() for n in LIVES}
"""A file of each case, by its content."""

ALL = frozenset(LIVES)
SEEN: Mapping[str, frozenset[int]] = {
    "registrar": ALL - {5},
    "office": ALL,
    "chief": ALL - {4},
    "deputy": frozenset({1, 3, 7, 8, 9, 4}),  # in charge of traffic; she leads 4
    "other deputy": frozenset({2, 3, 6}),  # 8 accuses him
    "handler": frozenset({1, 3, 7, 8, 9}),
    "head": frozenset({1, 3, 7, 8, 9}),
    "section": frozenset({7, 9}),
    "co-unit": frozenset({1, 4, 6}),
    "acting": frozenset({1, 4, 6}),
    "fire": frozenset({2, 3, 8}),
}
"""Written down by hand: who sees which case. What accuses a unit its sections see no more."""

SIGNED = {"signer": frozenset({1, 3}), "second signer": frozenset({1, 5})}

LISTED = HandOverListed(
    assigner="Congress office",
    kind=ItemKind.SUGGESTION,
    numberings=tuple(numbering(n) for n in sorted(ALL)),
    stated_total=len(ALL),
    received_on=SINCE,
)


def name_of(n: int) -> str:
    return hashlib.sha256(FILES[n]).hexdigest()


def _file(n: int) -> Event:
    size = len(FILES[n])
    return AttachmentAdded(file=name_of(n), title="x", media_type="text/plain", size=size)


def lives() -> list[Recorded]:
    """All cases, and the list of what was handed over."""
    told = [
        event for n, facts in LIVES.items() for event in history(subject(n), [*facts, _file(n)])
    ]
    return [*told, *history("handover/s", [LISTED])]
