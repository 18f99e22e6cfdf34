"""The year of suggestions: a line of the file each, and what is made up around it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from banli_demo.scenario import Assembly, Item, Member, Year, read
from banli_events.words import Extent, OutcomeClass, OuterRole

CO = frozenset({"co", "co-late"})
"""The ways of items in which another body leads."""


def read_year() -> Year:
    """Read both files: the proposals of the one report, and the suggestions of the other."""
    proposals, suggestions = read("proposals.toml"), read("suggestions.toml")
    assemblies = {**proposals["assemblies"], **suggestions["assemblies"]}
    items = [_proposal(proposals["topics"], each) for each in proposals["items"]]
    return Year(
        assemblies={name: Assembly.model_validate(said) for name, said in assemblies.items()},
        items=(*items, *_suggestions(suggestions)),
    )


def _proposal(topics: dict[str, str], said: dict[str, Any]) -> Item:
    return Item.model_validate({**said, "assembly": "P", "topic": topics[said["topic"]]})


def _suggestions(said: dict[str, Any]) -> Iterator[Item]:
    made, lines = said["made"], said["year"]["items"].split("\n")
    for n, line in enumerate(line for line in lines if line):
        key, unit, co, takes, result, public, day, *grades = line.split()
        branch = said["branches"][unit]
        place = made["places"][n % len(made["places"])]
        matter = branch["matters"][n % len(branch["matters"])]
        led = takes not in CO
        yield Item(
            assembly=key[0],
            number=key[1:],
            title=f"关于{place}{matter}的建议",
            topic=branch["topic"],
            role=OuterRole.LEAD if led else OuterRole.CO,
            lead=None if led else made["lead"],
            way="http" if int(key[1:]) % 2 else "kafka",
            registered=date.fromisoformat(f"2022-{day}"),
            unit=unit,
            co=() if co == "-" else tuple(co.split("+")),
            asks=tuple(made["asks"]),
            signers=tuple(_deputy(key, number, word) for number, word in enumerate(grades, 1)),
            takes=takes,
            result=OutcomeClass(result),
            publish=Extent(public.upper()),
        )


def _deputy(key: str, number: int, grades: str) -> Member:
    return Member(
        person=f"d-{key.lower()}-{number}",
        name=f"代表{key}-{number}（虚构）",
        unit=f"第{int(key[1:]) % 9 + 1}代表团（虚构）",
        grades=grades,
    )
