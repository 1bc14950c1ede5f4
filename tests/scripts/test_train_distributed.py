"""Two processes train one policy."""

import os
import subprocess
import sys

import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.utils import runs


def test_two_processes_write_one_run(tmp_path):
    """Started as a user would, with torchrun; the learner's own tests show that the update is that of one process."""
    code = (
        "import sys, pathlib; from legged_gym.utils import runs, cli; from legged_gym.scripts import train;"
        f"runs.LOG_ROOT = pathlib.Path({str(tmp_path)!r}); cli.run_program(train.main)"
    )
    script = tmp_path / "train.py"
    script.write_text(code)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2", str(script)]
    flags = ["--task=go2_flat", "--sim=mujoco", "--num_envs=8", "--max_iterations=2"]
    env = {**os.environ, "PYTHONPATH": LEGGED_GYM_ROOT_DIR, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([*torchrun, *flags], env=env, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-2000:]
    folders = [path for path in (tmp_path / "go2_flat").iterdir() if path.is_dir()]
    assert len(folders) == 1
    assert result.stdout.count("iteration 2/2") == 1
    checkpoint = torch.load(runs.find_checkpoint(folders[0], -1), weights_only=True)
    assert checkpoint["iteration"] == 2
