"""Parkour by hand: penetration, the engaging obstacle, terminations, targets, rewards, levels."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.parkour.course import Course
from legged_gym.envs.parkour.parkour_robot import ParkourRobot
from legged_gym.envs.parkour.penetration import Penetration, depths, directions
from legged_gym.interface.target_hold import TargetHold
from legged_gym.sim.config import AssetCfg
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import TrackTerrainCfg, plans
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import quat_from_rpy
from legged_gym.viewing.soft_view import soft_obstacle
from tests.envs.conftest import MakeEnv, zero_actions

CPU = torch.device("cpu")
SKILLS = ("climb", "leap", "crawl", "tilt")
INF = math.inf


def track_of(*blocks: str, **sizes: tuple[float, float]) -> Terrain:
    """One tile on cells of 0.05 m: the first block begins at 1.175 m."""
    cfg = TrackTerrainCfg()
    cfg.terrain_length, cfg.terrain_width, cfg.platform_size, cfg.border_size = 12.0, 4.0, 1.0, 0.0
    cfg.num_rows = cfg.num_cols = 1
    cfg.terrain_proportions, cfg.track = {"track": 1.0}, list(blocks)
    cfg.sizes = {f"{name}_track": size for name, size in sizes.items()}
    return Terrain(cfg, seed=1)


def robot(make: MakeEnv, task: str, dynamics: str = "hard", num_envs: int = 4, **settings: object) -> ParkourRobot:
    """On two levels, without randomization."""

    def change(cfg) -> None:
        cfg.parkour.dynamics = dynamics
        cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.border_size = 2, 1, 0.0
        cfg.terrain.max_init_terrain_level = 0
        cfg.init_state.position_noise = cfg.init_state.yaw_noise = cfg.init_state.velocity_noise = 0.0
        cfg.init_state.dof_pos_factor = [1.0, 1.0]
        for name in ("friction", "base_mass", "base_com", "motor_strength"):
            setattr(cfg.domain_rand, f"randomize_{name}", False)
        for key, value in settings.items():
            setattr(cfg.parkour, key, value)

    env: LeggedRobot = make(task, num_envs, change=change)
    assert isinstance(env, ParkourRobot)
    return env


def place(env: ParkourRobot, xyz: list[float], rpy: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
    """Put every robot at a place on its track."""
    root = torch.zeros(env.num_envs, 13)
    root[:, :3] = env.env_origins + torch.tensor(xyz)
    root[:, 3:7] = quat_from_rpy(*(torch.full((env.num_envs,), angle) for angle in rpy))
    pose = env.default_dof_pos.expand(env.num_envs, -1).clone()
    env.sim.reset(torch.ones(env.num_envs, dtype=torch.bool), root, pose, torch.zeros_like(pose))
    env._read_sensors()
    env._measure_heights()


# -- penetration -------------------------------------------------------------------------------------------------------


def test_depth_is_the_way_to_the_nearest_face() -> None:
    climb = (1.0, 1.6, -INF, INF, -INF, 0.3)
    left, right = (1.0, 1.6, 0.15, INF, -INF, 0.5), (1.0, 1.6, -INF, -0.15, -INF, 0.5)
    points = torch.tensor(
        [[[1.3, 0.0, 0.27], [1.02, 5.0, 0.1], [1.55, 0.0, -3.0], [0.99, 0.0, 0.1], [1.3, 0.0, 0.31]]] * 2
    )
    boxes = torch.tensor([[climb, (INF, -INF) * 3], [left, right]])
    found = depths(points, boxes)
    assert found[0].tolist() == pytest.approx([0.03, 0.02, 0.05, 0.0, 0.0], abs=1e-6)
    assert found[1].tolist() == pytest.approx([0.0, 0.02, 0.0, 0.0, 0.0], abs=1e-6)


def test_points_of_a_sphere() -> None:
    lengths = torch.linalg.vector_norm(directions(), dim=1)
    assert len(lengths) == 27 and (lengths == 0.0).sum() == 1
    torch.testing.assert_close(lengths[lengths > 0.0], torch.ones(26))
    assert directions().sum(dim=0).abs().max() < 1e-6


def ball(tmp_path: Path, shape: str = '<sphere radius="0.02"/>') -> Penetration:
    """One robot of one shape, 2 mm behind the origin of the body `ball`, which is its second one."""
    collision = f'<collision><origin xyz="-0.002 0 0"/><geometry>{shape}</geometry></collision>'
    mass = '<inertial><mass value="1"/><inertia ixx="1" iyy="1" izz="1" ixy="0" ixz="0" iyz="0"/></inertial>'
    (tmp_path / "ball.urdf").write_text(f'<robot name="b"><link name="ball">{mass}{collision}</link></robot>')
    asset = AssetCfg()
    asset.file = str(tmp_path / "ball.urdf")
    return Penetration(asset, ["base", "ball"], 1, CPU)


def test_a_ball_in_a_box_counts_by_depth_volume_and_speed(tmp_path: Path) -> None:
    found = ball(tmp_path)
    assert found.num_points == 27
    states = torch.zeros(1, 2, 13)
    states[0, 1, :3] = torch.tensor([5.302, 7.0, 0.3])
    states[0, 1, 6] = 1.0
    states[0, 1, 7] = 0.5
    box = torch.tensor([[[0.0, 0.6, -INF, INF, -INF, 0.33], [INF, -INF] * 3]])
    found.measure(states, torch.tensor([[5.0, 7.0, 0.0]]), box)
    # The middle is 3 cm deep, every point is inside, and the others lie evenly around it: the mean is the middle's.
    assert found.still_depth.item() == pytest.approx(2900 * 0.03, rel=1e-4)
    assert found.depth.item() == pytest.approx(2900 * 0.03 * 0.501, rel=1e-4)
    assert found.volume.item() == pytest.approx(2900 * 0.501, rel=1e-4)
    states[0, 1, 2] = 0.35  # the sphere touches the top from above
    found.measure(states, torch.tensor([[5.0, 7.0, 0.0]]), box - 1e-4)
    assert found.volume.item() == found.depth.item() == found.still_depth.item() == 0.0


def test_a_point_turns_with_its_body(tmp_path: Path) -> None:
    """Turned by 90 degrees about z at 100 rad/s, the middle lies 2 mm to the right and moves at 0.2 m/s."""
    found = ball(tmp_path)
    states = torch.zeros(1, 2, 13)
    states[0, 1, 3:7] = quat_from_rpy(*torch.tensor([[0.0], [0.0], [math.pi / 2]]))[0]
    states[0, 1, 12] = 100.0
    box = torch.tensor([[[-1.0, 1.0, -1.0, 0.028, -1.0, 1.0], [INF, -INF] * 3]])
    found.measure(states, torch.zeros(1, 3), box)
    assert found.still_depth.item() == pytest.approx(2900 * 0.03, rel=1e-3)
    assert found.volume.item() == pytest.approx(2900 * 0.201, rel=1e-4)


def test_shapes_other_than_spheres_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ball collides with a box: parkour measures penetration at spheres"):
        ball(tmp_path, '<box size="1 1 1"/>')


# -- what is ahead -----------------------------------------------------------------------------------------------------


def test_the_engaging_obstacle() -> None:
    """A gap of 0.5 m from 1.175 m on, then a plateau of 0.3 m from 2.675 m on."""
    course = Course(track_of("leap", "climb", leap=(0.5, 0.5), climb=(0.3, 0.3)), 5, CPU)
    course.begin(torch.ones(5, dtype=torch.bool), torch.zeros(5, dtype=torch.long), torch.zeros(5, dtype=torch.long))
    course.look(torch.tensor([-1.5, 0.0, 2.0, 2.1, 9.0]))
    distance, kind, length, size = course.obstacle.split([1, 5, 1, 1], dim=1)
    assert distance[:, 0].tolist() == pytest.approx([2.0, 1.175, -0.825, 0.575, 2.0])
    assert kind.argmax(dim=1).tolist() == [2, 2, 2, 1, 0] and (kind.sum(dim=1) == 1.0).all()
    assert length[:3, 0].tolist() == pytest.approx([0.5] * 3) and length[4, 0] == 0.0
    assert size[:, 0].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.3, 0.0])
    assert course.boxes[1, 0].tolist() == pytest.approx([1.175, 1.675, -INF, INF, -INF, 0.2])
    assert course.boxes[3, 0, 5] == pytest.approx(0.3)
    assert not depths(torch.zeros(5, 1, 3), course.boxes)[4].any()


def test_an_oracle_observes_81_values(make: MakeEnv) -> None:
    env = robot(make, "a1_tilt")
    place(env, [0.2, 0.1, 0.3], (0.1, -0.2, 0.3))
    env.observations.measure(env.readings)
    env.observations.observe(torch.zeros(4, dtype=torch.bool))
    seen = env.get_observations()["policy"][0]
    assert seen.shape == (81,)
    pose, friction, _, _, strength, obstacle, sides = seen[48:].split([6, 1, 3, 1, 12, 8, 2])
    roll = math.asin(math.sin(0.1) * math.cos(-0.2))
    assert pose[:3].tolist() == pytest.approx([0.2, 0.1, 0.3], abs=1e-5)
    assert pose[3].item() == pytest.approx(roll, abs=1e-5)
    assert pose[4].item() == pytest.approx(math.atan2(math.sin(-0.2), math.cos(-0.2) * math.cos(0.1)), abs=1e-5)
    assert pose[5].item() == pytest.approx(0.3, abs=1e-4)
    assert friction.item() == 1.0 and (strength == 1.0).all()
    assert obstacle.tolist()[:6] == pytest.approx([1.19 - 0.2, 0, 0, 0, 0, 1], abs=1e-5)
    assert obstacle[7].item() == pytest.approx(0.56, abs=1e-5) and sides.tolist() == pytest.approx([0.7, 0.9], abs=1e-5)


# -- the step ----------------------------------------------------------------------------------------------------------


def test_targets_are_held_where_the_torque_is_within_its_bound() -> None:
    """50 (q* - 0.2) - 1 * 3 = +-25: between -0.24 and 0.76 rad."""
    targets = torch.tensor([[2.0, -2.0, 0.5]])
    still = torch.full((1, 3), 0.2), torch.full((1, 3), 3.0)
    held = TargetHold(torch.full((3,), 50.0), torch.ones(3), 25.0)(targets, *still)
    assert held[0].tolist() == pytest.approx([0.76, -0.24, 0.5])


@pytest.mark.parametrize(
    "drives", [{"drive_modes": {"joint": "torque"}}, {"stiffness": {"hip": 0.0, "thigh": 50.0, "calf": 50.0}}]
)
def test_only_targets_of_positions_can_be_held(make: MakeEnv, drives: dict[str, Any]) -> None:
    def change(cfg) -> None:
        cfg.terrain.num_rows = cfg.terrain.num_cols = 1
        for name, value in drives.items():
            setattr(cfg.control, name, value)

    with pytest.raises(UserError, match="control.max_torque holds the targets of drives to positions"):
        make("a1_climb", 2, change=change)


def test_the_drives_are_told_held_targets(make: MakeEnv) -> None:
    env = robot(make, "go2_field")
    env.step(zero_actions(env) + 10.0)
    pose = env.dof_pos.clone(), env.dof_vel.clone()
    env._action_input.fill_(10.0)
    env._apply_actions_eager()
    torch.testing.assert_close(50.0 * (env.joint_targets - pose[0]) - pose[1], torch.full((4, 12), 25.0))


@pytest.mark.parametrize(
    ("task", "xyz", "rpy", "fell"),
    [
        ("go2_climb", [0.0, 0.0, 0.4], (0.0, 0.0, 0.0), False),
        ("go2_climb", [0.0, 0.0, 0.14], (0.0, 0.0, 0.0), True),
        ("go2_climb", [0.0, 0.0, 1.51], (0.0, 0.0, 0.0), True),
        ("go2_climb", [0.0, 0.79, 0.4], (0.0, 0.0, 0.0), False),
        ("go2_climb", [0.0, -0.81, 0.4], (0.0, 0.0, 0.0), True),
        ("go2_climb", [-1.01, 0.0, 0.4], (0.0, 0.0, 0.0), True),
        ("go2_field", [-1.5, 1.5, 0.5], (0.0, 0.0, 0.0), False),
        ("go2_climb", [0.0, 0.0, 1.0], (0.79, 0.0, 0.0), False),
        ("go2_climb", [0.0, 0.0, 1.0], (-0.81, 0.0, 0.0), True),
        ("go2_tilt", [0.0, 0.0, 1.0], (1.49, 0.0, 0.0), False),
        ("go2_tilt", [0.0, 0.0, 1.0], (1.51, 0.0, 0.0), True),
        ("go2_climb", [0.0, 0.0, 1.0], (0.0, -1.59, 0.0), False),
        ("go2_climb", [0.0, 0.0, 1.0], (0.0, 1.61, 0.0), True),
    ],
)
def test_how_an_episode_ends(make: MakeEnv, task: str, xyz: list[float], rpy: tuple[float, ...], fell: bool) -> None:
    env = robot(make, task)
    place(env, xyz, rpy)  # pyright: ignore[reportArgumentType] - three angles
    assert env._fallen().tolist() == [fell] * 4


def test_speed_in_the_world_against_the_command_along_the_track(make: MakeEnv) -> None:
    env = robot(make, "a1_climb")
    place(env, [0.0, 0.0, 0.3], (0.0, 0.0, 1.0))  # wherever it faces
    env.root_states[:, 7:9] = torch.tensor([0.6, 0.8])
    env.commands[:, :3] = torch.tensor([1.2, 0.0, 0.0])
    assert env._reward_world_velocity().tolist() == pytest.approx([1.0] * 4)  # (1.2 - 0.6, -0.8)
    field = robot(make, "a1_field")
    place(field, [0.0, 0.0, 0.3], (0.0, 0.0, math.pi / 2))
    field.root_states[:, 7:9] = torch.tensor([-0.5, 1.0])
    field.commands[:, :3] = torch.tensor([1.0, 0.5, 0.0])
    assert field._reward_world_velocity().tolist() == pytest.approx([0.0] * 4, abs=1e-5)


def test_energy_alive_and_torque_limits(make: MakeEnv) -> None:
    env = robot(make, "a1_climb")
    env.torques.fill_(27.0)
    env.dof_vel.fill_(-2.0)
    assert env._reward_energy().tolist() == pytest.approx([12 * 54.0**2] * 4)
    assert env._reward_torque_limits().tolist() == pytest.approx([24.0] * 4)
    assert env._reward_alive().tolist() == [1.0] * 4


def test_there_are_as_many_boxes_as_any_obstacle_of_the_map_has() -> None:
    """A gate has two, all others have one; none is left over to be measured for nothing."""
    for blocks, count in (((), 1), (("climb", "leap", "crawl"), 1), (("climb", "tilt"), 2)):
        assert Course(track_of(*blocks), 3, CPU).boxes.shape == (3, count, 6)


# -- soft and hard -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skill", SKILLS)
def test_soft_obstacles_do_not_stand_and_are_known_all_the_same(make: MakeEnv, skill: str) -> None:
    soft, hard = (robot(make, f"a1_{skill}", dynamics) for dynamics in ("soft", "hard"))
    assert soft.terrain.ceiling is None and soft.terrain.heights.max() == 0.0
    assert (soft.terrain.heights.min() < 0.0) == (skill == "leap")
    assert (hard.terrain.ceiling is not None) == (skill == "crawl")
    assert hard.terrain.heights.any() == (skill != "crawl")
    assert torch.equal(soft.course._rows, hard.course._rows)
    assert soft.domain_rand.obs_delay is None
    assert hard.domain_rand.obs_delay is not None and (hard.domain_rand.obs_delay == 2).all()


def test_walking_is_learned_with_measurements_in_time(make: MakeEnv) -> None:
    assert robot(make, "a1_field").domain_rand.obs_delay is None


def test_a_task_has_what_its_skill_says_and_what_its_body_says_of_one_section() -> None:
    """Noses up are a cost of the Go2's, penetration one of climbing; a field's robots begin in any heading."""
    costs = {task: get_cfgs(task)[0].rewards.scales for task in ("a1_climb", "go2_climb", "go2_field")}
    assert [its.penetration_depth for its in costs.values()] == [-0.01, -0.01, 0.0]
    assert [its.orientation for its in costs.values()] == [0.0, -1.0, -1.0]
    assert costs["go2_field"].command_progress == 0.75
    start = get_cfgs("go2_field")[0].init_state
    assert start.yaw_noise == math.pi and start.pos == get_cfgs("go2_rough")[0].init_state.pos


def test_leaping_begins_with_gaps_that_a_walk_gets_over() -> None:
    """A cell of 0.04 m at the easy end, 1 m at the hard one, and 0.05 m from level to level, rounded to cells."""
    cfg, _ = get_cfgs("a1_leap")
    cfg.terrain.num_cols = 1
    widths = [obstacle.size for ((obstacle,),) in plans(Terrain(cfg.terrain, seed=1))]
    expected = [max(1, round((0.04 + 0.96 * level / 19) / 0.04)) * 0.04 for level in range(20)]
    assert widths == pytest.approx(expected)


@pytest.mark.parametrize(
    ("skill", "across", "height"),
    [
        ("climb", [(-0.8, 0.8)], (0.0, 0.1)),
        ("leap", [(-0.8, 0.8)], (0.0, 0.2)),
        ("crawl", [(-0.8, 0.8)], (0.5, 1.0)),
        ("tilt", [(-0.8, -0.28), (0.28, 0.8)], (0.0, 0.5)),
    ],
)
def test_soft_obstacles_are_drawn(make: MakeEnv, skill: str, across: list[tuple[float, float]], height: Any) -> None:
    """On the easiest level, to half a cell: as wide as the track, 1.6 m, from 1.2 m after its beginning on."""
    env = robot(make, f"a1_{skill}", "soft", num_envs=1)
    origin = env.env_origins[0].numpy()
    corners = [(block.low - origin, block.high - origin) for block in soft_obstacle(env, 0)]
    assert [(low[1], high[1]) for low, high in corners] == [pytest.approx(y, abs=0.021) for y in across]
    for low, high in corners:
        assert (low[0], low[2], high[2]) == pytest.approx((1.2, *height), abs=0.021)
    assert soft_obstacle(robot(make, f"a1_{skill}", num_envs=1), 0) == []


def test_a_robot_inside_a_soft_plateau_pays_and_is_not_pushed(make: MakeEnv) -> None:
    env = robot(make, "a1_climb", "soft")
    place(env, [1.4, 0.0, 0.3])
    env.root_states[:, 7] = 1.0
    for _ in range(3):
        _, reward, _, _ = env.step(zero_actions(env))
        assert reward.isfinite().all()
    assert (env.penetration.depth > 0.0).all() and (env.penetrated > env.penetration.still_depth).all()
    assert (env.rewards.values[env.rewards.names.index("penetration_depth")] < 0.0).all()
    torch.testing.assert_close(env._reward_penetration_depth(), env.penetration.depth)
    force = env.contact_forces[:, [i for i, name in enumerate(env.body_names) if "foot" not in name]]
    assert not force.any()


@pytest.mark.parametrize(("weight", "measured"), [(-0.01, True), (0.0, False)])
def test_hard_obstacles_are_measured_only_where_they_cost(make: MakeEnv, weight: float, measured: bool) -> None:
    """No part of the step is spent on what nobody asks for."""

    def change(cfg) -> None:
        cfg.parkour.dynamics = "hard"
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 1
        cfg.rewards.scales.penetration_depth = cfg.rewards.scales.penetration_volume = weight

    env = make("a1_climb", 2, change=change)
    assert isinstance(env, ParkourRobot)
    place(env, [1.4, 0.0, 0.1])
    env._read_sensors()
    env._update_feet()
    assert (env.penetration.depth > 0.0).all() == measured


def test_soft_levels_follow_penetration_and_hard_ones_the_distance(make: MakeEnv) -> None:
    soft = robot(make, "a1_climb", "soft", 5, harder_below=100.0, easier_above=200.0)
    hard = robot(make, "a1_climb", "hard", 5)
    for env in (soft, hard):
        curriculum = env.terrain_curriculum
        curriculum.num_levels = 10
        curriculum.levels.fill_(4)
        env.left_tile.copy_(torch.tensor([True, True, True, False, True]))
        env.reset_buf.copy_(torch.tensor([True, True, True, True, False]))
        env.penetrated.copy_(torch.tensor([99.0, 150.0, 201.0, 0.0, 0.0]))
        curriculum.commanded_distance.fill_(20.0)  # all were slow, which is no matter who is across
        env._update_terrain_levels()
    assert soft.terrain_curriculum.levels.tolist() == [5, 4, 3, 3, 4]
    assert hard.terrain_curriculum.levels.tolist() == [5, 5, 5, 3, 4]


def test_without_a_curriculum_each_soft_episode_has_a_random_level(make: MakeEnv) -> None:
    env = robot(make, "a1_climb", "soft", 64, harder_below=0.0, easier_above=200.0)  # across all would stay
    env.terrain_curriculum.active = False
    env.terrain_curriculum.num_levels = 10
    env.terrain_curriculum.levels.fill_(4)
    env.left_tile.fill_(True)
    env.reset_buf.fill_(True)
    env._update_terrain_levels()
    assert len(env.terrain_curriculum.levels.unique()) > 5


def test_robots_face_along_their_track(make: MakeEnv) -> None:
    env = robot(make, "a1_leap")
    env.reset()
    torch.testing.assert_close(env.heading, torch.tensor([[1.0, 0.0]]).expand(4, 2))
    assert env.crossing.active.all() and (env.crossing.way == torch.tensor([1.0, 0.0])).all()
    assert (env.commands[:, 0] >= 1.0).all() and (env.commands[:, 0] <= 1.5).all() and not env.commands[:, 1].any()


def test_only_a_track_has_a_side_and_a_back(make: MakeEnv) -> None:
    """Ways across other ground lead along -x and +-y, too, and robots fell there as soon as they had gone a metre."""

    def change(cfg) -> None:
        cfg.terrain.terrain_proportions = {"platform": 1.0}
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 1

    env = make("a1_climb", 2, change=change)
    assert isinstance(env, ParkourRobot) and env.crossing.active.all()
    place(env, [-1.1, 0.0, 0.3])
    assert not env._fallen().any()
    track = robot(make, "a1_climb")
    place(track, [-1.1, 0.0, 0.3])
    assert track._fallen().all()


def test_bounds_of_penetration_the_wrong_way_round(make: MakeEnv) -> None:
    with pytest.raises(UserError, match=r"parkour.harder_below = 300 m must not be above easier_above = 200 m"):
        robot(make, "a1_climb", "soft", harder_below=300.0)


@pytest.mark.parametrize("task", [f"{name}_{skill}" for name in ("a1", "go2") for skill in ("field", *SKILLS)])
def test_every_task_steps(make: MakeEnv, task: str) -> None:
    env = robot(make, task, "soft")
    for _ in range(3):
        obs, reward, _, _ = env.step(0.5 * torch.randn(4, 12))
    assert obs["policy"].shape == obs["critic"].shape == (4, 81)
    assert obs["policy"].isfinite().all() and reward.isfinite().all()
