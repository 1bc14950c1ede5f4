"""A mirrored robot in a mirrored situation does and observes the mirror image."""

import dataclasses

import pytest
import torch

import legged_gym
from legged_gym.interface.mirror import COMMAND, PSEUDOVECTOR, VECTOR, Mirror
from legged_gym.utils.errors import UserError

QUAT = Mirror.of_signs(-1.0, 1.0, -1.0, 1.0)
"""Of a rotation, xyzw: its axis is a pseudovector."""


def mirrored_pair(task, **settings):
    """An environment of two robots, the second one the mirror image of the first one, and its mirrors."""
    env = legged_gym.make(task, num_envs=2, device="cpu", seed=3, **{"noise.add_noise": False, **settings})
    mirrors = {name: Mirror(tuple(source), tuple(signs)) for name, (source, signs) in env.mirrors().items()}
    joints = mirrors["actions"]
    root = torch.zeros(2, 13)
    root[0, 2] = 0.4
    root[0, 3:7] = torch.nn.functional.normalize(torch.tensor([0.1, -0.2, 0.0, 0.95]), dim=0)
    root[0, 7:] = torch.tensor([0.4, -0.3, 0.1, 0.5, -0.7, 0.9])
    pos = env.default_dof_pos + 0.2 * torch.randn(2, 12)
    vel = torch.randn(2, 12)
    root[1] = root[0]
    root[1, :3], root[1, 3:7] = VECTOR(root[0, :3]), QUAT(root[0, 3:7])
    root[1, 7:10], root[1, 10:] = VECTOR(root[0, 7:10]), PSEUDOVECTOR(root[0, 10:])
    pos[1], vel[1] = joints(pos[0]), joints(vel[0])
    env.sim.reset(torch.ones(2, dtype=torch.bool), root, pos, vel)
    env.commands[0, :3] = torch.tensor([0.5, -0.4, 0.3])
    env.commands[1, :3] = COMMAND(env.commands[0, :3])
    return env, mirrors


def test_which_joints_are_counterparts():
    env, mirrors = mirrored_pair("go2_flat")
    found = dict(zip(env.dof_names, zip(*dataclasses.astuple(mirrors["actions"]), strict=True), strict=True))
    for name, (source, sign) in found.items():
        swapped = {"FL": "FR", "FR": "FL", "RL": "RR", "RR": "RL"}[name[:2]] + name[2:]
        assert (env.dof_names[source], sign) == (swapped, -1.0 if "hip" in name else 1.0)


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_a_mirrored_robot_moves_as_the_mirror_image_and_observes_it(engine):
    env, mirrors = mirrored_pair(
        "go2_flat",
        **{"sim.engine": engine, "domain_rand.randomize_friction": False, "domain_rand.randomize_base_mass": False},
    )
    actions = torch.randn(1, 12)
    actions = torch.cat((actions, mirrors["actions"](actions)))
    env.commands[:, 3] = 0.0
    targets = torch.zeros(2, 12)
    env.action_map.joint_targets(actions, out=targets)
    env.actions.copy_(actions)
    for _ in range(3):
        env.sim.step(targets)
    env._read_sensors()
    env.observations.measure(env.readings)
    env.observations.observe(torch.zeros(2, dtype=torch.bool))
    ours, image = env.get_observations()["policy"]
    assert ours.abs().mean() > 0.1
    # The Go2's own halves differ a little: masses and their centres are those of the maker's description.
    torch.testing.assert_close(mirrors["policy"](ours), image, atol=0.05, rtol=0.05)
    assert (mirrors["policy"](ours) - image).abs().mean() < 0.01 < (ours - image).abs().mean()


def test_a_pose_that_differs_from_left_to_right_has_no_mirror_image():
    env = legged_gym.make("go2_flat", num_envs=1, device="cpu", seed=1)
    env.action_map.default_dof_pos[0] += 0.1
    with pytest.raises(UserError, match="left and right differ"):
        env.mirrors()


@pytest.mark.parametrize("task", ["a1_flat", "anymal_c_flat", "go2_rough_deploy", "mini_cheetah", "go2_sight"])
def test_the_mirrors_of_other_tasks_fit_their_groups(task):
    env = legged_gym.make(task, num_envs=1, device="cpu", seed=1, **{"terrain.mesh_type": "plane"})
    mirrors = env.mirrors()
    for name, group in env.get_observations().items():
        source, signs = mirrors[name]
        assert sorted(source) == list(range(group.shape[1])) and len(signs) == group.shape[1]
