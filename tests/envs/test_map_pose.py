"""The robot's pose in its map, by hand: when it is of, how it drifts, and what the student then sees."""

import math
from typing import Any

import pytest
import torch

from legged_gym.envs.perceptive.map_pose import MapPose, MapPoseCfg, make_map_pose
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from tests.envs.conftest import MakeEnv, zero_actions

DT = 0.02
ONE = torch.tensor(1.0)


def make_pose(num_envs: int = 1, **settings: Any) -> MapPose:
    torch.manual_seed(0)
    cfg = MapPoseCfg()
    for name, value in settings.items():
        setattr(cfg, name, value)
    pose = make_map_pose(cfg, num_envs, DT, torch.device("cpu"))
    assert pose is not None
    return pose


def at(x: float, num_envs: int = 1) -> torch.Tensor:
    """A level base at (x, 0, 0)."""
    return torch.tensor([x, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).repeat(num_envs, 1)


def believed(pose: MapPose, steps: int, factor: torch.Tensor = ONE) -> list[float]:
    """Where a base that moves by 1 m a step believes to be, at the start and after each step."""
    everyone = torch.ones(len(pose.age), dtype=torch.bool)
    pose.begin(everyone, at(0.0, len(pose.age)), factor)
    places = [pose.believed()[0][0, 0].item()]
    for step in range(1, steps + 1):
        pose.advance(at(float(step), len(pose.age)), factor)
        places.append(pose.believed()[0][0, 0].item())
    return places


def test_a_pose_without_fault_is_none() -> None:
    assert make_map_pose(MapPoseCfg(), 1, DT, torch.device("cpu")) is None


def test_a_late_pose_is_that_of_some_steps_ago() -> None:
    """0.06 s are three control steps; before them there is the episode's beginning."""
    assert believed(make_pose(latency_range=[0.06, 0.06]), 7) == [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_map_grows_old_until_the_next_one_comes() -> None:
    """Every 0.06 s a map that was made one step before."""
    places = believed(make_pose(latency_range=[0.02, 0.02], period_range=[0.06, 0.06]), 9)
    assert places == [0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0, 6.0, 6.0]


def test_the_factor_scales_latency_period_and_drift() -> None:
    late = {"latency_range": [0.08, 0.08], "period_range": [0.12, 0.12]}
    assert believed(make_pose(**late), 4, torch.tensor(0.0)) == [0.0, 1.0, 2.0, 3.0, 4.0]
    half = believed(make_pose(**late), 8, torch.tensor(0.5))  # two steps late, every three steps
    assert half == [0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0]
    pose = make_pose(2000, drift=[0.04, 0.02])
    everyone = torch.ones(2000, dtype=torch.bool)
    pose.begin(everyone, at(0.0, 2000), torch.tensor(0.5))
    deviation = pose.believed()[0].std(dim=0)
    torch.testing.assert_close(deviation, torch.tensor([0.02, 0.02, 0.01]), rtol=0.06, atol=0.0)


def test_beyond_one_the_factor_makes_no_map_later() -> None:
    """Noise may be more than all of it; a map that is late is so by what was asked for, which is all that is kept."""
    late = {"latency_range": [0.02, 0.02], "period_range": [0.06, 0.06]}
    assert believed(make_pose(**late), 9, torch.tensor(5.0)) == believed(make_pose(**late), 9)


def test_the_drift_keeps_its_size_and_is_forgotten_in_its_time() -> None:
    """Correlation exp(-t / drift_time) between errors t apart."""
    pose = make_pose(4000, drift=[0.05, 0.03], drift_time=0.4)
    pose.begin(torch.ones(4000, dtype=torch.bool), at(0.0, 4000), ONE)
    first = pose.believed()[0]
    for _ in range(10):  # 0.2 s
        pose.advance(at(0.0, 4000), ONE)
    later = pose.believed()[0]
    torch.testing.assert_close(later.std(dim=0), torch.tensor([0.05, 0.05, 0.03]), rtol=0.05, atol=0.0)
    correlation = (first * later).mean(dim=0) / torch.tensor([0.05, 0.05, 0.03]).square()
    torch.testing.assert_close(correlation, torch.full((3,), math.exp(-0.5)), atol=0.05, rtol=0.0)


def test_only_a_new_episode_draws_anew() -> None:
    pose = make_pose(2, latency_range=[0.0, 0.1], drift=[0.1, 0.1])
    pose.begin(torch.tensor([True, True]), at(0.0, 2), ONE)
    for step in range(1, 8):
        pose.advance(at(float(step), 2), ONE)
    before, age = pose.believed()[0].clone(), pose.age.clone()
    pose.begin(torch.tensor([True, False]), at(20.0, 2), ONE)
    assert torch.equal(pose.believed()[0][1], before[1]) and pose.age[1] == age[1]
    assert pose.age[0] == 0 and pose.believed()[0][0, 0].item() == pytest.approx(20.0, abs=0.5)


def make_robot(make: MakeEnv, change: Any, num_envs: int = 4) -> PerceptiveRobot:
    def changed(cfg: Any) -> None:
        cfg.domain_rand.apply_external_force = False
        cfg.noise.add_noise = True
        cfg.map_noise.missing_probability = 0.0
        cfg.map_noise.conditions = {"none": {"probability": 1.0, "z": [0.0] * 8}}
        change(cfg.map_noise)

    env = make("go2_perceptive", num_envs, change=changed)
    assert isinstance(env, PerceptiveRobot)
    return env


def test_a_late_map_is_read_where_the_feet_were_seen_from_the_pose_of_then(make: MakeEnv) -> None:
    """In a quarter turn about a base that also moves by (1, 2), a foot 0.5 m ahead is looked for where the base was."""

    def late(noise: Any) -> None:
        noise.latency_range = [0.02, 0.02]

    env = make_robot(make, late, 1)
    everyone = torch.ones(1, dtype=torch.bool)
    before, now = at(0.0), at(1.0)
    before[:, 2] = now[:, 2] = 5.0
    now[0, 1], now[0, 5], now[0, 6] = 2.0, math.sqrt(0.5), math.sqrt(0.5)
    for pose in (before, now):
        root = torch.cat((pose, torch.zeros(1, 6)), dim=1)
        env.sim.reset(everyone, root, env.default_dof_pos.expand(1, -1).clone(), torch.zeros(1, 12))
        env._read_sensors()
        env._measure_heights()
        env.map_pose.advance(env.root_states[:, :7], ONE)  # type: ignore[union-attr]
        if pose is before:
            feet, points = env.feet_positions.clone(), env.foot_points.clone()
    env._measure_map()
    torch.testing.assert_close(env.map_points, points, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(env.map_heights, env.foot_scan.relative(env.height_sampler.sample(points), feet))
    assert (env.foot_points - points).norm(dim=-1).min() > 1.0


def test_the_students_map_is_late_and_the_teachers_is_not(make: MakeEnv) -> None:
    def wrong(noise: Any) -> None:
        noise.latency_range, noise.drift = [0.04, 0.1], [0.05, 0.05]

    env = make_robot(make, wrong)
    for _ in range(8):
        env.step(zero_actions(env))
    obs = env.get_observations()
    assert (obs["exteroceptive"] - obs["exteroceptive_clean"]).abs().max() > 0.01
    assert torch.equal(obs["exteroceptive_clean"], obs["critic"][:, 117 : 117 + 208])
    env.set_curriculum(flat_ground=False, noise_factor=0.0)
    env.step(zero_actions(env))
    env.step(zero_actions(env))
    obs = env.get_observations()
    torch.testing.assert_close(obs["exteroceptive"], obs["exteroceptive_clean"], atol=1e-4, rtol=0.0)
