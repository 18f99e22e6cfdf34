"""What is parked, who says so and why; and that the rest goes on."""

from bodies import Straight
from processes import until
from traffic import correct
from wholelog import query
from world import World, written

from banli_engine.topics import DECIDERS
from banli_events.assignment import ClassifyItem
from banli_testing.story import ANNA, CARA, HUGO


def reasons(world: World, service: str, subject: str) -> list[str]:
    """Tell why what is parked of a subject is, in the order in which it was read."""
    sql = "select reason from parked where subject = $1 order by topic, part, pos"
    return [row["reason"] for row in query(world.dsns[service], sql, subject)]


def parked(world: World, service: str, case: Straight, why: str) -> None:
    """Hold that the service has parked the case for this reason, says so, and decides nothing."""
    until(lambda: any(why in r for r in reasons(world, service, case.subject)), f"parked: {why}")
    told = [p for p in world.status(service)["parked"] if p["subject"] == case.subject]
    assert any(why in each["reason"] for each in told)
    if service not in DECIDERS:
        return
    command, actor = (correct("x"), HUGO) if service == "intake" else (
        (ClassifyItem(category="x"), CARA) if service == "assignment" else (case.summary, ANNA)
    )  # fmt: skip
    answer = world.post(service, written(command, case.subject), actor)
    assert (answer.status_code, answer.json()["code"]) == (503, "case-parked")
    assert answer.headers["retry-after"]


def goes_on(world: World) -> None:
    """Hold that another case goes all its way."""
    world.case().assigned()
