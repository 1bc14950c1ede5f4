"""Two processes train one policy."""

import os
import subprocess
import sys

import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.runs import folders as runs
from legged_gym.scripts import train
from tests.pythonpath import extended

SMALL = (
    "--sim=mujoco", "--num_envs=4", "--max_iterations=2", "--set=terrain.num_rows=2", "--set=terrain.num_cols=2",
    "--set=train.runner.num_steps_per_env=4", "--set=train.student_curriculum.num_steps_per_env=10",
)  # fmt: skip


def test_two_processes_write_one_run_of_each_stage(tmp_path):
    """Started as a user would. The learner's own tests show that the update is that of one process."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*launcher, train.__file__, "--task=go2_perceptive", f"--log_root={tmp_path}", *SMALL]
    env = {**os.environ, "PYTHONPATH": extended(LEGGED_GYM_ROOT_DIR), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.count("iteration 2/2") == 2  # one of the two processes tells of it
    teacher, student = sorted((tmp_path / "go2_perceptive").iterdir(), key=runs.created)
    trained, taught = (torch.load(run / "model_2.pt", weights_only=True) for run in (teacher, student))
    assert trained["iteration"] == taught["iteration"] == 2
    weights, frozen = trained["policy"], taught["algorithm"]["teacher"]
    assert all(torch.equal(frozen[name], weights[name]) for name in weights)
