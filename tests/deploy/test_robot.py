"""The robot of deploy against the environment's, over the same control steps: one moves as the other, and reads the
same."""

from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.io import class_to_dict, field_names
from legged_gym.deploy.metadata import Metadata
from legged_gym.deploy.readings import Readings
from legged_gym.deploy.robot import Robot
from legged_gym.utils.math import heading_vector
from tests.deploy.policies import go2_metadata, parsed
from tests.envs.conftest import MakeEnv

STEPS = 20
"""Control steps side by side: after some more, a contact that one of the two misses by a rounding parts them."""
TOLERANCES = {"gyro": 1e-4, "gravity": 1e-5, "dof_pos": 1e-5, "dof_vel": 1e-3, "base_lin_vel": 1e-4}
"""rad/s, 1, rad, rad/s, m/s: what single precision of the environment's state comes to."""


def quiet(cfg: Any) -> None:
    for name in field_names(cfg.domain_rand):
        if isinstance(getattr(cfg.domain_rand, name), bool):
            setattr(cfg.domain_rand, name, False)
    cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 4
    cfg.terrain.terrain_proportions = {"stairs_up": 0.5, "rough_slope": 0.5}


def another_robot(cfg: Any) -> None:
    """Everything is off its nominal value, the same in both worlds."""
    quiet(cfg)
    rand = cfg.domain_rand
    for name in ("friction", "base_mass", "base_com", "gains", "motor_strength", "motor_zero"):
        setattr(rand, f"randomize_{name}", True)
    rand.randomize_dof_friction = rand.randomize_dof_damping = rand.randomize_dof_armature = True
    rand.friction_range, rand.added_mass_range, rand.com_displacement_range = [0.4, 0.4], [2.0, 2.0], [0.03, 0.03]
    rand.stiffness_factor_range, rand.damping_factor_range = [1.2, 1.2], [0.8, 0.8]
    rand.motor_strength_range, rand.motor_zero_range = [0.9, 0.9], [0.02, 0.02]
    rand.dof_friction_range, rand.dof_damping_range = [0.1, 0.1], [0.05, 0.05]
    rand.dof_armature_range = [0.02, 0.02]


def on_boxes(cfg: Any) -> None:
    """At vertical faces and under bars."""
    quiet(cfg)
    cfg.terrain.slope_threshold = 0.95
    cfg.terrain.terrain_proportions = {"stairs_up": 0.5, "stepping_stones": 0.25, "crawl": 0.25}


def biped(cfg: Any) -> None:
    """Its shared joint properties, the same in both worlds; upright."""
    another_robot(cfg)
    cfg.domain_rand.com_displacement_range = [[0.01, 0.01], [-0.01, -0.01], [0.005, 0.005]]
    cfg.init_state.tilt_noise = 0.0


def describe(env: Any) -> Metadata:
    """The metadata of a controller of an environment's robot, without sensor noise."""
    names = env.dof_names
    settings = class_to_dict(env.cfg)
    changes = {
        "joint_names": names,
        "default_dof_pos": env.default_dof_pos.tolist(),
        "observations": go2_metadata()["observations"],
    }
    robot = env.sim.robot
    changes |= {"torque_limits": robot.torque_limits.tolist(), "physics_dt": settings["sim"]["dt"]}
    changes |= {"decimation": settings["control"]["decimation"], "control_dt": env.dt}
    changes["actuator"] = {"model": "pd", "stiffness": robot.stiffness.tolist(), "damping": robot.damping.tolist()}
    metadata = go2_metadata(**changes)
    metadata["simulation"] = {name: settings[name] for name in metadata["simulation"]}
    return parsed(metadata)


@pytest.mark.parametrize(
    ("task", "change"),
    [("go2_rough", quiet), ("go2_perceptive", another_robot), ("go2_rough", on_boxes), ("qmini", biped)],
)
def test_moves_and_reads_as_the_environment(make: MakeEnv, tmp_path: Any, task: str, change: Any) -> None:
    env = make(task, 1, change=change)
    metadata = describe(env)
    robot = Robot(metadata, env.terrain, tmp_path)
    readings = Readings(metadata, robot, None, list(TOLERANCES))
    root = env.root_states[0].numpy()
    forward = heading_vector(env.root_states[:, 3:7])[0].numpy()
    robot.randomize(np.random.default_rng(0))
    robot.reset(root[:3], (0.0, 0.0, float(np.arctan2(forward[1], forward[0]))), root[7:], env.dof_pos[0].numpy())
    readings.begin(np.random.default_rng(0))
    zero = env.domain_rand.motor_zero
    generator = torch.Generator().manual_seed(0)
    for step in range(STEPS):
        seen = readings.read(np.zeros(3))
        expected = {
            "gyro": env.base_ang_vel, "gravity": env.projected_gravity, "dof_pos": env.dof_pos + zero,
            "dof_vel": env.dof_vel, "base_lin_vel": env.base_lin_vel,
        }  # fmt: skip
        for name, value in expected.items():
            np.testing.assert_allclose(seen[name], value.reshape(-1), atol=TOLERANCES[name])
        actions = 0.5 * torch.randn(1, env.num_actions, generator=generator)
        env.step(actions)
        assert not env.reset_buf.any(), step
        robot.step((env.default_dof_pos + env.cfg.control.action_scale * actions[0]).numpy())
        np.testing.assert_allclose(robot.position, env.root_states[0, :3], atol=1e-5)
        np.testing.assert_allclose(robot.torques, env.torques[0], atol=2e-3)
    np.testing.assert_allclose(robot.heading, env.heading[0], atol=1e-4)
