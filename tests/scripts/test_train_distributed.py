"""Two processes train one policy."""

import os
import subprocess
import sys

import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.runs import folders as runs
from legged_gym.scripts import train


def torchrun(tmp_path, *flags):
    """Started as a user would; returns what was printed."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*launcher, train.__file__, f"--log_root={tmp_path}"]
    env = {**os.environ, "PYTHONPATH": LEGGED_GYM_ROOT_DIR, "OMP_NUM_THREADS": "1"}
    result = subprocess.run([*command, *flags], env=env, capture_output=True, text=True, timeout=240)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def test_two_processes_write_one_run(tmp_path):
    """The learner's own tests show that the update is that of one process."""
    printed = torchrun(tmp_path, "--task=go2_flat", "--sim=mujoco", "--num_envs=8", "--max_iterations=2")
    folders = [path for path in (tmp_path / "go2_flat").iterdir() if path.is_dir()]
    assert len(folders) == 1
    assert printed.count("iteration 2/2") == 1
    checkpoint = torch.load(runs.find_checkpoint(folders[0], -1), weights_only=True)
    assert checkpoint["iteration"] == 2


def test_two_processes_train_both_stages(tmp_path):
    small = (
        "--set=terrain.num_rows=2",
        "--set=terrain.num_cols=2",
        "--set=train.student_curriculum.num_steps_per_env=10",
    )
    flags = ("--sim=mujoco", "--num_envs=4", "--max_iterations=1", *small)
    assert torchrun(tmp_path, "--task=go2_perceptive", *flags).count("iteration 1/1") == 2
    teacher, student = sorted((tmp_path / "go2_perceptive").iterdir(), key=runs.created)
    weights = torch.load(teacher / "model_1.pt", weights_only=True)["policy"]
    frozen = torch.load(student / "model_1.pt", weights_only=True)["algorithm"]["teacher"]
    assert all(torch.equal(frozen[name], weights[name]) for name in weights)
