"""CPU and memory of the processes that are measured, as the system counts them."""

from collections.abc import Mapping
from typing import Any

import psutil

from banli_bench.world import World
from banli_local import Servers


def processes(world: World) -> Mapping[str, list[psutil.Process]]:
    """Name the processes with their children: PostgreSQL has one for each connection."""
    assert isinstance(world.servers, Servers)
    children = [world.servers.kafka, world.servers.postgres, *world.services.values()]
    found: dict[str, list[psutil.Process]] = {}
    for child in children:
        if child.pid is not None:
            parent = psutil.Process(child.pid)
            found[child.name] = [parent, *parent.children(recursive=True)]
    return found


def cpu_seconds(world: World) -> dict[str, float]:
    """Add up what each has used so far, children that have ended included."""
    used: dict[str, float] = {}
    for name, found in processes(world).items():
        times = [t for each in found if (t := _times(each)) is not None]
        ended = times[0].children_user + times[0].children_system
        used[name] = ended + sum(each.user + each.system for each in times)
    return used


def _times(process: psutil.Process) -> Any:
    """Ask what a process has used; None where it has just ended: then it counts as its parent's."""
    try:
        return process.cpu_times()
    except psutil.NoSuchProcess:
        return None


def since(before: Mapping[str, float], world: World) -> dict[str, float]:
    """Tell what each has used since."""
    return {name: used - before.get(name, 0.0) for name, used in cpu_seconds(world).items()}


def memory(world: World) -> dict[str, float]:
    """Measure the resident memory in MB; shared pages of PostgreSQL are counted once."""
    held: dict[str, float] = {}
    for name, found in processes(world).items():
        infos = [each.memory_info() for each in found]
        shared = sum(info.shared for info in infos[1:])
        held[name] = (sum(info.rss for info in infos) - shared) / 1e6
    return held
