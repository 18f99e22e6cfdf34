"""The body that the tests play: its units, posts and pack, and a case on the straight way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from banli_events.assignment import (
    AcceptAssignment,
    AdmitSystem,
    AppointHolder,
    ClassifyItem,
    ConfirmAssignment,
    CreatePost,
    OpenUnit,
    ProposeAssignment,
)
from banli_events.base import Command
from banli_events.intake import RecordFeedback, RegisterItem
from banli_events.subjects import numbered_case
from banli_events.supervision import (
    ApproveReply,
    DraftReply,
    FileCaseSummary,
    IssueReply,
    LogResearch,
    PassReply,
    PublishPack,
    RecordContact,
)
from banli_events.words import (
    Actor,
    Ask,
    ContactMode,
    Grade,
    ItemKind,
    Numbering,
    OuterAssignment,
    OuterRole,
    PostRole,
    Signer,
    SystemGrant,
)
from banli_testing.story import ANNA, ANSWERS, BEN, CARA, DORA, EMIL, HUGO, LEAD, OUTCOME, PACK

SYSTEM = "letters"
OTHER = "faxes"
"""A second system, which nobody uses but to be held back."""
RATINGS = "ratings"
"""A third, of those who handle nothing: it alone may record how a reply is rated."""
SINCE = date(2025, 1, 1)
UNITS = ("bureau", "supervision", "traffic")
POSTS: dict[Actor, PostRole] = {
    HUGO: PostRole.REGISTRAR,
    CARA: PostRole.SUPERVISION_OFFICE,
    DORA: PostRole.DEPUTY_CHIEF,
    EMIL: PostRole.CHIEF,
    ANNA: PostRole.HANDLER,
    BEN: PostRole.UNIT_HEAD,
}
PROPOSAL = ProposeAssignment(lead=LEAD, duty_basis="Traffic.", note="Analysed.")
BY_KAFKA = ("RegisterItem", "CorrectItem", "ClassifyItem", "LogResearch")


def publications() -> Iterator[tuple[str, list[tuple[str, Command]]]]:
    """List what is published before any case, by service and subject."""
    yield "assignment", [(f"unit/{unit}", OpenUnit(name=unit, since=SINCE)) for unit in UNITS]
    yield (
        "assignment",
        [
            (f"post/{one.post}", CreatePost(unit=one.unit, title=one.post, role=role))
            for one, role in POSTS.items()
        ],
    )
    yield (
        "assignment",
        [
            (f"post/{one.post}", AppointHolder(person=one.person, name=one.person, since=SINCE))
            for one in POSTS
        ],
    )
    admitted = AdmitSystem(name=SYSTEM, units=UNITS, commands=BY_KAFKA)
    yield "assignment", [(f"system/{system}", admitted) for system in (SYSTEM, OTHER)]
    rates = AdmitSystem(
        name=RATINGS,
        units=("supervision",),
        commands=("RecordFeedback",),
        grants=(SystemGrant.FEEDBACK,),
    )
    yield "assignment", [(f"system/{RATINGS}", rates)]
    yield "supervision", [("pack/congress", PublishPack(**PACK.model_dump()))]


@dataclass
class Straight:
    """One case on the straight way: each step by who may take it."""

    world: Any
    number: str
    after: tuple[str, ...] = ()

    @property
    def numbering(self) -> Numbering:
        """The number under which the congress knows it."""
        return Numbering(body="congress", level="city", term=16, session=3, number=self.number)

    @property
    def subject(self) -> str:
        """The subject of its events."""
        return numbered_case(ItemKind.SUGGESTION, self.numbering)

    @property
    def registration(self) -> RegisterItem:
        """The command that registers it."""
        return RegisterItem(
            kind=ItemKind.SUGGESTION,
            numbering=self.numbering,
            title="Crossings near schools",
            content="The crossings near schools are unsafe.",
            asks=(Ask(id="a1", text="Set up lights."), Ask(id="a2", text="Send patrols.")),
            signers=(
                Signer(person="P-li", name="Li", unit="First school", lead=True),
                Signer(person="P-wang", name="Wang", unit="Second school"),
            ),
            outer=OuterAssignment(assigner="Congress office", role=OuterRole.LEAD),
            received_on=SINCE,
        )

    def take(self, service: str, command: Command, actor: Actor) -> "Straight":
        """Take a step; the next one rests on it."""
        subject = None if isinstance(command, RegisterItem) else self.subject
        reply = self.world.ask(service, command, actor, subject, after=self.after)
        assert reply.status == 200, (command, reply.body)
        return replace(self, after=(reply.body["after"],))

    def registered(self) -> "Straight":
        """Register it."""
        return self.take("intake", self.registration, HUGO)

    def assigned(self) -> "Straight":
        """Register it and hand it to the traffic unit, which takes it on."""
        return (
            self.registered()
            .take("assignment", ClassifyItem(category="Road safety"), CARA)
            .take("assignment", PROPOSAL, CARA)
            .take("assignment", ConfirmAssignment(), CARA)
            .take("assignment", AcceptAssignment(), ANNA)
        )

    def approved(self) -> "Straight":
        """Bring it so far that its reply may be sent."""
        contact = RecordContact(
            signer="P-li", mode=ContactMode.VISIT, contacted_on=SINCE, summary="Walked there."
        )
        draft = DraftReply(
            text=f"Thank you ({self.number}).", answers=ANSWERS, outcome=OUTCOME, measures=("L",)
        )
        ready = (
            self.assigned()
            .take("supervision", contact, ANNA)
            .take("supervision", LogResearch(researched_on=SINCE, summary="Counted."), ANNA)
        )
        reply = self.world.ask("supervision", draft, ANNA, self.subject, after=ready.after)
        hash_ = reply.body["events"][0]["data"]["reply_hash"]
        passed = PassReply(reply_hash=hash_, form="In order.", substance="To the point.")
        return ready.take("supervision", passed, BEN).take(
            "supervision", ApproveReply(reply_hash=hash_), EMIL
        )

    @property
    def issue(self) -> IssueReply:
        """The command that sends its reply."""
        return IssueReply(document_number=f"doc-{self.number}", issued_on=SINCE)

    def issued(self) -> "Straight":
        """Send its reply."""
        return self.take("supervision", self.issue, CARA)

    @property
    def summary(self) -> FileCaseSummary:
        """The command that sums it up, and closes it where everybody is content."""
        return FileCaseSummary(summary=f"Done ({self.number}).")


def feedback(signer: str, grade: Grade = Grade.SATISFIED) -> RecordFeedback:
    """A signer's rating."""
    return RecordFeedback(signer=signer, grade=grade, received_on=SINCE)
