"""Frames of an environment: every number of them is that of the robot it is said to be of."""

import numpy as np
import pytest
import torch

from legged_gym.tasks import get_cfgs, make_env
from legged_gym.viewing.web.env_frames import EnvFrames
from rsl_rl.modules import PolicyInference


@pytest.fixture(scope="module")
def flat():
    cfg, _ = get_cfgs("go2_flat")
    cfg.env.num_envs, cfg.sim.engine = 6, "mujoco"
    cfg.domain_rand.push_robots = False
    torch.manual_seed(0)
    env = make_env("go2_flat", cfg, "cpu", 1)
    for _ in range(60):
        env.step(torch.zeros(6, 12))
    yield env
    env.close()


@pytest.fixture(scope="module")
def perceptive():
    cfg, _ = get_cfgs("go2_perceptive")
    cfg.env.num_envs, cfg.sim.engine = 2, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 5
    torch.manual_seed(0)
    env = make_env("go2_perceptive", cfg, "cpu", 1)
    env.step(torch.zeros(2, 12))
    yield env
    env.close()


def frame_of(frames, time=0.0):
    return frames.frame(frames.read().numpy(), time)


def test_the_scene_is_the_environments(flat):
    scene = EnvFrames(flat, 4).scene("title", restarts=True)
    assert scene.robot.name == "go2.urdf" and scene.joint_names == flat.dof_names
    assert (scene.num_robots, scene.feet, scene.restarts) == (6, ["FL", "FR", "RL", "RR"], True)
    assert scene.ground.is_plane and not scene.places and scene.rewards == list(flat.rewards.names)


def test_a_frame_is_of_the_robot_that_was_chosen(flat):
    frames = EnvFrames(flat, 6)
    frames.look_at(3)
    frame = frame_of(frames, 1.5)
    assert frame.time == 1.5 and frame.robots[0] == 3 and sorted(frame.robots) == list(range(6))
    for row, robot in enumerate(frame.robots):
        assert np.array_equal(frame.roots[row], flat.root_states[robot, :7].numpy())
        assert np.array_equal(frame.joints[row], flat.dof_pos[robot].numpy())
    assert np.array_equal(frame.command, flat.commands[3, :3].numpy())
    assert np.allclose(frame.rewards.sum() * flat.dt, flat.rewards.total[3], atol=1e-5)
    assert dict(frame.facts)["robot"] == "3 of 6" and frame.depth is None and not len(frame.samples)


def test_feet_carry_the_robot(flat):
    frame = frame_of(EnvFrames(flat, 1))
    # It stands: its feet are on the ground and carry about 15 kg.
    assert frame.feet.shape == (4, 3) and (np.abs(frame.feet[:, 2]) < 0.05).all()
    assert frame.forces[:, 2].sum() == pytest.approx(15.0 * 9.81, rel=0.15)


def test_only_the_nearest_others_are_drawn(flat):
    frames = EnvFrames(flat, 3)
    frames.look_at(2)
    distances = np.linalg.norm(flat.root_states[:, :2].numpy() - flat.root_states[2, :2].numpy(), axis=1)
    assert set(frame_of(frames).robots) == set(np.argsort(distances)[:3])


def test_map_and_belief_are_in_the_world(perceptive):
    env = perceptive
    frames = EnvFrames(env, 2)
    frames.look_at(1)
    assert not len(frame_of(frames).beliefs)
    true = env.foot_heights.flatten(1) + 0.1
    gate = torch.tensor([0.1, 0.2, 0.3, 0.4]).repeat_interleave(4).expand(2, 16)
    frames.see(PolicyInference(actions=torch.zeros(2, 12), decoded_heights=true, gate=gate))
    frame = frame_of(frames)
    ground = env.height_sampler.sample(torch.as_tensor(frame.beliefs[None, :, :2], dtype=torch.float32))[0].numpy()
    assert np.allclose(frame.beliefs[:, 2], ground + 0.1, atol=1e-4)
    assert np.allclose(frame.gates, [0.1, 0.2, 0.3, 0.4])
    assert frame.samples.shape == (env.map_heights[0].numel(), 3)
    xy = env.map_points[1].reshape(-1, 2).numpy()
    assert np.array_equal(frame.samples[:, :2], xy)
    assert frame.facts[-1][0] == "terrain" and "level" in frame.facts[-1][1]
