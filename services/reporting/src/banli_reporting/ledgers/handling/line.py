"""A line of the handling ledger: who has a case, at which step it stands, what is there of it.

Each field is written by one source's events only; what depends on several is derived.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any


@dataclass(slots=True)
class Line:
    """A case in hand."""

    step: str | None = None  # this and the next two are derived
    since: datetime | None = None
    in_time: bool | None = None  # None until something was sent or a clock was set

    kind: str | None = None  # from intake
    number: str | None = None
    title: str | None = None
    outer_role: str | None = None
    outer_lead: str | None = None
    signers: list[str] = field(default_factory=list)
    accused: list[str] = field(default_factory=list)  # units and people who never see it
    registered_at: datetime | None = None
    refused_at: datetime | None = None
    withdrawn_at: datetime | None = None
    files: int = 0
    grades: dict[str, dict[str, str]] = field(default_factory=dict)  # grade by signer, by round
    rated: dict[str, dict[str, str]] = field(default_factory=dict)  # when first, likewise
    rated_at: datetime | None = None

    category: str | None = None  # from assignment
    classified_at: datetime | None = None
    proposed_at: datetime | None = None
    proposal: int | None = None  # the version of the last, until it is carried out
    lead_unit: str | None = None
    leader: str | None = None
    handler: str | None = None
    co: list[dict[str, str]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)  # units that have or had a part in it
    duty_basis: str | None = None
    round: int | None = None
    assigned_at: datetime | None = None
    accepted: dict[str, str] = field(default_factory=dict)  # when each unit took it on
    objecting: dict[str, str] = field(default_factory=dict)  # units without an answer, since when
    upheld_at: datetime | None = None  # the lead's objection was: it goes to another unit
    upheld: list[str] = field(default_factory=list)  # units that rightly objected, until it moves
    planned: list[str] = field(default_factory=list)  # units
    sponsor: str | None = None
    open_tasks: list[str] = field(default_factory=list)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)  # the same, with whose it is
    referred: dict[str, str] = field(default_factory=dict)  # to whom, without a result yet
    outer_objection_at: datetime | None = None  # until it is answered
    given_back_at: datetime | None = None
    out_of_scope_at: datetime | None = None

    clock: str | None = None  # this and all that follows from supervision
    due: datetime | None = None
    rules: str | None = None
    counted_from: date | None = None
    missed: bool = False
    suspended_at: datetime | None = None
    extended: bool = False
    contacts: int = 0
    contacted: list[str] = field(default_factory=list)  # signers
    research: int = 0
    consulted: int = 0
    rectified: int = 0
    opinions_due: list[str] = field(default_factory=list)  # co-units that were asked
    drafts: int = 0
    returned: int = 0
    returned_at: datetime | None = None  # of the draft in hand, as the next six
    drafted_at: datetime | None = None
    author: str | None = None
    measures: list[str] = field(default_factory=list)
    proof: bool = False
    reviewed_at: datetime | None = None
    approved_at: datetime | None = None
    result: str | None = None
    ordered: int = 1  # the round in hand
    ordered_at: datetime | None = None  # where it is not the first
    first_issued_at: datetime | None = None
    issued_at: datetime | None = None
    issued_round: int | None = None
    issued_to: list[str] = field(default_factory=list)
    document_number: str | None = None
    delivered_at: datetime | None = None
    published: dict[str, str] = field(default_factory=dict)  # extent, by round
    feedback_closed: dict[str, str] = field(default_factory=dict)  # when, by round
    feedback_due: dict[str, str] = field(default_factory=dict)  # by round
    silent: dict[str, list[str]] = field(default_factory=dict)  # who said nothing until then
    ruled: dict[str, str] = field(default_factory=dict)  # a meeting's ruling, by round
    verified: dict[str, bool] = field(default_factory=dict)  # measures: carried out or not
    summed_up_at: datetime | None = None
    reported_at: datetime | None = None
    archived_at: datetime | None = None
