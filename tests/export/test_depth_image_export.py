"""A policy that sees by a depth camera, as a controller: the image is a reading, and its formula is inside."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.export.assembly import make_controller
from legged_gym.export.controller_file import write_controller
from legged_gym.export.metadata import Provenance, controller_metadata
from legged_gym.export.rehearsal import TOLERANCE, check_controller, make_rehearsal
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.tasks import Task, make_runner, register

TASK = "go2_with_a_depth_camera"


class SeeingCfg(Go2FlatCfg):
    """Blind but for 6 x 8 pixels."""

    class depth_camera(DepthCameraCfg):
        shape = [6, 8]
        rotation = [0.0, 45.0, 0.0]

    class observations(Go2FlatCfg.observations):
        policy = ["base_ang_vel", "projected_gravity", "commands", "dof_pos", "dof_vel", "actions", "depth_image"]


@pytest.fixture(scope="module")
def seeing() -> Iterator:
    register(TASK, Task(LeggedRobot, SeeingCfg, Go2FlatCfgPPO, "a Go2 that sees"))
    cfg = SeeingCfg()
    env = make_rehearsal(TASK, cfg)
    train_cfg = Go2FlatCfgPPO()
    train_cfg.algorithm.num_mini_batches = 1
    yield env, make_runner(env, train_cfg, None, "cpu").policy, Provenance(TASK, class_to_dict(cfg), "abc", 1)
    env.close()


def test_the_file_takes_the_image_and_acts_as_the_policy(seeing: tuple, tmp_path: Path) -> None:
    env, policy, provenance = seeing
    controller = make_controller(env, policy)
    assert controller.input_names == ("gyro", "gravity", "command", "dof_pos", "dof_vel", "depth_image", "state_in")
    said = controller_metadata(env, policy, controller, provenance, None)
    image = said["inputs"][5]
    assert (image["name"], image["shape"], image["unit"]) == ("depth_image", [6, 8], "m")
    assert said["depth_camera"]["rotation"] == [0.0, 45.0, 0.0] and said["deployable"]
    path = tmp_path / "seeing.onnx"
    write_controller(controller, path, said)
    assert check_controller(path, env, policy, controller) <= TOLERANCE


def test_the_image_matters(seeing: tuple) -> None:
    import torch

    env, policy, _ = seeing
    controller = make_controller(env, policy)
    inputs = list(controller.example_inputs())
    actions = controller.output_names.index("actions")
    near = controller(*inputs)[actions]
    inputs[5] = torch.full((6, 8), 0.2)
    assert not np.allclose(controller(*inputs)[actions], near)
