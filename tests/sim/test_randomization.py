"""Every randomizable field is written where the engine reads it: read back, and seen in the motion."""

import numpy as np
import pytest
import torch

from legged_gym.sim.simulator import RANDOMIZABLE_FIELDS, Simulator
from legged_gym.utils.errors import UserError
from tests.sim.robots import EVERY_ENGINE, STANCE, WEIGHT, MakeSim, place, run

pytestmark = EVERY_ENGINE
NOMINAL = {
    "friction": 1.0,
    "torsional_friction": 0.005,
    "base_mass": 6.921,
    "base_com": [0.021112, 0.0, -0.005366],
    "stiffness": [200.0] * 12,
    "damping": [5.0] * 12,
    "torque_limits": [23.7, 23.7, 35.55] * 4,
    "dof_friction": [0.0] * 12,
    "dof_damping": [0.0] * 12,
    "dof_armature": [0.01] * 12,
}
DT = 0.005
CALF_INERTIA = 0.0011 + 0.154 * (0.00548**2 + 0.115**2) + 9.6e-6 + 0.04 * 0.213**2
"""Inertia of calf and foot about the knee, kg m^2."""


@pytest.mark.parametrize("field", RANDOMIZABLE_FIELDS)
def test_fields_read_back_what_was_written(make: MakeSim, engine: str, field: str):
    fields = dict(NOMINAL)
    if engine == "isaacgym":
        del fields["torsional_friction"]
        if field not in fields:
            pytest.skip("PhysX has no torsional friction")
    sim = make(num_envs=3, asset={"torsional_friction": fields.get("torsional_friction", 0.0)})
    nominal = torch.tensor(NOMINAL[field]).expand(3, *np.shape(NOMINAL[field]))
    np.testing.assert_allclose(sim.read(field), nominal, rtol=1e-5, atol=1e-7)
    shape = (3,) + (1,) * (nominal.ndim - 1)
    values = nominal + torch.tensor([0.01, 0.02, 0.03]).reshape(shape)
    sim.randomize(field, values)
    np.testing.assert_allclose(sim.read(field), values, rtol=1e-5, atol=1e-7)
    sim.randomize(field, values + 1.0, torch.tensor([False, True, False]))
    values[1] += 1.0
    np.testing.assert_allclose(sim.read(field), values, rtol=1e-5, atol=1e-7)
    for other in fields:
        if other != field:
            np.testing.assert_allclose(sim.read(other)[0], NOMINAL[other], rtol=1e-5, atol=1e-7)


def test_an_unknown_field_is_refused(make: MakeSim):
    with pytest.raises(UserError, match="slipperiness"):
        make().randomize("slipperiness", torch.zeros(2))


def test_base_mass_and_centre_are_carried_by_the_feet(make: MakeSim):
    """Three kilograms more press with 3 g more; a base whose centre lies 5 cm ahead loads the front feet more."""
    sim = make(num_envs=3)
    sim.randomize("base_mass", torch.tensor([6.921, 9.923, 6.921]))
    com = sim.read("base_com")
    com[2, 0] += 0.05
    sim.randomize("base_com", com)
    run(sim, place(sim), 60)
    feet = {name: sim.contact_forces[:, index, 2] for index, name in enumerate(sim.body_names) if "foot" in name}
    total = sum(feet.values())
    np.testing.assert_allclose(total, [WEIGHT, WEIGHT + 3.0 * 9.81, WEIGHT], rtol=0.02)
    # Moments about the rear feet, 0.4486 m behind the front ones: the front carries m g dx / 0.4486 more.
    front = feet["FL_foot"] + feet["FR_foot"]
    assert (front[2] - front[0]).item() == pytest.approx(6.921 * 9.81 * 0.05 / 0.4486, rel=0.1)


def test_base_inertia_scales_with_its_mass(make: MakeSim):
    """In free flight the hips' torques turn the base the less, the more it weighs."""
    sim = make(sim={"gravity": (0.0, 0.0, 0.0)})
    sim.randomize("base_mass", torch.tensor([6.921, 692.3]))
    targets = place(sim, height=2.0)
    targets[:, ::3] += 0.3
    run(sim, targets, 2)
    rates = sim.root_states[:, 10].abs()
    assert rates[0] > 1.0 and rates[1] < 0.25 * rates[0]


def knee_rates(sim: Simulator, torque: float, steps: int = 1) -> torch.Tensor:
    """Speed of the FL knee [N] after control steps of a constant drive torque from rest, without gravity."""
    knee = sim.dof_names.index("FL_calf_joint")
    stiffness = torch.zeros(sim.num_envs, 12)
    stiffness[:, knee] = 1.0e-3
    sim.randomize("stiffness", stiffness)
    sim.randomize("damping", torch.zeros(sim.num_envs, 12))
    targets = place(sim, height=2.0)
    targets[:, knee] += torque / 1.0e-3
    run(sim, targets, steps)
    return sim.dof_vel[:, knee]


def make_stand(make: MakeSim, num_envs: int) -> Simulator:
    """A base held in the air without gravity; all rotors but the FL knee's are huge, so that it turns alone."""
    sim = make(num_envs=num_envs, asset={"fix_base_link": True}, sim={"gravity": (0.0, 0.0, 0.0)})
    armature = torch.full((num_envs, 12), 1.0e3)
    armature[:, sim.dof_names.index("FL_calf_joint")] = 0.01
    sim.randomize("dof_armature", armature)
    return sim


def test_armature_adds_to_the_inertia(make: MakeSim):
    sim = make_stand(make, 2)
    armature = sim.read("dof_armature")
    armature[1, sim.dof_names.index("FL_calf_joint")] = 0.05
    sim.randomize("dof_armature", armature)
    expected = [4 * DT * 1.0 / (CALF_INERTIA + rotor) for rotor in (0.01, 0.05)]
    np.testing.assert_allclose(knee_rates(sim, torque=1.0), expected, rtol=0.02)


def test_dry_and_viscous_friction_take_from_the_torque(make: MakeSim):
    """Dry friction of 0.4 N m leaves 0.6 of 1 N m, and 2 N m leave next to nothing; viscous friction obeys its ODE.

    MuJoCo's dry friction is a soft constraint: what it holds creeps.
    """
    sim = make_stand(make, 4)
    knee = sim.dof_names.index("FL_calf_joint")
    dry, viscous = torch.zeros(4, 12), torch.zeros(4, 12)
    dry[1, knee], dry[2, knee], viscous[3, knee] = 0.4, 2.0, 0.5
    sim.randomize("dof_friction", dry)
    sim.randomize("dof_damping", viscous)
    inertia = CALF_INERTIA + 0.01
    free = 4 * DT / inertia
    damped = 0.0
    for _ in range(4):  # implicit in the damping
        damped = (damped + DT / inertia) / (1.0 + DT * 0.5 / inertia)
    rates = knee_rates(sim, torque=1.0)
    np.testing.assert_allclose(rates[[0, 1, 3]], [free, 0.6 * free, damped], rtol=0.03)
    assert abs(rates[2]) < 0.1 * free


def test_torque_limits_cut_the_drives(make: MakeSim):
    sim = make_stand(make, 2)
    limits = sim.torque_limits.repeat(2, 1)
    limits[1] = 0.5
    sim.randomize("torque_limits", limits)
    rates = knee_rates(sim, torque=1.0)
    knee = sim.dof_names.index("FL_calf_joint")
    np.testing.assert_allclose(sim.torques[:, knee], [1.0, 0.5], rtol=0.01)
    np.testing.assert_allclose(rates[1] / rates[0], 0.5, rtol=0.02)
    assert sim.torque_limits[2].item() == pytest.approx(35.55)  # the nominal ones stay


def test_gains_make_the_torque(make: MakeSim):
    sim = make(num_envs=3, asset={"fix_base_link": True}, control={"decimation": 1})
    stiffness, damping = torch.full((3, 12), 20.0), torch.full((3, 12), 0.5)
    stiffness[1], damping[2] = 40.0, 1.0
    sim.randomize("stiffness", stiffness)
    sim.randomize("damping", damping)
    root = torch.zeros(3, 13)
    root[:, 2], root[:, 6] = 2.0, 1.0
    dof_pos, dof_vel = torch.tensor(STANCE).repeat(3, 1), torch.full((3, 12), 0.3)
    sim.reset(torch.ones(3, dtype=torch.bool), root, dof_pos, dof_vel)
    sim.step(dof_pos + 0.1)
    expected = torch.tensor([[20.0 * 0.1 - 0.5 * 0.3], [40.0 * 0.1 - 0.5 * 0.3], [20.0 * 0.1 - 1.0 * 0.3]])
    np.testing.assert_allclose(sim.torques, expected.expand(3, 12), rtol=1e-4)
