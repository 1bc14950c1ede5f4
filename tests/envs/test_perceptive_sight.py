"""The perceptive robot on ground to cross, with what a real robot has."""

from typing import Any

import torch

from legged_gym.envs.perceptive.perceptive_sight_robot import PerceptiveSightRobot
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
    assert set(env.sim._actuator.delay.tolist()) == set(range(9))  # type: ignore[union-attr]
    assert env.map_pose is not None and 3 <= env.map_pose.age.max() <= 5
    assert env.domain_rand.obs_delay is not None and set(env.domain_rand.obs_delay.tolist()) == {0, 1}


def test_the_teacher_knows_how_late_its_robot_is(make: MakeEnv) -> None:
    """8 physics steps are 2 control steps; measurements are 0 or 1 late. Without such drives it reads 0."""
    env = make("go2_perceptive_sight", 64, change=all_gaps)
    observed = env.get_observations()["privileged"][:, -2:]
    assert env.sim.target_delay is not None and env.domain_rand.obs_delay is not None
    torch.testing.assert_close(observed[:, 0], env.sim.target_delay / 4.0)
    torch.testing.assert_close(observed[:, 1], env.domain_rand.obs_delay.float())
    assert observed[:, 0].max() == 2.0 and observed[:, 1].max() == 1.0

    def on_time(cfg: Any) -> None:
        cfg.control.actuator.model = "pd"
        cfg.domain_rand.randomize_obs_delay = False

    env = make("go2_perceptive_sight", 4, change=on_time)
    assert env.sim.target_delay is None and (env.get_observations()["privileged"][:, -2:] == 0.0).all()
