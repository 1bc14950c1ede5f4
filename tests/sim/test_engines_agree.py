"""The engines against each other: the same robot, state and targets."""

import numpy as np
import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.simulator import Simulator
from legged_gym.sim.terrain_model import TerrainLike
from tests.sim.robots import (
    ENGINES,
    STANCE,
    Go2Asset,
    StiffControl,
    flat_terrain,
    height_field,
    place,
    run,
    with_settings,
)

STEPS = 50
BOUNDS = {"position": 5.0e-6, "turn": 5.0e-6, "joints": 1.0e-5, "force": 5.0e-3, "torque": 5.0e-3}
"""How far the engines may differ, in m, rad, rad, N and N m; a few times what was measured, with float64 in one engine
and float32 in the other."""


pytestmark = pytest.mark.skipif(len(ENGINES) < 2, reason="one engine here")


def test_fifty_control_steps_on_a_plane():
    """A landing and a clumsy trot, pushed once."""
    sims = [_make(engine, flat_terrain()) for engine in ENGINES]
    offsets = 0.2 * torch.randn(2, 12, generator=torch.Generator().manual_seed(0))
    push = torch.tensor([[0.3, 0.2, 0.0, 0.0, 0.0, 0.5], [0.0] * 6])
    for sim in sims:
        place(sim, height=0.34)
    worst = dict.fromkeys(BOUNDS, 0.0)
    for step in range(STEPS):
        phase = torch.tensor(step * 0.02 * 2.0 * torch.pi * 1.5)
        for sim in sims:
            if step == 20:
                sim.apply_push(push)
            sim.step(torch.tensor(STANCE) + offsets * torch.sin(phase))
        for quantity, difference in _differences(*sims).items():
            worst[quantity] = max(worst[quantity], difference)
    assert not {quantity: value for quantity, value in worst.items() if value > BOUNDS[quantity]}, worst
    assert sims[0].root_states[:, :2].abs().max() > 0.02  # they did move


def test_standing_on_a_height_field():
    """The C engine makes a contact with every triangle that a foot touches, the Warp engine one with the surface.

    So many soft contacts are stiffer than one: landings differ, but both robots come to stand alike.
    """
    terrain = height_field(0.03 * np.random.default_rng(0).random((41, 41)), 0.1)
    sims = [_make(engine, terrain) for engine in ENGINES]
    for sim in sims:
        place(sim, height=0.36)
        run(sim, torch.tensor(STANCE).expand(2, -1), STEPS)
    bounds = {"position": 2.0e-3, "turn": 6.0e-3, "joints": 3.0e-3, "force": 1.0, "torque": 0.5}
    difference = _differences(*sims)
    assert not {quantity: value for quantity, value in difference.items() if value > bounds[quantity]}, difference


def _make(engine: str, terrain: TerrainLike) -> Simulator:
    return make_simulator(Go2Asset(), StiffControl(), with_settings(SimCfg, engine=engine), terrain, 2, "cpu")


def _differences(first: Simulator, second: Simulator) -> dict[str, float]:
    root = (first.root_states - second.root_states).abs()
    others = {
        "joints": first.dof_pos - second.dof_pos,
        "force": (first.contact_forces - second.contact_forces).sum(dim=1),
        "torque": first.torques - second.torques,
    }
    values = {name: difference.abs().max().item() for name, difference in others.items()}
    return values | {"position": root[:, :3].max().item(), "turn": 2.0 * root[:, 3:7].max().item()}
