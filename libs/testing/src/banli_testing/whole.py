"""The same case under a rule set that asks for everything: the facts of the whole way, by name."""

from datetime import date

from banli_events.assignment import PlanFiled
from banli_events.deadlines import ClockKind, Span, Step
from banli_events.intake import AttachmentAdded, FeedbackReceived
from banli_events.supervision import (
    CalendarPublished,
    ClockRule,
    ClosingReportSent,
    ConsultationHeld,
    CoOpinionRequested,
    CoOpinionSubmitted,
    MeasureVerified,
    PublicationDecided,
    ReplyApproved,
    ReplyDrafted,
    ReplyIssued,
    ReplyReviewed,
    RuleSet,
    RuleSetPublished,
    StepRule,
)
from banli_events.words import Adopted, Extent, Grade, ItemKind, PackRef, PostRole, Taken
from banli_testing.grammar import publish, said
from banli_testing.story import (
    ACCEPTED,
    ANNA,
    ASSIGNED,
    BEN,
    BODY,
    CARA,
    CLOCK,
    CONTACTED,
    DORA,
    EMIL,
    FINN,
    LI,
    OUTCOME,
    REGISTERED,
    REPLY,
    RESEARCHED,
    WANG,
    YEAR,
)

WHOLE_SET = RuleSet(
    name="Items of the city congress",
    kinds=(ItemKind.SUGGESTION, ItemKind.PROPOSAL),
    valid_from=YEAR,
    timezone="Asia/Shanghai",
    calendar="days",
    clocks=tuple(
        ClockRule(clock=clock, span=Span(amount=days), rolls=False, clause="article", source="rule")
        for clock, days in (
            (ClockKind.REPLY, 90),
            (ClockKind.CO_OPINION, 30),
            (ClockKind.UNIT_OPINION, 30),
            (ClockKind.REWORK, 10),
            (ClockKind.FEEDBACK, 20),
            (ClockKind.REHANDLING, 60),
            (ClockKind.PUBLICATION, 20),
        )
    ),
    steps=(StepRule(step=Step.DRAFT, after=(Step.CONTACT, Step.RESEARCH, Step.COORDINATE)),),
    chain=(
        PostRole.UNIT_HEAD,
        PostRole.SUPERVISION_OFFICE,
        PostRole.DEPUTY_CHIEF,
        PostRole.CHIEF,
    ),
    scheme="ABCD",
    publish=True,
)
WHOLE_RULES = PackRef(pack="city", version=1)
DAYS = CalendarPublished(
    version=1,
    name="Days",
    first=date(2024, 1, 1),
    last=date(2026, 12, 31),
    holidays=(),
    workdays=(),
    source="none",
)
WHOLE = publish(
    *BODY, ("calendar/days", DAYS), ("pack/city", RuleSetPublished(version=1, rules=WHOLE_SET))
)
"""The body with a rule set that asks for everything, in place of the pack."""

FILE = "e" * 64
ATTACHED = AttachmentAdded(file=FILE, title="Photo", media_type="image/png", size=7)
WHOLE_CLOCK = CLOCK.model_copy(update={"rules": WHOLE_RULES, "clause": "article"})
PLANNED = PlanFiled(unit="traffic", plan="Count, build, look again.")
CONTACTED_WANG = CONTACTED.model_copy(update={"signer": WANG})
CONSULTED = ConsultationHeld(
    held_on=date(2025, 3, 10), place="Town hall", people=(LI, WANG), result="They agree."
)
REQUESTED = CoOpinionRequested(unit="patrol", question="Can you patrol there?")
OPINED = said(CoOpinionSubmitted(unit="patrol", opinion="Yes, daily."), by=FINN)
WHOLE_REPLY = REPLY.model_copy(
    update={
        "outcome": OUTCOME.model_copy(
            update={"completed_on": date(2025, 3, 9), "evidence": (FILE,)}
        ),
        "opinions": (Adopted(unit="patrol", taken=Taken.FULL, reason="It helps."),),
    }
)
WHOLE_DRAFTED = said(ReplyDrafted(reply=WHOLE_REPLY, reply_hash=WHOLE_REPLY.digest()), by=ANNA)
WHOLE_PASSED = tuple(
    said(
        ReplyReviewed(
            reply_hash=WHOLE_REPLY.digest(), form="In order.", substance="Good.", role=role
        ),
        by=one,
    )
    for one, role in zip((BEN, CARA, DORA), WHOLE_SET.chain, strict=False)
)
WHOLE_APPROVED = said(ReplyApproved(reply_hash=WHOLE_REPLY.digest(), role=PostRole.CHIEF), by=EMIL)
WHOLE_ISSUED = said(
    ReplyIssued(
        reply_hash=WHOLE_REPLY.digest(),
        to=(LI, WANG),
        document_number="2025-41",
        issued_on=date(2025, 3, 10),
        sealed=True,
        opinion_form=True,
    ),
    by=CARA,
)
PREPARED = (
    *(REGISTERED, ASSIGNED, WHOLE_CLOCK, ACCEPTED, PLANNED, ATTACHED),
    *(CONTACTED, CONTACTED_WANG, RESEARCHED, REQUESTED, OPINED, CONSULTED),
)
"""All that comes before the draft, the whole way."""

RELEASED = (WHOLE_DRAFTED, *WHOLE_PASSED, WHOLE_APPROVED)
"""From the draft to its approval, the whole way."""

RATED = tuple(
    FeedbackReceived(signer=one, grade=Grade.SATISFIED, received_on=date(2025, 4, 1))
    for one in (LI, WANG)
)
VERIFIED = MeasureVerified(
    measure=REPLY.measures[0],
    carried_out=True,
    verified_on=date(2025, 4, 2),
    how="Went and looked.",
)
MADE_PUBLIC = PublicationDecided(extent=Extent.FULL)
REPORTED = ClosingReportSent(
    to="Congress office", document_number="R-7", sent_on=date(2025, 4, 3), receipt="A-9"
)
