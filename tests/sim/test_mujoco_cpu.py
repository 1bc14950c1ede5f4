"""What is particular to the MuJoCo C engine; the contract of all engines has its own tests."""

import logging

import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from tests.sim.robots import STANCE, Go2Asset, StiffControl, flat_terrain, place, run, with_settings


def make(num_envs: int, asset: dict | None = None, **settings) -> MujocoSimulator:
    return MujocoSimulator(
        with_settings(Go2Asset, **(asset or {})),
        StiffControl(),
        with_settings(SimCfg, **settings),
        flat_terrain(),
        num_envs,
        "cpu",
    )


def roll_out(sim: MujocoSimulator) -> torch.Tensor:
    place(sim)
    generator = torch.Generator().manual_seed(0)
    for _ in range(10):
        sim.step(torch.tensor(STANCE) + 0.2 * torch.randn(sim.num_envs, 12, generator=generator))
    return torch.cat((sim.root_states, sim.dof_pos, sim.contact_forces.flatten(1)), dim=1)


def test_runs_are_bit_reproducible_at_any_number_of_threads():
    first, second = (roll_out(make(5, num_threads=threads)) for threads in (1, 3))
    assert torch.equal(first, second)


def test_physics_alone_goes_the_same_way():
    sim, bare = make(1), make(1)
    targets = place(sim)
    place(bare)
    bare.step(targets)
    bare.step_physics()
    stale = bare.root_states.clone()
    sim.step(targets)
    sim.step(targets)
    assert torch.equal(bare.root_states, stale) and not torch.equal(sim.root_states, stale)
    bare.step(targets)
    sim.step(targets)
    assert torch.equal(bare.root_states, sim.root_states)


def test_states_of_bodies_are_computed_where_they_are_asked_for_and_once(monkeypatch: pytest.MonkeyPatch):
    sim = make(3)
    targets = place(sim)
    rows = []
    compute = sim._kinematics.compute
    monkeypatch.setattr(
        sim._kinematics, "compute", lambda root, *state, out: (rows.append(len(root)), compute(root, *state, out=out))
    )
    sim.step(targets)
    sim.step(targets)
    assert rows == []
    after_step = sim.body_states.clone()
    assert rows == [3] and torch.equal(sim.body_states, after_step) and rows == [3]
    root = sim.root_states.clone()
    root[1, :3] += 1.0
    sim.reset(torch.tensor([False, True, False]), root, targets, torch.zeros(3, 12))
    changed = sim.body_states != after_step
    assert rows == [3, 1] and changed[1].any() and not changed[[0, 2]].any()
    assert torch.equal(sim.body_states[:, 0], sim.root_states)


def test_mujoco_warns_in_the_log_and_not_on_the_console(
    capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    sim = make(4, num_threads=2)
    targets = place(sim)
    targets[:, 0] = torch.nan
    with caplog.at_level(logging.DEBUG, logger="legged_gym.sim"):
        sim.step(targets)
    assert sim.failed.all()
    assert "unstable" in caplog.text
    assert "".join(capfd.readouterr()) == ""
    assert not list(tmp_path.iterdir())  # MuJoCo's own MUJOCO_LOG.TXT


def test_self_collisions_keep_the_randomized_friction():
    sim = make(2, asset={"self_collisions": True})
    sim.randomize("friction", torch.tensor([0.3, 0.9]))
    assert sim.read("friction").tolist() == pytest.approx([0.3, 0.9])
    run(sim, place(sim), 20)
    sim.apply_push(torch.tensor([[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 2))
    run(sim, torch.tensor(STANCE).repeat(2, 1), 2)
    along, normal = sim.contact_forces.sum(dim=1)[:, [0, 2]].unbind(dim=1)
    assert (-along / normal)[0].item() == pytest.approx(0.3, rel=0.03)
    assert (-along / normal)[1] > 0.5
