"""Try again what is parked of a subject; where a fork parked it, settle which event is kept."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from banli_cli.refusal import Misused, Refusal
from banli_cli.services import Services

READBACK_SECONDS = 30.0
"""How long to wait until every service follows what was settled."""

LOOK_SECONDS = 0.2
OWNER = "assignment"
"""The service that says how forks are settled."""

READER = "reporting"
"""The service that decides nothing: it follows, and is not asked what claims a place."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a stream that several events claim, as a service tells it."""

    service: str
    source: str
    version: int
    later: int  # events that are stored behind it
    candidates: Sequence[Mapping[str, Any]]

    @property
    def is_fork(self) -> bool:
        """Tell whether there is something to settle here."""
        parked = [str(each["why_parked"]) for each in self.candidates if not each["stored"]]
        return len(self.candidates) > 1 or any(why.startswith("fork") for why in parked)


def again(stack: Services, names: Sequence[str], subject: str, say: Say) -> None:
    """Ask the services to try again; where a fork is in the way, teach how it is settled."""
    holding = [each for each in names if _holds(stack, each, subject, say)]
    for service in holding:
        stack.post(service, "/v1/redrive", {"subject": subject})
        say(f"{service} tries {subject} again; `banli status` shows what came of it.")
    if not holding:
        say(f"Nothing of {subject} is parked in {', '.join(names)}.")
        return
    shown = set[tuple[str, int]]()
    for place in _places(stack, subject):
        if place.is_fork and (place.source, place.version) not in shown:
            shown.add((place.source, place.version))
            for line in _teach(place, subject):
                say(line)


def settle(
    stack: Services, subject: str, keep: str, reason: str, falls: int | None, say: Say
) -> None:
    """Settle for ever which event is kept, and wait until every service follows."""
    place, candidate = _chosen(_places(stack, subject), subject, keep)
    lost = max(
        each.later
        for each in _places(stack, subject)
        if (each.source, each.version) == (place.source, place.version)
    )
    if not candidate["stored"] and lost and falls != lost:
        raise Refusal(
            f"Keeping it lets {lost} later events of {place.source} fall, which continue the other"
            f" one; say --falls {lost} if that is meant."
        )
    choice = {"source": place.source, "version": place.version, "keep": candidate["hash"]}
    data = {"subject": subject, **choice, "reason": reason}
    command = {"id": str(uuid4()), "type": "SettleFork", "data": data}
    stack.command(OWNER, command, READBACK_SECONDS)
    say(f"Settled for ever: {place.source}:{place.version} of {subject} is {_named(candidate)}.")
    _wait(stack, subject, choice, say)


def _places(stack: Services, subject: str) -> list[Place]:
    """Ask every deciding service which events claim which place; one that is down is left out.

    Refusal where none answers.
    """
    places: list[Place] = []
    down: list[Refusal] = []
    services = [each for each in stack.names if each != READER]
    for service in services:
        try:
            told = stack.get(service, "/v1/forks", subject=subject)
        except Refusal as why:
            down.append(why)
            continue
        places += [Place(told["service"], **each) for each in told["places"]]
    if len(down) == len(services):
        raise down[0]
    return places


def _chosen(places: Sequence[Place], subject: str, keep: str) -> tuple[Place, Mapping[str, Any]]:
    """Find the event of which somebody names the hash, or the beginning of it."""
    found = {
        each["hash"]: (place, each)
        for place in places
        for each in place.candidates
        if len(keep) >= 8 and each["hash"].startswith(keep) and place.is_fork
    }
    if len(found) != 1:
        known = {each["hash"][:12] for p in places if p.is_fork for each in p.candidates}
        there = f"there are {', '.join(sorted(known))}" if known else "there is no fork"
        raise Misused(f"No one event with that hash claims a place of {subject}: {there}.")
    place, candidate = found.popitem()[1]
    if not candidate["readable"]:
        raise Refusal("This event cannot be read: no service can keep it.")
    if not candidate["continues"]:
        raise Refusal(
            "This event does not continue the one stored before it: settle that place first."
        )
    return place, candidate


def _wait(stack: Services, subject: str, choice: Mapping[str, Any], say: Say) -> None:
    """Wait until the choice is read back everywhere, then say what is parked still."""
    until = time.monotonic() + READBACK_SECONDS
    waits = set(stack.names)
    while waits:
        for service in sorted(waits):
            try:
                why = _stands(stack, service, subject, choice)
            except Refusal as refusal:
                say(f"{refusal} It follows when it has read the choice.")
                waits.discard(service)
                continue
            if not why:
                say(f"{service} follows: nothing of {subject} is parked.")
            elif time.monotonic() > until:
                say(f"{service}: {why}; see `banli status`.")
            else:
                continue
            waits.discard(service)
        time.sleep(LOOK_SECONDS)


def _stands(stack: Services, service: str, subject: str, choice: Mapping[str, Any]) -> str:
    """Say why a service does not follow yet; empty where it does."""
    if service != READER:
        told = stack.get(service, "/v1/forks", subject=subject)
        if choice not in told["settled"]:
            return "has not read the choice yet"
    parked = _parked(stack, service, subject)
    return f"parked still: {parked[0]}" if parked else ""


def _holds(stack: Services, service: str, subject: str, say: Say) -> bool:
    try:
        return bool(_parked(stack, service, subject))
    except Refusal as why:
        say(str(why))
        return False


def _parked(stack: Services, service: str, subject: str) -> Sequence[str]:
    """Ask a service why messages of a subject are parked."""
    if service != READER:
        why: list[str] = stack.get(service, "/v1/forks", subject=subject)["parked"]
        return why
    told = stack.get(service, "/v1/status", subject=subject)["parked"]
    return [each["reason"] for each in told if each["subject"] == subject]


def _teach(place: Place, subject: str) -> Iterator[str]:
    yield (
        f"A fork: {len(place.candidates)} event(s) claim {place.source}:{place.version}; one is "
        "kept, for ever and by every service, the others fall with what continues them."
    )
    for each in place.candidates:
        yield f"  {each['hash'][:16]}  {_named(each)}"
        if not each["stored"] and each["readable"] and each["continues"] and place.later:
            yield f"{' ' * 20}if it is kept, {place.later} later events fall (--falls)"
    yield f"  banli redrive {subject} --keep HASH --reason 'why'"


def _named(each: Mapping[str, Any]) -> str:
    where = "stored" if each["stored"] else f"parked, {each['where']}"
    if not each["readable"]:
        return f"cannot be read ({where})"
    broken = "" if each["continues"] else "; does not continue what is stored before it"
    return f"{each['type']} of {each['time']} by {each['by']} ({where}){broken}"
