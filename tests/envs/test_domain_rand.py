"""What is random about robots: that it is in the engine, within its range, and comes when it is due."""

from typing import Any

import pytest
import torch

from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, assert_a_step_late, zero_actions


def test_pushes_add_to_the_velocity_and_come_one_by_one(make: MakeEnv) -> None:
    """Fault 10: pushes overwrote the velocity, in all environments at once."""

    def change(cfg: Any) -> None:
        cfg.domain_rand.push_robots = True
        cfg.domain_rand.push_interval_s = 1.0
        cfg.domain_rand.randomize_friction = False

    env, twin = make(num_envs=64, change=change), make(num_envs=64, change=change)
    for robot in (env, twin):
        torch.manual_seed(0)
        robot.reset()
    twin.domain_rand.push_in.fill_(1.0e9)
    times = []
    for step in range(60):
        env.step(zero_actions(env))
        pushed = env.domain_rand.push_velocity.any(dim=1)
        times += [step] * int(pushed.sum())
        if step == 0:
            torch.manual_seed(0)
    assert len(set(times)) > 20
    env.domain_rand.push_in[0] = 0.0
    before = env.root_states.clone()
    env.domain_rand.draw_disturbances()
    env.sim.apply_push(env.domain_rand.push_velocity)
    delta = env.root_states - before
    torch.testing.assert_close(delta[0, 7:9], env.domain_rand.push_velocity[0, :2], atol=1e-6, rtol=1e-5)
    assert delta[0, 7:9].abs().max() > 0.0 and delta[0, 7:9].abs().max() <= 1.0
    assert (delta[:, :7] == 0.0).all()


def test_motor_zero_shifts_drive_and_observation(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.domain_rand.randomize_motor_zero = True
        cfg.domain_rand.motor_zero_range = [0.05, 0.05]

    env = make(num_envs=2, change=change)
    obs, *_ = env.step(zero_actions(env))
    torch.testing.assert_close(env.joint_targets, (env.default_dof_pos - 0.05).expand(2, 12))
    torch.testing.assert_close(obs["policy"][:, 12:24], env.dof_pos + 0.05 - env.default_dof_pos)


def test_each_randomization_is_in_the_engine_within_its_range(make: MakeEnv) -> None:
    ranges = {
        "friction": [0.6, 0.9],
        "torsional_friction": [0.01, 0.015],
        "added_mass": [0.5, 1.5],
        "com_displacement": [-0.02, 0.04],
        "stiffness_factor": [0.8, 0.9],
        "damping_factor": [1.1, 1.2],
        "motor_strength": [0.7, 0.75],
        "dof_friction": [0.1, 0.2],
        "dof_damping": [0.3, 0.4],
        "dof_armature": [0.02, 0.03],
    }

    def change(cfg: Any) -> None:
        cfg.asset.torsional_friction = 0.02
        for name in dir(cfg.domain_rand):
            if name.startswith("randomize_"):
                setattr(cfg.domain_rand, name, True)
        for name, bounds in ranges.items():
            setattr(cfg.domain_rand, f"{name}_range", bounds)

    env = make(num_envs=16, change=change)

    def inside(values: torch.Tensor, low: float, high: float) -> None:
        assert values.min() >= low - 1e-5 and values.max() <= high + 1e-5
        assert values.std() > 0.1 * (high - low)

    read = env.sim.read
    inside(read("friction"), 0.6, 0.9)
    inside(read("torsional_friction"), 0.01, 0.015)
    inside(read("base_mass"), 6.921 + 0.5, 6.921 + 1.5)
    inside(read("base_com") - torch.tensor([0.021112, 0.0, -0.005366]), -0.02, 0.04)
    inside(read("torque_limits") / env.torque_limits, 0.7, 0.75)
    inside(read("stiffness") / 20.0, 0.8 * 0.7, 0.9 * 0.75)
    inside(read("damping") / 0.5, 1.1 * 0.7, 1.2 * 0.75)
    inside(read("dof_friction"), 0.1, 0.2)
    inside(read("dof_damping"), 0.3, 0.4)
    inside(read("dof_armature"), 0.02, 0.03)
    delay = env.domain_rand.obs_delay
    assert delay is not None and set(delay.tolist()) == {0, 1}


def test_torsional_friction_of_contacts_that_are_points_is_refused(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.domain_rand.randomize_torsional_friction = True

    with pytest.raises(UserError, match="give asset.torsional_friction more than 0 too"):
        make(change=change)


def test_the_delay_of_actions_is_drawn_anew_in_each_step(make: MakeEnv) -> None:
    """Each of 1 to 4 physics steps in a quarter of the draws, whatever the robot's last one was."""

    def change(cfg) -> None:
        cfg.domain_rand.randomize_action_delay, cfg.domain_rand.action_delay_range = True, [1, 4]

    env = make(num_envs=256, change=change)
    drawn = []
    for _ in range(12):
        env.step(zero_actions(env))
        assert env.domain_rand.action_delay is not None
        drawn.append(env.domain_rand.action_delay.clone())
    pairs = torch.stack(drawn[:-1]) * 10 + torch.stack(drawn[1:])
    values, counts = pairs.unique(return_counts=True)
    assert values.tolist() == [10 * first + second for first in range(1, 5) for second in range(1, 5)]
    # 2816 pairs, 176 of each, standard deviation 13
    assert counts.min() > 176 - 4 * 13 and counts.max() < 176 + 4 * 13


def test_a_late_action_moves_nothing_until_it_is_there(make: MakeEnv) -> None:
    """With a delay of a whole control step the first action moves nothing."""

    def change(cfg) -> None:
        cfg.domain_rand.randomize_action_delay, cfg.domain_rand.action_delay_range = True, [4, 4]

    envs = [make(num_envs=2, change=change) for _ in range(2)]
    assert_a_step_late(*envs)


def test_a_delay_longer_than_a_control_step_is_refused(make: MakeEnv) -> None:
    def change(cfg) -> None:
        cfg.domain_rand.randomize_action_delay, cfg.domain_rand.action_delay_range = True, [0, 5]

    with pytest.raises(UserError, match=r"domain_rand\.action_delay_range = \[0, 5\] is longer than a control"):
        make(change=change)
