"""Robots as they are published, in an environment: wheels, followers, frames and joints without limits."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.utils.errors import UserError
from legged_gym.utils.seeding import set_seed
from tests.urdf.toys import AXIS, LEGS, LIMIT, TRUNK, inertial, joint, leg, link, origin, write

OBSERVED = ["base_ang_vel", "projected_gravity", "commands", "dof_pos", "dof_vel", "actions"]


def toy(file: Path, num_actions: int, joints: list[str], **sections: dict) -> LeggedRobotCfg:
    cfg = LeggedRobotCfg()
    settings = {
        "env": {"num_envs": 4, "num_actions": num_actions},
        "sim": {"engine": "mujoco"},
        "terrain": {"mesh_type": "plane", "measure_heights": False},
        "init_state": {"pos": [0.0, 0.0, 0.24], "default_joint_angles": dict.fromkeys(joints, 0.1)},
        "asset": {"file": str(file), "foot_name": "foot"},
        "control": {"stiffness": {"": 10.0}, "damping": {"": 0.5}},
        "observations": {"policy": OBSERVED, "critic": OBSERVED},
        "noise": {"add_noise": False},
        "domain_rand": {"push_robots": False},
    }
    for section, values in settings.items():
        for name, value in (values | sections.get(section, {})).items():
            setattr(getattr(cfg, section), name, value)
    for name, value in sections.get("scales", {}).items():
        setattr(cfg.rewards.scales, name, value)
    return cfg


@pytest.fixture
def make() -> Iterator:
    made: list[LeggedRobot] = []

    def build(cfg: LeggedRobotCfg) -> LeggedRobot:
        set_seed(1)
        made.append(LeggedRobot(cfg, "cpu", 1))
        return made[-1]

    yield build
    for env in made:
        env.close()


WHEEL = joint("left_wheel_axle", "trunk", "left_wheel", "continuous", origin("0 0.3 0"), AXIS)
WHEELED = TRUNK + LEGS + link("left_wheel", inertial(0.2, 0.001)) + WHEEL


def test_a_wheel_beside_servos(make, tmp_path: Path):
    """Its target is a speed, its angle no matter of pose, observation or encoder offset; a held leg takes no action."""
    control = {"drive_modes": {"wheel": "velocity", "right": "held"}, "action_scales": {"wheel": 10.0}}
    joints = ["left_hip", "right_hip", "left_wheel_axle"]
    randomized = {"randomize_motor_zero": True, "motor_zero_range": [0.05, 0.05]}
    env = make(toy(write(tmp_path, WHEELED), 2, joints, control=control, domain_rand=randomized))
    for _ in range(20):
        env.step(torch.tensor([[1.0, 0.3]]).expand(4, 2))
    torch.testing.assert_close(env.joint_targets, torch.tensor([[0.6 - 0.05, 0.1 - 0.05, 3.0]]).expand(4, 3))
    assert (env.dof_vel[:, 2] > 1.0).all()
    observed = env.get_observations()["policy"]
    assert observed.shape == (4, 3 + 3 + 3 + 3 + 3 + 2)
    assert not observed[:, 11].any() and observed[:, 9:11].all()
    assert env.layout["drive_modes"] == ["position", "held", "velocity"]
    assert env._reward_dof_deviation().max() < 3.0 < env.dof_pos[:, 2].abs().min() * 100.0


def test_a_follower_takes_no_action_and_begins_in_its_place(make, tmp_path: Path):
    mimic = AXIS + LIMIT + '<mimic joint="left_hip" multiplier="-1"/>'
    file = write(tmp_path, TRUNK, leg("left", 0.1), leg("right", -0.1, joint_content=mimic))
    env = make(toy(file, 1, ["left_hip"]))
    torch.testing.assert_close(env.default_dof_pos, torch.tensor([0.1, -0.1]))
    torch.testing.assert_close(env.dof_pos[:, 1], -env.dof_pos[:, 0])
    env.step(torch.ones(4, 1))
    torch.testing.assert_close(env.dof_pos[:, 1], -env.dof_pos[:, 0], atol=0.02, rtol=0.0)
    with pytest.raises(UserError, match="env.num_actions is 2, but 1 of 2 joints take an action: left_hip"):
        make(toy(file, 2, ["left_hip"]))


def test_joints_without_limits_give_finite_rewards(make, tmp_path: Path):
    free = [leg(side, y, "continuous", AXIS) for side, y in (("left", 0.1), ("right", -0.1))]
    scales = dict.fromkeys(("dof_pos_limits", "dof_vel_limits", "torque_limits"), -1.0)
    env = make(toy(write(tmp_path, TRUNK, *free), 2, ["left_hip", "right_hip"], scales=scales))
    for _ in range(5):
        _, reward, _, _ = env.step(torch.randn(4, 2))
        assert reward.isfinite().all()
    assert not env.rewards.episode_sums[[env.rewards.names.index(name) for name in scales]].any()


def test_a_hip_reward_without_hips_is_refused(make, tmp_path: Path):
    file = write(tmp_path, (TRUNK + LEGS).replace("_hip", "_haa"))
    joints = ["left_haa", "right_haa"]
    make(toy(file, 2, joints))
    with pytest.raises(UserError, match="rewards.scales.hip_deviation: no joint has 'hip' in its name"):
        make(toy(file, 2, joints, scales={"hip_deviation": -1.0}))


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_mass_and_centre_of_an_empty_root_are_those_of_the_trunk(make, tmp_path: Path, engine: str):
    """Thrown up with a spin of 2 rad/s about y: the root's origin turns about the robot's centre of mass."""
    if engine == "mujoco_warp":
        pytest.importorskip("mujoco_warp")
    file = write(tmp_path, link("base"), joint("mount", "base", "trunk"), TRUNK, LEGS)
    env = make(toy(file, 2, ["left_hip", "right_hip"], sim={"engine": engine}))
    sim, everyone, spin, time = env.sim, torch.ones(4, dtype=torch.bool), 2.0, 0.5
    assert sim.read("base_mass").tolist() == [2.0] * 4
    trunk, moved = torch.tensor([2.0, 2.0, 3.0, 3.0]), torch.tensor([0.0, 0.1, 0.0, 0.1])
    sim.randomize("base_mass", trunk)
    sim.randomize("base_com", torch.stack((moved, torch.zeros(4), torch.zeros(4)), dim=1))
    root = torch.zeros(4, 13)
    root[:, 2], root[:, 6], root[:, 11] = 5.0, 1.0, spin
    sim.reset(everyone, root, torch.zeros(4, 2), torch.zeros(4, 2))
    for _ in range(round(time / env.dt)):
        sim.step(torch.zeros(4, 2))
    x, z = (
        moved * trunk / (trunk + 1.1),
        -0.2 * 0.1 / (trunk + 1.1),
    )  # the robot's centre of mass in the root's frame, m
    turned = x * math.cos(spin * time) + z * math.sin(spin * time)
    torch.testing.assert_close(sim.root_states[:, 0], x + spin * z * time - turned, atol=1e-3, rtol=0.0)
