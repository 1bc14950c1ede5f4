"""Flags of collect.py, and settings of the folders that it fills."""

import pytest

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.scripts.collect import make_parser
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--data_dir=d"], "--data_dir: nobody says when a data set is whole; add --rollouts"),
        (["--data_dir=d", "--rollouts=1", "--quota=5"], "--quota is of a trainer's folder"),
    ],
)
def test_a_data_set_has_an_end_and_keeps_what_is_in_it(flags, says):
    with pytest.raises(UserError, match=says):
        make_parser().parse(["--task=go2_distill", *flags])


def settings(**values):
    values = {f"train.{name}": value for name, value in values.items()}
    return resolve_settings(*get_cfgs("go2_distill"), asked=[Asked(values)])


def test_one_folder_is_no_data_set_and_a_place_where_files_are_deleted():
    with pytest.raises(UserError, match="data_dir and scan_dir are both a"):
        settings(**{"pretrain_dataset.data_dir": "a", "pretrain_dataset.scan_dir": "./a"})
    settings(**{"pretrain_dataset.data_dir": "/dev/null"})


def test_speeds_at_blocks_that_there_are_not():
    with pytest.raises(UserError, match="crossing.speeds: unknown block 'clim'; did you mean climb"):
        resolve_settings(*get_cfgs("a1_distill"), asked=[Asked({"crossing.speeds": {"clim": [1.0, 1.1]}})])


def test_obstacles_that_no_camera_sees():
    with pytest.raises(UserError, match=r"parkour\.dynamics = soft: a camera sees obstacles that collide alone"):
        resolve_settings(*get_cfgs("a1_distill"), asked=[Asked({"parkour.dynamics": "soft"})])


def test_a_student_has_a_teacher():
    with pytest.raises(UserError, match="sub_policy_paths = {} must be names with texts"):
        settings(**{"runner.sub_policy_paths": {}})


def test_iterations_of_no_data_set():
    section = settings().train_cfg.pretrain_dataset
    assert dict(section.idle()) == {"pretrain_iterations": "train.pretrain_dataset.data_dir names no folder"}
