"""What a run found of the year: in the ledgers, in the evaluation, in the cases' own events."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from banli_demo.looking import Looking

Line = Mapping[str, Any]
Story = Sequence[Mapping[str, Any]]

SETS = {
    "proposals": {"kind": "PROPOSAL"},
    "shandong": {"rules": "suggestion-shandong-2017"},
    "chongqing": {"rules": "suggestion-chongqing-2018"},
}
"""The parts of the year that are evaluated for themselves."""

BY_UNIT = ("assigned", "reply_rate", "in_time_rate", "return_rate", "satisfied_strict",
           "satisfied_loose")  # fmt: skip
"""The figures that are checked unit by unit."""

WATCHED = ("P-0103", "S-001", "S-010", "S-012", "S-013", "S-014", "S-015", "S-016", "S-040",
           "S-046", "Q-001", "Q-008", "Q-017", "Q-022", "Q-024", "Q-033")  # fmt: skip
"""The cases of which single deadlines are checked, each against one counted by hand."""


CHARGED = ("S-001", "S-006", "S-013", "Q-024")
"""The cases of which it is checked to whom each day is charged."""

MET = ("S-001", "S-014")
"""The cases of which contacts are counted by phase."""

EXPLAINED = ("S-046", "reply")
"""The deadline of which the sentences are checked."""


def of_the_year(looking: Looking, cases: Mapping[str, str]) -> dict[str, Any]:
    """Find what the ledgers and the evaluation say of the year; `cases` names each subject."""
    names = {subject: key for key, subject in cases.items()}
    lines = {names[line["subject"]]: line for line in looking.ledger("handling")}
    stories = {key: looking.story(subject) for key, subject in cases.items()}
    return {
        **_register(looking),
        **_evaluation(looking),
        **_handling(lines),
        "meetings": meetings(stories),
        **_told(looking, names, {key for key, line in lines.items() if line["archived_at"]}),
        "branches": counted(each["type"] for events in stories.values() for each in events),
        "deadlines": deadlines(stories),
        "missed": missed(stories),
        "events": {key: len(stories[key]) for key in sorted(stories) if key.startswith("P-")},
        "ways": _ways(stories.values()),
        "set-aside": looking.set_aside(),
    }


def lists(looking: Looking) -> dict[str, Any]:
    """Find how the assigners' lists compare with the register."""
    said = looking.get("reporting", "/v1/ledgers/register/reconciliation")
    return {
        each["list"].partition("/")[2]: {
            name: each[name]
            for name in ("listed", "registered", "refused", "missing_numbers", "holds")
        }
        for each in said["lists"]
    }


def _register(looking: Looking) -> dict[str, Any]:
    said = looking.get("reporting", "/v1/ledgers/register/summary")
    counts = {
        each["partition"]: {row["value"]: row["items"] for row in each["parts"]}
        for each in said["partitions"]
    }
    holds = all(each["holds"] for each in said["partitions"])
    return {
        "items": {"total": said["total"], **counts["outer_role"], **counts["kind"], "sums": holds},
        "topics": counts["topic"],
        "lists": lists(looking),
    }


def _evaluation(looking: Looking) -> dict[str, Any]:
    said = looking.get("reporting", "/v1/evaluations/units")
    found: dict[str, Any] = {
        "figures": _written(said["totals"]),
        "proofs": [each["figure"] for each in said["proof"] if not each["holds"]],
    }
    by_unit = {row["unit"] or "nobody": _written(row["figures"]) for row in said["units"]}
    for figure in BY_UNIT:
        found[f"units.{figure}"] = {unit: rows[figure] for unit, rows in by_unit.items()}
    for name, asked in SETS.items():
        of = looking.get("reporting", "/v1/evaluations/units", **asked)
        found[f"figures.{name}"] = _written(of["totals"])
    return found


def _written(figures: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {each["figure"]: f"{each['numerator']} of {each['denominator']}" for each in figures}


def _handling(lines: Mapping[str, Line]) -> dict[str, Any]:
    open_ = {key: line for key, line in lines.items() if _end(line) == "open"}
    return {
        "redone": {
            key: line["returned"] for key, line in sorted(lines.items()) if line["returned"]
        },
        "open": {key: line["step"] for key, line in sorted(open_.items())},
        "ends": {
            assembly: counted(_end(line) for key, line in lines.items() if key[0] == assembly)
            for assembly in ("P", "S", "Q")
        },
        "units.ends": {
            unit: counted(_end(line) for line in lines.values() if line["lead_unit"] == unit)
            for unit in {line["lead_unit"] for line in lines.values()} - {None}
        },
        "rehandled": {
            key: line["ordered"] for key, line in sorted(lines.items()) if line["ordered"] > 1
        },
    }


def _told(looking: Looking, names: Mapping[str, str], archived: Collection[str]) -> dict[str, Any]:
    """Find to whom the days of a case are charged, what its gates lack, how a day is explained."""
    days = {names[line["subject"]]: line for line in looking.ledger("attribution")}
    gates = {names[line["subject"]]: line for line in looking.ledger("gates")}
    clocks = {names[line["subject"]]: line["clocks"] for line in looking.ledger("deadlines")}
    contacts = {names[line["subject"]]: line for line in looking.ledger("contacts")}
    case, clock = EXPLAINED
    return {
        "days": [key for key, line in days.items() if not line["holds"]],
        "charges": {key: _charges(days[key]) for key in CHARGED},
        "gates": {
            key: lacking
            for key, line in sorted(gates.items())
            if key in archived and (lacking := _lacks(line))
        },
        "explained": clocks[case][clock]["explained"],
        "contacts": {key: _phases(contacts[key]) for key in MET},
        "not-now": counted(line["reason"] or "planned" for line in looking.ledger("not-now")),
    }


def _charges(line: Line) -> str:
    return ", ".join(f"{each['holder']} {each['days']}" for each in line["charges"])


def _phases(line: Line) -> str:
    by_phase = counted(each["phase"] for each in line["contacts"])
    return ", ".join(f"{phase} {by_phase.get(phase, 0)}" for phase in ("before", "during", "after"))


def _lacks(line: Line) -> str:
    return "; ".join(
        f"{each['gate']} {' '.join(each['missing'])}" for each in line["gates"] if each["missing"]
    )


ENDS = {
    "archived": "archived_at",
    "withdrawn": "withdrawn_at",
    "out of scope": "out_of_scope_at",
    "given back": "given_back_at",
}
"""How a case ends, and where the handling ledger says so."""


def _end(line: Line) -> str:
    return next((end for end, at in ENDS.items() if line[at]), "open")


def counted(things: Iterable[Any]) -> dict[str, int]:
    """Count things that are written alike."""
    return dict(sorted(Counter(map(str, things)).items()))


def meetings(stories: Mapping[str, Story]) -> dict[str, int]:
    """Count the cases that were handed over in each meeting."""
    return counted(
        event["data"]["meeting"]
        for events in stories.values()
        for event in events
        if event["data"].get("meeting")
    )


def deadlines(stories: Mapping[str, Story]) -> dict[str, str]:
    """Tell each deadline of the watched cases as it stood last: day, days skipped, days paused."""
    return {
        f"{key} {event['data']['clock']}": _explained(event["data"]["basis"])
        for key in WATCHED
        for event in stories[key]
        if event["type"] in ("DeadlineSet", "DeadlineExtended", "DeadlineResumed")
    }


def _explained(basis: Mapping[str, Any]) -> str:
    """Write a deadline in short: `2022-06-06 without 06-04 06-05`, `… paused 30`."""
    skipped = "".join(f" {each['day'][5:]}" for each in basis.get("skipped", ()))
    paused = sum(_days(each) for each in basis.get("pauses", ()))
    return (
        str(basis["last_day"])
        + (f" without{skipped}" if skipped else "")
        + (f" paused {paused}" if paused else "")
    )


def _days(pause: Mapping[str, str]) -> int:
    return (date.fromisoformat(pause["until"]) - date.fromisoformat(pause["since"])).days


def missed(stories: Mapping[str, Story]) -> dict[str, str]:
    """Tell which clocks ran out, and when what they waited for came after all."""
    return {
        f"{key} {event['data']['clock']}": _caught_up(events, event)
        for key, events in sorted(stories.items())
        for event in events
        if event["type"] == "DeadlineMissed"
    }


DONE = {
    "reply": "ReplyIssued",
    "co-opinion": "CoOpinionDelivered",
    "first-contact": "ProposerContacted",
    "unit-opinion": "CoOpinionSubmitted",
    "referral": "ExternalResultReceived",
}
"""What each of the clocks that are missed in this year waits for."""


def _caught_up(events: Story, missed: Mapping[str, Any]) -> str:
    due, waited = missed["data"]["due"], DONE[missed["data"]["clock"].partition(":")[0]]
    later = [each for each in events if each["type"] == waited and _at(each["time"]) > _at(due)]
    return "done afterwards" if later else "never done"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ways(stories: Iterable[Story]) -> dict[str, int]:
    """Count the commands that led to events, by their way in, in whole thousands."""
    asked = {
        (event["via"].partition(":")[0], event["causation"])
        for events in stories
        for event in events
        if not event["via"].startswith(("reaction", "clock"))
    }
    names = {"http": "http", "system": "kafka"}
    return {name: sum(via == way for way, _ in asked) // 1000 for via, name in names.items()}
