"""A body, its people and one case of it, for tests: the facts of the straight way, by name."""

from datetime import UTC, date, datetime

from banli_events.assignment import (
    Assigned,
    AssignmentAccepted,
    AssignmentProposed,
    Classified,
    HolderAppointed,
    PostCreated,
    UnitOpened,
)
from banli_events.intake import ItemRegistered
from banli_events.subjects import numbered_case
from banli_events.supervision import (
    DeadlineRule,
    DeadlineSet,
    PackPublished,
    ProposerContacted,
    Reply,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReviewed,
    ResearchLogged,
)
from banli_events.words import (
    Actor,
    Ask,
    AskAnswer,
    ContactMode,
    ItemKind,
    Numbering,
    Outcome,
    OutcomeClass,
    OuterAssignment,
    OuterRole,
    PackRef,
    PostRole,
    Product,
    Responsible,
    Signer,
)
from banli_testing.grammar import publish, said

YEAR = date(2025, 1, 1)

ANNA = Actor(person="anna", post="traffic-handler", unit="traffic")
ANNA_AS_HEAD = Actor(person="anna", post="traffic-head", unit="traffic")
ANNA_AS_CHIEF = Actor(person="anna", post="chief", unit="bureau")
BEN = Actor(person="ben", post="traffic-head", unit="traffic")
CARA = Actor(person="cara", post="office", unit="supervision")
DORA = Actor(person="dora", post="deputy-chief", unit="bureau")
EMIL = Actor(person="emil", post="chief", unit="bureau")
FINN = Actor(person="finn", post="patrol-handler", unit="patrol")
GRACE = Actor(person="grace", post="patrol-head", unit="patrol")
HUGO = Actor(person="hugo", post="registry", unit="supervision")
IRIS = Actor(person="iris", post="fire-handler", unit="fire")

_UNITS = ("bureau", "supervision", "traffic", "patrol", "fire")
_POSTS = (
    (ANNA, PostRole.HANDLER),
    (BEN, PostRole.UNIT_HEAD),
    (CARA, PostRole.SUPERVISION_OFFICE),
    (DORA, PostRole.DEPUTY_CHIEF),
    (EMIL, PostRole.CHIEF),
    (FINN, PostRole.HANDLER),
    (GRACE, PostRole.UNIT_HEAD),
    (HUGO, PostRole.REGISTRAR),
    (IRIS, PostRole.HANDLER),
)

PACK = PackPublished(
    version=1,
    name="Congress and committee items",
    kinds=(ItemKind.SUGGESTION, ItemKind.PROPOSAL),
    reply=DeadlineRule(days=90, clause="article 12"),
    co_opinion=DeadlineRule(days=30, clause="article 14"),
    approver=PostRole.CHIEF,
    timezone="Asia/Shanghai",
    valid_from=YEAR,
)
RULES = PackRef(pack="congress", version=1)

BODY = (
    *((f"unit/{unit}", UnitOpened(name=unit, since=YEAR)) for unit in _UNITS),
    *(
        (f"post/{one.post}", PostCreated(unit=one.unit, title=one.post, role=role))
        for one, role in _POSTS
    ),
    *(
        (f"post/{one.post}", HolderAppointed(person=one.person, name=one.person, since=YEAR))
        for one in (*(one for one, _ in _POSTS), ANNA_AS_HEAD, ANNA_AS_CHIEF)
    ),
)
"""Five units, nine posts and their holders (Anna also stands in for Ben and Emil)."""

PUBLISHED = publish(*BODY, ("pack/congress", PACK))
"""The body with one pack of the first kind."""

NUMBERING = Numbering(body="congress", level="city", term=16, session=3, number="117")
CASE = numbered_case(ItemKind.SUGGESTION, NUMBERING)
LI, WANG = "P-li", "P-wang"

REGISTERED = ItemRegistered(
    kind=ItemKind.SUGGESTION,
    numbering=NUMBERING,
    title="Crossings near schools",
    content="The crossings near schools are unsafe.",
    asks=(Ask(id="a1", text="Set up lights."), Ask(id="a2", text="Send patrols.")),
    signers=(
        Signer(person=LI, name="Li", unit="First school", lead=True),
        Signer(person=WANG, name="Wang", unit="Second school"),
    ),
    outer=OuterAssignment(assigner="Congress office", role=OuterRole.LEAD),
    received_on=date(2025, 3, 3),
)
REGISTERED_AS_CO = REGISTERED.model_copy(
    update={
        "outer": OuterAssignment(
            assigner="Congress office", role=OuterRole.CO, lead="Transport bureau"
        )
    }
)

LEAD = Responsible(unit="traffic", leader="dora", handler="anna")
CO = Responsible(unit="patrol", leader="dora", handler="finn")
CLASSIFIED = Classified(category="Road safety")
PROPOSED = AssignmentProposed(
    lead=LEAD, co=(CO,), duty_basis="Traffic keeps crossings.", note="Two units looked at it."
)
ASSIGNED = Assigned(lead=LEAD, co=(CO,), duty_basis="Traffic keeps crossings.")
ACCEPTED = AssignmentAccepted(unit="traffic")

DUE = datetime(2025, 6, 8, 16, tzinfo=UTC)
"""Midnight in Shanghai at the end of the ninetieth day after the assignment."""

CLOCK = DeadlineSet(
    clock="reply",
    due=DUE,
    counted_from=date(2025, 3, 10),
    days=90,
    rules=RULES,
    clause="article 12",
)
CONTACTED = ProposerContacted(
    signer=LI, mode=ContactMode.VISIT, contacted_on=date(2025, 3, 10), summary="Walked there."
)
RESEARCHED = ResearchLogged(researched_on=date(2025, 3, 10), summary="Counted cars.")

ANSWERS = (AskAnswer(ask="a1", text="In May."), AskAnswer(ask="a2", text="Since today."))
OUTCOME = Outcome(result=OutcomeClass.A, proof="Lights work since 2 May.")
REPLY = Reply(
    product=Product.REPLY,
    text="Thank you. The crossings are safe now.",
    answers=ANSWERS,
    outcome=OUTCOME,
    measures=("Lights at four crossings",),
    addressees=(LI, WANG),
)
CO_OPINION = REPLY.model_copy(update={"product": Product.CO_OPINION, "addressees": ()})
DRAFTED = said(ReplyDrafted(reply=REPLY, reply_hash=REPLY.digest()), by=ANNA)
PASSED = said(
    ReplyReviewed(
        reply_hash=REPLY.digest(),
        form="In order.",
        substance="To the point.",
        role=PostRole.UNIT_HEAD,
    ),
    by=BEN,
)
APPROVED = said(ReplyApproved(reply_hash=REPLY.digest(), role=PostRole.CHIEF), by=EMIL)
ISSUED = said(
    ReplyIssued(
        reply_hash=REPLY.digest(),
        to=(LI, WANG),
        document_number="2025-41",
        issued_on=date(2025, 3, 10),
    ),
    by=CARA,
)
