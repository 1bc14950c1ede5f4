"""What is told of mistyped names before torch is imported, which takes seconds."""

import subprocess
import sys

import pytest

from legged_gym.task_names import LIGHT, SHIPPED, TABLE, check_spelling, light_configs
from legged_gym.tasks import TASKS
from legged_gym.utils.errors import UserError


def test_the_names_are_those_of_the_table():
    shipped = {name for name, task in TASKS.items() if task.env_cfg.__module__.startswith("legged_gym.envs.")}
    assert {*SHIPPED} == shipped and list(SHIPPED) == sorted(SHIPPED)
    for task in (task for tasks in LIGHT.values() for task in tasks):
        assert light_configs(task) == (TASKS[task].env_cfg, TASKS[task].train_cfg)
    assert light_configs("go2_perceptive") is None


def test_no_light_configuration_imports_torch():
    tasks = [task for tasks in LIGHT.values() for task in tasks]
    code = f"import sys\nfrom legged_gym.task_names import light_configs\nfor task in {tasks}: light_configs(task)\n"
    subprocess.run([sys.executable, "-c", code + "assert not {'torch', 'mujoco'} & {*sys.modules}"], check=True)


@pytest.mark.parametrize(
    ("task", "setting", "told"),
    [
        ("go2_flatt", None, r"unknown task 'go2_flatt'; did you mean go2_flat\?$"),
        ("zebra", None, "unknown task 'zebra'; tasks: a1_climb, a1_crawl, "),
        (
            "go2_flat",
            "rewards.scales.torqes=1",
            r"--set rewards.scales.torqes: unknown key; did you mean rewards",
        ),
        ("go2_flat", "rewards.scales=1", "is a section; set one of its fields"),
        ("qmini", "gait.freq=2", r"did you mean gait\.frequency"),
        ("go2_rough", "sim.dt=0.O05", "--set sim.dt: expected a number, got '0.O05'"),
        ("go2_rough", "sim.dt=5", "sim.dt = 5.0 must be a number of at least 1e-05 and at most 0.05"),
        ("go2_rough", "sim.dt", "expected key=value"),
    ],
)
def test_mistyped_names(monkeypatch, task, setting, told):
    monkeypatch.delitem(sys.modules, TABLE)
    with pytest.raises(UserError, match=told):
        check_spelling(task, [] if setting is None else [setting])


def test_what_others_tell(monkeypatch):
    """Of tasks that a program registers, of entries that a checkpoint may have, of settings of a chosen class."""
    check_spelling("registered_elsewhere", ["hocus=1"])
    monkeypatch.delitem(sys.modules, TABLE)
    for task in ("go2_flat", "go2_perceptive"):
        check_spelling(
            task, ["control.stiffness.hip=1", "sim.dt=0.004", "train.policy.rnn_type=x", "train.algorithm.gama=1"]
        )
    check_spelling("go2_perceptive", ["hocus=1"])
