"""The robot and its observation against the environment's, over the same control steps."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.io import field_names
from legged_gym.deploy.height_map import HeightMap
from legged_gym.deploy.metadata import parse
from legged_gym.deploy.observation import Observation
from legged_gym.deploy.robot import Robot
from legged_gym.deploy.scan import MapQuality
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import heading_vector
from tests.deploy.policies import describe, go2_metadata, term
from tests.envs.conftest import MakeEnv

STEPS = 50
BIPED_STEPS = 20
"""Until it falls."""
PERFECT = MapQuality(noise="none")


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
    for name in ("friction", "base_mass", "base_com", "gains", "motor_strength", "motor_zero", "obs_delay"):
        setattr(rand, f"randomize_{name}", True)
    rand.randomize_dof_friction = rand.randomize_dof_damping = rand.randomize_dof_armature = True
    rand.friction_range, rand.added_mass_range, rand.com_displacement_range = [0.4, 0.4], [2.0, 2.0], [0.03, 0.03]
    rand.stiffness_factor_range, rand.damping_factor_range = [1.2, 1.2], [0.8, 0.8]
    rand.motor_strength_range, rand.motor_zero_range, rand.obs_delay_range = [0.9, 0.9], [0.02, 0.02], [2, 2]
    rand.dof_friction_range, rand.dof_damping_range = [0.1, 0.1], [0.05, 0.05]
    rand.dof_armature_range = [0.02, 0.02]


def biped(cfg: Any) -> None:
    """Its clock, history and shared joint properties, the same in both worlds; upright."""
    another_robot(cfg)
    cfg.domain_rand.com_displacement_range = [[0.01, 0.01], [-0.01, -0.01], [0.005, 0.005]]
    cfg.gait.offsets = [[0.5, 0.0]]
    cfg.init_state.tilt_noise = 0.0


def quiet_on_plane(cfg: Any) -> None:
    quiet(cfg)
    cfg.terrain.mesh_type = "plane"


@pytest.mark.parametrize(
    ("task", "groups", "change"),
    [
        ("go2_rough", ["policy"], quiet),
        ("go2_flat", ["policy"], quiet_on_plane),
        ("go2_perceptive", ["proprioceptive", "exteroceptive"], quiet),
        ("go2_perceptive", ["proprioceptive", "exteroceptive"], another_robot),
        ("qmini", ["policy"], biped),
    ],
)
def test_steps_and_observes_as_the_environment(make: MakeEnv, task: str, groups: list[str], change: Any) -> None:
    env = make(task, 1, change=change)
    metadata = describe(env, groups)
    robot = Robot(metadata, env.terrain)
    quality = MapQuality() if task in ("go2_flat", "qmini") else PERFECT
    observation = Observation(metadata, robot, HeightMap(env.terrain), quality, 1000)
    root = env.root_states[0].numpy()
    forward = heading_vector(env.root_states[:, 3:7])[0].numpy()
    yaw = float(np.arctan2(forward[1], forward[0]))
    robot.randomize(np.random.default_rng(0))
    robot.reset(root[:3], (0.0, 0.0, yaw), root[7:], env.dof_pos[0].numpy())
    observation.begin(np.random.default_rng(0))
    generator = torch.Generator().manual_seed(0)
    for step in range(BIPED_STEPS if task == "qmini" else STEPS):
        observations = env.get_observations()
        expected = torch.cat([observations[group] for group in groups], dim=1)[0].numpy()
        observed = observation.compute(env.commands[0, :3].numpy())
        np.testing.assert_allclose(observed, expected, atol=2e-4, err_msg=f"step {step}")
        actions = 0.5 * torch.randn(1, env.num_actions, generator=generator)
        env.step(actions)
        assert not env.reset_buf.any()
        targets = (env.default_dof_pos + 0.25 * actions[0]).numpy()
        robot.step(targets)
        observation.record(actions[0].numpy(), targets)
        np.testing.assert_allclose(robot.position, env.root_states[0, :3], atol=1e-5)
        np.testing.assert_allclose(robot.torques, env.torques[0], atol=5e-3)
    feet = env.body_states[0, env.feet_indices, :3]
    if metadata.foot_names:
        np.testing.assert_allclose(robot.feet_positions, feet, atol=1e-5)
    np.testing.assert_allclose(robot.heading, env.heading[0], atol=1e-5)


def test_noise_is_that_of_the_declaration() -> None:
    metadata = parsed([term("projected_gravity", 3, -2.0, 0.05), term("commands", 3)])
    observation = standing(metadata)
    values = np.array([observation.compute(np.array([0.5, 0.0, 0.1])) for _ in range(4000)])
    np.testing.assert_allclose(values[:, 3:], np.tile([0.5, 0.0, 0.1], (4000, 1)))
    np.testing.assert_allclose(values[:, :3].mean(axis=0), [0.0, 0.0, 2.0], atol=0.005)
    assert np.abs(values[:, :2]).max() == pytest.approx(0.1, rel=0.01)
    assert values[:, :2].std() == pytest.approx(0.1 / np.sqrt(3), rel=0.03)


def test_a_condition_replaces_the_declared_noise_of_a_height_scan() -> None:
    terms = [term("height_scan", 187, 5.0, 0.1)]
    observation = standing(parsed(terms), PERFECT)
    assert np.ptp(observation.compute(np.zeros(3))) == 0.0
    assert len(observation.samples) == 187
    trained = standing(parsed(terms)).compute(np.zeros(3))
    assert 0.8 < np.ptp(trained) <= 1.0


def test_the_maps_condition_changes_in_the_middle_of_an_episode(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata = parsed([term("height_scan", 187)])
    observation = standing(metadata, MapQuality("small"), episode_steps=6)
    changes = []
    assert observation._scan is not None
    monkeypatch.setattr(observation._scan, "change_condition", lambda: changes.append(observation._step))
    for _ in range(6):
        observation.record(np.zeros(12), np.zeros(12))
    assert changes == [3]


@pytest.mark.parametrize(
    ("terms", "quality", "message"),
    [
        ([term("dof_posn", 12)], MapQuality(), "'dof_posn', which sim2sim cannot compute; did you mean dof_pos"),
        ([term("feet_contact", 4)], MapQuality(), "'feet_contact', which sim2sim cannot compute"),
        ([term("dof_pos", 11)], MapQuality(), "11 values of 'dof_pos', its metadata describes 12"),
        ([term("foot_scan", 208)], MapQuality(), "208 values of 'foot_scan', its metadata describes 0"),
        ([term("dof_pos", 12)], MapQuality(latency=0.1), "reads no map"),
        ([term("height_scan", 187)], MapQuality("bad"), "unknown map noise 'bad'"),
    ],
)
def test_what_cannot_be_observed_is_refused(terms: list[dict], quality: MapQuality, message: str) -> None:
    with pytest.raises(UserError, match=message):
        standing(parsed(terms), quality)


def test_a_robot_that_is_not_the_policys_is_refused() -> None:
    metadata = parsed([term("dof_pos", 12)])
    metadata.joint_names.reverse()
    with pytest.raises(UserError, match="the policy's joints are RR_calf_joint, .* but those of .*go2.urdf are FL_hip"):
        Robot(metadata, plane(metadata))


def test_a_robot_with_drives_that_cannot_be_rebuilt_is_refused() -> None:
    metadata = parsed([term("dof_pos", 12)])
    metadata.control.actuator.model = "network"
    with pytest.raises(UserError, match="trained on drives of the model 'network'"):
        Robot(metadata, plane(metadata))


def parsed(terms: list[dict]) -> Any:
    return parse({key: json.dumps(value) for key, value in go2_metadata(observations=terms).items()}, "test.onnx")


def plane(metadata: Any) -> Terrain:
    metadata.terrain.mesh_type = "plane"
    return Terrain(metadata.terrain, 1)


def standing(metadata: Any, quality: MapQuality | None = None, episode_steps: int = 1000) -> Observation:
    """The observation of a robot in its default pose on a plane."""
    terrain = plane(metadata)
    robot = Robot(metadata, terrain)
    observation = Observation(metadata, robot, HeightMap(terrain), quality or MapQuality(), episode_steps)
    robot.reset(np.array([0.0, 0.0, 0.4]), (0.0, 0.0, 0.3), np.zeros(6), metadata.default_dof_pos)
    observation.begin(np.random.default_rng(0))
    return observation
