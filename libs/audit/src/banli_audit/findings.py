"""What the auditor says: findings with code and place, and the report that they make up."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from banli_audit.records import Heading
    from banli_audit.settled import Choice


class Code(StrEnum):
    """Everything that can be found out of line: a code for machines, a sentence for people."""

    sentence: str

    def __new__(cls, code: str, sentence: str) -> Self:
        """Make a text of the code, and keep the sentence beside it."""
        made = str.__new__(cls, code)
        made._value_ = code
        made.sentence = sentence
        return made

    # the log as it lies
    BEGINNING_MISSING = "beginning-missing", "The beginning of this partition is missing."
    OFFSET_GAP = "offset-gap", "No record lies at the {count} offsets before this one."
    END_MISSING = "end-missing", "The partition ends here, before the end that the broker named."
    CHECKSUM = "checksum", "The checksum of the batch at this offset is wrong: bytes were damaged."
    UNREADABLE = "unreadable", "The record is not an event that can be read ({why})."
    WRONG_KEY = "wrong-key", "The record's key is not its subject."
    WRONG_PARTITION = "wrong-partition", "The key belongs on partition {right}."
    WRONG_TOPIC = "wrong-topic", "A subject of this kind belongs on the topic {right}."
    WRONG_SOURCE = "wrong-source", "Only {right} may say this, and another service said it."
    WRONG_SCHEMA = "wrong-schema", "The schema named is not one of this event type."

    # the chain of each stream
    VERSION_MISSING = "version-missing", "Version {missing} is missing before version {version}."
    CHANGED = (
        "changed",
        "This event was changed in place: its hash is not what version {next} says of it.",
    )
    LINK_BROKEN = (
        "link-broken",
        "Its hash is not what version {next} says of it, but that one was changed itself.",
    )
    FIRST_HAS_PREVIOUS = "first-has-previous", "The first event of a stream names one before it."
    NO_PREVIOUS = "no-previous", "The event does not name the hash of the one before it."
    FORK = "fork", "The same version was written before with other bytes, at offset {first}."
    REORDERED = "reordered", "The event lies after a later version of its own stream."
    ID_REUSED = "id-reused", "The event's id was used before for another event."

    WRONG_FORK_ID = "wrong-fork-id", "The choice's subject is not the one that its place gives."
    SETTLED_TWICE = "settled-twice", "It was settled before which event is kept here: otherwise."
    KEPT_MISSING = "kept-missing", "The event that is to be kept is not on the log."

    # causes, times and what was known
    CAUSE_MISSING = "cause-missing", "The event that led to this one is not on the log."
    CAUSE_LATER = "cause-later", "The event that led to this one lies or was recorded after it."
    CAUSE_WRONG = "cause-wrong", "The cause does not fit who or what spoke ({why})."
    CAUSE_UNSEEN = "cause-unseen", "The cause is a version of {source} that had not been seen."
    TIME_BACKWARDS = (
        "time-backwards",
        "The recorded time is before one that was known of this subject.",
    )
    TIME_BEFORE_CAUSE = "time-before-cause", "The recorded time is before that of the cause."
    SEEN_UNKNOWN = "seen-unknown", "It rests on version {seen} of {source}, which is missing."
    SEEN_LATER = "seen-later", "It rests on version {seen} of {source}, which lies after it."
    SEEN_BACKWARDS = "seen-backwards", "It knew less of {source} than the event before it."
    SEEN_OWN = "seen-own", "It counts its own stream among the other sources."
    REFERENCE_AHEAD = (
        "reference-ahead",
        "It rests on reference events beyond the end of their log.",
    )
    PARTS_BROKEN = "parts-broken", "The parts of a command do not follow each other in the stream."
    PARTS_INCOMPLETE = "parts-incomplete", "Part {part} of {of} is the last that a command left."
    COMMAND_REUSED = "command-reused", "The sender used the command's id before for another one."

    # who spoke
    ACTOR_MISSING = "actor-missing", "A person must have said this, and none is named."
    ACTOR_UNEXPECTED = "actor-unexpected", "A clock or a reaction spoke, yet a person is named."
    NOT_HOLDER = "not-holder", "The person named did not hold this post on that day."
    WRONG_POST = "wrong-post", "The post named is not one that may say this."

    # the case
    NOT_REGISTERED = "not-registered", "No registration of this item was known."
    REGISTERED_TWICE = "registered-twice", "The item was registered before."
    WRONG_CASE_ID = "wrong-case-id", "The case's id is not the one that its number gives."
    REGISTER_INCOMPLETE = (
        "register-incomplete",
        "The registration lacks a signer, an ask or the outer lead, or names one twice.",
    )
    NUMBER_CORRECTED = "number-corrected", "A number is not corrected; this one was."
    NOT_CLASSIFIED = "not-classified", "The item had no category yet."
    NOT_PROPOSED = "not-proposed", "No proposal with the same units and persons was made before."
    ASSIGNED_TWICE = "assigned-twice", "The item was assigned before in this round."
    NOT_RESPONSIBLE = (
        "not-responsible",
        "A leader or handler named held no post that day, or a unit is not published.",
    )
    NOT_ASSIGNED = "not-assigned", "No assignment of this item was known."
    NOT_ITS_UNIT = "not-its-unit", "The unit is not one of the assignment, or not the speaker's."
    ACCEPTED_TWICE = "accepted-twice", "The unit took the item on before."
    NOT_ACCEPTED = "not-accepted", "The lead unit was not known to have taken the item on."
    NOT_A_SIGNER = "not-a-signer", "The person is not a signer of this item."
    NO_CONTACT = "no-contact", "The draft was written before any signer was contacted."
    NO_RESEARCH = "no-research", "The draft was written before the matter was looked into."
    ASKS_UNANSWERED = "asks-unanswered", "The draft does not answer every ask exactly once."
    WRONG_HASH = "wrong-hash", "The hash named is not that of the reply."
    WRONG_PRODUCT = "wrong-product", "The product does not fit the outer role of this body."
    WRONG_ADDRESSEES = (
        "wrong-addressees",
        "It is not addressed to every signer once, or not to the outer lead.",
    )
    DRAFTED_AFTER_ISSUE = "drafted-after-issue", "The reply of this round had been sent before."
    NOT_THE_DRAFT = "not-the-draft", "The hash named is not that of the draft in hand."
    OWN_DRAFT = "own-draft", "The author judged their own draft."
    NOT_PASSED = "not-passed", "The draft had not been found good by a reviewer."
    WRONG_APPROVER = "wrong-approver", "It was released by another post than the rule pack names."
    NOT_APPROVED = "not-approved", "What was sent is not what was approved."
    ISSUED_TWICE = "issued-twice", "The reply of this round was sent before."
    NOT_ISSUED = "not-issued", "No reply was known to have been sent to this signer."
    FEEDBACK_TWICE = "feedback-twice", "The signer was asked, or answered, in this round before."
    NO_CLOCK = "no-clock", "No such clock with this due instant was running."
    CLOCK_TWICE = "clock-twice", "This clock was started before."
    CLOCK_MISCOUNTED = (
        "clock-miscounted",
        "The due instant does not follow from the assignment and the rule pack.",
    )
    NO_PACK = "no-pack", "The rule pack named was not published, or does not hold for this item."
    NOT_DUE = "not-due", "The clock was called missed before its due instant had passed."
    MISSED_TWICE = "missed-twice", "The clock was called missed before."
    WAS_IN_TIME = "was-in-time", "The clock was called missed, and the product was sent in time."
    ARCHIVE_UNFINISHED = (
        "archive-unfinished",
        "The file was closed before the product was out and every signer had rated it well enough.",
    )
    ARCHIVE_NO_CONTACT = "archive-no-contact", "The file was closed without a contact in it."
    ARCHIVE_NO_RULES = "archive-no-rules", "The file was closed without the rule pack of the case."
    ARCHIVE_NO_MEASURES = "archive-no-measures", "The file was closed without measures in it."
    ARCHIVE_NO_OUTCOME = "archive-no-outcome", "The file was closed without a proven outcome in it."
    ARCHIVE_NO_SUMMARY = "archive-no-summary", "The file was closed without a summary in it."
    AFTER_ARCHIVE = "after-archive", "The file had been closed before."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing out of line: what, in one sentence, and exactly where."""

    code: Code
    sentence: str
    topic: str
    partition: int
    offset: int
    event: str | None
    subject: str | None
    source: str | None
    version: int | None
    type: str | None

    def __str__(self) -> str:
        """Write the finding as one line."""
        place = f"{self.topic}/{self.partition}@{self.offset}"
        event = f"{self.type} {self.event}" if self.event else "-"
        stream = f"{self.subject} {self.source}:{self.version}" if self.subject else "-"
        return f"{self.code}  {place}  {stream}  {event}  {self.sentence}"

    def as_json(self) -> dict[str, Any]:
        """Give the finding as plain values."""
        return asdict(self)


def finding(code: Code, at: "Heading", **values: object) -> Finding:
    """State a finding about the record with this heading."""
    return Finding(
        code,
        code.sentence.format(**values),
        at.topic,
        at.partition,
        at.offset,
        at.id or None,
        at.subject or None,
        at.source or None,
        at.version or None,
        at.type or None,
    )


@dataclass(slots=True)
class Report:
    """The outcome of one look at a whole log: the findings and the counts."""

    findings: list[Finding] = field(default_factory=list)
    settled: "list[Choice]" = field(default_factory=list)  # forks: told, and no findings
    records: int = 0
    events: int = 0
    streams: int = 0
    subjects: int = 0
    redeliveries: int = 0
    unknown_types: Counter[str] = field(default_factory=Counter)
    newer_schemas: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0  # commands whose other parts may still be on their way
    not_judged: int = 0  # events whose transition rests on something damaged or unknown to us

    @property
    def clean(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings

    def summary(self) -> dict[str, Any]:
        """Give the counts, as they are printed."""
        return {
            "records": self.records,
            "events": self.events,
            "streams": self.streams,
            "subjects": self.subjects,
            "redeliveries": self.redeliveries,
            "unknown_types": dict(sorted(self.unknown_types.items())),
            "newer_schemas": dict(sorted(self.newer_schemas.items())),
            "in_flight": self.in_flight,
            "not_judged": self.not_judged,
            "settled": len(self.settled),
            "findings": len(self.findings),
        }
