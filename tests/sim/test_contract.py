"""What every engine promises beyond its physics: layout, resets, pushes, failures."""

import math

import numpy as np
import pytest
import torch

from legged_gym.sim.simulator import Simulator
from legged_gym.utils.errors import UserError
from tests.sim.robots import EVERY_ENGINE, STANCE, MakeSim, place, run

pytestmark = EVERY_ENGINE
LEGS = ("FL", "FR", "RL", "RR")
EVERY_TENSOR = ("root_states", "dof_pos", "dof_vel", "torques", "body_states", "contact_forces", "failed")
RNG = torch.Generator().manual_seed(3)


def snapshot(sim: Simulator) -> dict[str, torch.Tensor]:
    return {name: getattr(sim, name).clone() for name in EVERY_TENSOR}


def assert_rows_equal(sim: Simulator, before: dict[str, torch.Tensor], rows: list[int]) -> None:
    for name, values in before.items():
        assert torch.equal(getattr(sim, name)[rows], values[rows]), name


def mask_of(sim: Simulator, *envs: int) -> torch.Tensor:
    mask = torch.zeros(sim.num_envs, dtype=torch.bool)
    mask[list(envs)] = True
    return mask


def airborne_state(num_envs: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Random poses and velocities high above the ground."""
    root = torch.randn(num_envs, 13, generator=RNG)
    root[:, 2] = 5.0
    root[:, 3:7] /= root[:, 3:7].norm(dim=1, keepdim=True)
    dof_pos = torch.tensor(STANCE) + 0.1 * torch.randn(num_envs, 12, generator=RNG)
    return root, dof_pos, torch.randn(num_envs, 12, generator=RNG)


def test_layout(make: MakeSim):
    sim = make(num_envs=3)
    joints = [f"{leg}_{part}_joint" for leg in LEGS for part in ("hip", "thigh", "calf")]
    bodies = ["base", "head", *(f"{leg}_{part}" for leg in LEGS for part in ("hip", "thigh", "calf", "foot"))]
    assert (sim.num_envs, sim.physics_dt, sim.decimation, sim.device) == (3, 0.005, 4, torch.device("cpu"))
    assert (sim.dof_names, sim.body_names) == (joints, bodies)
    shapes = {
        "root_states": (3, 13),
        "dof_pos": (3, 12),
        "dof_vel": (3, 12),
        "torques": (3, 12),
        "body_states": (3, 18, 13),
        "contact_forces": (3, 18, 3),
        "dof_pos_limits": (12, 2),
        "dof_vel_limits": (12,),
        "torque_limits": (12,),
    }
    for name, shape in shapes.items():
        tensor = getattr(sim, name)
        assert (tuple(tensor.shape), tensor.dtype) == (shape, torch.float32), name
    assert (tuple(sim.failed.shape), sim.failed.dtype) == ((3,), torch.bool)


def test_left_and_right(make: MakeSim):
    """Hips turn about the way ahead, the other way round on the other side; thighs and calves about the way across."""
    sim = make()
    others = [*range(3, 6), *range(3), *range(9, 12), *range(6, 9)]
    assert sim.joint_mirror == (others, 4 * [-1.0, 1.0, 1.0])
    sides = [0, 1, *range(6, 10), *range(2, 6), *range(14, 18), *range(10, 14)]  # base, head, then four legs
    assert sim.body_mirror == dict(enumerate(sides))


def test_tensors_keep_their_storage(make: MakeSim):
    sim = make()
    held = {name: getattr(sim, name) for name in EVERY_TENSOR}
    targets = place(sim)
    run(sim, targets, 2)
    sim.apply_push(torch.ones(2, 6))
    for name, tensor in held.items():
        assert getattr(sim, name).data_ptr() == tensor.data_ptr()
        assert torch.equal(getattr(sim, name), tensor)
    assert held["root_states"][0, 2] != 0.0


def test_reset_gives_the_state_asked_for_and_leaves_the_others_bit_identical(make: MakeSim):
    sim = make(num_envs=4)
    run(sim, place(sim), 10)
    assert sim.contact_forces.any() and sim.torques.any()
    before = snapshot(sim)
    root, dof_pos, dof_vel = airborne_state(4)
    sim.reset(mask_of(sim, 1, 3), root, dof_pos, dof_vel)
    assert_rows_equal(sim, before, [0, 2])
    rows = [1, 3]
    np.testing.assert_allclose(sim.root_states[rows], root[rows], atol=1e-6)
    np.testing.assert_allclose(sim.dof_pos[rows], dof_pos[rows], atol=1e-6)
    np.testing.assert_allclose(sim.dof_vel[rows], dof_vel[rows], atol=1e-6)
    np.testing.assert_allclose(sim.body_states[rows, 0], root[rows], atol=1e-6)
    assert not sim.contact_forces[rows].any() and not sim.torques[rows].any()


def test_an_empty_reset_changes_nothing(make: MakeSim):
    sim = make()
    run(sim, place(sim), 3)
    before = snapshot(sim)
    sim.reset(mask_of(sim), *airborne_state(2))
    assert_rows_equal(sim, before, [0, 1])


def test_a_reset_forgets_the_past(make: MakeSim):
    """Two robots of different histories, reset to one state, go on alike to the last bit: no warm start is left."""
    sim = make()
    targets = place(sim)
    sim.apply_push(torch.tensor([[2.0, 0.0, 0.0, 0.0, 0.0, 1.0], [0.0] * 6]))
    run(sim, targets, 10)
    assert not torch.allclose(sim.dof_pos[0], sim.dof_pos[1], atol=1e-3)
    place(sim)
    run(sim, targets, 5)
    for name in EVERY_TENSOR:
        tensor = getattr(sim, name)
        assert torch.equal(tensor[0], tensor[1]), name


def test_other_environments_do_not_matter(make: MakeSim):
    """Stepping on after a partial reset, the others do what they would have done without it."""
    together, alone = make(num_envs=2), make(num_envs=2)
    for sim in (together, alone):
        run(sim, place(sim), 5)
    together.reset(mask_of(together, 1), *airborne_state(2))
    for sim in (together, alone):
        run(sim, torch.tensor(STANCE).repeat(2, 1) + 0.1, 3)
    assert_rows_equal(together, snapshot(alone), [0])


def test_push_adds_to_the_base_velocity_in_world_axes(make: MakeSim):
    sim = make(num_envs=3)
    root, dof_pos, dof_vel = airborne_state(3)
    sim.reset(mask_of(sim, 0, 1, 2), root, dof_pos, dof_vel)
    before = snapshot(sim)
    push = torch.zeros(3, 6)
    push[1] = torch.tensor([0.5, -0.4, 0.3, 1.0, 2.0, -3.0])
    sim.apply_push(push)
    assert_rows_equal(sim, before, [0, 2])
    np.testing.assert_allclose(sim.root_states[1, 7:], root[1, 7:] + push[1], atol=1e-5)
    np.testing.assert_allclose(sim.root_states[1, :7], root[1, :7], atol=1e-6)
    np.testing.assert_allclose(sim.body_states[1, 0], sim.root_states[1])
    foot = sim.body_names.index("FL_foot")  # it gains what a point of the base would
    arm = sim.body_states[1, foot, :3] - sim.body_states[1, 0, :3]
    gain = push[1, :3] + torch.linalg.cross(push[1, 3:], arm)
    np.testing.assert_allclose(sim.body_states[1, foot, 7:10], before["body_states"][1, foot, 7:10] + gain, atol=1e-5)
    run(sim, dof_pos, 1)
    moved = sim.root_states[:, :3] - root[:, :3]
    assert moved[1, 0] - 0.02 * root[1, 7] == pytest.approx(0.02 * 0.5, abs=3e-3)


def test_nan_targets_fail_one_environment(make: MakeSim):
    sim, clean = make(num_envs=3), make(num_envs=3)
    targets = place(sim)
    place(clean)
    spoilt = targets.clone()
    spoilt[1, 4] = math.nan
    before = snapshot(sim)
    sim.step(spoilt)
    clean.step(targets)
    assert sim.failed.tolist() == [False, True, False]
    assert sum(sim.failure_counts().values()) == 1
    assert_rows_equal(sim, snapshot(clean), [0, 2])
    for name in EVERY_TENSOR:
        assert torch.isfinite(getattr(sim, name)).all(), name
    np.testing.assert_allclose(sim.root_states[1], before["root_states"][1], atol=1e-6)
    assert not sim.torques[1].any() and not sim.contact_forces[1].any()

    sim.step(targets)
    assert not sim.failed.any()
    assert sum(sim.failure_counts().values()) == 1


def test_a_nan_target_fails_the_step_in_which_the_drives_hear_of_it(make: MakeSim):
    """Robots 1 and 2 are sent one that is under way for the whole step; robot 2 has a new one before it is there."""
    sim = make(num_envs=3)
    targets = place(sim)
    spoilt = targets.clone()
    spoilt[1:, 4] = math.nan
    sim.step(spoilt, torch.tensor([0, 4, 4], dtype=torch.int32))
    assert not sim.failed.any()
    sim.step(targets, torch.tensor([0, 2, 0], dtype=torch.int32))
    assert sim.failed.tolist() == [False, True, False]
    assert sum(sim.failure_counts().values()) == 1
    sim.step(targets)
    assert not sim.failed.any()


def test_a_pose_that_was_never_finite_is_replaced(make: MakeSim):
    sim = make(num_envs=2)
    targets = place(sim)
    root = sim.root_states.clone()
    root[1, 0] = math.nan
    sim.reset(mask_of(sim, 1), root, targets, torch.zeros(2, 12))
    sim.step(targets)
    assert sim.failed.tolist() == [False, True]
    assert sim.failure_counts()["non_finite"] == 1
    for name in EVERY_TENSOR:
        assert torch.isfinite(getattr(sim, name)).all(), name
    np.testing.assert_allclose(sim.root_states[1], [0.0] * 6 + [1.0] + [0.0] * 6, atol=1e-6)
    assert not sim.dof_pos[1].any()


def test_a_closed_engine_says_so(make: MakeSim):
    sim = make(num_envs=1)
    targets = place(sim)
    for _ in range(2):
        sim.close()
    for call in (lambda: place(sim), lambda: sim.step(targets)):
        with pytest.raises(UserError, match="the engine is closed"):
            call()


def test_runaway_velocity_and_position_fail(make: MakeSim):
    sim = make(num_envs=4, sim={"max_velocity": 50.0, "max_position": 20.0})
    targets = place(sim)
    root = sim.root_states.clone()
    root[:, 2] = 5.0
    root[0, 7] = 60.0
    root[1, 0] = 19.9
    root[1, 7] = 20.0
    root[2, 12] = 40.0
    dof_vel = torch.zeros(4, 12)
    dof_vel[3, 5] = 1.0e4
    sim.reset(mask_of(sim, 0, 1, 2, 3), root, targets, dof_vel)
    sim.step(targets)
    assert sim.failed.tolist() == [True, True, False, True]
    assert sum(sim.failure_counts().values()) == 3
    np.testing.assert_allclose(sim.root_states[[0, 1, 3], :7], root[[0, 1, 3], :7], atol=1e-6)
    assert not sim.root_states[[0, 1, 3], 7:].any() and not sim.dof_vel[[0, 1, 3]].any()  # held at rest
    sim.reset(sim.failed.clone(), *airborne_state(4))
    assert not sim.failed.any()


def test_fixed_base_stays_where_reset_puts_it(make: MakeSim):
    sim = make(asset={"fix_base_link": True})
    dof_pos = torch.tensor(STANCE).repeat(2, 1)
    root = torch.zeros(2, 13)
    root[:, 2] = torch.tensor([1.0, 2.0])
    root[:, 3:7] = torch.tensor([0.0, math.sin(0.3), 0.0, math.cos(0.3)])
    sim.reset(mask_of(sim, 0, 1), root, dof_pos, torch.zeros_like(dof_pos))
    run(sim, dof_pos + 0.2, 5)
    sim.apply_push(torch.ones(2, 6))
    np.testing.assert_allclose(sim.root_states, root, atol=1e-6)
    np.testing.assert_allclose(sim.body_states[:, 0, :7], root[:, :7], atol=1e-6)
    assert (sim.dof_pos - dof_pos).abs().max() > 0.1
    assert not sim.failed.any()
