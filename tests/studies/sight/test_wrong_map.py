"""Wrong maps on ground whose height is linear, so that every reading can be said by hand."""

import math
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.tasks import all_tasks, get_cfgs
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.seeding import set_seed
from studies.sight.controls import CONTROLS, Control
from studies.sight.walk import mislead
from studies.sight.wrong_map import Misled, WrongMap, strangers

DT = 0.02
CPU = torch.device("cpu")


def height(x: float, y: float) -> float:
    return 0.1 * x + 0.03 * y


def robots(poses: Sequence[tuple[float, float, float, float]]) -> Any:
    """Robots at x, y, z, m, with a heading, degrees, on a plane that rises along x and y."""
    cfg = TerrainCfg()
    cfg.num_rows = cfg.num_cols = 2
    cfg.terrain_proportions, cfg.horizontal_scale, cfg.border_size = {"level": 1.0}, 0.1, 0.0
    terrain = Terrain(cfg, 0)
    places = (np.arange(n) * 0.1 - 8.0 for n in terrain.heights.shape)
    x, y = np.meshgrid(*places, indexing="ij")
    terrain.heights = height(x, y).astype(np.float32)
    env = SimpleNamespace(
        device=CPU, num_envs=len(poses), terrain=terrain, dt=DT, root_states=torch.zeros(len(poses), 13)
    )
    for robot, pose in enumerate(poses):
        stand(env, robot, *pose)
    return env


def stand(env: Any, robot: int, x: float, y: float, z: float, heading: float) -> None:
    half = math.radians(heading) / 2
    env.root_states[robot, :7] = torch.tensor([x, y, z, 0.0, 0.0, math.sin(half), math.cos(half)])


def advance(wrong_map: WrongMap, step: int) -> None:
    n = len(wrong_map._root)
    wrong_map.advance(torch.full((n,), step == 0), torch.full((n,), step))


def wrong(env: Any, *controls: Control, partners: Sequence[int] | None = None) -> WrongMap:
    """The map of robots, each under its control, as an episode begins."""
    others = torch.tensor(partners) if partners else torch.arange(env.num_envs)
    wrong_map = WrongMap(env, controls, others)
    advance(wrong_map, 0)
    return wrong_map


def test_points_are_displaced_around_the_base() -> None:
    """A robot at (1, 2) that faces +y, and a point 0.5 m ahead of it and 0.3 m to its left: at (0.7, 2.5)."""
    controls = [Control(), Control(mirrored=True), Control(shift=0.2), Control(blank=True), Control(holes=1.0)]
    env = robots([(1.0, 2.0, 0.4, 90.0)] * 5)
    point = torch.tensor([[0.7, 2.5]]).expand(5, 1, 2)
    expected = [height(0.7, 2.5), height(1.3, 2.5), height(0.7, 2.3), height(1.0, 2.0), height(1.0, 2.0)]
    torch.testing.assert_close(wrong(env, *controls).sample(point)[:, 0], torch.tensor(expected), atol=1e-5, rtol=0.0)


def test_another_robots_ground_is_relative_to_its_own_pose() -> None:
    """0.5 m ahead of the first, at (0, 0) facing +x, is what lies 0.5 m ahead of the second, facing -x at (3, 1)."""
    env = robots([(0.0, 0.0, 0.5, 0.0), (3.0, 1.0, 0.9, 180.0)])
    wrong_map = wrong(env, Control(swapped=True), Control(), partners=[1, 0])
    seen = wrong_map.sample(torch.tensor([[0.5, 0.0], [2.5, 1.0]]))
    expected = torch.tensor([height(2.5, 1.0) - 0.9 + 0.5, height(2.5, 1.0)])
    torch.testing.assert_close(seen, expected, atol=1e-5, rtol=0.0)


def test_readings_keep_their_shape() -> None:
    env = robots([(0.0, 0.0, 0.5, 0.0), (1.0, 1.0, 0.5, 30.0)])
    wrong_map = wrong(env, Control(), Control())
    points = torch.rand(2, 4, 6, 2)
    heights = wrong_map.sample(points)
    assert heights.shape == (2, 4, 6)
    expected = height(points[..., 0], points[..., 1])  # pyright: ignore[reportArgumentType] - of tensors, too
    torch.testing.assert_close(heights, torch.as_tensor(expected), atol=1e-5, rtol=0.0)


def test_old_maps_go_with_the_robot() -> None:
    """Robots walk 0.1 m a step along +x, and rise by 0.05 m: what was under them then, is under them now."""
    env = robots([(0.0, 0.0, 0.4, 0.0)] * 3)
    late = CONTROLS["20 Hz, 0.1 s late"]
    wrong_map = wrong(env, CONTROLS["frozen"], CONTROLS["20 Hz"], late)
    frozen, periodic, delayed = [], [], []
    for step in range(1, 12):
        for robot in range(3):
            stand(env, robot, 0.1 * step, 0.0, 0.4 + 0.05 * step, 0.0)
        advance(wrong_map, step)
        under = (wrong_map.sample(env.root_states[:, :2]) - 0.05 * step) / (height(0.1, 0.0) - 0.05)
        for values, value in zip((frozen, periodic, delayed), under.tolist(), strict=True):
            values.append(value)
    ages = [1, 2, 0, 1, 0, 1, 2, 0, 1, 0, 1]  # 2.5 control steps from map to map
    assert frozen == pytest.approx([0.0] * 11, abs=1e-3)
    assert periodic == pytest.approx([step - age for step, age in enumerate(ages, 1)], abs=1e-3)
    assert delayed == pytest.approx([max(0, step - age - 5) for step, age in enumerate(ages, 1)], abs=1e-3)


def test_holes_are_places_on_the_map() -> None:
    """A fifth of it, the same at every look; all of them are holes of a map with 30 %, too."""
    torch.manual_seed(0)
    env = robots([(0.0, 0.0, 0.5, 0.0)] * 2)
    wrong_map = wrong(env, CONTROLS["20 % holes"], CONTROLS["30 % holes"])
    points = (torch.rand(1, 5000, 2) * 8.0 + 0.1 - 4.0).expand(2, -1, -1)
    unknown = wrong_map.sample(points).abs() < 1e-6
    assert unknown.float().mean(dim=1).tolist() == pytest.approx([0.2, 0.3], abs=0.02)
    assert not (unknown[0] & ~unknown[1]).any() and torch.equal(unknown, wrong_map.sample(points).abs() < 1e-6)


def test_a_stranger_is_on_other_ground() -> None:
    torch.manual_seed(0)
    kinds = torch.arange(40) % 4
    swapped = torch.arange(40) >= 20
    others = strangers(kinds, swapped)
    assert torch.equal(others[:20], torch.arange(20)) and (others[20:] >= 20).all()
    assert (kinds[others[20:]] != kinds[20:]).all() and len(others[20:].unique()) > 5
    alike = strangers(torch.zeros(3), torch.tensor([True, False, True]))
    assert alike.tolist() == [2, 1, 0]


@pytest.fixture
def env(request: pytest.FixtureRequest) -> Iterator[Misled]:
    """A robot of a task in front of a step up of 0.35 m under each of four controls."""
    cfg, _ = get_cfgs(request.param)
    cfg.terrain.terrain_proportions, cfg.terrain.sizes = {"pit": 1.0}, {"pit": (0.35, 0.35)}
    cfg.terrain.num_rows = cfg.terrain.num_cols = 1
    set_fields(evaluation_settings(cfg), cfg)
    cfg.env.num_envs, cfg.sim.engine, cfg.noise.add_noise = 4, "mujoco", False
    set_seed(1)
    misled: Any = type("MisledRobot", (Misled, all_tasks()[request.param].env_class), {})
    robot = misled(cfg, "cpu", 1)
    mislead(robot, ["good map", "blank", "0.2 m forward", "frozen"])
    robot.reset()
    root = robot.root_states.clone()
    root[:, :3] = robot.env_origins + torch.tensor([1.2, 0.0, 0.4])
    root[:, 3:7] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    robot.sim.reset(torch.ones(4, dtype=torch.bool), root, robot.dof_pos.clone(), torch.zeros_like(robot.dof_vel))
    robot.step(torch.zeros(4, 12))
    yield robot
    robot.close()


@pytest.mark.parametrize("env", ["go2_sight"], indirect=True)
def test_a_height_scan_reads_the_wrong_map(env: Misled) -> None:
    """The edge is 0.3 m ahead, four rows of the scan from the base; 0.2 m are two or three rows more."""
    up = env.measured_heights.view(4, 25, 13)[:, :, 6] - env.env_origins[0, 2] > 0.17
    good, _, shifted, frozen = (row.int().argmax().item() - 8 for row in up)
    assert good in (4, 5) and not up[1].any() and shifted - good in (2, 3) and frozen != good
    scan = env.get_observations()["policy"][:, 48:].view(4, 25, 13)[:, :, 6]
    assert scan[1].std() < 1e-4 < scan[0].std()


@pytest.mark.parametrize("env", ["go2_perceptive"], indirect=True)
def test_a_foot_scan_reads_the_wrong_map(env: Any) -> None:
    assert env.map_sampler is env.wrong_map
    steps = env.foot_heights.amax(dim=(1, 2)) - env.foot_heights.amin(dim=(1, 2))
    assert steps[0] > 0.3 and steps[1] < 0.1  # feet differ in height
    assert env.map_heights[1].amax() < 0.1
