"""Everything that can be found out of line: a code for machines, a sentence for people."""

from enum import StrEnum
from typing import Self


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
    TRUNCATED = "truncated", "The partition ends here; a checkpoint proves {size} records."
    CHECKPOINT_DIFFERS = (
        "checkpoint-differs",
        "From offset {first} to {last} not everything is what lay there at the checkpoint.",
    )
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
    NOT_ADMITTED = (
        "not-admitted",
        "It was said through a system that was not admitted for this, or not for that unit.",
    )
    NOT_GRANTED = "not-granted", "It was said through a system that had no grant for this."
    HANDLES_ITSELF = (
        "handles-itself",
        "It was said through a system that stands for a unit which handles the item.",
    )

    # private persons
    NO_PERSON = "no-person", "Nobody had been entered under this id."
    AFTER_FORGETTING = "after-forgetting", "The person had been forgotten."

    # the case
    NOT_REGISTERED = "not-registered", "No registration of this item was known."
    REGISTERED_TWICE = "registered-twice", "The item was registered before."
    REFUSED_BEFORE = "refused-before", "It had been decided not to enter the item."
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

    # the case: who handles it
    WITHDRAWN_TWICE = "withdrawn-twice", "The item had been withdrawn before."
    ATTACHMENT_UNFIT = (
        "attachment-unfit",
        "The file has no bytes or no media type, or was added to the case before.",
    )
    HANDLER_RATED = "handler-rated", "A handler of the case recorded the rating."
    AFTER_END = "after-end", "The handling had ended: withdrawn, explained, or given back."
    OBJECTION_OPEN = "objection-open", "The unit's own objection had not been answered."
    OBJECTED_AGAIN = "objected-again", "The unit had objected, or had taken the item on, before."
    OBJECTED_LATE = "objected-late", "The window for an objection was over."
    NO_OBJECTION = "no-objection", "No objection of this unit waited for an answer."
    REASSIGNED_AT_WILL = (
        "reassigned-at-will",
        "No objection was upheld, no leader approved, and no reply had gone out before.",
    )
    NO_MEETING = "no-meeting", "The meeting named is not on the log."
    AFTER_REPLY = "after-reply", "The reply of this round had gone out, and stands."
    NO_OUTER_OBJECTION = "no-outer-objection", "No outer objection waited for an answer."
    OUTER_OBJECTED_AGAIN = (
        "outer-objected-again",
        "An outer objection waited for its answer, or had been answered.",
    )
    REFERRED_TWICE = "referred-twice", "A referral of this name was made before."
    NO_REFERRAL = "no-referral", "No referral of this name waited for its result."
    TASK_UNFIT = "task-unfit", "A task has the name of another, or no such parent."
    NO_TASK = "no-task", "No such task was open."
    TASK_UNFINISHED = "task-unfinished", "A part of this task was not done."

    # the case: the work and the reply
    OUT_OF_ORDER = "out-of-order", "Something was to be done before this, by the rules of the case."
    NO_PLAN = "no-plan", "The lead unit had not said how it would handle the item."
    NOT_ASKED = "not-asked", "This unit was not asked for its opinion."
    NOT_A_CO_UNIT = "not-a-co-unit", "The unit asked is not a co-unit of the assignment."
    NOT_THE_HANDLER = "not-the-handler", "The author is not the handler of the lead unit."
    OPINIONS_INCOMPLETE = (
        "opinions-incomplete",
        "It does not tell of every co-unit asked what became of its opinion, or that none came.",
    )
    OUTCOME_UNPROVEN = "outcome-unproven", "The outcome lacks what its class asks for."
    WRONG_ROUND = "wrong-round", "The round is not the one that the case is in."
    WRONG_LEVEL = "wrong-level", "The review is not of the level whose turn it was."
    TWO_LEVELS = "two-levels", "The reviewer had passed this draft before."
    CHAIN_INCOMPLETE = "chain-incomplete", "A level of the chain had not passed the draft."
    DRAFT_VOID = "draft-void", "Its author no longer handled the case, so the draft was void."
    NOT_ALL_CONTACTED = "not-all-contacted", "Someone who signed had not been contacted."
    NOT_CONSULTED = "not-consulted", "Those who signed had not been consulted face to face."
    ISSUED_BARE = "issued-bare", "The reply went out unsealed, or without the form to rate it."
    PUBLICATION_UNFIT = "publication-unfit", "It is not told why not all of it is made public."

    # the case: clocks and urging
    OTHER_RULES = "other-rules", "The clock rests on other rules than those the case is held to."
    CLOCK_STANDS = "clock-stands", "The clock stood still."
    CLOCK_RUNS = "clock-runs", "The clock did not stand still."
    NOT_ASKED_FOR = "not-asked-for", "No extension of this clock had been asked for."
    OWN_EXTENSION = "own-extension", "Who asked for more time allowed it."
    EXTENDED_TOO_FAR = (
        "extended-too-far",
        "More time was given than the rules allow, or no consent.",
    )
    NOT_MISSED = "not-missed", "The clock had not been called missed."
    WITHDRAWN_WRONGLY = "withdrawn-wrongly", "Nothing known had been done by then, in time."
    MISS_STANDS = "miss-stands", "A clock is left missed that was known to have been met in time."
    REMINDED_LATE = "reminded-late", "The reminder came when the clock had run out."
    REMINDED_EARLY = "reminded-early", "The reminder came before its day."
    REMINDED_TWICE = "reminded-twice", "The reminder of this due instant had gone out before."
    NOT_URGENT = "not-urgent", "The clock had not run out, nor had the unit been reminded of it."
    NOT_PHONED = "not-phoned", "The notice went out before anybody had called."
    NOTICE_TWICE = "notice-twice", "A notice of this number went out before."
    NO_NOTICE = "no-notice", "No notice of this number had gone out to the unit, or been taken."
    NO_ALARM = "no-alarm", "No such alarm was open."

    # the case: after the reply
    FEEDBACK_OPEN = "feedback-open", "Ratings were still waited for."
    WRONG_SILENT = "wrong-silent", "Those named as silent are not those who had said nothing."
    CLOSED_TWICE = "closed-twice", "The ratings of this round had been closed before."
    REHANDLED_AT_WILL = (
        "rehandled-at-will",
        "Nobody named was known to be dissatisfied, or no meeting had decided so.",
    )
    NOT_ORDERED = "not-ordered", "No further round by this handler had been ordered."
    NOTHING_TO_DECIDE = "nothing-to-decide", "No second reply was known not to satisfy."
    NO_SUCH_MEASURE = "no-such-measure", "The reply names no such measure."
    ARCHIVE_UNVERIFIED = "archive-unverified", "The file was closed with a measure not verified."
    ARCHIVE_UNREPORTED = "archive-unreported", "The file was closed without the closing report."
    ARCHIVE_UNPUBLISHED = (
        "archive-unpublished",
        "The file was closed before it was decided what is made public.",
    )
    ARCHIVE_OPEN_TASKS = "archive-open-tasks", "The file was closed with a task not done."
