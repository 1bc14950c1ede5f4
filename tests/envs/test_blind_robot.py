"""A robot without a map: what it observes, what its teacher knows, and its rewards, against values by hand."""

import math
from typing import Any

import torch

from legged_gym.config.idle import idle_settings
from legged_gym.envs.base.agile_commands import AgileCommands
from legged_gym.envs.blind.blind_robot import BlindRobot
from legged_gym.tasks import get_cfgs
from tests.envs.conftest import MakeEnv, zero_actions


def with_noise(cfg: Any) -> None:
    cfg.noise.add_noise = True


def make_blind(make: MakeEnv, num_envs: int = 8) -> BlindRobot:
    env = make("go2_blind", num_envs=num_envs, change=with_noise)
    assert isinstance(env, BlindRobot)
    return env


def test_the_student_has_45_readings_and_no_map(make: MakeEnv) -> None:
    env = make_blind(make)
    _, train = get_cfgs("go2_blind")
    (group,) = train.obs_groups["student"]
    terms = env.layout["observations"][group]
    assert sum(term["width"] for term in terms) == 45 and not any(term["privileged"] for term in terms)
    assert env.get_observations()[group].shape == (8, 45)
    assert dict(idle_settings(env.cfg))["map_noise"] == "no group of noise.groups reads foot_scan"


def test_the_teacher_knows_the_robot_and_how_late_the_targets_were(make: MakeEnv) -> None:
    env = make_blind(make)
    env.step(zero_actions(env))
    terms, known, start = env.layout["observations"]["privileged"], {}, 0
    for term in terms:
        known[term["name"]] = env.get_observations()["privileged"][:, start : start + term["width"]]
        start += term["width"]
    delay = env.domain_rand.action_delay
    assert delay is not None
    torch.testing.assert_close(known["action_delay"][:, 0], delay / 4)
    torch.testing.assert_close(known["friction"], env.sim.read("friction")[:, None].expand(-1, 4))
    torch.testing.assert_close(known["base_mass"][:, 0], 0.1 * env.sim.read("base_mass"))
    torch.testing.assert_close(known["base_com"], 10.0 * env.sim.read("base_com"))
    # Without the noise of what the student feels.
    torch.testing.assert_close(known["dof_vel"], 0.05 * env.dof_vel)
    torch.testing.assert_close(known["base_ang_vel"], 0.25 * env.base_ang_vel)
    assert not torch.equal(env.get_observations()["proprioceptive"][:, -24:-12], known["dof_vel"])


def test_commands_are_fast_on_level_ground_alone(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.terrain.terrain_proportions = {"level": 0.5, "stairs_up": 0.5}
        cfg.terrain.num_cols = 2

    env = make("go2_blind", num_envs=1000, change=change)
    assert isinstance(env.command_generator, AgileCommands)
    level = torch.tensor([name == "level" for name in env.terrain.type_names])[env.terrain_curriculum.types]
    fastest = [env.commands[ground, 0].abs().max().item() for ground in (level, ~level)]
    assert fastest == [2.0, 1.0]


def test_rewards_by_hand(make: MakeEnv) -> None:
    env = make_blind(make, 3)
    env.commands[:, :3] = torch.tensor([[2.0, 0.0, 2.0], [0.05, 0.0, 0.0], [0.6, 0.8, 0.5]])
    env.base_lin_vel[:] = torch.tensor([[1.0, 0.0, 0.3], [0.0, 0.0, 0.0], [0.6, 0.3, 0.0]])
    env.base_ang_vel[:] = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 0.1], [0.0, 0.0, 0.0]])
    assert isinstance(env.command_generator, AgileCommands)
    env.command_generator.steered[:] = False
    sigma, fine = 0.25, 0.03
    exponents = torch.tensor([1.0 / (sigma * 2.0), 0.0025 / sigma, 0.25 / sigma])
    torch.testing.assert_close(env._reward_tracking_lin_vel(), torch.exp(-exponents))
    exponents = torch.tensor([1.0 / (sigma * 2.0), 0.01 / sigma, 0.25 / sigma])
    torch.testing.assert_close(env._reward_tracking_ang_vel(), torch.exp(-exponents))
    torch.testing.assert_close(env._reward_tracking_fine(), torch.exp(-torch.tensor([1.0, 0.0025, 0.25]) / fine))
    # Half of 2 m/s; none of 0.05 m/s; (0.36 + 0.24) / 1 along (0.6, 0.8).
    env.command_generator.set_course(env.heading)
    torch.testing.assert_close(env._reward_command_progress(), torch.tensor([0.5, 0.0, 0.6]))
    env.torques[:], env.dof_vel[:] = 2.0, -0.5
    torch.testing.assert_close(env._reward_power(), torch.full((3,), 12.0))


def test_a_slow_turn_is_told_from_standing_by_the_mean_of_its_yaw_rate(make: MakeEnv) -> None:
    """Of one that stands, one that turns as told, and one whose yaw rate swings with its strides, by 0.2 rad/s."""
    env = make_blind(make, 3)
    env.commands[:, 2] = 0.1
    env.mean_yaw_error[:] = torch.tensor([0.04, 0.0, 0.0])
    env.base_ang_vel[:, 2] = torch.tensor([0.0, 0.1, 0.3])
    env._record_tracking()
    # A control step of 0.02 s is a twenty-fifth of 0.5 s: 0.04 + 0.04 (0.1 - 0.04), and 0.04 (0.1 - 0.3).
    torch.testing.assert_close(env.mean_yaw_error, torch.tensor([0.0424, 0.0, -0.008]))
    exponents = torch.tensor([0.0424, 0.0, 0.008]).square() / 0.01
    torch.testing.assert_close(env._reward_turning_fine(), torch.exp(-exponents))
    for step in range(500):
        env.base_ang_vel[2, 2] = 0.1 + 0.2 * math.sin(2.0 * math.pi * 3.3 * step * 0.02)
        env._record_tracking()
    standing, turning, swinging = env._reward_turning_fine().tolist()
    assert abs(standing - math.exp(-1.0)) < 1e-4 and turning == 1.0 and swinging > 0.94
    env.reset_buf[:] = torch.tensor([True, False, False])
    env._begin_episodes()
    assert env.mean_yaw_error[0] == 0.0 and env.mean_yaw_error[2] != 0.0


def test_way_is_made_towards_the_commanded_heading(make: MakeEnv) -> None:
    """A robot that has turned its back on a slope makes no way by walking forward as it was told."""
    env = make_blind(make, 4)
    east = torch.tensor([1.0, 0.0])
    env.heading[:] = east
    env.commands[:] = torch.tensor(
        [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.5, torch.pi / 2], [1.0, 0.5, 1.0, torch.pi], [1.0, 0.0, 0.5, 2.0]]
    )
    env.base_lin_vel[:] = torch.tensor([0.5, 0.0, 0.0])
    assert isinstance(env.command_generator, AgileCommands)
    env.command_generator.steered[:] = torch.tensor([True, True, True, False])
    course = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -0.5], [1.0, 0.0]])
    env.command_generator.set_course(env.heading)
    torch.testing.assert_close(env.commanded_course, course)
    # (0.5 m/s along (-1, -0.5) m/s) / 1.25 m^2/s^2
    torch.testing.assert_close(env._reward_command_progress(), torch.tensor([0.5, 0.0, -0.4, 0.5]))
