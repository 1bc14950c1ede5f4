"""Ways across a tile, what is commanded and paid on them, and how episodes there end; values by hand."""

import math
from typing import Any

import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import set_fields
from legged_gym.envs.base.commands import HEADING, LIN_VEL_X, LIN_VEL_Y, YAW_RATE
from legged_gym.envs.go2.go2_sight_config import Go2SightCfg
from legged_gym.envs.sight.crossing import Crossing
from legged_gym.envs.sight.sight_commands import SightCommands
from legged_gym.evaluation.cells import Cell, by_cell
from legged_gym.evaluation.trials import evaluation_settings, run_trials
from legged_gym.tasks import get_cfgs
from legged_gym.viewing.playing import hand_steered
from tests.envs.conftest import MakeEnv, zero_actions
from tests.evaluation.acting import acting

CPU = torch.device("cpu")


def degrees(*angles: float) -> torch.Tensor:
    """Unit vectors [N, 2]."""
    radians = torch.tensor(angles).deg2rad()
    return torch.stack((radians.cos(), radians.sin()), dim=1)


def crossing_of(headings: torch.Tensor, offset: torch.Tensor | None = None) -> Crossing:
    n = len(headings)
    crossing, all_of_them = Crossing(n, CPU), torch.ones(n, dtype=torch.bool)
    crossing.begin(all_of_them, all_of_them, headings, torch.zeros(n, 2) if offset is None else offset)
    return crossing


# -- the way -----------------------------------------------------------------------------------------------------------


def test_a_robot_goes_where_it_faces() -> None:
    crossing = crossing_of(degrees(10, 100, -170, -80, 44, 46))
    assert crossing.way.tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1], [1, 0], [0, 1]]
    assert crossing.active.all() and (crossing.idle_for == 0.0).all()


def test_a_track_leads_along_x_wherever_a_robot_faces(make: MakeEnv) -> None:
    """Behind and beside its beginning there is nothing to get across."""

    def change(cfg) -> None:
        cfg.terrain.terrain_proportions, cfg.terrain.num_rows, cfg.terrain.num_cols = {"leap_track": 1.0}, 1, 1
        cfg.crossing.share_elsewhere = 0.0

    env = make("go2_sight", 16, change=change)
    assert env.crossing.active.all() and env.heading[:, 0].min() < 0.0
    assert (env.crossing.way == torch.tensor([1.0, 0.0])).all()


def test_only_those_that_begin_get_a_new_way() -> None:
    crossing = crossing_of(degrees(0, 0))
    crossing.covered.fill_(2.0)
    crossing.idle_for.fill_(1.0)
    offset = torch.tensor([[0.5, -0.2], [0.5, -0.2]])
    crossing.begin(torch.tensor([True, False]), torch.tensor([False, False]), degrees(-90, -90), offset)
    assert crossing.active.tolist() == [False, True] and crossing.way.tolist() == [[0, -1], [1, 0]]
    assert crossing.covered.tolist() == pytest.approx([0.2, 2.0]) and crossing.idle_for.tolist() == [0.0, 1.0]


def test_the_point_to_go_to_lies_a_metre_ahead_on_the_line() -> None:
    crossing = crossing_of(degrees(0, 0, -90, 180))
    crossing.look(torch.tensor([[2.0, 0.0], [-1.0, 1.0], [0.75, -3.0], [0.0, -2.0]]))
    half = math.sqrt(0.5)
    expected = [[1.0, 0.0], [half, -half], [-0.6, -0.8], [-1 / math.sqrt(5), 2 / math.sqrt(5)]]
    torch.testing.assert_close(crossing.direction, torch.tensor(expected))


def test_less_than_a_stride_of_new_way_is_none() -> None:
    crossing = crossing_of(degrees(0), torch.tensor([[-0.5, 0.3]]))
    for x, covered, idle in [(-0.45, -0.5, 0.5), (-0.38, -0.38, 0.0), (-0.6, -0.38, 0.5), (-0.3, -0.38, 1.0)]:
        crossing.advance(torch.tensor([[x, 9.0]]), 0.5)
        assert crossing.covered.item() == pytest.approx(covered) and crossing.idle_for.item() == pytest.approx(idle)


# -- commands ----------------------------------------------------------------------------------------------------------


def test_commands_on_a_crossing_lead_along_it() -> None:
    torch.manual_seed(0)
    n, crossing = 2000, crossing_of(degrees(*[0.0] * 2000))
    crossing.active[n // 2 :] = False
    crossing.direction.copy_(degrees(*[30.0] * n))
    commands = SightCommands(Go2SightCfg(), n, 0.02, CPU, crossing)
    commands.advance(degrees(*[10.0] * n), torch.ones(n, dtype=torch.bool))
    across, other = commands.values[: n // 2], commands.values[n // 2 :]
    speed = across[:, LIN_VEL_X]
    assert 0.7 <= speed.min() < 0.71 and 1.49 < speed.max() < 1.5 and (across[:, LIN_VEL_Y] == 0.0).all()
    assert across[:, HEADING].tolist() == pytest.approx([math.radians(30.0)] * len(across))
    assert across[:, YAW_RATE].tolist() == pytest.approx([0.5 * math.radians(20.0)] * len(across), rel=1e-4)
    assert other[:, LIN_VEL_X].min() < -0.9 and other[:, LIN_VEL_Y].abs().max() > 0.9
    assert other[:, HEADING].max() > 3.0

    crossing.direction.copy_(degrees(*[100.0] * n))  # the way turns between two draws, the speed stays
    commands.advance(degrees(*[-80.0] * n), torch.zeros(n, dtype=torch.bool))
    assert torch.equal(across[:, LIN_VEL_X], speed)
    assert across[:, HEADING].tolist() == pytest.approx([math.radians(100.0)] * len(across))
    assert (across[:, YAW_RATE].abs() == 1.0).all()  # half of 180 degrees, within +-1 rad/s


def test_a_robot_that_is_steered_by_hand_crosses_nothing_by_itself(make: MakeEnv) -> None:
    """It may stand in front of a gap for as long as it is told to."""

    def change(cfg: Any) -> None:
        two_types(cfg)
        set_fields(hand_steered(cfg), cfg)
        cfg.crossing.patience = 0.1

    env = make("go2_sight", change=change, num_envs=4)
    env.reset()
    for _ in range(15):
        env.commands[:, :3] = 0.0
        env.step(torch.zeros(4, 12))
    assert not env.crossing.active.any() and not env.stuck.any() and not env.commands[:, :3].any()
    assert dict(env.cfg.idle())["crossing"].startswith("commands.heading_command is off")


# -- the environment ---------------------------------------------------------------------------------------------------


def two_types(cfg: Any) -> None:
    """Stairs, and gaps of 0.10, 0.29, 0.49 and 0.68 m: robots 0 and 1 on the former, 2 and 3 on the latter."""
    cfg.terrain.num_cols, cfg.terrain.border_size = 3, 1.0
    cfg.terrain.terrain_proportions = {"stairs_up": 1.0, "gap": 2.0}
    cfg.crossing.share_elsewhere = 0.0


def make_env(make: MakeEnv, num_envs: int = 4) -> Any:
    """Robots 0, 1 on stairs, the others on `gap`, all of them on level 1."""
    env: Any = make("go2_sight", num_envs=num_envs, change=two_types)
    assert env.terrain.type_names == ["stairs_up", "gap", "gap_track"]
    env.assign_terrain(torch.ones(num_envs, dtype=torch.long), (torch.arange(num_envs) > 1).long())
    env.reset()
    return env


def test_other_ground_is_to_be_crossed_in_a_share_of_the_episodes(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        two_types(cfg)
        cfg.crossing.share_elsewhere = 0.25

    env: Any = make("go2_sight", num_envs=400, change=change)
    env.assign_terrain(torch.ones(400, dtype=torch.long), torch.zeros(400, dtype=torch.long))
    env.reset()
    assert 60 < env.crossing.active.sum() < 140  # 100 expected, standard deviation 8.7
    assert (env.commands[env.crossing.active, LIN_VEL_Y] == 0.0).all()


def test_a_plane_has_no_way_across(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.terrain.mesh_type = "plane"

    env: Any = make("go2_sight", num_envs=20, change=change)
    assert not env.crossing.active.any()


def put(env: Any, index: int, offset: tuple[float, float, float]) -> None:
    """Put a robot at a place relative to its tile's origin."""
    root = env.root_states.clone()
    root[index, :3] = env.env_origins[index] + torch.tensor(offset)
    mask = torch.arange(env.num_envs) == index
    env.sim.reset(mask, root, env.dof_pos.clone(), torch.zeros_like(env.dof_vel))


def test_ways_begin_with_the_episode(make: MakeEnv) -> None:
    env = make_env(make, 40)
    crossing = env.crossing
    assert crossing.active.tolist() == [False, False] + [True] * 38
    assert ((env.heading * crossing.way).sum(dim=1) >= math.sqrt(0.5) - 1e-5).all()
    offset = env.root_states[:, :2] - env.env_origins[:, :2]
    torch.testing.assert_close(crossing.covered, (offset * crossing.way).sum(dim=1), atol=1e-5, rtol=0.0)
    target = env.root_states[:, :2] + crossing.direction * (crossing.direction * crossing.way).sum(1, True).reciprocal()
    across = (target - env.env_origins[:, :2]) * crossing.way.flip(1)  # a metre on, it meets the line
    assert across.abs().max() < 1e-4
    assert (env.commands[2:, LIN_VEL_X] >= 0.7).all() and (env.commands[2:, LIN_VEL_Y] == 0.0).all()


def test_nobody_crosses_flat_ground(make: MakeEnv) -> None:
    env = make_env(make)
    env.terrain_curriculum.on_flat_ground.fill_(True)
    env.reset()
    assert not env.crossing.active.any()


def test_progress_is_the_speed_along_the_way_by_that_commanded(make: MakeEnv) -> None:
    env = make_env(make)
    env.crossing.active.copy_(torch.tensor([False, True, True, True]))
    env.crossing.direction.copy_(degrees(0, 0, 90, 0))
    env.root_states[:, 7:9] = torch.tensor([[0.6, 0.0], [0.6, 0.9], [5.0, 2.0], [-0.3, 0.0]])
    env.commands[:, LIN_VEL_X] = torch.tensor([1.2, 1.2, 1.2, 0.05])
    assert env._reward_progress().tolist() == pytest.approx([0.0, 0.5, 1.0, -3.0])


def test_velocity_tracking_pays_on_ordinary_ground_alone(make: MakeEnv) -> None:
    """Turning to the way pays as far as the robot gets on: exp(-0.25^2 / 0.25) = 0.7788 times 0.5, 0."""
    env = make_env(make)
    env.crossing.active.copy_(torch.tensor([False, True, True, True]))
    env.crossing.direction.copy_(degrees(0, 0, 0, 0))
    env.root_states[:, 7:9] = torch.tensor([[0.0, 0.0], [0.5, 0.0], [-0.5, 0.0], [3.0, 0.0]])
    env.commands[:] = torch.tensor([1.0, 0.0, 0.25, 0.0])
    env.base_lin_vel.copy_(torch.tensor([0.5, 0.0, 0.0]).expand(4, 3))
    env.base_ang_vel.zero_()
    assert env._reward_tracking_lin_vel().tolist() == pytest.approx([math.exp(-1.0), 0.0, 0.0, 0.0])
    turning = math.exp(-0.25)
    assert env._reward_tracking_ang_vel().tolist() == pytest.approx([turning, 0.5 * turning, 0.0, turning])


def test_style_counts_a_fifth_where_a_robot_has_to_climb_or_leap(make: MakeEnv) -> None:
    env = make_env(make)
    env.base_lin_vel.copy_(torch.tensor([0.0, 0.0, 2.0]).expand(4, 3))
    env.base_ang_vel.copy_(torch.tensor([1.0, 2.0, 9.0]).expand(4, 3))
    env.projected_gravity.copy_(torch.tensor([0.6, 0.0, -0.8]).expand(4, 3))
    env.feet_contact.copy_(torch.tensor([[False] * 4, [True, False, False, False], [False] * 4, [True] * 4]))
    assert env._reward_lin_vel_z().tolist() == pytest.approx([4.0, 4.0, 0.8, 0.8])
    assert env._reward_ang_vel_xy().tolist() == pytest.approx([5.0, 5.0, 1.0, 1.0])
    assert env._reward_orientation().tolist() == pytest.approx([0.36, 0.36, 0.072, 0.072])
    assert env._reward_flight().tolist() == pytest.approx([1.0, 0.0, 0.2, 0.0])


def test_feet_on_an_edge_are_counted_where_they_touch(make: MakeEnv) -> None:
    """The platform of a gap ends at 1.5 m: that row of vertices is the edge."""
    env = make_env(make)
    env.feet_on_ground.copy_(torch.tensor([[True] * 4, [True] * 4, [True, True, True, False], [True] * 4]))
    feet = torch.tensor([[1.49, 0.0], [-1.51, 0.0], [1.4, 0.0], [1.5, 0.0]])
    env.body_states[2, env.feet_indices, :2] = env.env_origins[2, :2] + feet
    env.body_states[3, env.feet_indices, :2] = env.env_origins[3, :2] + 0.5 * feet
    assert env._reward_feet_edge()[2:].tolist() == [2.0, 0.0]


def test_a_robot_that_makes_no_way_has_failed(make: MakeEnv) -> None:
    """After 3 s, and no time-out; one on ordinary ground may stand."""
    env = make_env(make)
    env.crossing.idle_for.copy_(torch.tensor([9.0, 9.0, 2.99, 2.9]))
    covered = env.crossing.covered.clone()
    env.crossing.covered.fill_(5.0)
    _, _, done, extras = env.step(zero_actions(env))
    assert done.tolist() == [False, False, True, False] and not extras["time_outs"].any()
    assert env.crossing.idle_for[2:].tolist() == pytest.approx([0.0, 2.92])
    assert env.crossing.covered[2] != 5.0 and env.crossing.covered[3] == 5.0 and covered.abs().max() < 2.0
    assert extras["log"]["falls"] == 1.0 and env.stuck.tolist() == [False, False, True, False]


def test_a_robot_that_gets_on_is_not_idle(make: MakeEnv) -> None:
    env = make_env(make)
    env.crossing.idle_for.fill_(2.99)
    env.crossing.covered.fill_(-2.0)
    _, _, done, _ = env.step(zero_actions(env))
    assert not done[2:].any() and (env.crossing.idle_for[2:] == 0.0).all()
    assert (env.crossing.covered[2:] > -1.3).all()


def test_down_in_the_gap_is_a_fall(make: MakeEnv) -> None:
    """The gap of level 1 is 0.10 + 0.70 / 3.6 = 0.29 m wide: from 1.5 to 1.8 m."""
    env = make_env(make)
    put(env, 2, (1.65, 0.0, -0.2))
    env.crossing.idle_for[2] = 9.0
    _, _, done, extras = env.step(zero_actions(env))
    assert done.tolist() == [False, False, True, False] and not extras["time_outs"].any() and not env.stuck.any()
    assert env.terrain_curriculum.levels.tolist() == [1, 1, 0, 1]


def test_levels_go_by_being_across(make: MakeEnv) -> None:
    """Beyond the tile's edge: up; the time is over within it: down on a crossing, and on stairs as commanded."""
    env = make_env(make)
    for count in (env.episode_length_buf, env.steps_lived):
        count[torch.tensor([0, 2])] = env.max_episode_length - 1
    put(env, 1, (4.05, 0.0, 1.4))  # 8 steps of 0.11 m up
    put(env, 3, (4.05, 0.0, 0.4))
    _, _, done, extras = env.step(zero_actions(env))
    assert done.all() and extras["time_outs"].all()
    assert env.terrain_curriculum.levels.tolist() == [1, 2, 0, 2]


def test_who_was_given_an_age_has_not_failed_when_its_time_is_over(make: MakeEnv) -> None:
    """As all robots at a training's begin: it had no time to get across. Who makes no way for long has failed."""
    env = make_env(make)
    env.episode_length_buf.fill_(env.max_episode_length - 1)
    env.step(zero_actions(env))
    assert env.terrain_curriculum.levels.tolist() == [1, 1, 1, 1]
    env.episode_length_buf.fill_(env.max_episode_length - 500)
    env.crossing.idle_for[2] = 100.0
    _, _, done, _ = env.step(zero_actions(env))
    assert done.tolist() == [False, False, True, False] and env.stuck.tolist() == done.tolist()
    assert env.terrain_curriculum.levels.tolist() == [1, 1, 0, 1]


def test_the_level_of_each_terrain_type_is_logged(make: MakeEnv) -> None:
    env = make_env(make)
    env.terrain_curriculum.levels.copy_(torch.tensor([0, 1, 3, 2]))
    log = env.step(zero_actions(env))[3]["log"]
    names = [name for name in log if name.startswith("terrain_level_")]
    assert names == ["terrain_level_stairs_up", "terrain_level_gap", "terrain_level_gap_track"]
    assert [log[name].item() for name in names] == [0.5, 2.5, 0.0] and log["terrain_level"] == 1.5
    env.assign_terrain(torch.tensor([1, 2, 3, 3]), torch.tensor([0, 1, 2, 2]))
    log = env.step(zero_actions(env))[3]["log"]
    assert [log[name].item() for name in names] == [1.0, 2.0, 3.0]


def test_on_a_plane_there_is_nothing_to_cross(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.terrain.mesh_type = "plane"

    env: Any = make("go2_sight", num_envs=2, change=change)
    log = env.step(zero_actions(env))[3]["log"]
    assert not env.crossing.active.any() and not any(name.startswith("terrain_level") for name in log)
    assert log["max_command_x"] == 1.0


def test_the_blind_policy_sees_no_ground_and_its_critic_does(make: MakeEnv) -> None:
    seeing, blind = make_env(make), make("go2_sight_blind", change=two_types)
    assert seeing.get_observations()["policy"].shape == (4, 48 + 325)
    assert blind.get_observations()["policy"].shape == (8, 48)
    assert blind.get_observations()["critic"].shape == (8, 48 + 325)


def test_the_blind_policy_is_trained_alike() -> None:
    (seeing, seeing_ppo), (blind, blind_ppo) = (
        map(class_to_dict, get_cfgs(task)) for task in ("go2_sight", "go2_sight_blind")
    )
    blind["observations"]["policy"] = seeing["observations"]["policy"]
    blind_ppo["runner"]["experiment_name"] = seeing_ppo["runner"]["experiment_name"]
    assert (blind, blind_ppo) == (seeing, seeing_ppo)


def test_trials_tell_robots_that_do_not_get_on_from_fallen_ones(make: MakeEnv) -> None:
    """Of robots that stand still, those on gaps are stuck after 3 s, and those on stairs are out of time."""

    def change(cfg: Any) -> None:
        two_types(cfg)
        cfg.terrain.num_rows, cfg.crossing.share_elsewhere = 1, 0.5
        set_fields(evaluation_settings(cfg), cfg)
        cfg.env.episode_length_s, cfg.init_state.velocity_noise = 3.2, 0.0

    env: Any = make("go2_sight", num_envs=6, change=change)
    assert env.cfg.crossing.share_elsewhere == 0.0
    trials = run_trials(env, acting(lambda obs: zero_actions(env)))
    cells = by_cell(env, trials)
    assert cells["stairs_up"] == [Cell(2, 0, 0, 0)]
    assert cells["gap"] == cells["gap_track"] == [Cell(2, 0, 0, 2)]
