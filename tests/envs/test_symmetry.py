"""A mirrored robot in a mirrored situation does and observes the mirror image."""

import dataclasses

import pytest
import torch

import legged_gym
from legged_gym.envs.base.symmetry import part_mirror
from legged_gym.interface.mirror import COMMAND, PSEUDOVECTOR, VECTOR, Mirror, magnitudes
from legged_gym.utils.errors import UserError

QUAT = Mirror.of_signs(-1.0, 1.0, -1.0, 1.0)
"""Of a rotation, xyzw: its axis is a pseudovector."""
FORCE = Mirror.side_by_side([VECTOR, PSEUDOVECTOR])
"""Of a force and a torque."""
POSE = Mirror.side_by_side([VECTOR, QUAT, VECTOR, PSEUDOVECTOR])
"""Of `Simulator.root_states`."""
STEPS = {"terrain.num_rows": 1, "terrain.num_cols": 1, "terrain.terrain_proportions": {"stairs_up": 1.0}}
"""One square staircase around the origin: the ground is its own mirror image."""
STILL = ["friction", "base_mass", "measurement_delay", "target_delay", "action_delay"]
"""Terms of which the image is the same."""


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


def pair_on_steps(task):
    """Two robots on low steps, the second one the mirror image of the first, in all that is drawn for them, too."""
    settings = {
        **STEPS,
        "terrain.difficulty_range": [0.2, 0.2],
        "noise.add_noise": False,
        "domain_rand.push_robots": False,
        "domain_rand.action_delay_range": [2, 2],
    }
    env = legged_gym.make(task, num_envs=2, device="cpu", seed=3, **settings)
    mirrors = {name: Mirror(tuple(source), tuple(signs)) for name, (source, signs) in env.mirrors().items()}
    joints, rand = mirrors["actions"], env.domain_rand
    images = {"base_com": VECTOR, "friction": None, "torsional_friction": None, "base_mass": None}
    images |= dict.fromkeys(("dof_friction", "dof_damping", "dof_armature", *env.sim.drive_fields), magnitudes(joints))
    for field, image in images.items():
        if field != "torsional_friction" or rand.cfg.randomize_torsional_friction:
            env.sim.randomize(field, as_pair(env.sim.read(field).clone(), image))
    for drawn, image in (
        (rand.friction, None), (rand.base_mass, None), (rand.base_com, VECTOR), (rand.motor_zero, joints),
        (rand.motor_strength, magnitudes(joints)),
    ):  # fmt: skip
        as_pair(drawn, image)
    rand._force_for.fill_(1.0e9)
    rand.external_force[0] = torch.tensor([0.5, -0.4, 0.3, 0.2, -0.6, 0.7])
    as_pair(rand.external_force, FORCE)
    root = torch.zeros(2, 13)
    root[0, :2] = torch.tensor([2.05, 0.6])
    root[0, 2] = 0.35 + env.height_sampler.sample(root[:1, None, :2])[0, 0]
    root[0, 3:7] = torch.nn.functional.normalize(torch.tensor([0.03, -0.05, 0.3, 0.95]), dim=0)
    root[0, 7:] = torch.tensor([0.4, -0.3, -0.5, 0.5, -0.3, 0.5])
    pos, vel = env.default_dof_pos + 0.1 * torch.randn(2, 12), 0.5 * torch.randn(2, 12)
    states = as_pair(root, POSE), as_pair(pos, joints), as_pair(vel, joints)
    env.sim.reset(torch.ones(2, dtype=torch.bool), *states)
    for delay in (rand.obs_delay, env.sim.target_delay):
        if delay is not None:
            delay.fill_(1)
    return env, mirrors


def as_pair(values, image):
    """Values [2, ...] whose second row is made the image of the first; an image of None is the same."""
    values[1] = values[0] if image is None else image(values[0])
    return values


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


@pytest.mark.parametrize("task", ["go2_blind", "go2_perceptive_sight"])
def test_teacher_critic_and_student_observe_the_mirror_image_on_mirrored_ground(task):
    """Term by term: what a mirrored robot, which did the mirrored, observes after six control steps on a staircase."""
    env, mirrors = pair_on_steps(task)
    command = as_pair(torch.tensor([[0.5, -0.4, 0.3]]).repeat(2, 1), COMMAND)
    for _ in range(6):
        _, _, dones, _ = env.step(as_pair(0.5 * torch.randn(2, 12), mirrors["actions"]))
        assert not dones.any()
    env.commands[:, :3] = command
    touching = env.body_names.index("RL_calf"), env.body_names.index("RR_calf")
    env.contact_forces[[0, 1], touching] = torch.tensor([30.0, 0.0, 40.0])
    env.observations.measure(env.readings)
    env.observations.observe(torch.zeros(2, dtype=torch.bool))
    for group, observed in env.get_observations().items():
        terms = env.observations.group_terms(group)
        widths = [term.width for term in terms]
        parts = (observed[0], observed[1], mirrors[group](observed[0]))
        for term, *rows in zip(terms, *(part.split(widths) for part in parts), strict=True):
            ours, image, expected = rows
            error, difference = (image - expected).abs(), (image - ours).abs()
            # Feet stand on treads: on an edge small differences of the Go2's halves grow.
            assert error.max() < (0.05 if term.name == "feet_contact_forces" else 0.01), term.name
            assert ours.abs().max() > 0.0, term.name
            assert term.name in STILL or error.mean() < 0.1 * difference.mean(), term.name


@pytest.mark.parametrize("task", ["go2_blind", "go2_perceptive_sight"])
def test_the_image_of_the_image_is_the_observation(task):
    env = legged_gym.make(task, num_envs=1, device="cpu", seed=1, **{"terrain.mesh_type": "plane"})
    for name, (source, signs) in env.mirrors().items():
        mirror, values = Mirror(tuple(source), tuple(signs)), torch.randn(20, len(source))
        torch.testing.assert_close(mirror(mirror(values)), values, atol=0.0, rtol=0.0, msg=name)
        assert not torch.equal(mirror(values), values)


def test_which_bodies_are_counterparts():
    env = legged_gym.make("go2_flat", num_envs=1, device="cpu", seed=1)
    for body, partner in env.sim.body_mirror.items():
        sides = {"FL": "FR", "FR": "FL", "RL": "RR", "RR": "RL"}
        name = env.body_names[body]
        assert env.body_names[partner] == sides.get(name[:2], name[:2]) + name[2:]
    assert len(env.sim.body_mirror) == len(env.body_names)
    assert env.body_mirror(env.feet_indices) == Mirror((1, 0, 3, 2), (1.0,) * 4)


def test_parts_without_a_counterpart_among_them():
    assert part_mirror({3: 5, 5: 3, 4: 4}, [5, 4, 3]) == Mirror((2, 1, 0), (1.0, 1.0, 1.0))
    assert part_mirror({3: 5, 5: 3}, [3]) is None
    assert part_mirror({3: 5, 5: 3}, [3, 5, 7]) is None


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
