"""How torch's idle OpenMP threads wait: asleep, not spinning.

They spin for about 10 ms otherwise, and take the cores from the physics engine's threads and from other programs: a
training iteration on two busy cores took 2.5 times as long, and beside load 200 small operations 7 s instead of 0.4 s.
"""

import os
import sys
import threading
from functools import cache

_WAITING = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
"""Environment variables that OpenMP reads when torch is loaded."""

IS_LATE = "torch" in sys.modules and _WAITING.keys().isdisjoint(os.environ)
"""Whether torch was loaded before this module, which `legged_gym` and `isaacgym` import first, could set them."""

for _name, _value in _WAITING.items():
    os.environ.setdefault(_name, _value)


@cache
def rest_idle_threads() -> None:
    """Let idle threads sleep also where torch was imported before this module.

    GNU's OpenMP gives up spinning after about 40 us while it has more threads than there are cores. So one thread,
    which sleeps from now on, has a team of threads that is larger by one than the number of cores, and sleeps too.
    """
    import torch  # here, since importing `legged_gym` does without

    num_threads = torch.get_num_threads()
    if not IS_LATE or num_threads == 1 or not hasattr(os, "sched_getaffinity"):
        return
    ready = threading.Event()

    def hold_a_team() -> None:
        torch.set_num_threads(len(os.sched_getaffinity(0)) + 1)
        torch.zeros(100_000).add_(1.0)  # large enough to be divided
        torch.set_num_threads(num_threads)
        ready.set()
        threading.Event().wait()

    threading.Thread(target=hold_a_team, name="idle OpenMP team", daemon=True).start()
    ready.wait()
