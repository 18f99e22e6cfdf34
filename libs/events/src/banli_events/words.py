"""The words that several contracts share: enumerations of the domain and small values."""

from datetime import date
from enum import StrEnum

from banli_events.base import Id, Line, Open, Sha256, Value


class ItemKind(StrEnum):
    """What kind of item a congress or a CPPCC committee hands over (R001)."""

    SUGGESTION = "SUGGESTION"  # 人大代表建议
    PROPOSAL = "PROPOSAL"  # 政协提案


class OuterRole(StrEnum):
    """The role in which this body handles an item towards other bodies (R001)."""

    LEAD = "LEAD"  # 主办: the product is a reply to every signer
    CO = "CO"  # 协办: the product is a co-opinion for the outer lead


class ContactMode(StrEnum):
    """How a proposer was met (R034)."""

    VISIT = "VISIT"
    SYMPOSIUM = "SYMPOSIUM"
    SITE_INSPECTION = "SITE_INSPECTION"
    PHONE = "PHONE"
    ONLINE = "ONLINE"
    LETTER = "LETTER"


class OutcomeClass(StrEnum):
    """The result class on the reply, by the scheme that the rule pack names (R043, R085)."""

    A = "A"  # solved
    B = "B"  # planned, with a date
    C = "C"  # not now, with a reason
    D = "D"  # kept for reference, with a reason


class ReturnReason(StrEnum):
    """Why a draft goes back to its author (R067)."""

    LOW_QUALITY = "LOW_QUALITY"  # 办理质量不高
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"  # 落实不到位
    NON_STANDARD = "NON_STANDARD"  # 答复不规范


class Grade(StrEnum):
    """How a signer rates the reply (R077)."""

    SATISFIED = "SATISFIED"  # 满意
    BASICALLY = "BASICALLY"  # 基本满意
    NOT_SATISFIED = "NOT_SATISFIED"  # 不满意


class Product(StrEnum):
    """What the handling of an item ends in: by its outer role (R038)."""

    REPLY = "REPLY"
    CO_OPINION = "CO_OPINION"


class PostRole(StrEnum):
    """What a post is there for (R059 to R062)."""

    REGISTRAR = "REGISTRAR"  # registers what comes in and records feedback
    SUPERVISION_OFFICE = "SUPERVISION_OFFICE"  # 督查室: divides, urges, reviews
    HANDLER = "HANDLER"  # 承办人: contacts, researches, drafts
    UNIT_HEAD = "UNIT_HEAD"  # 承办单位负责人: reviews
    DEPUTY_CHIEF = "DEPUTY_CHIEF"  # 分管领导: the responsible leader of an assignment
    CHIEF = "CHIEF"  # 主要负责同志: approves


class Actor(Value):
    """Who speaks: a person in a post of a unit."""

    person: Id
    post: Id
    unit: Id


class Numbering(Value):
    """The number under which the assigner knows an item; it names one item for ever (R007)."""

    body: Line  # the congress or committee that numbered it
    level: Line  # city, province, …
    term: int
    session: int
    number: Line


class Signer(Value):
    """A deputy or member who signed the item; acting in office, so public (R056)."""

    person: Id
    name: Line
    unit: Line
    lead: bool = False


class Ask(Value):
    """One separate request of an item; the reply answers each (R042)."""

    id: Id
    text: Line


class OuterAssignment(Value):
    """The outer level: an assigner gives the item to this body in a role (R001)."""

    assigner: Line
    role: Open[OuterRole]
    lead: Line | None = None  # the body that leads, where this one is co
    co: tuple[Line, ...] = ()  # the other bodies that work with the lead
    assigned_on: date | None = None  # as stated by the assigner
    due_on: date | None = None  # as stated by the assigner


class Responsible(Value):
    """Leader, unit and handler of an assignment: three in one, none missing (R018, R019, R020)."""

    unit: Id
    leader: Id  # a person
    handler: Id  # a person


class PackRef(Value):
    """Which rule pack, in which version, a case is held to (R021)."""

    pack: Id
    version: int


class AskAnswer(Value):
    """The line of a reply that answers one ask (R042)."""

    ask: Id
    text: Line


class NotNow(StrEnum):
    """Why something cannot be done now (R085)."""

    NO_LEGAL_BASIS = "NO_LEGAL_BASIS"  # 政策法规不完备
    NO_FUNDS = "NO_FUNDS"  # 财力限制
    CONDITIONS_MISSING = "CONDITIONS_MISSING"  # 实施条件不具备


class Taken(StrEnum):
    """How far a co-unit's opinion went into the reply (R037)."""

    FULL = "FULL"
    PART = "PART"
    NO = "NO"


class Aspect(StrEnum):
    """What a review looks at; both are needed (R054)."""

    FORM = "FORM"  # 形式要件
    SUBSTANCE = "SUBSTANCE"  # 内容实质


class Extent(StrEnum):
    """How much of a reply is made public."""

    FULL = "FULL"
    SUMMARY = "SUMMARY"
    NONE = "NONE"


class AlarmKind(StrEnum):
    """What somebody must look at."""

    VACANT_POST = "VACANT_POST"  # leader or handler of an open case left (R020)
    SECOND_DISSATISFACTION = "SECOND_DISSATISFACTION"  # a meeting has to decide


class Ruling(StrEnum):
    """What a meeting decides on a case whose second reply did not satisfy."""

    CLOSE = "CLOSE"
    REHANDLE = "REHANDLE"


class SystemGrant(StrEnum):
    """What a department's system may do over Kafka only by a grant of its own."""

    APPROVE = "APPROVE"  # release a reply
    REVIEW = "REVIEW"  # pass a draft, or send it back
    EXTEND = "EXTEND"  # give a clock more time, or refuse it
    FEEDBACK = "FEEDBACK"  # record how a signer rates a reply


class MeetingKind(StrEnum):
    """What a meeting is held for (R006)."""

    ASSIGNMENT = "ASSIGNMENT"  # 交办会
    DISPATCH = "DISPATCH"  # 调度会


class Excluded(StrEnum):
    """What is no congress or CPPCC business, and is refused or turned into a letter."""

    OWN_AFFAIR = "OWN_AFFAIR"
    FORWARDED_LETTER = "FORWARDED_LETTER"
    PENDING_CASE = "PENDING_CASE"
    PROMOTION = "PROMOTION"
    EMPTY = "EMPTY"
    ACCUSATION = "ACCUSATION"
    BIDDING = "BIDDING"


class Duty(Value):
    """What a unit is there for: a function, all over or in a territory (R070, R071)."""

    function: Line
    territory: Line | None = None
    basis: Line  # the document that gives the duty


class Task(Value):
    """A part of an item's handling that a section of the unit takes on (R017, R082)."""

    id: Id
    parent: Id | None = None
    unit: Id
    role: Open[OuterRole]
    handler: Id
    what: Line
    until: date | None = None


class Adopted(Value):
    """What became of a co-unit's opinion in the reply, and why (R037)."""

    unit: Id
    taken: Open[Taken]
    reason: Line


class FollowUp(Value):
    """Who follows up what a reply cannot bring about yet, and when (R087)."""

    owner: Id
    on: date


class Outcome(Value):
    """The result class of a reply with its one line of proof, and what the class asks for.

    A: when it was done, with evidence; B: the plan and its date; C and D: why not now (R043, R085).
    """

    result: Open[OutcomeClass]
    proof: Line
    completed_on: date | None = None
    evidence: tuple[Sha256, ...] = ()  # attachments
    plan: Line | None = None
    planned_for: date | None = None
    reason: Open[NotNow] | None = None
