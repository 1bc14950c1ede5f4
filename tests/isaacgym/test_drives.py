"""Joints that are driven to positions and speeds, against values by hand, on both engines."""

import math

import pytest
import torch

from isaacgym import gymapi, gymtorch
from tests.isaacgym.worlds import GRAVITY, PENDULUM, World, world

WEIGHT_ARM = 2.0 * GRAVITY * 0.5
"""The pendulum's greatest torque by its weight, N m."""
INERTIA = 2.0 * 0.5**2 + 1e-4
"""About its hinge, kg m^2."""


@pytest.fixture(params=["mujoco", "mujoco_warp"], autouse=True)
def engine(request, monkeypatch):
    if request.param == "mujoco_warp":
        pytest.importorskip("mujoco_warp")
    monkeypatch.setenv("ISAACGYM_ENGINE", request.param)


def driven(folder, mode: int, *properties: dict[str, float], **asset) -> World:
    """Pendulums with drives, one for each set of properties."""
    made = world(folder, PENDULUM, count=len(properties), ground=False, fix_base_link=True, **asset)
    for env, chosen in zip(made.envs, properties, strict=True):
        values = made.gym.get_asset_dof_properties(made.asset)
        values["driveMode"].fill(int(mode))
        for name, value in chosen.items():
            values[name].fill(value)
        made.gym.set_actor_dof_properties(env, 0, values)
    return made.prepare()


def test_a_position_drive_gives_way_as_a_spring_does(tmp_path):
    """At rest stiffness (target - angle) = weight."""
    held = driven(tmp_path, gymapi.DOF_MODE_POS, *({"stiffness": value, "damping": 8.0} for value in (40.0, 80.0)))
    held.gym.set_dof_position_target_tensor(held.sim, gymtorch.unwrap_tensor(torch.full((2,), 1.0)))
    held.run(250)
    first, second = held.joints[:, 0].tolist()
    assert 40.0 * (1.0 - first) == pytest.approx(WEIGHT_ARM * math.sin(first), rel=0.01)
    assert 80.0 * (1.0 - second) == pytest.approx(WEIGHT_ARM * math.sin(second), rel=0.01)
    forces = gymtorch.wrap_tensor(held.gym.acquire_dof_force_tensor(held.sim))
    held.gym.refresh_dof_force_tensor(held.sim)
    assert forces[0] == pytest.approx(40.0 * (1.0 - first), rel=0.01)


def test_a_drive_ends_at_its_effort(tmp_path):
    """Without gravity, 1 rad from its target: 4 N m give 4 / I rad/s^2."""
    properties = {"stiffness": 40.0, "damping": 8.0, "effort": 4.0}
    held = driven(tmp_path, gymapi.DOF_MODE_POS, properties, disable_gravity=True)
    held.gym.set_dof_position_target_tensor(held.sim, gymtorch.unwrap_tensor(torch.ones(1)))
    held.run(10)
    assert held.joints[0, 1] == pytest.approx(4.0 * 0.05 / INERTIA, rel=1e-3)


def test_a_speed_drive_turns_at_its_speed(tmp_path):
    """Without gravity, from rest to 2 rad/s; its stiffness counts for nothing, and robots that are not listed rest."""
    properties = {"stiffness": 100.0, "damping": 5.0}
    turning = driven(tmp_path, gymapi.DOF_MODE_VEL, properties, properties, disable_gravity=True)
    row = gymtorch.unwrap_tensor(torch.tensor([1], dtype=torch.int32)), 1
    speeds = gymtorch.unwrap_tensor(torch.full((2,), 2.0))
    turning.gym.set_dof_velocity_target_tensor_indexed(turning.sim, speeds, *row)
    turning.run(20)
    share = 1.0 - (1.0 + 0.005 * 5.0 / INERTIA) ** -20  # implicit in the damping
    assert turning.joints[:, 1].tolist() == pytest.approx([0.0, 2.0 * share], rel=1e-3)
    turning.run(140)
    assert turning.joints[:, 1].tolist() == pytest.approx([0.0, 2.0], rel=1e-3)


def test_drives_do_not_take_torques_and_joints_without_gains_do(tmp_path):
    """Of two position drives that of no gains is a joint driven by torques: 1 N m gives 1 / I rad/s^2."""
    mixed = driven(tmp_path, gymapi.DOF_MODE_POS, {"stiffness": 40.0, "damping": 8.0}, {}, disable_gravity=True)
    mixed.set_torques(torch.ones(2))
    mixed.run(20)
    assert mixed.joints[:, 1].tolist() == pytest.approx([0.0, 0.1 / INERTIA], rel=1e-3)


def test_targets_of_single_actors_and_gains_set_later(tmp_path):
    first = {"stiffness": 40.0, "damping": 8.0}
    held = driven(tmp_path, gymapi.DOF_MODE_POS, first, first, disable_gravity=True)
    held.gym.set_actor_dof_position_targets(held.envs[1], 0, torch.tensor([0.5]).numpy())
    values = held.gym.get_actor_dof_properties(held.envs[1], 0)
    values["damping"] = 6.0
    held.gym.set_actor_dof_properties(held.envs[1], 0, values)
    held.run(250)
    assert held.joints[:, 0].tolist() == pytest.approx([0.0, 0.5], abs=1e-3)


def test_a_torque_from_before_a_joint_had_gains_acts_no_more(tmp_path):
    """Without gravity, at its target: only the torque would move it."""
    held = driven(tmp_path, gymapi.DOF_MODE_POS, {}, {"stiffness": 40.0, "damping": 8.0}, disable_gravity=True)
    held.set_torques(torch.ones(2))
    values = held.gym.get_actor_dof_properties(held.envs[1], 0)
    held.gym.set_actor_dof_properties(held.envs[0], 0, values)
    held.run(20)
    assert held.joints.abs().max() < 1e-6


def test_a_drive_that_comes_after_the_start_is_refused(tmp_path):
    free = driven(tmp_path, gymapi.DOF_MODE_EFFORT, {})
    values = free.gym.get_asset_dof_properties(free.asset)
    values["driveMode"], values["stiffness"] = int(gymapi.DOF_MODE_POS), 10.0
    free.gym.set_actor_dof_properties(free.envs[0], 0, values)
    with pytest.raises(Exception, match="joint 'swing' is to be driven from now on; say so before prepare_sim"):
        free.run(1)
