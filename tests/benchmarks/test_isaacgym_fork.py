"""The fork that measures isaacgym: its world, what its steps wait for, and its learner."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.isaacgym_fork import train
from benchmarks.isaacgym_fork.learner import LEAST_SPREAD, ActorCritic, Rollout
from benchmarks.isaacgym_fork.task import Anymal

POLICIES = Path(__file__).parents[2] / "resources/policies"


class Calls(TorchDispatchMode):
    """Counts torch's operators."""

    def __init__(self):
        super().__init__()
        self.counts = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.counts[func._schema.name] += 1
        return func(*args, **(kwargs or {}))


@pytest.fixture
def make_training(monkeypatch):
    torch.manual_seed(1)

    def make(robots, task="flat"):
        flags = [f"--num_envs={robots}", f"--task={task}", "--sim_device=cpu", "--headless"]
        monkeypatch.setattr("sys.argv", ["train.py", *flags])
        world = Anymal(train.get_args(), rough=task == "rough")
        return train.Training(world, ActorCritic(world.num_obs, world.num_actions, train.HIDDEN[task], spread=0.5))

    return make


@pytest.mark.parametrize(
    "flag",
    [
        "--seed=-1", "--seed=4294967296", "--seed=x", "--num_envs=0", "--num_envs=1000000000000", "--num_envs=1_0",
        "--num_envs=\u0662", "--max_iterations=0", "--minutes=0", "--minutes=nan", "--minutes=inf",
    ],
)  # fmt: skip
def test_numbers_that_no_training_has_are_refused(flag, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["train.py", flag])
    with pytest.raises(SystemExit) as stop:
        train.get_args()
    name, _, value = flag.partition("=")
    assert stop.value.code == 2 and f"argument {name}: " in (told := capsys.readouterr().err) and value in told


def test_a_full_disk_is_told_in_a_line():
    lines = "from benchmarks.isaacgym_fork import train; train.main = lambda: print('it goes on'); train.run()"
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-c", lines]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=POLICIES.parents[1])
    assert (ended.returncode, ended.stderr) == (1, "error: cannot write the output: No space left on device\n")


def test_a_policy_of_the_same_robot_walks_in_it(make_training):
    task = make_training(16).task
    saved = torch.load(POLICIES / "anymal_c_flat.pt", weights_only=True)
    policy = ActorCritic(task.num_obs, task.num_actions, train.HIDDEN["flat"], spread=0.5)
    weights = {name: value for name, value in saved["policy"].items() if name != "noise_std"}
    policy.load_state_dict({**weights, "std": saved["policy"]["noise_std"]})
    theirs = saved["layout"]["joint_names"]
    columns = [task.dof_names.index(name) for name in theirs]
    order = torch.tensor([*range(12), *(first + i for first in (12, 24, 36) for i in columns)])
    back = torch.tensor([theirs.index(name) for name in task.dof_names])
    errors, falls = [], []
    with torch.inference_mode():
        obs = task.observe()
        for _ in range(300):
            obs = task.step(policy.actor(obs[:, order])[:, back])[0]
            errors.append(task.log["velocity_error"])
            falls.append(task.log["falls_a_minute"])
    assert torch.stack(errors[50:]).mean() < 0.15
    assert torch.stack(falls).mean() < 1.0  # of 16 robots in 6 s one fall is 0.6 a minute


def test_a_step_waits_for_a_gpu_only_to_list_robots(make_training):
    training = make_training(16, "rough")
    training.collect()
    with Calls() as calls:
        training.collect()
    waits = ("aten::lift_fresh", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::item")
    assert not calls.counts.keys() & set(waits)
    assert calls.counts["aten::nonzero"] == 2 * train.STEPS


def test_episodes_do_not_end_all_at_once(make_training):
    task = make_training(64).task
    assert task.episode_length.unique().numel() > 32
    assert task.episode_length.min() >= 0 and task.episode_length.max() < task.max_episode_length == 1000


def test_the_spread_stays_above_zero():
    policy = ActorCritic(2, 3, [4], spread=-0.1)
    torch.testing.assert_close(policy.distribution(torch.zeros(5, 2)).stddev, torch.full((5, 3), LEAST_SPREAD))


def test_advantages_by_hand():
    rollout = Rollout(2, 1, 1, 1, "cpu")
    rollout.put(0, values=torch.tensor([1.0]), rewards=torch.tensor([2.0]), dones=torch.tensor([False]))
    rollout.put(1, values=torch.tensor([3.0]), rewards=torch.tensor([4.0]), dones=torch.tensor([True]))
    rollout.finish(torch.tensor([[100.0]]))  # of another episode
    second = 4.0 - 3.0
    first = 2.0 + 0.99 * 3.0 - 1.0 + 0.99 * 0.95 * second
    torch.testing.assert_close(rollout.parts["returns"][:, 0, 0], torch.tensor([first + 1.0, second + 3.0]))
