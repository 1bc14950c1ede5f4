"""What goes wrong in the life of a training run, on the real environment."""

import signal
import time
from pathlib import Path

import pytest
import torch

from legged_gym.scripts import train
from rsl_rl.runners import OnPolicyRunner
from tests.processes import CONTEXT, run

SMALL = ("--task=go2_rough", "--sim=mujoco", "--num_envs=8", "--set=terrain.num_rows=3", "--set=terrain.num_cols=5")
NETWORK = ("--set=train.policy.actor_hidden_dims=[16]", "--set=train.policy.critic_hidden_dims=[16]")
EVERY_ITERATION = "--set=train.runner.save_interval=1"


@pytest.fixture
def endless(tmp_path):
    """A training process that saves after every iteration; ended with the test."""
    flags = (*SMALL, *NETWORK, EVERY_ITERATION, "--max_iterations=100000", f"--log_root={tmp_path}")
    process = CONTEXT.Process(target=run, args=(train.main, flags))
    process.start()
    yield process
    process.kill()
    process.join()


def wait_for_checkpoint(folder: Path, iteration: int) -> Path:
    """The run's checkpoint of at least that iteration."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        found = sorted(folder.glob("go2_rough/*/model_*.pt"), key=lambda path: int(path.stem.partition("_")[2]))
        if found and int(found[-1].stem.partition("_")[2]) >= iteration:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError("no checkpoint in five minutes")


def newest(folder: Path) -> dict:
    """The last checkpoint of the newest run."""
    runs = (path for path in (folder / "go2_rough").iterdir() if path.is_dir())
    run = max(runs, key=lambda path: path.stat().st_mtime)
    last = max(run.glob("model_*.pt"), key=lambda path: int(path.stem.partition("_")[2]))
    return torch.load(last, weights_only=True)


def test_killed_and_resumed(endless, run_script, tmp_path):
    """kill -9 loses nothing but what came after the last checkpoint."""
    wait_for_checkpoint(tmp_path, 3)
    endless.kill()
    endless.join()
    assert not list(tmp_path.glob("go2_rough/*/.*.tmp")) or newest(tmp_path)["iteration"] >= 3
    path = wait_for_checkpoint(tmp_path, 3)
    before = torch.load(path, weights_only=True)
    before["env"]["command_ranges"][0] = torch.tensor([-1.3, 1.3])
    before["env"]["terrain_levels"] = torch.arange(8) % 3
    torch.save(before, path)
    resumed: dict = {}
    learn = OnPolicyRunner.learn

    def look_then_learn(runner, iterations, **kwargs):
        resumed.update({name: value.clone() for name, value in runner.env.state_dict().items()})
        resumed["iteration"], resumed["generator"] = runner.iteration, torch.get_rng_state()
        learn(runner, iterations, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(OnPolicyRunner, "learn", look_then_learn)
        assert run_script(train, *SMALL, "--resume", "--max_iterations=1") == 0
    assert resumed["iteration"] == before["iteration"]
    assert resumed["command_ranges"][0].tolist() == pytest.approx([-1.3, 1.3])
    assert torch.equal(resumed["terrain_levels"], torch.arange(8) % 3)
    assert torch.equal(resumed["generator"], before["random_state"]["torch"])
    assert newest(tmp_path)["iteration"] == before["iteration"] + 1


def test_a_signal_saves_and_is_told_by_the_exit_status(endless, tmp_path):
    """Tests of the runner show that it is so with each of the signals that end a program."""
    wait_for_checkpoint(tmp_path, 1)
    endless.terminate()
    endless.join(300)
    assert endless.exitcode == 128 + signal.SIGTERM
    assert newest(tmp_path)["iteration"] >= 2


def test_same_seed_twice_gives_identical_weights(run_script, tmp_path):
    weights = []
    for _ in range(2):
        assert run_script(train, *SMALL, *NETWORK, "--max_iterations=2", "--seed=7") == 0
        weights.append(newest(tmp_path)["policy"])
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert run_script(train, *SMALL, *NETWORK, "--max_iterations=2", "--seed=8") == 0
    other = newest(tmp_path)["policy"]
    assert not all(torch.equal(weights[0][name], other[name]) for name in other)
