"""Actuator models inside every engine: when they run, what they see, and that their torques are what acts."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.actuators.networks import LSTMActuator, MLPActuator, Scales, save_network
from legged_gym.sim.config import ControlCfg, SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.simulator import Simulator
from legged_gym.utils.errors import UserError
from tests.sim.robots import ENGINES, STANCE, Go2Asset, MakeSim, StiffControl, flat_terrain, place, run, with_settings

DT = 0.005
CALF_INERTIA = 0.0011 + 0.154 * (0.00548**2 + 0.115**2) + 9.6e-6 + 0.04 * 0.213**2
"""Inertia of calf and foot about the knee, kg m^2."""
ROTOR = 0.01
KNEE = 2
EVERY_TENSOR = ("root_states", "dof_pos", "dof_vel", "torques", "body_states", "contact_forces", "failed")


def drives(model: str, **settings: Any) -> dict[str, Any]:
    """The section `control` with an actuator model and some settings of either."""
    section = {name: settings.pop(name) for name in ("stiffness", "damping", "decimation") if name in settings}
    return section | {"actuator": with_settings(ControlCfg.actuator, model=model, **settings)}


def make_stand(make: MakeSim, num_envs: int = 2, dt: float = DT, **control: Any) -> Simulator:
    """A base held in the air without gravity; all rotors but the FL knee's are huge, so that it turns alone."""
    sim = make(
        num_envs=num_envs,
        asset={"fix_base_link": True, "armature": ROTOR},
        control=control,
        sim={"gravity": (0.0, 0.0, 0.0), "dt": dt},
    )
    armature = torch.full((num_envs, 12), 1.0e3)
    armature[:, KNEE] = ROTOR
    sim.randomize("dof_armature", armature)
    return sim


@pytest.fixture
def network_file(tmp_path: Path) -> str:
    """An untrained LSTM: as good as any to see whether engines feed it alike."""
    torch.manual_seed(0)
    save_network(tmp_path / "lstm.pt", LSTMActuator(DT, scales=Scales(torque=10.0)), {})
    return str(tmp_path / "lstm.pt")


def snapshot(sim: Simulator) -> list[torch.Tensor]:
    return [getattr(sim, name).clone() for name in EVERY_TENSOR]


def test_a_torque_turns_an_inertia(make: MakeSim):
    """qdd = torque / inertia, up to the torque's limit; a weaker motor gives less of it."""
    sim = make_stand(make, num_envs=4, **drives("torque"))
    place(sim, height=1.0)
    limits, gain = sim.read("torque_limits"), sim.read("torque_gain")
    limits[1], gain[2] = 0.5, 0.25
    sim.randomize("torque_limits", limits)
    sim.randomize("torque_gain", gain)
    torques = torch.zeros(4, 12)
    torques[:, KNEE] = torch.tensor([1.0, 1.0, 1.0, -2.0])
    run(sim, torques, 2)
    acted = torch.tensor([1.0, 0.5, 0.25, -2.0])
    torch.testing.assert_close(sim.torques[:, KNEE], acted)
    assert not sim.torques[:, :KNEE].any()
    np.testing.assert_allclose(sim.dof_vel[:, KNEE], 8 * DT * acted / (CALF_INERTIA + ROTOR), rtol=0.01)


@pytest.mark.parametrize("delay", [0, 3])
def test_a_delayed_pd_obeys_its_equation(make: MakeSim, delay: int):
    """The knee follows I qdd = kp (target - q) - kd qd with the target of `delay` substeps ago, step by step."""
    kp, kd = 20.0, 0.5
    control = drives("delayed_pd", delay_range=[delay, delay], stiffness={"joint": kp}, damping={"joint": kd})
    sim = make_stand(make, num_envs=1, **control)
    start = place(sim, height=1.0)
    got, expected, told = [], [], []
    q, v = STANCE[KNEE], 0.0
    for step in range(15):
        targets = start.clone()
        targets[:, KNEE] += 0.3 * math.cos(step)
        sim.step(targets)
        got.append([sim.dof_pos[0, KNEE].item(), sim.torques[0, KNEE].item()])
        for _ in range(4):
            told.append(targets[0, KNEE].item())
            target = told[-1 - delay] if len(told) > delay else STANCE[KNEE]
            torque = kp * (target - q) - kd * v
            v += DT * torque / (CALF_INERTIA + ROTOR)
            q += DT * v
        expected.append([q, torque])
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_without_delay_it_is_the_engines_own_pd(make: MakeSim):
    """But for the damping, which the engine integrates implicitly: a small difference at small steps."""
    gains = {"stiffness": {"joint": 20.0}, "damping": {"joint": 0.5}}
    own = make_stand(make, num_envs=1, dt=0.001, **drives("pd", **gains))
    model = make_stand(make, num_envs=1, dt=0.001, **drives("delayed_pd", **gains))
    angles = []
    for sim in (own, model):
        targets = place(sim, height=1.0)
        targets[:, KNEE] += 0.3
        angles.append([])
        for _ in range(30):
            sim.step(targets)
            angles[-1].append(sim.dof_pos[0, KNEE].item())
    np.testing.assert_allclose(*angles, atol=4e-3)
    assert max(angles[0]) > STANCE[KNEE] + 0.32  # it overshoots: both are far from the target for long


def test_torques_are_those_that_acted_in_the_last_substep(make: MakeSim):
    control = drives("delayed_pd", stiffness={"joint": 20.0}, damping={"joint": 0.5}, decimation=1)
    sim = make(num_envs=2, control=control)
    targets = place(sim) + 0.1
    for _ in range(3):
        before = sim.dof_pos.clone(), sim.dof_vel.clone()
        sim.step(targets)
        np.testing.assert_allclose(sim.torques, 20.0 * (targets - before[0]) - 0.5 * before[1], atol=1e-4)


def test_a_robot_stands_on_delayed_drives(make: MakeSim):
    gains = {"stiffness": {"joint": 40.0}, "damping": {"joint": 1.0}}
    sim = make(num_envs=2, control=drives("delayed_pd", delay_range=[1, 1], **gains))
    run(sim, place(sim), 100)
    assert sim.root_states[:, 2].min() > 0.28 and sim.dof_vel.abs().max() < 0.05
    assert not sim.failed.any()


def test_a_reset_forgets_the_past_of_a_drive(make: MakeSim, network_file: str):
    """Two robots of different histories, reset to one state, go on alike to the last bit; the third is left alone."""
    sim = make(num_envs=3, control=drives("network", network_file=network_file))
    alone = make(num_envs=3, control=drives("network", network_file=network_file))
    history = torch.tensor(STANCE) + 0.2 * torch.randn(5, 3, 12, generator=torch.Generator().manual_seed(0))
    for each in (sim, alone):
        place(each, height=2.0)
        for targets in history:
            each.step(targets)
    state = torch.zeros(3, 13), torch.tensor(STANCE).repeat(3, 1), torch.zeros(3, 12)
    state[0][:, 2], state[0][:, 6] = 2.0, 1.0
    sim.reset(torch.tensor([True, True, False]), *state)
    assert not sim.torques[:2].any()
    for each in (sim, alone):
        run(each, state[1] + 0.1, 3)
    for got, other in zip(snapshot(sim), snapshot(alone), strict=True):
        assert torch.equal(got[0], got[1]) and torch.equal(got[2], other[2])
    assert not torch.equal(sim.dof_pos[0], sim.dof_pos[2])


def test_nan_targets_fail_one_environment_until_its_reset(make: MakeSim, network_file: str):
    sim, clean = (make(num_envs=3, control=drives("network", network_file=network_file)) for _ in range(2))
    targets = place(sim)
    place(clean)
    spoilt = targets.clone()
    spoilt[1, 4] = math.nan
    sim.step(spoilt)
    clean.step(targets)
    assert sim.failed.tolist() == [False, True, False]
    for got, expected in zip(snapshot(sim), snapshot(clean), strict=True):
        assert got.isfinite().all() and torch.equal(got[[0, 2]], expected[[0, 2]])
    assert not sim.torques[1].any() and not sim.dof_vel[1].any()
    place(sim)
    sim.step(targets)
    assert not sim.failed.any()


def test_physics_alone_goes_the_same_way(make: MakeSim, network_file: str):
    sim, bare = (make(num_envs=2, control=drives("network", network_file=network_file)) for _ in range(2))
    targets = place(sim) + 0.1
    place(bare)
    run(sim, targets, 3)
    bare.step(targets)
    stale = bare.root_states.clone()
    bare.step_physics()
    assert torch.equal(bare.root_states, stale)
    bare.step(targets)
    for got, expected in zip(snapshot(bare), snapshot(sim), strict=True):
        assert torch.equal(got, expected)


def test_drives_have_the_fields_of_their_model(make: MakeSim):
    pd, delayed, torque = make(), make(control=drives("delayed_pd")), make(control=drives("torque"))
    assert set(pd.drive_fields) == set(delayed.drive_fields) == {"stiffness", "damping", "torque_limits"}
    assert set(torque.drive_fields) == {"torque_gain", "torque_limits"}
    for sim in (pd, delayed, torque):
        for field in sim.drive_fields:
            values = sim.read(field) * 0.5
            sim.randomize(field, values, torch.tensor([True, False]))
            np.testing.assert_allclose(sim.read(field), torch.stack((values[0], 2.0 * values[1])), rtol=1e-6)
    assert delayed.read("stiffness")[1].tolist() == [200.0] * 12
    with pytest.raises(UserError, match="DirectTorque has no stiffness"):
        torque.read("stiffness")
    with pytest.raises(UserError, match="torque_gain"):
        pd.randomize("torque_gain", torch.ones(2, 12))
    torque.randomize("dof_armature", torch.full((2, 12), 0.02))  # a joint's, not a drive's
    np.testing.assert_allclose(torque.read("dof_armature"), 0.02)


def test_a_faulty_choice_of_drives_is_refused(make: MakeSim, network_file: str):
    with pytest.raises(UserError, match="did you mean torque"):
        make(control=drives("torqe"))
    with pytest.raises(UserError, match="trained at steps of 0.005 s, but sim.dt is 0.002 s"):
        make(control=drives("network", network_file=network_file), sim={"dt": 0.002})


@pytest.mark.skipif(len(ENGINES) < 2, reason="one engine here")
@pytest.mark.parametrize("kind", ["lstm", "mlp"])
def test_the_engines_agree_on_a_network(tmp_path: Path, kind: str):
    """Robots thrown into the air, whose legs a network swings, reset once on the way."""
    torch.manual_seed(0)
    scales = Scales(torque=10.0)
    network = LSTMActuator(DT, scales=scales) if kind == "lstm" else MLPActuator(DT, stride=2, scales=scales)
    save_network(tmp_path / "network.pt", network, {})
    control = with_settings(StiffControl, **drives("network", network_file=str(tmp_path / "network.pt")))
    sims = [
        make_simulator(Go2Asset(), control, with_settings(SimCfg, engine=engine), flat_terrain(), 2, "cpu")
        for engine in ENGINES
    ]
    offsets = 0.5 * torch.randn(2, 12, generator=torch.Generator().manual_seed(1))
    moved = 0.0
    for sim in sims:
        place(sim, height=5.0)
    for step in range(30):
        for sim in sims:
            if step == 20:
                root = sim.root_states.clone()
                sim.reset(torch.tensor([True, False]), root, torch.tensor(STANCE).repeat(2, 1), torch.zeros(2, 12))
            sim.step(torch.tensor(STANCE) + offsets * math.cos(0.3 * step))
        first, second = sims
        moved = max(moved, (first.dof_pos - torch.tensor(STANCE)).abs().max().item())
        np.testing.assert_allclose(first.torques, second.torques, atol=2e-5)
        np.testing.assert_allclose(first.dof_pos, second.dof_pos, atol=2e-5)
        np.testing.assert_allclose(first.root_states[:, :3], second.root_states[:, :3], atol=1e-4)
    assert moved > 0.3
