"""The perceptive robot on ground to cross, with what a real robot has."""

from typing import Any

import pytest
import torch

from legged_gym.envs.perceptive.perceptive_sight_robot import PerceptiveSightRobot
from legged_gym.envs.sight.sight_commands import AgileSightCommands
from tests.envs.conftest import MakeEnv


def all_gaps(cfg: Any) -> None:
    cfg.noise.add_noise = True
    cfg.terrain.terrain_proportions = {"gap": 1.0}


def test_a_robot_with_a_noisy_map_is_paid_for_its_way(make: MakeEnv) -> None:
    env = make("go2_perceptive_sight", 64, change=all_gaps)
    assert isinstance(env, PerceptiveSightRobot)
    assert env.crossing.active.all() and "progress" in env.rewards.names
    widths = {name: group.shape[1] for name, group in env.get_observations().items()}
    assert widths["proprioceptive"] == 117 and widths["exteroceptive"] == 208
    env.set_curriculum(flat_ground=True, noise_factor=0.0)
    env.reset()
    assert not env.crossing.active.any()


def test_it_has_the_delays_and_frictions_of_a_robot(make: MakeEnv) -> None:
    env = make("go2_perceptive_sight", 64, change=all_gaps)
    assert isinstance(env, PerceptiveSightRobot)
    for _ in range(12):
        env.step(0.1 * torch.randn(64, 12))
    read = env.sim.read
    for name, top in (("torsional_friction", 0.02), ("dof_friction", 0.35), ("dof_damping", 0.35)):
        assert read(name).min() >= 0.0 and 0.8 * top < read(name).max() <= top
    added = read("base_mass") - 6.921
    assert -1.0 <= added.min() < -0.5 and 2.5 < added.max() <= 3.001
    assert set(env.sim._actuator.delay.tolist()) == set(range(7))  # type: ignore[union-attr]
    assert env.domain_rand.action_delay is not None and set(env.domain_rand.action_delay.tolist()) == set(range(5))
    assert env.map_pose is not None and 3 <= env.map_pose.age.max() <= 5
    assert env.domain_rand.obs_delay is not None and set(env.domain_rand.obs_delay.tolist()) == {0, 1}


def test_delays_grow_with_the_teachers_training(make: MakeEnv) -> None:
    """None at first; half: 0 to 3 of 6 physics steps, 0 to 2 of 4, and measurements of half of the late robots."""
    env = make("go2_perceptive_sight", 64, change=all_gaps)
    assert isinstance(env, PerceptiveSightRobot)
    rand, own = env.domain_rand, env.domain_rand.obs_delay
    assert own is not None and rand.action_delay is not None and env.sim.target_delay is not None
    own = own.clone()
    for lateness, targets, actions in (
        (0.0, {0}, {0}),
        (0.5, {0, 1, 2, 3}, {0, 1, 2}),
        (1.0, set(range(7)), set(range(5))),
    ):
        env.set_curriculum(flat_ground=False, noise_factor=0.0, lateness=lateness)
        env.reset()
        env.step(torch.zeros(64, 12))
        assert set(env.sim.target_delay.tolist()) == targets and set(rand.action_delay.tolist()) == actions
        assert rand.obs_delay is not None and (rand.obs_delay <= own).all()
        assert abs(int(rand.obs_delay.sum()) - lateness * int(own.sum())) <= 6 * (lateness == 0.5)


def test_the_teacher_knows_how_late_its_robot_is_and_what_it_feels(make: MakeEnv) -> None:
    """6 physics steps are 1.5 control steps; measurements are 0 or 1 late. Without such drives it reads 0."""
    env = make("go2_perceptive_sight", 64, change=all_gaps)
    late, felt = env.get_observations()["privileged"][:, -18:].split((3, 15), dim=1)
    rand = env.domain_rand
    assert env.sim.target_delay is not None and rand.obs_delay is not None and rand.action_delay is not None
    torch.testing.assert_close(late[:, 0], env.sim.target_delay / 4.0)
    torch.testing.assert_close(late[:, 1], rand.action_delay / 4.0)
    torch.testing.assert_close(late[:, 2], rand.obs_delay.float())
    assert late[:, 0].max() == 1.5 and late[:, 2].max() == 1.0
    torch.testing.assert_close(felt, torch.cat((0.25 * env.base_ang_vel, 0.05 * env.dof_vel), dim=1))

    def on_time(cfg: Any) -> None:
        cfg.control.actuator.model = "pd"
        cfg.domain_rand.randomize_obs_delay = cfg.domain_rand.randomize_action_delay = False

    env = make("go2_perceptive_sight", 4, change=on_time)
    assert env.sim.target_delay is None and (env.get_observations()["privileged"][:, -18:-15] == 0.0).all()


@pytest.mark.parametrize("task", ["go2_perceptive_sight", "go2_blind"])
def test_the_teacher_knows_what_was_drawn_for_its_robot_and_nothing_that_was_not(make: MakeEnv, task: str) -> None:
    env = make(task, 8)
    names = [term["name"] for term in env.layout["observations"]["privileged"]]
    widths = [term["width"] for term in env.layout["observations"]["privileged"]]
    known = dict(zip(names, env.get_observations()["privileged"].split(widths, dim=1), strict=True))
    expected = {
        "base_mass": 0.1 * env.sim.read("base_mass")[:, None],
        "base_com": 10.0 * env.sim.read("base_com"),
        "motor_strength": env.domain_rand.motor_strength,
        "motor_zero": 10.0 * env.domain_rand.motor_zero,
    }
    drawn = {name for name in expected if getattr(env.cfg.domain_rand, f"randomize_{name}")}
    assert drawn == known.keys() & expected.keys() and len(drawn) >= 3
    for name in drawn:
        assert known[name].std(dim=0).min() > 0.0
        torch.testing.assert_close(known[name], expected[name])


def test_commands_are_hasty_on_ordinary_ground_alone(make: MakeEnv) -> None:
    """Turning on the spot, 2 m/s and standing on level ground; forward and towards the way across gaps."""

    def change(cfg: Any) -> None:
        cfg.terrain.terrain_proportions, cfg.terrain.num_cols = {"level": 0.5, "gap": 0.5}, 2
        cfg.crossing.share_elsewhere = 0.0

    env = make("go2_perceptive_sight", 1000, change=change)
    assert isinstance(env, PerceptiveSightRobot) and isinstance(env.command_generator, AgileSightCommands)
    across = env.crossing.active
    assert 400 < across.sum() < 600
    velocity, generator = env.commands[:, :3], env.command_generator
    assert velocity[~across, 0].abs().max() == 2.0
    turning = (velocity[~across, :2] == 0.0).all(dim=1) & (velocity[~across, 2] != 0.0)
    standing = (velocity[~across] == 0.0).all(dim=1)
    assert 0.05 < turning.float().mean() < 0.2 and 0.05 < standing.float().mean() < 0.2
    assert velocity[across, 0].min() >= 0.7 and (velocity[across, 1] == 0.0).all()
    assert generator.steered[across].all() and not generator.steered[~across].all()
