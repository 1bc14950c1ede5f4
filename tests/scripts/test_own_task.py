"""A task of the user's own file: its programs, and what another process cannot know."""

import pytest

from legged_gym import tasks
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.scripts import evaluate, play, train
from legged_gym.scripts.own_task import run_own_task

TASK = tasks.Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO, "a Go2 of my own")


@pytest.fixture(autouse=True)
def own_table(monkeypatch):
    monkeypatch.setattr(tasks, "TASKS", dict(tasks.TASKS))


@pytest.mark.parametrize(
    "argv, program, flags",
    [
        ([], train, []),
        (["--num_envs=2"], train, ["--num_envs=2"]),
        (["train", "--num_envs=2"], train, ["--num_envs=2"]),
        (["play", "--headless"], play, ["--headless"]),
        (["evaluate"], evaluate, []),
    ],
)
def test_the_first_word_names_the_program(monkeypatch, argv, program, flags):
    called = []
    for script in (train, play, evaluate):
        monkeypatch.setattr(script, "main", lambda given, script=script: called.append((script, given)))
    with pytest.raises(SystemExit) as stop:
        run_own_task("mine", TASK, argv)
    assert stop.value.code == 0
    assert called == [(program, ["--task=mine", *flags])]
    assert tasks.check_task("mine") == "mine"


def test_a_task_that_a_package_offers_stays_that_one(monkeypatch):
    monkeypatch.setattr(train, "main", lambda given: None)
    tasks.register("mine", TASK)
    with pytest.raises(SystemExit) as stop:
        run_own_task("mine", tasks.Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO, "another"), [])
    assert stop.value.code == 0 and tasks.TASKS["mine"] is TASK


def test_several_seeds_need_a_task_that_other_processes_know(monkeypatch, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        run_own_task("mine", TASK, ["--seeds=1,2", "--sim=mujoco", f"--log_root={tmp_path}"])
    told = capsys.readouterr().err
    assert stop.value.code == 2 and "only this one knows the task 'mine'" in told and "entry point" in told
    assert not list(tmp_path.iterdir())
