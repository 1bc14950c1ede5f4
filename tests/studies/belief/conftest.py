"""Untrained policies, and a small environment to walk in."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import set_fields
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.tasks import get_cfgs
from legged_gym.utils.seeding import set_seed
from rsl_rl.runners import TeacherStudentRunner
from studies.belief.robot import TrialRobot

TASK = "go2_perceptive"
VARIANTS: dict[str, dict[str, Any]] = {
    "student": {},
    "gru_none": {"gate": "none"},
    "mlp_gate": {"memory": "mlp"},
    "mlp_none": {"memory": "mlp", "gate": "none"},
    "noisy_mlp": {"memory": "mlp", "gate": "open"},
    "blind": {},
}


def small_cfg(num_envs: int = 8, episode: float = 0.4) -> Any:
    """Two levels of the standard map, short episodes."""
    cfg, _ = get_cfgs(TASK)
    cfg.env.num_envs, cfg.sim.engine = num_envs, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 5
    set_fields(evaluation_settings(cfg) | {"env.episode_length_s": episode}, cfg)
    return cfg


@pytest.fixture
def make() -> Iterator[Callable[..., TrialRobot]]:
    made: list[TrialRobot] = []

    def build(cfg: Any) -> TrialRobot:
        set_seed(1)
        made.append(TrialRobot(cfg, "cpu", 1))
        return made[-1]

    yield build
    for env in made:
        env.close()


@pytest.fixture(scope="session")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint of every policy."""
    folder = tmp_path_factory.mktemp("policies")
    env_cfg = small_cfg(2)
    _, train_cfg = get_cfgs(TASK)
    train = class_to_dict(train_cfg)
    train["algorithm"]["num_mini_batches"] = train["distillation"]["num_mini_batches"] = 1
    train["student_curriculum"]["num_steps_per_env"] = 10
    env = TrialRobot(env_cfg, "cpu", 1)

    def save(name: str, stage: str, settings: dict[str, Any]) -> None:
        own = copy.deepcopy(train)
        own["runner"]["stage"] = stage
        own["student"] |= settings
        if name == "blind":
            own["obs_groups"]["student"] = ["proprioceptive"]
        config = {"task": TASK, "env": class_to_dict(env_cfg), "train": own}
        TeacherStudentRunner(env, own, None, "cpu", config).save(folder / f"{TASK}_{name}.pt")

    save("teacher", "teacher", {})
    for name, settings in VARIANTS.items():
        save(name, "student", settings)
    env.close()
    return folder
