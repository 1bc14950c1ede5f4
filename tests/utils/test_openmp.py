"""Idle threads of OpenMP, in processes of their own: what was imported first is what counts."""

import os
import subprocess
import sys

import pytest

from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from tests.pythonpath import extended

REPORT = """
import threading
import torch
from robust_parallel.openmp import rest_idle_threads
torch.set_num_threads(2)
rest_idle_threads()
rest_idle_threads()
print(torch.get_num_threads(), sum(thread.name == "idle OpenMP team" for thread in threading.enumerate()))
print(os.environ["OMP_WAIT_POLICY"], len(os.listdir("/proc/self/task")))
"""


def report(first: str, **variables: str) -> tuple[int, int, str, int]:
    """Threads of an operation, idle teams, the policy, and threads of the process."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    env = {**own, "PYTHONPATH": extended(LEGGED_GYM_ROOT_DIR), **variables}
    command = [sys.executable, "-c", f"import os\nimport {first}\n{REPORT}"]
    threads, teams, policy, everything = subprocess.check_output(command, env=env, text=True).split()
    return int(threads), int(teams), policy, int(everything)


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads as Linux does")
def test_torch_first_has_a_team_that_outnumbers_the_cores():
    cores = len(os.sched_getaffinity(0))
    assert report("legged_gym")[:3] == (2, 0, "passive")
    threads, teams, policy, everything = report("torch")
    assert (threads, teams, policy) == (2, 1, "passive") and everything > cores + 1
    assert report("torch", OMP_WAIT_POLICY="active")[:3] == (2, 0, "active")
