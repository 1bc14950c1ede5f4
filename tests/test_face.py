"""The public face: light to import, environments by name, tasks of other packages."""

import importlib
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import legged_gym
from legged_gym import tasks
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.utils.errors import UserError

TASK = legged_gym.Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO, "a stranger's Go2")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test registers is forgotten, and other packages are asked anew."""
    monkeypatch.setattr(tasks, "TASKS", dict(tasks.TASKS))
    tasks._load_entry_points.cache_clear()
    yield
    tasks._load_entry_points.cache_clear()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, **offered: str) -> None:
    """A distribution that offers tasks by entry points, as pip leaves one."""
    info = folder / "strange_robots-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strange-robots\nVersion: 1.0\n")
    lines = [f"{name} = {target}" for name, target in offered.items()]
    (info / "entry_points.txt").write_text("\n".join(["[legged_gym.tasks]", *lines]))
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()


def test_importing_it_loads_no_torch_and_no_engine():
    code = "import sys, legged_gym; print(legged_gym.__version__, {'torch', 'mujoco', 'numpy'} & sys.modules.keys())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == f"{legged_gym.__version__} set()\n"


def test_its_names():
    assert set(legged_gym.__all__) <= set(dir(legged_gym))
    assert all(getattr(legged_gym, name) for name in legged_gym.__all__)
    assert Path(legged_gym.LEGGED_GYM_ROOT_DIR, "resources", "robots").is_dir()
    with pytest.raises(AttributeError, match="no attribute 'mak'"):
        _ = legged_gym.mak


def test_make_sets_fields_and_seeds():
    settings: dict[str, Any] = {"rewards.scales.torques": -0.5, "control.stiffness": {"joint": 30}}
    seen = []
    for _ in range(2):
        env = legged_gym.make("go2_flat", num_envs=3, device="cpu", seed=4, **settings)
        assert (env.num_envs, env.cfg.rewards.scales.torques, str(env.device)) == (3, -0.5, "cpu")
        assert env.cfg.control.stiffness == {"joint": 30.0}
        seen.append(torch.stack([env.step(torch.zeros(3, env.num_actions))[0]["policy"] for _ in range(3)]))
        env.close()
    assert torch.equal(*seen)


@pytest.mark.parametrize(
    ("task", "overrides", "message"),
    [
        ("go2_flatt", {}, r"unknown task 'go2_flatt'; did you mean go2_flat\?"),
        (
            "go2_flat",
            {"rewards.scales.torque": 1},
            r"make\(\) .*torque: unknown key; did you mean .*torques",
        ),
        ("go2_flat", {"sim.dt": "fast"}, r"make\(\) sim.dt: expected a number, got 'fast'"),
        ("go2_flat", {"train.algorithm.gamma": 0.9}, "an environment has no settings of the training"),
        ("go2_flat", {"num_envs": -1}, "env.num_envs"),
    ],
)
def test_make_refuses_in_one_line(task, overrides, message):
    with pytest.raises(UserError, match=message) as error:
        legged_gym.make(task, device="cpu", **overrides)
    assert "\n" not in str(error.value)


def test_register():
    legged_gym.register("stranger", TASK)
    assert tasks.get_cfgs("stranger")[0].asset.file == Go2FlatCfg.asset.file
    with pytest.raises(UserError, match="there is a task 'stranger' already: a stranger's Go2"):
        legged_gym.register("stranger", TASK)
    with pytest.raises(UserError, match="task 'config': expected a legged_gym.Task, got type"):
        legged_gym.register("config", Go2FlatCfg)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "a b", "../up", "-flag", "a:b", None, 3])
def test_a_task_has_a_name_that_a_flag_can_give(name: Any) -> None:
    """One that was no text made every later look-up of any task a TypeError."""
    with pytest.raises(UserError, match="cannot name a task: use letters, digits, _, - and ."):
        legged_gym.register(name, TASK)
    with pytest.raises(UserError, match="go2_flat"):
        legged_gym.make(name)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("env_class", int, "env_class must be a subclass of LeggedRobot, not <class 'int'>"),
        ("env_cfg", Go2FlatCfg(), "env_cfg must be a subclass of LeggedRobotCfg, not <.*Go2FlatCfg object"),
        ("train_cfg", Go2FlatCfg, "train_cfg must be a subclass of LeggedRobotCfgPPO, not <class .*Go2FlatCfg"),
        ("description", None, "its description must be a text, not None"),
    ],
)
def test_a_task_of_wrong_parts_is_refused_where_it_is_registered(field: str, value: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        legged_gym.register("wrong_parts", replace(TASK, **{field: value}))
    assert "wrong_parts" not in tasks.all_tasks()


def test_tasks_of_other_packages_are_found_and_broken_ones_named(tmp_path, monkeypatch, caplog):
    (tmp_path / "strange_robots.py").write_text("from legged_gym.tasks import TASKS; TASK = TASKS['go2_rough']")
    install(
        tmp_path, monkeypatch,
        strange="strange_robots:TASK", go2_flat="strange_robots:TASK", gone="strange_robots:gone", lost="lost:TASK",
    )  # fmt: skip
    with caplog.at_level(logging.WARNING):
        assert tasks.all_tasks()["strange"] is tasks.TASKS["go2_rough"]
        tasks.all_tasks()
    assert sorted(caplog.messages) == [
        "left out the task 'go2_flat' of the package strange-robots: there is a task 'go2_flat' already: "
        "Unitree Go2 on a plane",
        "left out the task 'gone' of the package strange-robots: module 'strange_robots' has no attribute 'gone'",
        "left out the task 'lost' of the package strange-robots: No module named 'lost'",
    ]
    assert tasks.TASKS["go2_flat"].env_cfg is Go2FlatCfg
