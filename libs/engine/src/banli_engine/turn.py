"""One subject's turn: fold what arrived, answer what is asked, collect what is to be written.

Pure: clock, ids, reference data and what is stored come in with the desk and with what was loaded.
The order: messages (parked ones first), reactions that wait, reactions to what just arrived,
submissions that wait, new commands. Each command id is looked up when its turn comes.
"""

from collections.abc import Sequence

from banli_engine.answering import CaseParked, Desk, Turn
from banli_engine.decider import Service
from banli_engine.fold import Folded, fold_stored, folded, holds
from banli_engine.pending import Pending, from_reaction, from_waiting, to_waiting
from banli_engine.reading import read
from banli_engine.store import Effects, Loaded, Message, Parked
from banli_events.subjects import kind_of


def take(
    desk: Desk,
    subject: str,
    loaded: Loaded,
    known: Folded | None,
    messages: Sequence[Message],
    commands: Sequence[Pending],
    *,
    redrive: bool = False,
) -> Turn:
    """Take a subject's turn. Raises HistoryNeeded where the cached fold is not enough."""
    service = desk.service
    if known is not None and (not loaded.events or holds(known, loaded.events)):
        now = known
    else:
        now = folded(service, subject)
    fold_stored(service, now, loaded.events)
    now.changes, before = loaded.changes, now.state
    turn = Turn(desk, subject, loaded, now, Effects(subject, loaded.changes))
    reading = read(
        *(service, subject, now, loaded, messages, turn.effects),
        ends=desk.ends,
        kept=desk.reference.settled.get(subject, {}),
        redrive=redrive,
    )
    turn.stored, turn.redelivered = reading.stored, reading.redelivered
    turn.alarms += reading.alarms
    reactions = [
        from_reaction(reaction, event, *asked)
        for event in reading.stored
        if event.data is not None
        and (reaction := service.reactions.get(type(event.data)))
        and (asked := reaction.on(event))
    ]
    turn.effects.unknown += [
        (event.type, event.source, event.version)
        for event in reading.stored
        if type(event.data) in service.spread
    ]
    _answer_all(turn, reactions, commands, stuck=reading.stuck)
    if now.state is not before:
        _derive(service, turn, before)
    if turn.effects.moved:
        now.changes += 1
    return turn


def _answer_all(
    turn: Turn, reactions: Sequence[Pending], commands: Sequence[Pending], *, stuck: bool
) -> None:
    service, ready = turn.desk.service, turn.desk.caught_up
    early: list[Pending] = []  # reactions that wait go before those to what just arrived
    late: list[Pending] = []
    for row in turn.loaded.waiting if ready else ():
        waited = row.seq, row.age_ms
        if asked := from_waiting(service, turn.subject, row.kind, row.body, waited):
            (late if asked.message else early).append(asked)
    for asked in (*early, *reactions, *late, *commands):
        elsewhere = asked.subject != turn.subject
        if asked.message is None and asked.via.startswith("reaction:") and (elsewhere or not ready):
            turn.effects.waiting.append(to_waiting(asked))
        else:
            turn.answer(asked, stuck=stuck)


def _derive(service: Service, turn: Turn, before: object) -> None:
    """Note the clocks of the subject, and what it watches, where they are others than before."""
    aggregate, state = service.aggregates[kind_of(turn.subject)], turn.folded.state
    now = set(aggregate.due(state))
    if len({due.clock for due in now}) < len(now):
        raise ValueError("a clock stands twice")
    if now != set(aggregate.due(before)):
        turn.effects.due = [(due.clock, due.at, due.cause) for due in sorted(now, key=str)]
    if (watched := set(aggregate.watches(state))) != set(aggregate.watches(before)):
        turn.effects.watches = sorted(watched)


def set_aside(
    desk: Desk,
    subject: str,
    loaded: Loaded,
    messages: Sequence[Message],
    commands: Sequence[Pending],
    fault: Exception,
) -> Turn:
    """Park a subject that this build cannot fold: what came for it is kept, nothing is lost."""
    nothing = folded(desk.service, subject)  # what the next turn begins with: it loads all anew
    turn = Turn(desk, subject, loaded, nothing, Effects(subject, loaded.changes))
    turn.alarms.append(f"fault: {type(fault).__name__}")
    turn.effects.parked = [Parked(message, turn.alarms[0]) for message in messages]
    for asked in commands:
        turn._set_aside(asked, CaseParked())
    return turn
