"""The figures once more, slowly and obviously: for each case, loops over all of its events.

Nothing here knows the ledgers; it reads the sentences as they stand.
"""

from collections.abc import Callable, Iterable
from typing import Any

from banli_events.envelope import Recorded

Life = list[Recorded]
Figure = tuple[int, int]


def of_type(life: Life, *types: str) -> Life:
    return [event for event in life if event.type in types]


def last_of(life: Life, *types: str) -> Any:
    found = of_type(life, *types)
    return found[-1].data if found else None


def that_counts(life: Life) -> Life:
    """What was said with the last registration in view."""
    begins = of_type(life, "ItemRegistered")[-1].version
    return [
        event
        for event in life
        if (event.version if event.source == "intake" else event.context.seen["intake"]) >= begins
    ]


def is_item(life: Life) -> bool:
    """Entered, and not found to have been entered in error since."""
    taken_back: list[Any] = [event.data for event in of_type(life, "ItemWithdrawn")]
    return not any(said.entered_in_error for said in taken_back)


def is_ours(life: Life, role: str) -> bool:
    """An item in this role that was neither taken back nor given back."""
    if not is_item(life) or life[0].data.outer.role != role:  # type: ignore[union-attr]
        return False
    if of_type(life, "ItemWithdrawn"):
        return False
    answers = of_type(life, "OuterObjectionAnswered")
    return not any(event.data.upheld for event in answers)  # type: ignore[union-attr]


def items(told: Iterable[Life]) -> list[Life]:
    return [life for life in told if is_item(life)]


def led(told: Iterable[Life]) -> list[Life]:
    return [life for life in told if is_ours(life, "LEAD")]


def round_in_hand(life: Life) -> int:
    ordered = of_type(life, "RehandlingOrdered")
    return ordered[-1].data.round if ordered else 1  # type: ignore[union-attr]


def issued(life: Life, number: int) -> Recorded | None:
    """The reply of a round: the first that went out."""
    for event in of_type(life, "ReplyIssued"):
        if event.data.round == number:  # type: ignore[union-attr]
            return event
    return None


def last_round(life: Life) -> int:
    return max((event.data.round for event in of_type(life, "ReplyIssued")), default=0)  # type: ignore[union-attr]


def replied(told: list[Life]) -> Figure:
    there = [life for life in led(told) if issued(life, round_in_hand(life))]
    return len(there), len(led(told))


def first_replied(told: list[Life]) -> Figure:
    return len([life for life in led(told) if issued(life, 1)]), len(led(told))


def assigned_of(life: Life) -> Any:
    return last_of(life, "Assigned", "Reassigned")


def assigned(told: list[Life]) -> Figure:
    return len([life for life in items(told) if assigned_of(life)]), len(items(told))


def assigned_co(told: list[Life]) -> Figure:
    joint = [life for life in items(told) if assigned_of(life) and assigned_of(life).co]
    return len(joint), len(items(told))


def clocks(life: Life, *kinds: str) -> dict[str, tuple[Any, bool]]:
    """When each clock is due in the end, and whether it stands missed."""
    found: dict[str, tuple[Any, bool]] = {}
    for event in life:
        said: Any = event.data
        if event.type == "DeadlineSet":
            if said.clock.split(":")[0] in kinds:
                found[said.clock] = (said.due, False)
        elif getattr(said, "clock", None) in found:
            due, missed = found[said.clock]
            if event.type == "DeadlineMissed":
                found[said.clock] = (due, True)
            elif event.type == "DeadlineMissWithdrawn":
                found[said.clock] = (due, False)
            elif event.type == "DeadlineExtended":
                found[said.clock] = (said.due, False)
            elif event.type == "DeadlineResumed":
                found[said.clock] = (said.due, missed)
    return found


def on_time(told: list[Life], kinds: tuple[str, ...]) -> Figure:
    met = of = 0
    for life in items(told):
        for name, (due, missed) in clocks(life, *kinds).items():
            if name == "co-opinion":
                sent = next(iter(of_type(life, "CoOpinionDelivered")), None)
            elif name == "reply":
                sent = issued(life, 1)
            else:
                sent = issued(life, int(name.split(":")[1]))
            of += missed or sent is not None
            met += sent is not None and sent.time <= due
    return met, of


def people(told: list[Life], live: bool) -> Figure:
    met = of = 0
    for life in led(told):
        for signer in life[0].data.signers:  # type: ignore[union-attr]
            of += 1
            met += any(_met(event, signer.person, live) for event in life)
    return met, of


def _met(event: Recorded, person: str, live: bool) -> bool:
    said: Any = event.data
    if event.type == "ConsultationHeld":
        return person in said.people
    if event.type != "ProposerContacted" or said.signer != person:
        return False
    return not live or said.mode in ("VISIT", "SYMPOSIUM", "SITE_INSPECTION")


def ratings(life: Life) -> dict[str, str]:
    """The rating of each signer that counts: the last one of the round that was replied last.

    Whoever was silent when the round was closed is left out, but where the first rating of theirs
    was recorded before the clock ran out.
    """
    number = last_round(life)
    closed: list[Any] = [event.data for event in of_type(life, "FeedbackClosed")]
    silent = [said.silent for said in closed if said.round == number][-1:] or [()]
    due = clocks(life, "feedback").get(f"feedback:{number}", (None, False))[0]
    first: dict[str, Any] = {}
    found: dict[str, str] = {}
    for event in of_type(life, "FeedbackReceived"):
        said: Any = event.data
        if said.round == number:
            first.setdefault(said.signer, event.time)
            found[said.signer] = str(said.grade)
    return {
        who: grade
        for who, grade in found.items()
        if who not in silent[0] or (due is not None and first[who] <= due)
    }


def forms(life: Life) -> int:
    sent = [e.data for e in of_type(life, "FeedbackRequested")]
    return len({said.signer for said in sent if said.round == last_round(life)})  # type: ignore[union-attr]


def rated(told: list[Life], *grades: str) -> Figure:
    given = [grade for life in items(told) for grade in ratings(life).values()]
    return len([grade for grade in given if grade in grades]), len(given)


def form_returns(told: list[Life]) -> Figure:
    return sum(len(ratings(life)) for life in items(told)), sum(map(forms, items(told)))


def events(told: list[Life], above: tuple[str, ...], below: tuple[str, ...]) -> Figure:
    return (
        sum(len(of_type(life, *above)) for life in items(told)),
        sum(len(of_type(life, *below)) for life in items(told)),
    )


def opinions(told: list[Life]) -> Figure:
    asked = answered = 0
    for life in items(told):
        units = {event.data.unit for event in of_type(life, "CoOpinionRequested")}  # type: ignore[union-attr]
        given = {event.data.unit for event in of_type(life, "CoOpinionSubmitted")}  # type: ignore[union-attr]
        asked += len(units)
        answered += len(units & given)
    return answered, asked


def late(told: list[Life]) -> Figure:
    missed = [m for life in items(told) for _, m in clocks(life, "unit-opinion").values()]
    return sum(missed), opinions(told)[1]


def records(told: list[Life]) -> Figure:
    there = of = 0
    for life in items(told):
        if not assigned_of(life):
            continue
        of += 5
        draft = last_of(life, "ReplyDrafted")
        there += bool(of_type(life, "ProposerContacted")) + bool(of_type(life, "DeadlineSet"))
        if draft:
            outcome = draft.reply.outcome
            there += bool(draft.reply.measures or outcome.plan) + bool(outcome.proof)
        closing = of_type(life, "CaseSummaryFiled", "RehandlingOrdered")
        there += bool(closing) and closing[-1].type == "CaseSummaryFiled"
    return there, of


def solved(told: list[Life], *results: str) -> Figure:
    ours = [life for life in led(told) if not of_type(life, "OutOfScopeExplained")]
    count = 0
    for life in ours:
        sent = issued(life, last_round(life))
        if sent is not None:
            draft = last_of(life[: life.index(sent)], "ReplyDrafted")
            count += bool(draft) and draft.reply.outcome.result in results
    return count, len(ours)


def public(told: list[Life], *extents: str) -> Figure:
    count = 0
    sent = [life for life in led(told) if issued(life, 1)]
    for life in sent:
        decided: list[Any] = [event.data for event in of_type(life, "PublicationDecided")]
        if decided:
            number = max(said.round for said in decided)
            count += [said.extent for said in decided if said.round == number][-1] in extents
    return count, len(sent)


def delivered(told: list[Life]) -> Figure:
    co = [life for life in told if is_ours(life, "CO")]
    return len([life for life in co if of_type(life, "CoOpinionDelivered")]), len(co)


SLOW: dict[str, Callable[[list[Life]], Figure]] = {
    "assigned": assigned,
    "handled": assigned,
    "assigned_co": assigned_co,
    "reply_rate": replied,
    "first_reply_rate": first_replied,
    "in_time_rate": lambda told: on_time(told, ("reply", "rehandling")),
    "contact_coverage": lambda told: people(told, live=False),
    "live_contact_rate": lambda told: people(told, live=True),
    "form_return_rate": form_returns,
    "satisfied_strict": lambda told: rated(told, "SATISFIED"),
    "satisfied_loose": lambda told: rated(told, "SATISFIED", "BASICALLY"),
    "return_rate": lambda told: events(told, ("ReplyReturned",), ("ReplyDrafted",)),
    "mis_assignment_rate": lambda told: events(
        told, ("ObjectionUpheld",), ("Assigned", "Reassigned")
    ),
    "co_opinion_latency": opinions,
    "late_co_units": late,
    "five_records": records,
    "solve_rate": lambda told: solved(told, "A"),
    "solved_or_planned_rate": lambda told: solved(told, "A", "B"),
    "publication_decided_rate": lambda told: public(told, "FULL", "SUMMARY", "NONE"),
    "publication_rate": lambda told: public(told, "FULL", "SUMMARY"),
    "co_opinion_rate": delivered,
    "co_in_time_rate": lambda told: on_time(told, ("co-opinion",)),
}
