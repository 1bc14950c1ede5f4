"""Friction about a contact's normal, by hand: a ball that spins on the floor."""

from pathlib import Path

import numpy as np
import pytest
import torch

from legged_gym.sim.simulator import Simulator
from legged_gym.utils.errors import UserError
from tests.sim.robots import MakeSim, flat_terrain, height_field
from tests.urdf.toys import AXIS, BALL, LIMIT, inertial, joint, link, write

BALL_MASS, BALL_INERTIA, RADIUS = 2.0, 0.1, 0.03
PENDULUM_MASS = 0.001
"""Of a link without a shape at the ball's centre: a robot needs a joint."""
WEIGHT = (BALL_MASS + PENDULUM_MASS) * 9.81
SPIN = 2.0
"""rad/s. The pyramid of friction lifts what turns fast: at 10 rad/s the ball hops."""
SLIDING = 0.3
"""Sliding friction. MuJoCo's friction is soft, the more so the more of it there is: at 1 m/m a ball slower than 1 rad/s
feels less than its full torque."""


def make_ball(make: MakeSim, folder: Path, torsional: float, **settings) -> Simulator:
    ball = link("ball", inertial(BALL_MASS, BALL_INERTIA), BALL)
    hinge = joint("hinge", "ball", "pendulum", "revolute", AXIS + LIMIT)
    path = write(folder, ball, link("pendulum", inertial(PENDULUM_MASS, 1e-6)), hinge)
    asset = {"file": str(path), "foot_name": "ball", "torsional_friction": torsional}
    return make(asset=asset, control={"stiffness": {"": 1.0}, "damping": {"": 0.1}}, **settings)


def spin(sim: Simulator) -> None:
    """Let the balls settle on the floor, where they press with their weight, and set them spinning."""
    root, still = torch.zeros(sim.num_envs, 13), torch.zeros(sim.num_envs, 1)
    root[:, 2], root[:, 6] = RADIUS, 1.0
    sim.reset(torch.ones(sim.num_envs, dtype=torch.bool), root, still, still)
    for _ in range(10):
        sim.step(still)
    torch.testing.assert_close(sim.contact_forces[:, 0, 2], torch.full((sim.num_envs,), WEIGHT), rtol=0.01, atol=0.0)
    root.copy_(sim.root_states)
    root[:, 12] = SPIN
    sim.reset(torch.ones(sim.num_envs, dtype=torch.bool), root, still, still)


@pytest.mark.parametrize("ground", ["plane", "height field"])
def test_a_spinning_ball_slows_by_the_torque_of_its_weight(make: MakeSim, tmp_path: Path, ground: str) -> None:
    """Torque = coefficient * weight: 0.02 m * 19.6 N = 0.39 N m take 3.9 rad/s^2 from 0.1 kg m^2."""
    field = height_field(np.zeros((9, 9)), 0.1, SLIDING)
    terrain = field if ground == "height field" else flat_terrain(SLIDING)
    sim = make_ball(make, tmp_path, torsional=0.01, num_envs=3, terrain=terrain)
    coefficients = torch.tensor([0.0, 0.01, 0.02])
    assert sim.read("torsional_friction").tolist() == pytest.approx([0.01] * 3)
    sim.randomize("torsional_friction", coefficients)
    spin(sim)
    for _ in range(10):
        sim.step(torch.zeros(3, 1))
    time = 10 * sim.decimation * sim.physics_dt
    lost = SPIN - sim.root_states[:, 12]
    torch.testing.assert_close(lost, coefficients * WEIGHT / BALL_INERTIA * time, rtol=0.03, atol=0.003)


def test_without_torsional_friction_a_ball_spins_on_and_the_field_is_refused(make: MakeSim, tmp_path: Path) -> None:
    sim = make_ball(make, tmp_path, torsional=0.0)
    spin(sim)
    for _ in range(10):
        sim.step(torch.zeros(2, 1))
    torch.testing.assert_close(sim.root_states[:, 12], torch.full((2,), SPIN), rtol=1e-3, atol=0.0)
    with pytest.raises(UserError, match=r"asset\.torsional_friction more than 0"):
        sim.randomize("torsional_friction", torch.zeros(2))
