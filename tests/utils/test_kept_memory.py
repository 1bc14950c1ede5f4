"""Memory that is used again."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
import torch
from robust_parallel.memory import keep_freed_memory

torch.set_num_threads(1)
keep_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def use():
    kept = [torch.ones(1_000_000) for _ in range(10)]  # 40 MB, beyond what GNU's library keeps of itself

use()
before = faults()
for _ in range(20):
    use()
print(faults() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library is not GNU's")
def test_memory_that_was_freed_is_used_again_without_asking_for_it():
    ran = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    # 20 x 40 MB are 195,000 pages of 4 kB. Without, most are asked for again; how many, the end of the heap decides.
    assert int(ran.stdout) < 0.1 * 20 * 40e6 / 4096
