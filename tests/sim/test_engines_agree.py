"""The engines against each other: the same robot, state and targets."""

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.mujoco_cpu import MujocoSimulator
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


CELL = 0.05
VERTICES = 97


def faced(heights: np.ndarray) -> TerrainLike:
    terrain = height_field(heights, CELL)
    terrain.slope_threshold = 1.0
    return terrain


def stairs() -> TerrainLike:
    """A pyramid of steps of 10 cm, 30 cm deep; its top is 1.85 m a side and 0.5 m up."""
    distance = np.minimum(np.arange(VERTICES), np.arange(VERTICES)[::-1])
    return faced(0.1 * np.minimum(np.minimum(distance[:, None], distance[None, :]) // 6, 5))


def stones() -> TerrainLike:
    """Stones of 25 cm, 10 cm apart, each row shifted."""
    heights = np.full((VERTICES, VERTICES), -0.5)
    for x in range(2, 90, 7):
        for y in range(2 + x % 4, 90, 7):
            heights[x : x + 5, y : y + 5] = 0.0
    return faced(heights)


def hurdle() -> TerrainLike:
    """A wall 20 cm high and 10 cm thick, 0.3 m ahead, between two ditches."""
    heights = np.zeros((VERTICES, VERTICES))
    heights[55:57], heights[[34, 70]] = 0.2, -0.3
    heights[0], heights[-1] = -0.3, -0.3
    return faced(heights)


def bar() -> TerrainLike:
    """The pyramid with a bar 0.5 m wide over the middle of its top, 45 cm up."""
    terrain = stairs()
    terrain.ceiling = np.full((VERTICES, VERTICES), np.inf, dtype=np.float32)
    terrain.ceiling[43:53] = 0.95
    return terrain


@pytest.mark.parametrize(
    ("terrain", "place", "velocity"),
    [
        (stairs(), (-1.2, 0.2, 0.8), (0.0, 0.0, 0.0)),
        (stones(), (-0.3, 0.2, 0.35), (0.0, 0.0, -0.5)),
        (hurdle(), (0.0, 0.0, 0.34), (1.5, 0.0, 0.0)),
        (bar(), (0.0, 0.0, 0.85), (0.0, 0.0, 2.5)),
    ],
    ids=["stairs", "stones", "hurdle", "bar"],
)
def test_at_vertical_faces_and_ceilings(
    terrain: TerrainLike, place: tuple[float, float, float], velocity: tuple[float, float, float]
):
    """A fifth of a second of four robots side by side, thrown at it: as closely as on a plane."""
    sims = [_make(engine, terrain, robots=4) for engine in ENGINES]
    root, dof_pos = torch.zeros(4, 13), torch.tensor(STANCE).repeat(4, 1)
    root[:, :3] = torch.tensor(place)
    root[:, 1] += 0.07 * torch.arange(4)
    root[:, 5], root[:, 6], root[:, 7:10] = np.sin(0.15), np.cos(0.15), torch.tensor(velocity)
    touched = torch.zeros(4, dtype=torch.bool)
    for sim in sims:
        sim.reset(torch.ones(4, dtype=torch.bool), root, dof_pos, torch.zeros(4, 12))
    for _ in range(10):
        for sim in sims:
            sim.step(dof_pos)
        difference = _differences(*sims)
        assert not {name: value for name, value in difference.items() if value > BOUNDS[name]}, difference
        touched |= sims[0].contact_forces.abs().amax(dim=(1, 2)) > 1.0
    assert touched.all()


@pytest.mark.parametrize("terrain", [stairs(), stones(), hurdle(), bar()], ids=["stairs", "stones", "hurdle", "bar"])
def test_contacts_at_vertical_faces_and_ceilings(terrain: TerrainLike):
    """Normal and depth, of robots in any pose, up to 12 mm deep: all of the Warp engine's are the C engine's too.

    MuJoCo C has a second one where a sphere is over the seam of two boxes.
    """
    robots = 60
    first, second = (_make(engine, terrain, robots) for engine in ENGINES)
    assert isinstance(first, MujocoSimulator)
    root, dof_pos = _poses(first, terrain, robots)
    for sim in (first, second):
        sim.reset(torch.ones(robots, dtype=torch.bool), root, dof_pos, torch.zeros(robots, 12))
    of_c, of_warp = _contacts_of_c(first), _contacts_of_warp(second)
    assert len(of_warp) > robots / 2 and len(of_c) < 1.02 * len(of_warp)
    for key, normal, depth in of_warp:
        alike = [(n, d) for other, n, d in of_c if other == key and np.abs(n - normal).max() < 2.0e-3]
        assert alike and abs(alike[0][1] - depth) < 2.0e-5, (key, normal, depth)


_Contacts = list[tuple[tuple[int, int], np.ndarray, float]]
"""(Robot, sphere), unit normal from the terrain to the sphere and distance, m."""


def _poses(sim: MujocoSimulator, terrain: TerrainLike, robots: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Root states [N, 13] and joint angles [N, 12] of robots anywhere, the lowest sphere 0 to 12 mm in the ground."""
    model, rng = sim.robot.model, np.random.default_rng(0)
    data, geoms = mujoco.MjData(model), sim.robot.geom_ids
    root, dof_pos = torch.zeros(robots, 13), torch.zeros(robots, 12)
    for robot in range(robots):
        data.qpos[:3] = *rng.uniform(-2.0, 2.0, 2), 0.0
        mujoco.mju_euler2Quat(data.qpos[3:7], [*rng.normal(0.0, 0.2, 2), rng.uniform(-3.0, 3.0)], "XYZ")
        data.qpos[7:] = STANCE + rng.normal(0.0, 0.3, 12)
        mujoco.mj_kinematics(model, data)
        cells = np.rint((data.geom_xpos[geoms, :2] - np.array(terrain.origin_xy)) / CELL).astype(int)
        ground = terrain.heights[tuple(cells.clip(0, VERTICES - 1).T)]
        lowest = (data.geom_xpos[geoms, 2] - model.geom_size[geoms, 0] - ground).min()
        data.qpos[2] -= lowest + rng.uniform(0.0, 0.012)
        root[robot, :7] = torch.tensor(data.qpos[[0, 1, 2, 4, 5, 6, 3]])
        dof_pos[robot] = torch.tensor(data.qpos[7:])
    return root, dof_pos


def _contacts_of_c(sim: MujocoSimulator) -> _Contacts:
    model, geoms = sim.robot.model, sim.robot.geom_ids
    data, found = mujoco.MjData(model), []
    for robot in range(sim.num_envs):
        data.qpos[:7] = sim.root_states[robot, [0, 1, 2, 6, 3, 4, 5]]
        data.qpos[7:] = sim.dof_pos[robot]
        mujoco.mj_forward(model, data)
        for contact in data.contact:
            sign = -1.0 if contact.geom[0] in geoms else 1.0
            found.append(((robot, contact.geom.max() - geoms[0]), sign * contact.frame[:3], contact.dist))
    return found


def _contacts_of_warp(sim: Simulator) -> _Contacts:
    import mujoco_warp
    import warp

    model, data = sim._model, sim._data  # pyright: ignore[reportAttributeAccessIssue]
    with warp.ScopedDevice("cpu"):
        mujoco_warp.kinematics(model, data)
        mujoco_warp.collision(model, data)
    names = ("worldid", "geom", "frame", "dist")
    columns = (getattr(data.contact, name).numpy()[: int(data.nacon.numpy()[0])] for name in names)
    return [((world, geom[1] - 1), frame[0], dist) for world, geom, frame, dist in zip(*columns, strict=True)]


def _make(engine: str, terrain: TerrainLike, robots: int = 2) -> Simulator:
    return make_simulator(Go2Asset(), StiffControl(), with_settings(SimCfg, engine=engine), terrain, robots, "cpu")


def _differences(first: Simulator, second: Simulator) -> dict[str, float]:
    root = (first.root_states - second.root_states).abs()
    others = {
        "joints": first.dof_pos - second.dof_pos,
        "force": (first.contact_forces - second.contact_forces).sum(dim=1),
        "torque": first.torques - second.torques,
    }
    values = {name: difference.abs().max().item() for name, difference in others.items()}
    return values | {"position": root[:, :3].max().item(), "turn": 2.0 * root[:, 3:7].max().item()}
