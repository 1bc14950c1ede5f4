"""What a checkpoint's configuration lacks, or has too much of, is told."""

from pathlib import Path
from typing import Any

import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.runs.configure import trained_configs
from legged_gym.tasks import get_cfgs
from rsl_rl.utils import checkpoint as checkpoints


def write(path: Path, env: dict[str, Any], train: dict[str, Any]) -> Path:
    checkpoints.save(path, {"config": {"task": "go2_flat", "env": env, "train": train}})
    return path


def test_fields_that_a_checkpoint_lacks_are_named_with_the_values_that_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    del env["terrain"]["slope"], env["control"]["actuator"], train["algorithm"]["gamma"]
    env["rewards"]["tracking_sigma"] = 0.5
    path = write(tmp_path / "old.pt", env, train)
    env_cfg, train_cfg = trained_configs(path, "go2_flat")
    assert (env_cfg.terrain.slope, env_cfg.control.actuator.model, train_cfg.algorithm.gamma) == (0.4, "pd", 0.99)
    assert env_cfg.rewards.tracking_sigma == 0.5
    assert caplog.messages == [
        f"{path} lacks fields, whose defaults hold: terrain.slope = 0.4, control.actuator.model = 'pd', "
        "control.actuator.delay_range = [0, 0], control.actuator.network_file = '', train.algorithm.gamma = 0.99"
    ]


def test_a_whole_configuration_is_taken_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    env, train = map(class_to_dict, get_cfgs("go2_flat"))
    trained_configs(write(tmp_path / "new.pt", env, train), "go2_flat")
    assert caplog.messages == []
