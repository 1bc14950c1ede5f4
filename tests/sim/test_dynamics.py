"""Physics of every engine against closed formulas and independent integration."""

import math

import numpy as np
import pytest
import torch

from tests.sim.robots import EVERY_ENGINE, STANCE, WEIGHT, MakeSim, height_field, place, run

pytestmark = EVERY_ENGINE
GRAVITY = 9.81
DT = 0.005
SUBSTEPS = 4


def test_free_fall(make: MakeSim):
    """Semi-implicit Euler: after n substeps v = -g n dt and z - z0 = -g dt^2 n (n + 1) / 2."""
    sim = make()
    targets = place(sim, height=5.0)
    run(sim, targets, 10)
    n = 10 * SUBSTEPS
    drop = GRAVITY * DT**2 * n * (n + 1) / 2
    assert drop == pytest.approx(0.5 * GRAVITY * (n * DT) ** 2, rel=1.01 / n)
    root = sim.root_states.numpy()
    np.testing.assert_allclose(root[:, :3], [[0.0, 0.0, 5.0 - drop]] * 2, atol=1e-4)
    np.testing.assert_allclose(root[:, 7:10], [[0.0, 0.0, -GRAVITY * n * DT]] * 2, atol=1e-4)
    np.testing.assert_allclose(root[:, 3:7], [[0.0, 0.0, 0.0, 1.0]] * 2, atol=1e-5)
    np.testing.assert_allclose(sim.dof_pos.numpy(), targets.numpy(), atol=1e-4)
    assert not sim.contact_forces.any()


def test_angular_velocity_is_in_world_axes_and_turns_the_base_about_them(make: MakeSim):
    """Rolled by 90 degrees and spun about the world's z axis, the base turns about z, though its own z points to -y."""
    rate, steps = 1.0, 5
    sim = make(sim={"gravity": (0.0, 0.0, 0.0)})
    dof_pos = place(sim)
    root = sim.root_states.clone()
    root[:, 2] = 5.0
    root[:, 3:7] = torch.tensor([math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4)])
    root[:, 12] = rate
    sim.reset(torch.ones(2, dtype=torch.bool), root, dof_pos, torch.zeros_like(dof_pos))
    np.testing.assert_allclose(sim.root_states[:, 10:].numpy(), [[0.0, 0.0, rate]] * 2, atol=1e-6)
    run(sim, dof_pos, steps)
    half = 0.5 * rate * steps * SUBSTEPS * DT
    rolled = math.sqrt(0.5)  # (yaw by 2 half) * (roll by 90 degrees), xyzw
    expected = [math.cos(half) * rolled, math.sin(half) * rolled, math.sin(half) * rolled, math.cos(half) * rolled]
    np.testing.assert_allclose(sim.root_states[:, 3:7].numpy(), [expected] * 2, atol=5e-3)
    np.testing.assert_allclose(sim.root_states[:, 12].numpy(), rate, rtol=0.05)


def test_joint_step_response(make: MakeSim):
    """A knee on a fixed base, without gravity, follows I qdd = kp (target - q) - kd qd, integrated independently.

    I is the calf's and foot's inertia about the knee (data sheet) and the rotor's; the other joints are held by huge
    rotors. The engines are first order in dt, here 1 ms.
    """
    kp, kd, rotor, dt = 20.0, 0.5, 0.01, 0.001
    calf = 0.0011 + 0.154 * (0.00548**2 + 0.115**2)
    foot = 9.6e-6 + 0.04 * 0.213**2
    inertia = calf + foot + rotor
    sim = make(
        num_envs=1,
        asset={"fix_base_link": True, "armature": rotor},
        control={"stiffness": {"joint": kp}, "damping": {"joint": kd}},
        sim={"gravity": (0.0, 0.0, 0.0), "dt": dt},
    )
    knee = sim.dof_names.index("RL_calf_joint")
    armature = torch.full((1, 12), 1.0e3)
    armature[:, knee] = rotor
    sim.randomize("dof_armature", armature)
    targets = place(sim, height=1.0)
    targets[:, knee] += 0.3
    angles = []
    for _ in range(30):
        sim.step(targets)
        angles.append(sim.dof_pos[0, knee].item())

    q, v, fine, expected = STANCE[knee], 0.0, 1.0e-5, []
    for step in range(1, round(30 * SUBSTEPS * dt / fine) + 1):
        v += fine * (kp * (targets[0, knee].item() - q) - kd * v) / inertia
        q += fine * v
        if step % round(SUBSTEPS * dt / fine) == 0:
            expected.append(q)
    assert max(expected) > targets[0, knee].item() + 0.02  # it overshoots: stiffness, damping and inertia all show
    np.testing.assert_allclose(angles, expected, atol=0.006)


def test_torques_are_those_of_the_last_substep(make: MakeSim):
    kp, kd = 20.0, 0.5
    sim = make(
        num_envs=1,
        asset={"fix_base_link": True},
        control={"stiffness": {"joint": kp}, "damping": {"joint": kd}, "decimation": 1},
    )
    targets = place(sim, height=1.0) + 0.1
    for _ in range(3):
        before = sim.dof_pos.clone(), sim.dof_vel.clone()
        sim.step(targets)
        np.testing.assert_allclose(sim.torques, kp * (targets - before[0]) - kd * before[1], atol=1e-4)


def test_standing_robot_stays_and_presses_with_its_weight(make: MakeSim):
    sim = make()
    targets = place(sim, height=0.325)
    run(sim, targets, 50)
    settled = sim.root_states[:, :3].clone()
    run(sim, targets, 25)
    assert (sim.root_states[:, :3] - settled).abs().max() < 1e-3
    assert sim.root_states[:, 7:].abs().max() < 0.02
    assert (sim.dof_pos - targets).abs().max() < 0.03
    total = sim.contact_forces.sum(dim=1).numpy()
    np.testing.assert_allclose(total[:, 2], WEIGHT, rtol=0.02)
    np.testing.assert_allclose(total[:, :2], 0.0, atol=0.02 * WEIGHT)
    feet = torch.tensor([name.endswith("_foot") for name in sim.body_names])
    assert (sim.contact_forces[:, feet, 2] > 0.1 * WEIGHT).all()
    assert not sim.contact_forces[:, ~feet].any()
    assert not sim.failed.any()


def test_slope_holds_or_slides_by_its_friction(make: MakeSim):
    """Gravity tilted by a slope of 0.3 about a level floor: friction 0.6 holds, 0.15 slides with g (sin - 0.15 cos).

    Held feet creep by centimetres a second: MuJoCo's friction is a soft constraint.
    """
    slope = math.atan(0.3)
    gravity = (GRAVITY * math.sin(slope), 0.0, -GRAVITY * math.cos(slope))
    sim = make(sim={"gravity": gravity})
    sim.randomize("friction", torch.tensor([0.6, 0.15]))
    targets = place(sim)
    run(sim, targets, 15)
    start = sim.root_states[:, 7].clone()
    run(sim, targets, 15)
    acceleration = ((sim.root_states[:, 7] - start) / (15 * SUBSTEPS * DT)).tolist()
    assert abs(sim.root_states[0, 7]) < 0.05
    assert acceleration[1] == pytest.approx(GRAVITY * (math.sin(slope) - 0.15 * math.cos(slope)), rel=0.1)
    along, normal = sim.contact_forces[1].sum(dim=0)[[0, 2]].tolist()
    assert -along / normal == pytest.approx(0.15, rel=0.02)
    held = sim.contact_forces[0].sum(dim=0)
    np.testing.assert_allclose(held.numpy(), -WEIGHT / GRAVITY * np.array(gravity), atol=0.05 * WEIGHT)


def test_height_field_lies_where_the_terrain_says(make: MakeSim):
    """A step along y only under x > 0.5, and one along x only under y > 1: robots stand on their own height."""
    x = np.arange(81)[:, None] * 0.1 - 4.0
    y = np.arange(41)[None, :] * 0.1 - 2.0
    heights = 0.3 * (x > 0.95) + 0.2 * (y > 0.95) - 0.1
    sim = make(num_envs=4, terrain=height_field(heights, 0.1))
    places = torch.tensor([[-2.0, 0.0, -0.1], [2.0, 0.0, 0.2], [-2.0, 1.5, 0.1], [2.0, 1.5, 0.4]])
    targets = place(sim)
    root = sim.root_states.clone()
    root[:, :3] = places + torch.tensor([0.0, 0.0, 0.325])
    sim.reset(torch.ones(4, dtype=torch.bool), root, targets, torch.zeros_like(targets))
    run(sim, targets, 25)
    feet = [index for index, name in enumerate(sim.body_names) if name.endswith("_foot")]
    lowest = sim.body_states[:, feet, 2] - 0.022
    np.testing.assert_allclose(lowest.numpy(), places[:, 2:].expand(-1, 4).numpy(), atol=5e-3)
    np.testing.assert_allclose(sim.contact_forces.sum(dim=1)[:, 2].numpy(), WEIGHT, rtol=0.1)
