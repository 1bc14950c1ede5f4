"""How many threads are worth starting."""

import math
import os
from collections.abc import Sequence
from pathlib import Path


def available_cores() -> int:
    """Physical cores this process may use: its affinity, hyper-threads counted once, and a container's CPU quota."""
    return max(1, min(len(cpu_of_each_core()), _cpu_quota()))


def cpu_of_each_core() -> list[int]:
    """One CPU of each physical core this process may use, in order."""
    cpus = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    return sorted({_siblings(cpu): cpu for cpu in reversed(cpus)}.values())


def shares(cores: Sequence[int], each: int) -> list[Sequence[int]]:
    """Cores divided among as many processes as there can be, `each` for one; a remainder is left idle."""
    return [cores[start : start + each] for start in range(0, len(cores) - each + 1, each)]


def _siblings(cpu: int) -> str:
    """The hyper-threads that share this one's core, as the kernel lists them; the CPU itself where it does not tell."""
    try:
        return Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _cpu_quota() -> int:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # no cgroup v2, or the quota is "max"
        return os.cpu_count() or 1
