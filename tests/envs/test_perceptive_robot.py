"""The perceptive robot: its groups, foot scan, histories, privileged state, map and curriculum."""

import copy
import math
from typing import Any

import pytest
import torch

from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, zero_actions


def quiet(cfg: Any) -> None:
    cfg.noise.add_noise = False
    cfg.domain_rand.apply_external_force = False


def plane(cfg: Any) -> None:
    quiet(cfg)
    cfg.terrain.mesh_type = "plane"


def make_robot(make: MakeEnv, num_envs: int = 8, change: Any = quiet) -> PerceptiveRobot:
    env = make("go2_perceptive", num_envs, change=change)
    assert isinstance(env, PerceptiveRobot)
    return env


def columns(env: PerceptiveRobot, group: str, name: str) -> torch.Tensor:
    """A term's part of a group."""
    start = 0
    for term in env.observations.group_terms(group):
        if term.name == name:
            return env.get_observations()[group][:, start : start + term.width]
        start += term.width
    raise KeyError(name)


def test_groups_have_the_papers_widths(make: MakeEnv) -> None:
    env = make_robot(make)
    widths = {name: group.shape[1] for name, group in env.get_observations().items()}
    assert widths == {
        "proprioceptive": 117,
        "exteroceptive": 208,
        "exteroceptive_clean": 208,
        "privileged": 53,
        "critic": 378,
    }


def test_the_students_groups_are_deployable_and_the_teachers_are_not(make: MakeEnv) -> None:
    env = make_robot(make)
    hidden = {
        group: [term["name"] for term in terms if term["privileged"]]
        for group, terms in env.layout["observations"].items()
    }
    assert hidden["proprioceptive"] == hidden["exteroceptive"] == []
    assert "base_lin_vel" in hidden["privileged"] and "friction" in hidden["privileged"]
    assert len(env.layout["foot_scan"]["points"]) == 52
    assert env.layout["foot_scan"]["feet"] == ["FL_foot", "FR_foot", "RL_foot", "RR_foot"]


def test_heights_are_those_of_the_ground_below_the_foot(make: MakeEnv) -> None:
    env = make_robot(make)
    for _ in range(5):
        env.step(zero_actions(env))
    feet = env.body_states[:, env.feet_indices, :3]
    n, f, p = 3, 2, 17
    point = env.foot_points[n, f, p]
    expected = env.height_sampler.sample(point[None, None])[0, 0] - feet[n, f, 2]
    assert columns(env, "exteroceptive_clean", "foot_scan")[n, f * 52 + p].item() == pytest.approx(expected.item())
    torch.testing.assert_close(env.foot_points[n, f, 0], feet[n, f, :2] + 0.048 * env.heading[n])


def test_normals_of_a_plane_and_of_a_slope(make: MakeEnv) -> None:
    env = make_robot(make, 2, plane)
    assert torch.equal(env.terrain_normals, torch.tensor([0.0, 0.0, 1.0]).expand(2, 4, 3))

    def slope(cfg: Any) -> None:
        quiet(cfg)
        cfg.terrain.terrain_proportions = {"slope": 1.0}
        cfg.terrain.difficulty_range = (1.0, 1.0)
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 1
        cfg.init_state.position_noise = 0.0

    robot = make_robot(make, 1, slope)  # pyramid that rises outwards by 0.4 from 1.5 m off its centre
    state = robot.root_states.clone()
    state[:, :3] = torch.tensor([2.7, 0.0, 1.5])
    state[:, 3:7] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    robot.sim.reset(torch.ones(1, dtype=torch.bool), state, robot.dof_pos.clone(), robot.dof_vel.clone())
    robot._read_sensors()
    robot._measure_heights()
    steep = math.hypot(1.0, 0.4)
    torch.testing.assert_close(
        robot.terrain_normals[0, 0], torch.tensor([-0.4 / steep, 0.0, 1.0 / steep]), atol=2e-3, rtol=0.0
    )


def test_histories_hold_the_last_steps_newest_first(make: MakeEnv) -> None:
    env = make_robot(make, 2, plane)
    errors, velocities, actions = [], [], []
    for _ in range(6):
        velocities.append(env.dof_vel.clone())
        action = 0.3 * torch.randn(2, 12)
        env.step(action)
        errors.append(env.joint_targets - env.dof_pos)
        actions.append(action)
    scale = env.cfg.normalization.obs_scales.dof_vel
    expected = torch.cat((errors[-1], errors[-2], errors[-3]), dim=1)
    torch.testing.assert_close(columns(env, "proprioceptive", "dof_pos_error_history"), expected)
    expected = torch.cat((velocities[-1], velocities[-2]), dim=1) * scale
    torch.testing.assert_close(columns(env, "proprioceptive", "dof_vel_history"), expected)
    torch.testing.assert_close(
        columns(env, "proprioceptive", "action_history"), torch.cat((actions[-1], actions[-2]), dim=1)
    )


def test_a_new_episode_has_no_history(make: MakeEnv) -> None:
    env = make_robot(make, 4, plane)
    for _ in range(4):
        env.step(0.3 * torch.randn(4, 12))
    env.episode_length_buf[1] = env.max_episode_length  # ends with this step
    _, _, dones, _ = env.step(0.3 * torch.randn(4, 12))
    assert dones.tolist() == [False, True, False, False]
    assert (columns(env, "proprioceptive", "dof_pos_error_history")[1] == 0.0).all()
    assert (columns(env, "proprioceptive", "action_history")[1] == 0.0).all()
    velocity = env.dof_vel[1].repeat(2) * env.cfg.normalization.obs_scales.dof_vel
    torch.testing.assert_close(columns(env, "proprioceptive", "dof_vel_history")[1], velocity)
    assert (columns(env, "proprioceptive", "action_history")[0] != 0.0).all()


def test_privileged_state_of_a_standing_robot(make: MakeEnv) -> None:
    def stiff(cfg: Any) -> None:  # so that no calf comes to bear weight beside the feet
        plane(cfg)
        cfg.control.stiffness = {"joint": 60.0}

    env = make_robot(make, 4, stiff)
    forces = torch.zeros(4, 4, 3)
    for step in range(200):
        env.step(zero_actions(env))
        if step >= 100:  # a standing robot sways a little: the mean bears its weight
            forces += columns(env, "privileged", "feet_contact_forces").view(4, 4, 3)  # base frame, 1/100 N
    assert (columns(env, "privileged", "feet_contact") == 1.0).all()
    model = env.sim.robot.model  # type: ignore[attr-defined]
    added = env.sim.read("base_mass") - float(model.body("base").mass[0])
    weight = (float(model.body_mass.sum()) + added) * 9.81
    torch.testing.assert_close(forces.sum(dim=1).norm(dim=1), weight, rtol=0.01, atol=0.0)
    assert (columns(env, "privileged", "leg_contact") == 0.0).all()
    torch.testing.assert_close(columns(env, "privileged", "friction")[:, 0], env.sim.read("friction"))
    up = columns(env, "privileged", "terrain_normals").view(4, 4, 3)
    torch.testing.assert_close(up, -env.projected_gravity[:, None].expand(4, 4, 3), atol=1e-5, rtol=0.0)


def test_friction_set_later_is_seen(make: MakeEnv) -> None:
    env = make_robot(make, 2, plane)
    env.set_friction(torch.tensor([0.2, 0.9]))
    env.step(zero_actions(env))
    torch.testing.assert_close(columns(env, "privileged", "friction")[:, 3], torch.tensor([0.2, 0.9]))
    torch.testing.assert_close(env.sim.read("friction"), torch.tensor([0.2, 0.9]))


def test_an_external_force_accelerates_the_robot_and_is_seen(make: MakeEnv) -> None:
    def pulled(cfg: Any) -> None:
        plane(cfg)
        cfg.domain_rand.apply_external_force = True
        cfg.domain_rand.external_force_probability = 1.0

    env = make_robot(make, 2, pulled)
    env.domain_rand._force_for.fill_(1.0e9)
    env.domain_rand.external_force.zero_()
    env.domain_rand.external_force[0, 0] = 1.5  # m/s^2 along world x
    env.domain_rand.draw_disturbances()
    torch.testing.assert_close(env.domain_rand.push_velocity[0, 0].item(), 1.5 * env.dt)
    assert (env.domain_rand.push_velocity[1] == 0.0).all()
    env.step(zero_actions(env))
    seen = columns(env, "privileged", "external_force")[0, :3]
    assert seen.norm().item() == pytest.approx(1.5, rel=1e-5)
    expected = env.heading[0] * torch.tensor([1.0, -1.0])  # world x in the base frame
    torch.testing.assert_close(seen[:2] / seen[:2].norm(), expected, atol=0.05, rtol=0.0)


def noisy(cfg: Any) -> None:
    quiet(cfg)
    cfg.noise.add_noise = True
    cfg.map_noise.missing_probability = 0.0


def test_the_noise_factor_scales_the_map_and_leaves_the_clean_scan_alone(make: MakeEnv) -> None:
    env = make_robot(make, 64, noisy)
    env.set_curriculum(flat_ground=False, noise_factor=0.0)
    env.step(zero_actions(env))
    obs = env.get_observations()
    torch.testing.assert_close(obs["exteroceptive"], obs["exteroceptive_clean"])
    errors = []
    for factor in (0.5, 1.0):
        env.set_curriculum(flat_ground=False, noise_factor=factor)
        env.step(zero_actions(env))
        obs = env.get_observations()
        errors.append((obs["exteroceptive"] - obs["exteroceptive_clean"]).square().mean().sqrt().item())
        assert torch.equal(obs["exteroceptive_clean"], obs["critic"][:, 117 : 117 + 208])
    assert 0.02 < errors[0] < errors[1] < 0.3


def test_feet_are_to_be_lifted_no_higher_than_needed(make: MakeEnv) -> None:
    env = make_robot(make, 2, plane)
    limit = env.cfg.rewards.max_foot_clearance
    env.foot_heights.fill_(-0.02)  # all feet on the ground
    env.foot_heights[0, 1] = -(limit + 0.05)
    env.foot_heights[0, 2] = -(limit + 0.03)
    env.foot_heights[1, 1] = -(limit + 0.05)
    env.foot_heights[1, 1, 23] = -0.03  # a step within 0.156 m
    env.foot_heights[1, 2] = -0.02
    env.foot_heights[1, 2, 24] = -1.0
    torch.testing.assert_close(env._reward_foot_clearance(), torch.tensor([0.08, 0.0]))


def test_the_map_may_differ_from_the_ground(make: MakeEnv) -> None:
    env = make_robot(make, 4, noisy)
    env.set_curriculum(flat_ground=False, noise_factor=0.0)
    other: Any = env.cfg.terrain
    other.mesh_type = "plane"
    env.use_map(Terrain(other, 1))
    env.step(zero_actions(env))
    torch.testing.assert_close(env.map_heights, -env.feet_positions[..., 2:].expand_as(env.map_heights))
    assert not torch.equal(env.map_heights, env.foot_heights)


def test_the_condition_is_drawn_again_in_the_middle_of_an_episode(make: MakeEnv) -> None:
    env = make_robot(make, 64, noisy)
    before = env.map_noise.parameters.clone()
    env.episode_length_buf[:32] = env.max_episode_length // 2 - 1
    env.step(zero_actions(env))
    changed = (env.map_noise.parameters != before).any(dim=1)
    assert changed[:32].any() and not (changed[32:] & ~env.reset_buf[32:]).any()


def test_flat_ground_puts_robots_on_flat_tiles_and_rests_the_levels(make: MakeEnv) -> None:
    env = make_robot(make, 16)
    levels = env.terrain_curriculum.levels.clone()
    env.set_curriculum(flat_ground=True, noise_factor=0.0)
    env.reset()
    assert env.foot_heights.std(dim=2).max() < 1e-6
    assert torch.equal(env.terrain_curriculum.levels, levels)
    env.set_curriculum(flat_ground=False, noise_factor=0.0)
    env.reset()
    torch.testing.assert_close(env.env_origins, env.terrain_curriculum.origins())
    assert env.terrain.relief().min() == 0.0 and env.terrain.relief().max() > 0.3


def test_the_state_holds_the_noise_and_refuses_another_model(make: MakeEnv) -> None:
    env = make_robot(make, 4)
    env.set_curriculum(flat_ground=False, noise_factor=0.25)
    state = copy.deepcopy(env.state_dict())
    env.set_curriculum(flat_ground=False, noise_factor=1.0)
    env.load_state_dict(state)
    assert env.map_noise.factor.item() == 0.25
    for name in ("conditions", "missing_probability", "latency_range", "period_range", "drift", "drift_time"):
        other = copy.deepcopy(state)
        other["map_noise"][name] += 0.1
        with pytest.raises(UserError, match=f"other map_noise.{name}"):
            env.load_state_dict(other)
    with pytest.raises(ValueError, match="map_noise_factor must be from 0 to 100"):
        env.load_state_dict(state | {"map_noise_factor": torch.tensor(-1.0)})
