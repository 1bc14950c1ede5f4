"""The isaacgym engine calls Isaac Gym as it is documented: a stand-in takes every call to the letter.

In this interpreter, and in one of the versions that Isaac Gym is for where `ISAACGYM_TEST_PYTHON` names it.
"""

import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.isaacgym.simulator import IsaacGymSimulator
from legged_gym.sim.isaacgym.worker_process import PYTHON_VARIABLE
from legged_gym.sim.terrain_model import TerrainLike
from tests.sim.robots import STANCE, StiffControl, flat_terrain, height_field, place, with_settings
from tests.sim.robots import Go2Asset as Asset
from tests.sim.workers import interpreter
from tests.urdf.toys import BALL, LIMIT, inertial, joint, link, origin, write

STRICT = Path(__file__).with_name("strict_isaacgym")
PYTHONS = [sys.executable, *filter(None, [os.environ.get("ISAACGYM_TEST_PYTHON")])]
STEPS, STIFFNESS, DAMPING, DT = 4, 20.0, 1.0, 0.005


@pytest.fixture(params=PYTHONS, ids=lambda path: Path(path).parents[1].name)
def start(request, monkeypatch, tmp_path):
    monkeypatch.setenv(PYTHON_VARIABLE, str(interpreter(tmp_path, STRICT, request.param)))
    made = []

    def start(
        num_envs: int = 3, terrain: TerrainLike | None = None, model: str = "pd", **asset: Any
    ) -> IsaacGymSimulator:
        control = with_settings(StiffControl, stiffness={"joint": STIFFNESS}, damping={"joint": DAMPING})
        control.actuator = with_settings(StiffControl.actuator, model=model)
        robot = with_settings(Asset, **asset)
        made.append(IsaacGymSimulator(robot, control, SimCfg(), terrain or flat_terrain(), num_envs, "cpu"))
        return made[-1]

    yield start
    for sim in made:
        sim.close()


def toy_joint(angle: float, speed: float, target: float) -> tuple[float, float, float]:
    """Angle, speed and torque of an inertia of 1 kg m^2 after a control step."""
    torque = 0.0
    for _ in range(STEPS):
        torque = STIFFNESS * (target - angle) - DAMPING * speed
        speed += DT * torque
        angle += DT * speed
    return angle, speed, torque


def test_a_robots_life(start):
    """States by name, one set call a step however often they were written, PD in every substep, friction as asked."""
    sim = start()
    sim.randomize("friction", torch.tensor([0.2, 0.8, 1.4]))
    sim.randomize("base_mass", torch.tensor([5.0, 6.0, 7.0]))
    targets = place(sim, height=5.0)
    targets += 0.1 * torch.arange(12)
    push = torch.zeros(3, 6)
    push[1, 0] = 2.0
    sim.apply_push(push)
    sim.apply_push(push)
    sim.step(targets)
    expected = np.array([toy_joint(start, 0.0, start + 0.1 * i) for i, start in enumerate(STANCE)])
    for got, column in zip((sim.dof_pos, sim.dof_vel, sim.torques), expected.T, strict=True):
        np.testing.assert_allclose(got, np.tile(column, (3, 1)), rtol=1e-4, atol=1e-6)
    time = STEPS * DT
    fall = [-9.81 * DT * DT * STEPS * (STEPS + 1) / 2] * 3
    np.testing.assert_allclose(sim.root_states[:, 2], np.array(fall) + 5.0, atol=1e-6)
    np.testing.assert_allclose(sim.root_states[:, 0], [0.0, 4.0 * time, 0.0], atol=1e-6)
    _, order = body_order(sim)
    np.testing.assert_allclose(sim.contact_forces[:, :, 2], np.array([[0.2], [0.8], [1.4]]) + order, atol=1e-3)

    sim.randomize("friction", torch.tensor([0.5, 9.0, 9.0]), torch.tensor([True, False, False]))
    sim.step(targets)
    np.testing.assert_allclose(sim.contact_forces[:, 0, 2], [0.5, 0.8, 1.4], atol=1e-3)


def body_order(sim: IsaacGymSimulator) -> tuple[list[str], np.ndarray]:
    """The importer's bodies: base, head, then each leg's; and the place of each of the simulator's among them."""
    legs = [f"{leg}_{part}" for leg in ("FL", "FR", "RL", "RR") for part in ("hip", "thigh", "calf", "foot")]
    names = ["base", *legs, "head"]  # "head_joint" is after "RR_hip_joint" in ASCII
    assert sorted(names) == sorted(sim.body_names)
    return names, np.array([names.index(name) for name in sim.body_names])


def test_late_targets_wait_for_their_substep(start):
    sim = start(2)
    targets = place(sim, height=5.0)
    sim.step(targets + 0.5, torch.tensor([0, 3], dtype=torch.int32))
    first = toy_joint(STANCE[0], 0.0, STANCE[0] + 0.5)
    np.testing.assert_allclose(sim.dof_pos[0, 0], first[0], rtol=1e-5)
    late = STANCE[0] + DT * DT * STIFFNESS * 0.5  # one substep with the new target, from rest
    np.testing.assert_allclose(sim.dof_pos[1, 0], late, rtol=1e-5)


def test_an_actuator_model_drives_every_substep(start):
    """Torques of this side: those asked for, up to their limits; one that is no number fails its robot alone."""
    sim = start(3, model="torque")
    place(sim, height=5.0)
    torques = torch.linspace(-2.0, 2.0, 12).repeat(3, 1)
    torques[1], torques[2, 4] = 100.0, float("nan")
    sim.step(torques)
    limited = np.array([23.7, 23.7, 35.55] * 4)
    np.testing.assert_allclose(sim.torques[:2], [torques[0], limited], rtol=1e-5)
    np.testing.assert_allclose(sim.dof_vel[:2], STEPS * DT * np.array([torques[0], limited]), rtol=1e-4)
    assert sim.failed.tolist() == [False, False, True] and sim.failure_counts() == {"non_finite": 1, "out_of_bounds": 0}
    assert not sim.torques[2].any() and not sim.dof_vel[2].any()
    np.testing.assert_allclose(sim.dof_pos[2], STANCE, rtol=1e-6)


def test_the_mass_of_a_base_lies_in_what_is_welded_to_it(start, tmp_path):
    """A base without a mass holds a trunk of 10 kg, turned by a quarter about z, and a box of 2 kg."""
    turned = origin("0 0 0", f"0 0 {math.pi / 2}")
    urdf = write(
        tmp_path,
        link("base") + link("trunk", inertial(10.0, 0.1), BALL) + link("arm", inertial(1.0, 0.1), BALL),
        link("box", inertial(2.0, 0.1, origin=origin("0 0.3 0"))) + joint("box_joint", "base", "box"),
        joint("trunk_joint", "base", "trunk", "fixed", turned) + joint("arm_joint", "trunk", "arm", "revolute", LIMIT),
    )
    sim = start(2, file=str(urdf), foot_name="arm")
    assert sim.read("base_mass").tolist() == [12.0, 12.0]
    sim.randomize("base_mass", torch.tensor([12.0, 18.0]))
    sim.randomize("base_com", sim.read("base_com") + torch.tensor([[0.0] * 3, [0.04, 0.03, 0.0]]))
    sim.step(torch.zeros(2, 1))
    rows = [sim.body_names.index(name) for name in ("base", "trunk", "box", "arm")]
    mass, along_y = sim.contact_forces[:, rows, :2].unbind(dim=2)
    np.testing.assert_allclose(mass, [[0.0, 10.0, 2.0, 1.0], [0.0, 15.0, 3.0, 1.0]], rtol=1e-6)
    np.testing.assert_allclose(along_y[:, 1:], [[0.0, 0.3, 0.0], [-0.04, 0.33, 0.0]], atol=1e-6)


def test_a_map_is_a_mesh_and_a_new_mass_a_new_world(start, caplog):
    sim = start(1, height_field(np.arange(12.0).reshape(3, 4) * 0.1, 0.1))
    targets = place(sim, height=5.0)
    sim.step(targets)
    sim.randomize("base_com", torch.tensor([[0.01, 0.0, 0.0]]))
    before = sim.root_states.clone()
    sim.step(targets)
    assert "a new world is built" in caplog.text
    np.testing.assert_allclose(sim.root_states[:, 9], before[:, 9] - STEPS * DT * 9.81, atol=1e-5)
