"""Environments on other drives than the engine's PD."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.actuators.networks import MLPActuator, save_network
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, assert_a_step_late, zero_actions


def with_drives(model: str, strength: tuple[float, float] | None = None, **settings: Any) -> Callable[[Any], None]:
    """An edit of the configuration."""

    def change(cfg: Any) -> None:
        cfg.control.actuator.model = model
        for name, value in settings.items():
            setattr(cfg.control.actuator, name, value)
        cfg.domain_rand.randomize_motor_zero = True
        cfg.domain_rand.motor_zero_range = [0.05, 0.05]
        if strength is not None:
            cfg.domain_rand.randomize_motor_strength = True
            cfg.domain_rand.motor_strength_range = list(strength)

    return change


def test_direct_torques_have_neither_default_nor_encoder_zero(make: MakeEnv) -> None:
    env = make(num_envs=2, change=with_drives("torque"))
    actions = torch.linspace(-8.0, 8.0, 24).reshape(2, 12)
    env.step(actions)
    torch.testing.assert_close(env.joint_targets, env.cfg.control.action_scale * actions)
    torch.testing.assert_close(env.torques, env.joint_targets)


def test_late_targets_are_those_of_the_reset_at_first(make: MakeEnv) -> None:
    """With a delay of a whole control step the first targets move nothing."""
    envs = [make(num_envs=2, change=with_drives("delayed_pd", delay_range=[4, 4])) for _ in range(2)]
    assert_a_step_late(*envs)


@pytest.mark.parametrize("model", ["torque", "network"])
def test_motor_strength_scales_every_torque(make: MakeEnv, tmp_path: Path, model: str) -> None:
    save_network(tmp_path / "mlp.pt", MLPActuator(0.005), {})
    change = with_drives(model, strength=(0.7, 0.75), network_file=str(tmp_path / "mlp.pt"))
    env = make(num_envs=16, change=change)
    gain, limit = env.sim.read("torque_gain"), env.sim.read("torque_limits") / env.torque_limits
    torch.testing.assert_close(gain, limit)
    assert gain.min() >= 0.7 and gain.max() <= 0.75 and gain.std() > 0.01
    env.step(zero_actions(env) + 100.0)
    assert (env.torques.abs() <= env.sim.read("torque_limits") + 1e-5).all()


def test_a_model_of_a_users_own_drives_the_robot(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.control.actuator.model = "tests.own_parts:Spring"

    env = make(num_envs=2, change=change)
    angles = env.dof_pos.clone()
    env.sim.decimation = 1
    env.step(torch.ones(2, 12))
    assert torch.equal(env.joint_targets, (env.default_dof_pos + env.cfg.control.action_scale).expand(2, 12))
    torch.testing.assert_close(env.torques, (3.0 * (env.joint_targets - angles)).clamp(-23.5, 23.5), atol=1e-4, rtol=0)


def test_gains_of_drives_without_gains_cannot_be_randomized(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.control.actuator.model = "torque"
        cfg.domain_rand.randomize_gains = True

    with pytest.raises(UserError, match="DirectTorque has no stiffness to read or randomize"):
        make(num_envs=2, change=change)


def test_the_bound_of_an_action_is_that_of_each_joints_drive(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.control.drive_modes = {"hip": "velocity"}
        cfg.control.action_scales = {"hip": 90.0, "calf": 11.0}

    with pytest.raises(UserError, match="of joint 'FL_calf_joint' = 11 must be at most 10 for a drive by position"):
        make(num_envs=1, change=change)


def test_a_base_of_negative_mass_is_refused(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.domain_rand.randomize_base_mass, cfg.domain_rand.added_mass_range = True, [-7.0, 0.0]

    with pytest.raises(UserError, match=r"added_mass_range = \[-7.0, 0.0\] kg .* the base weighs 6.921 kg"):
        make(num_envs=2, change=change)
