"""Two processes of a service, members joining and leaving under load: nothing lost or twice."""

from processes import until
from traffic import Traffic, check
from world import Cases, World

from banli_local.child import Child


def _works(child: Child) -> bool:
    """Tell whether a process has answered somebody."""
    return "fact_answered" in child.log.read_text()


def _reads(child: Child) -> bool:
    """Tell whether a process has answered a submission: so it has partitions of its own."""
    return "via=system:" in child.log.read_text()


def test_processes_join_and_leave_under_load_all_work_and_nothing_is_lost_or_doubled(
    world: World, cases: Cases
) -> None:
    with Traffic(world, cases.open, cases.assigned) as traffic:
        until(lambda: traffic.count() > 50, "traffic runs")
        first, second = world.mains["intake"], world.join("intake")
        until(lambda: _works(second) and _reads(second), "the second works")
        first.stop()
        assert first.process.returncode == 0, "it finishes what it has in hand"
        before = traffic.count()
        until(lambda: traffic.count() > before + 100, "traffic runs on the second alone")
        first = world.start("intake")
        until(lambda: _works(first) and _reads(first), "the first is back and works")
        second.kill()
        before = traffic.count()
        until(lambda: traffic.count() > before + 200, "traffic runs on the first alone")
    check(world, traffic.said)
