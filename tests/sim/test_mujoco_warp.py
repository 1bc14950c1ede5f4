"""MuJoCo Warp on its CPU device: what is particular to this engine; the contract of all engines has its own tests."""

import importlib
import sys

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.failure_watch import FailureWatch
from legged_gym.sim.mujoco_warp import MujocoWarpSimulator
from legged_gym.sim.robot_model import build_robot_model
from legged_gym.sim.simulator import RANDOMIZABLE_FIELDS as ALL_FIELDS
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

WORLDS = 3
GRAVITY = 9.81


class Go2(AssetCfg):
    file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
    foot_name = "foot"


class Drives(ControlCfg):
    stiffness = {"joint": 60.0}
    damping = {"joint": 2.0}


class Plane(TerrainCfg):
    mesh_type = "plane"


def make(worlds: int = WORLDS, sim: type[SimCfg] = SimCfg, asset: type[AssetCfg] = Go2) -> MujocoWarpSimulator:
    return MujocoWarpSimulator(asset(), Drives(), sim(), Terrain(Plane(), seed=0), worlds, "cpu")


RANDOMIZABLE_FIELDS = [field for field in ALL_FIELDS if field != "torsional_friction"]
"""Those of a robot whose contacts are points."""


@pytest.fixture(scope="module")
def module_sim():
    sim = make()
    yield sim
    sim.close()


@pytest.fixture
def sim(module_sim):
    """The module's simulator, every robot standing, the model as it was built."""
    nominal = {field: module_sim.read(field) for field in RANDOMIZABLE_FIELDS}
    stand(module_sim)
    yield module_sim
    for field, values in nominal.items():
        module_sim.randomize(field, values)


def stance(worlds: int) -> torch.Tensor:
    return torch.tensor([0.0, 0.8, -1.5] * 4).repeat(worlds, 1)


def standing_state(worlds: int, height: float = 0.29) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    root = torch.zeros(worlds, 13)
    root[:, 2], root[:, 6] = height, 1.0
    return root, stance(worlds), torch.zeros(worlds, 12)


def stand(sim: MujocoWarpSimulator, height: float = 0.29) -> None:
    sim.reset(torch.ones(sim.num_envs, dtype=torch.bool), *standing_state(sim.num_envs, height))


def random_state(worlds: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """States of worlds in the air, turned, moving and turning."""
    generator = torch.Generator().manual_seed(seed)
    root = torch.randn(worlds, 13, generator=generator)
    root[:, 2] += 20.0
    root[:, 3:7] /= root[:, 3:7].norm(dim=1, keepdim=True)
    dof_vel = 3.0 * torch.randn(worlds, 12, generator=generator)
    return root, stance(worlds) + 0.3 * torch.randn(worlds, 12, generator=generator), dof_vel


def snapshot(sim: MujocoWarpSimulator) -> list[torch.Tensor]:
    live = (sim.root_states, sim.dof_pos, sim.dof_vel, sim.torques, sim.body_states, sim.contact_forces, sim.failed)
    return [tensor.clone() for tensor in live]


def rows_equal(first: list[torch.Tensor], second: list[torch.Tensor], rows: list[int]) -> bool:
    return all(torch.equal(a[rows], b[rows]) for a, b in zip(first, second, strict=True))


def only(*worlds: int) -> torch.Tensor:
    mask = torch.zeros(WORLDS, dtype=torch.bool)
    mask[list(worlds)] = True
    return mask


def c_velocities(root: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Body poses [B, 7] (xyzw) and velocities [B, 6] (linear, angular; world) of one state by MuJoCo C."""
    robot = build_robot_model(Go2(), Drives(), SimCfg(), Terrain(Plane(), seed=0), contact_sensors=False)
    data = mujoco.MjData(robot.model)
    rotation = np.zeros(9)
    quat = root[[6, 3, 4, 5]].double().numpy()
    mujoco.mju_quat2Mat(rotation, quat)
    data.qpos[:] = np.concatenate([root[:3].numpy(), quat, dof_pos.numpy()])
    data.qvel[:] = np.concatenate([root[7:10], rotation.reshape(3, 3).T @ root[10:13].double().numpy(), dof_vel])
    mujoco.mj_forward(robot.model, data)
    poses = np.concatenate([data.xpos, np.roll(data.xquat, -1, axis=1)], axis=1)[robot.body_ids]
    velocities = np.zeros((len(robot.body_ids), 6))
    for row, body in zip(velocities, robot.body_ids, strict=True):
        mujoco.mj_objectVelocity(robot.model, data, mujoco.mjtObj.mjOBJ_XBODY, body, row, 0)
    return poses, np.roll(velocities, 3, axis=1)


def test_the_fill_of_the_pools_is_what_four_feet_take(sim):
    """A robot on its feet has a contact of each, of four constraint rows (a pyramid of friction); its joints rest."""
    for _ in range(25):
        sim.step(stance(WORLDS))
    feet = [sim.body_names.index(name) for name in sim.body_names if name.endswith("_foot")]
    assert (sim.contact_forces[:, feet, 2] > 1.0).all() and (sim.contact_forces[..., 2] > 0.0).sum() == 4 * WORLDS
    fill = sim.pool_fill()
    assert fill["sim.max_contacts"] == pytest.approx(4 / SimCfg.max_contacts)
    assert fill["sim.max_constraints"] >= 4 * 3 / SimCfg.max_constraints
    stand(sim, height=2.0)
    sim.step(stance(WORLDS))
    assert sim.pool_fill()["sim.max_contacts"] == 0.0


def test_forces_under_a_standing_robot_carry_its_weight(sim):
    for _ in range(60):
        sim.step(stance(WORLDS))
    feet = [i for i, name in enumerate(sim.body_names) if name.endswith("_foot")]
    others = [i for i in range(len(sim.body_names)) if i not in feet]
    weight = 15.019 * GRAVITY
    total = sim.contact_forces.sum(dim=1)
    assert total[:, 2].numpy() == pytest.approx(np.full(WORLDS, weight), rel=0.01)
    assert total[:, :2].abs().max() < 0.02 * weight
    assert sim.contact_forces[:, feet, 2].min() > 0.1 * weight
    assert not sim.contact_forces[:, others].any()
    assert sim.torques.abs().max() > 1.0
    assert not sim.failed.any()


def test_a_sliding_foot_is_dragged_by_friction_times_normal_force(sim):
    sim.randomize("friction", torch.full((WORLDS,), 0.1))
    for _ in range(20):
        sim.step(stance(WORLDS))
    push = torch.zeros(WORLDS, 6)
    push[:, 0] = 1.0
    sim.apply_push(push)
    sim.step(stance(WORLDS))
    total = sim.contact_forces.sum(dim=1)
    assert (total[:, 0] / total[:, 2]).numpy() == pytest.approx(np.full(WORLDS, -0.1), abs=2e-3)


def test_body_states_are_those_of_mujoco_c(sim):
    state = random_state(WORLDS, seed=1)
    sim.reset(only(0, 1, 2), *state)
    for world in range(WORLDS):
        poses, velocities = c_velocities(*(part[world] for part in state))
        got = sim.body_states[world].numpy()
        assert got[:, :3] == pytest.approx(poses[:, :3], abs=2e-5)
        turn = np.sign((got[:, 3:7] * poses[:, 3:]).sum(axis=1, keepdims=True))
        assert got[:, 3:7] * turn == pytest.approx(poses[:, 3:], abs=1e-5)
        assert got[:, 7:] == pytest.approx(velocities, abs=5e-5)
    assert torch.equal(sim.root_states, sim.body_states[:, 0])
    assert sim.root_states.numpy() == pytest.approx(state[0].numpy(), abs=1e-6)
    assert torch.equal(sim.dof_pos, state[1])
    assert torch.equal(sim.dof_vel, state[2])


def test_a_step_publishes_positions_and_velocities_of_its_end(sim):
    root, dof_pos, dof_vel = random_state(WORLDS, seed=2)
    sim.reset(only(0, 1, 2), root, dof_pos, torch.zeros_like(dof_vel))
    before = sim.body_states.clone()
    sim.step(dof_pos)
    mean = (before[..., 7:10] + sim.body_states[..., 7:10]) / 2
    moved = (sim.body_states[..., :3] - before[..., :3]) / (sim.decimation * sim.physics_dt)
    error = (moved - mean).norm(dim=2)
    # What is left is the turning of the velocities within the step; a substep's lag would be a quarter of the speed.
    assert (error < 0.05 * mean.norm(dim=2)).all()


def test_a_masked_reset_changes_no_bit_elsewhere(sim):
    for _ in range(3):
        sim.step(stance(WORLDS))
    sim.reset(only(1), *random_state(WORLDS, seed=3))  # the worlds are no longer alike
    sim.step(stance(WORLDS))
    before = snapshot(sim)
    root, dof_pos, dof_vel = random_state(WORLDS, seed=4)
    root[[0, 2]] = torch.nan  # rows outside the mask are ignored
    sim.reset(only(1), root, dof_pos, dof_vel)
    assert rows_equal(before, snapshot(sim), [0, 2])
    assert torch.equal(sim.dof_pos[1], dof_pos[1])
    assert not sim.torques[1].any()
    assert not sim.contact_forces[1].any()
    addresses = [tensor.data_ptr() for tensor in (sim.root_states, sim.body_states, sim.contact_forces)]
    sim.step(stance(WORLDS))
    assert addresses == [tensor.data_ptr() for tensor in (sim.root_states, sim.body_states, sim.contact_forces)]


def test_nothing_of_the_past_survives_a_reset(sim):
    def run() -> list[torch.Tensor]:
        stand(sim, height=0.31)
        for _ in range(6):
            sim.step(stance(WORLDS))
        return snapshot(sim)

    first = run()
    sim.reset(only(0, 2), *random_state(WORLDS, seed=5))
    for _ in range(3):
        sim.step(stance(WORLDS) + 0.5)
    assert rows_equal(first, run(), [0, 1, 2])


def test_a_push_moves_the_base_as_a_rigid_body(sim):
    root, dof_pos, dof_vel = random_state(WORLDS, seed=6)
    sim.reset(only(0, 1, 2), root, dof_pos, torch.zeros_like(dof_vel))
    before = snapshot(sim)
    push = torch.zeros(WORLDS, 6)
    push[1] = torch.tensor([0.5, -1.0, 0.25, 2.0, -3.0, 1.0])
    sim.apply_push(push)
    assert rows_equal(before, snapshot(sim), [0, 2])
    change = sim.body_states[1, :, 7:] - before[4][1, :, 7:]
    arms = sim.body_states[1, :, :3] - sim.body_states[1, 0, :3]
    expected = push[1, :3] + torch.cross(push[1, 3:].expand_as(arms), arms, dim=1)
    assert change[:, :3].numpy() == pytest.approx(expected.numpy(), abs=1e-5)
    assert change[:, 3:].numpy() == pytest.approx(push[1, 3:].expand_as(arms).numpy(), abs=1e-5)
    assert torch.equal(sim.body_states[:, :, :7], before[4][:, :, :7])
    assert torch.equal(sim.dof_vel, before[2])


@pytest.mark.parametrize("field", RANDOMIZABLE_FIELDS)
def test_a_randomized_field_reads_back(sim, field):
    old = sim.read(field)
    new = 0.5 + torch.rand(old.shape, generator=torch.Generator().manual_seed(7))
    sim.randomize(field, new, mask=only(0, 2))
    read = sim.read(field)
    assert torch.equal(read[[0, 2]], new[[0, 2]])
    assert torch.equal(read[1], old[1])
    sim.randomize(field, new)
    assert torch.equal(sim.read(field), new)


def test_nominal_fields_are_those_of_the_configuration(sim):
    robot = build_robot_model(Go2(), Drives(), SimCfg(), Terrain(Plane(), seed=0), contact_sensors=False)
    assert sim.read("stiffness").unique().tolist() == [60.0]
    assert sim.read("damping").unique().tolist() == [2.0]
    assert sim.read("friction").tolist() == [1.0] * WORLDS
    assert sim.read("base_mass")[0].item() == pytest.approx(robot.model.body_mass[robot.base_id])
    assert sim.read("base_com")[0].numpy() == pytest.approx(robot.model.body_ipos[robot.base_id])
    assert torch.equal(sim.read("torque_limits")[0], sim.torque_limits)
    assert sim.read("dof_armature").unique().item() == pytest.approx(Go2.armature)


def test_the_drives_follow_randomized_gains_and_limits(sim):
    state = random_state(WORLDS, seed=8)
    state[2].zero_()
    gains = torch.tensor([[10.0], [20.0], [20.0]]).expand(WORLDS, 12)
    limits = torch.tensor([[50.0], [50.0], [1.0]]).expand(WORLDS, 12)
    sim.randomize("stiffness", gains)
    sim.randomize("damping", torch.zeros(WORLDS, 12))
    sim.randomize("torque_limits", limits)
    sim.reset(only(0, 1, 2), *state)
    sim.step(sim.dof_pos + 0.2)
    # The last substep's torque is that of the state before it: between the first one's and the last one's.
    first, last = gains * 0.2, gains * (state[1] + 0.2 - sim.dof_pos)
    low, high = torch.minimum(first, last) - 0.05, torch.maximum(first, last) + 0.05
    assert ((sim.torques >= low) & (sim.torques <= high))[:2].all()
    assert sim.torques[2].tolist() == [1.0] * 12


def test_a_heavier_base_weighs_more(sim):
    sim.randomize("base_mass", sim.read("base_mass") + torch.tensor([0.0, 2.0, 4.0]))
    for _ in range(60):
        sim.step(stance(WORLDS))
    weights = (15.019 + np.array([0.0, 2.0, 4.0])) * GRAVITY
    assert sim.contact_forces.sum(dim=1)[:, 2].numpy() == pytest.approx(weights, rel=0.01)


def test_inertial_fields_give_the_inertia_of_a_model_compiled_with_them(sim):
    robot = build_robot_model(Go2(), Drives(), SimCfg(), Terrain(Plane(), seed=0), contact_sensors=False)
    sim.randomize("base_mass", torch.full((WORLDS,), 10.0))
    sim.randomize("base_com", torch.tensor([[0.05, 0.02, -0.03]] * WORLDS))
    sim.randomize("dof_armature", torch.full((WORLDS, 12), 0.03))
    model = robot.model
    base = robot.base_id
    model.body_inertia[base] *= 10.0 / model.body_mass[base]
    model.body_mass[base] = 10.0
    model.body_ipos[base] = [0.05, 0.02, -0.03]
    model.body_sameframe[base] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE
    model.dof_armature[robot.joint_dof] = 0.03
    mujoco.mj_setConst(model, mujoco.MjData(model))
    engine = sim._model
    assert engine.body_subtreemass.numpy()[1] == pytest.approx(model.body_subtreemass, rel=1e-5)
    assert engine.dof_invweight0.numpy()[1] == pytest.approx(model.dof_invweight0, rel=1e-3)
    assert engine.body_invweight0.numpy()[1] == pytest.approx(model.body_invweight0, rel=1e-3, abs=1e-5)


def test_an_unknown_field_is_refused(sim):
    with pytest.raises(UserError, match="unknown model field 'mass'"):
        sim.randomize("mass", torch.ones(WORLDS))


def test_a_failed_world_waits_at_rest_and_harms_no_other(sim):
    def run(dof_vel: torch.Tensor) -> list[torch.Tensor]:
        stand(sim)
        sim.reset(only(1), *standing_state(WORLDS)[:2], dof_vel)
        sim.step(stance(WORLDS))
        return snapshot(sim)

    reference = run(torch.zeros(WORLDS, 12))
    counts = sim.failure_counts()
    for value, kind in ((torch.nan, "non_finite"), (5.0e3, "out_of_bounds")):
        after = run(torch.full((WORLDS, 12), value))
        assert after[-1].tolist() == [False, True, False]
        assert rows_equal(reference, after, [0, 2])
        root, dof_pos, _ = standing_state(WORLDS)
        assert sim.root_states[1].numpy() == pytest.approx(root[1].numpy(), abs=1e-6)
        assert torch.equal(sim.dof_pos[1], dof_pos[1])
        assert not any(tensor[1].any() for tensor in (sim.dof_vel, sim.torques, sim.contact_forces))
        assert all(tensor.isfinite().all() for tensor in after)
        counts[kind] += 1
        assert sim.failure_counts() == counts
    sim.step(stance(WORLDS))
    assert not sim.failed.any()


class FewContacts(SimCfg):
    max_contacts = 3


class FewConstraints(SimCfg):
    max_constraints = 8


@pytest.mark.parametrize(("cfg", "kind"), [(FewContacts, "contact_overflow"), (FewConstraints, "constraint_overflow")])
def test_an_overflow_fails_and_is_forgotten_and_told_once_with_its_setting(cfg, kind, caplog):
    sim = make(sim=cfg)
    watch = FailureWatch(sim)
    watch.look()
    stand(sim, height=0.26)
    sim.step(stance(WORLDS))
    assert sim.failed.all()
    assert not sim.contact_forces.any()
    assert not sim.torques.any()
    assert sim.failure_counts() == dict.fromkeys(sim.failure_counts(), 0) | {kind: WORLDS}
    watch.look()
    watch.look()
    setting = {"contact_overflow": "sim.max_contacts", "constraint_overflow": "sim.max_constraints"}[kind]
    told = [record.message for record in caplog.records if "robots were reset" in record.message]
    assert told == [f"{WORLDS} robots were reset by {kind.replace('_', ' ')}: raise {setting}"]
    stand(sim, height=1.0)
    sim.step(stance(WORLDS))
    assert not sim.failed.any()


class Pillar:
    """Level ground at 0.5 m with a 3 m pillar far off, so that the height field's box holds the whole robot."""

    class cfg:  # noqa: N801
        static_friction = 1.0

    is_plane = False
    slope_threshold = 0.0
    ceiling = None
    horizontal_scale = 0.05
    origin_xy = (-2.0, -2.0)
    heights = np.full((81, 81), 0.5, dtype=np.float32)
    heights[0, 0] = 3.0


class SevenIterations(SimCfg):
    solver_iterations, solver_ls_iterations = 7, 30


def test_limits_of_the_solver_reach_the_engine() -> None:
    for cfg, limits in ((SimCfg, (5, 20)), (SevenIterations, (7, 30))):
        option = make(1, cfg)._model.opt
        assert (option.iterations, option.ls_iterations) == limits


class FourContacts(SimCfg):
    max_contacts = 4


def test_on_a_height_field_the_contact_pool_holds_contacts_only():
    sim = MujocoWarpSimulator(Go2(), Drives(), FourContacts(), Pillar(), WORLDS, "cpu")
    stand(sim, height=0.79)
    for _ in range(40):
        sim.step(stance(WORLDS))
    assert sim._data.ncollision.numpy()[0] == 0
    assert sim._data.naconmax == WORLDS * 4
    assert sim._data.naccdmax == 0
    assert sim._data.nacon.numpy()[0] == WORLDS * 4  # one a foot
    assert sim.contact_forces.sum(dim=1)[:, 2].numpy() == pytest.approx(np.full(WORLDS, 15.019 * GRAVITY), rel=0.02)
    assert not sim.failed.any()
    assert sim._model.hfield_data.shape == (81 * 81,)  # one map for all worlds


def test_a_fixed_base_hangs_where_it_is_put():
    class Fixed(Go2):
        fix_base_link = True

    sim = make(asset=Fixed)
    root, dof_pos, dof_vel = random_state(WORLDS, seed=9)
    root[:, 7:] = 0.0
    sim.reset(only(0, 1, 2), root, dof_pos, dof_vel)
    poses, velocities = c_velocities(root[1], dof_pos[1], dof_vel[1])
    assert sim.body_states[1, :, :3].numpy() == pytest.approx(poses[:, :3], abs=2e-5)
    assert sim.body_states[1, :, 7:].numpy() == pytest.approx(velocities, abs=5e-5)
    placed = sim.root_states.clone()
    sim.apply_push(torch.ones(WORLDS, 6))
    for _ in range(40):
        sim.step(stance(WORLDS))
    assert torch.equal(sim.root_states, placed)
    assert sim.dof_vel.abs().max() < 0.05
    # Gravity turns the hip and thigh by torque / stiffness; the drives hold the rest.
    assert sim.torques.numpy() == pytest.approx((60.0 * (stance(WORLDS) - sim.dof_pos)).numpy(), abs=0.05)
    assert sim.torques.abs().max() > 0.5


def test_the_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "mujoco_warp", None)
    monkeypatch.delitem(sys.modules, "legged_gym.sim.mujoco_warp")
    with pytest.raises(UserError, match="mujoco_warp not installed; pip install 'mujoco-warp"):
        importlib.import_module("legged_gym.sim.mujoco_warp")
