"""Targets that reach the drives late: the exact substep at which they do, on every engine."""

import numpy as np
import pytest
import torch

from tests.sim.robots import STANCE, MakeSim, place
from tests.sim.test_actuators import CALF_INERTIA, DT, KNEE, ROTOR, drives, make_stand

INERTIA = CALF_INERTIA + ROTOR
DELAYS = torch.arange(5, dtype=torch.int32)


def test_the_engines_pd_switches_at_the_substep_of_each_robots_delay(make: MakeSim):
    """I qdd = kp (target - q), with the last target for `delay` substeps; at first it is the pose of the reset."""
    kp = 20.0
    sim = make_stand(make, num_envs=5, stiffness={"joint": kp}, damping={"joint": 0.0})
    start = place(sim, height=1.0)
    delays = (DELAYS, DELAYS.flip(0), None, DELAYS)
    q, v, earlier = np.full(5, STANCE[KNEE]), np.zeros(5), STANCE[KNEE]
    for offset, delay in zip((0.2, -0.3, 0.1, 0.4), delays, strict=True):
        targets = start.clone()
        targets[:, KNEE] += offset
        sim.step(targets, delay)
        late = np.zeros(5) if delay is None else delay.numpy()
        for substep in range(4):
            torque = kp * (np.where(substep < late, earlier, STANCE[KNEE] + offset) - q)
            v += DT * torque / INERTIA
            q += DT * v
        earlier = STANCE[KNEE] + offset
        np.testing.assert_allclose(sim.dof_pos[:, KNEE], q, atol=1e-4)
        np.testing.assert_allclose(sim.torques[:, KNEE], torque, atol=2e-3)


def test_a_reset_takes_back_what_is_under_way(make: MakeSim):
    """With a delay of the whole control step a robot holds the pose of its reset; the others go on."""
    sim = make_stand(make, num_envs=2, stiffness={"joint": 20.0}, damping={"joint": 0.0})
    delay = torch.full((2,), 4, dtype=torch.int32)
    for _ in range(2):
        sim.step(place(sim, height=1.0) + 0.3, delay)
        torch.testing.assert_close(sim.dof_pos, torch.tensor(STANCE).expand(2, -1), atol=1e-5, rtol=0.0)
    root, dof_pos = sim.root_states.clone(), sim.dof_pos.clone()
    sim.reset(torch.tensor([True, False]), root, dof_pos, torch.zeros_like(dof_pos))
    sim.step(dof_pos, delay)
    offset = sim.dof_pos[:, KNEE] - STANCE[KNEE]
    assert abs(offset[0]) < 1e-5 and offset[1] > 0.05


def test_late_torques_begin_with_none(make: MakeSim):
    """Impulses: `4 - delay` substeps of the first torque, then `delay` of it and the rest of the second."""
    sim = make_stand(make, num_envs=5, **drives("torque"))
    place(sim, height=1.0)
    first, second, none = torch.zeros(5, 12), torch.zeros(5, 12), torch.zeros(5, 12)
    first[:, KNEE], second[:, KNEE] = 0.5, -0.2
    sim.step(first, DELAYS)
    left = 4.0 - DELAYS.numpy()
    np.testing.assert_allclose(sim.dof_vel[:, KNEE], DT * 0.5 * left / INERTIA, rtol=0.01, atol=1e-6)
    sim.step(second, DELAYS)
    sim.step(none)
    np.testing.assert_allclose(sim.dof_vel[:, KNEE], DT * (4 * 0.5 - 0.2 * left) / INERTIA, rtol=0.01)


@pytest.mark.parametrize("model", ["delayed_pd", "pd"])
def test_no_delay_is_a_delay_of_zero(make: MakeSim, model: str):
    sims = [make(num_envs=2, control=drives(model, stiffness={"joint": 40.0}, damping={"joint": 1.0})) for _ in "ab"]
    for sim, delay in zip(sims, (None, torch.zeros(2, dtype=torch.int32)), strict=True):
        targets = place(sim)
        for step in range(5):
            sim.step(targets + 0.1 * (-1.0) ** step, delay)
    assert torch.equal(sims[0].dof_pos, sims[1].dof_pos)
