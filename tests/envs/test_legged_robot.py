"""The environment's step, and a regression test for each known fault of the original that lives in it."""

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, zero_actions


def fall(env: Any, index: int) -> None:
    """Lay an environment's robot on its back."""
    root = env.root_states.clone()
    root[index, 3:7] = torch.tensor([1.0, 0.0, 0.0, 0.0])
    mask = torch.zeros(env.num_envs, dtype=torch.bool)
    mask[index] = True
    env.sim.reset(mask, root, env.dof_pos.clone(), env.dof_vel.clone())


def test_standing_robot_stands(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.init_state.velocity_noise = 0.0
        cfg.init_state.dof_pos_factor = [1.0, 1.0]

    env = make(num_envs=2, change=change)
    for _ in range(100):
        _, reward, done, _ = env.step(zero_actions(env))
        assert not done.any()
    assert torch.isfinite(reward).all()
    assert (env.root_states[:, 2] > 0.22).all() and (env.projected_gravity[:, 2] < -0.98).all()


def test_same_seed_same_episode_other_seed_another(make: MakeEnv) -> None:
    """Fault 1: the seed had no effect on the environment."""
    first, again, other = make("go2_rough", seed=3), make("go2_rough", seed=3), make("go2_rough", seed=4)
    for env in (first, again, other):
        torch.manual_seed(5)
        env.reset()
        for _ in range(5):
            env.step(torch.full((8, 12), 0.1))
    assert torch.equal(first.root_states, again.root_states)
    assert torch.equal(first.get_observations()["policy"], again.get_observations()["policy"])
    assert (first.terrain.heights == again.terrain.heights).all()
    assert not (first.terrain.heights == other.terrain.heights).all()


def test_curriculum_and_commands_are_part_of_the_state(make: MakeEnv) -> None:
    """Fault 3: a resumed run forgot terrain levels and command ranges."""
    env = make("go2_rough")
    env.terrain_curriculum.levels.copy_(torch.arange(8) % 4)
    env.command_generator.ranges[0] = torch.tensor([-1.5, 1.5])
    saved = {name: value.clone() for name, value in env.state_dict().items()}
    other = make("go2_rough", seed=9)
    other.load_state_dict(saved)
    assert torch.equal(other.terrain_curriculum.levels, torch.arange(8) % 4)
    assert other.command_generator.ranges[0].tolist() == [-1.5, 1.5]
    assert torch.equal(other.env_origins, other.terrain_curriculum.origins())
    # Fewer and more robots have the levels of robots 0, 2, 5 and of 0, 0, 1, 1, ..., and stand on all five columns.
    for num_envs, expected, columns in (
        (3, [0, 2, 5], [0, 1, 3]),
        (16, [index // 2 for index in range(16)], [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]),
    ):
        other = make("go2_rough", num_envs=num_envs)
        other.load_state_dict(saved)
        assert torch.equal(other.terrain_curriculum.levels, saved["terrain_levels"][expected])
        assert other.terrain_curriculum.types.tolist() == columns


def test_robots_that_go_on_from_one_alone_stand_on_all_columns(make: MakeEnv) -> None:
    """Fault: after a training whose collectors had the robots, all of them stood on the first terrain type."""
    one, env = make("go2_rough", num_envs=1), make("go2_rough")
    one.terrain_curriculum.levels.fill_(3)
    env.load_state_dict(one.state_dict())
    assert env.terrain_curriculum.levels.tolist() == [3] * 8
    assert env.terrain_curriculum.types.tolist() == [0, 0, 1, 1, 2, 3, 3, 4]
    assert torch.equal(env.env_origins, env.terrain_curriculum.origins())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("terrain_levels", torch.full((8,), -3), "terrain_levels must be from 0 to 3"),
        ("terrain_levels", torch.full((8,), 99), "terrain_levels must be from 0 to 3"),
        ("terrain_levels", torch.full((8,), 0.5), "terrain_levels holds torch.float32, expected torch.int64"),
        ("terrain_types", "text", "terrain_types is no tensor"),
        ("command_ranges", torch.tensor(-5.0), "command_ranges is no tensor of shape"),
        ("command_ranges", torch.full((4, 2), torch.nan), "command_ranges must be from -100 to 100"),
        ("command_ranges", torch.tensor([[1.0, -1.0]] * 4), "command_ranges has a lower bound above its upper one"),
        ("command_curriculum_steps", torch.tensor(-10), "command_curriculum_steps must be from 0 to "),
    ],
)
def test_a_state_that_no_training_comes_to_is_refused(make: MakeEnv, name: str, value: Any, message: str) -> None:
    env = make("go2_rough")
    with pytest.raises(ValueError, match=message):
        env.load_state_dict(env.state_dict() | {name: value})


def test_observations_after_a_reset_are_those_of_the_new_state(make: MakeEnv) -> None:
    """Faults 4 and 5: new joints with the old base velocity, gravity and heights; old actions."""
    env = make("go2_rough")
    for _ in range(3):
        env.step(torch.rand(8, 12))
    fall(env, 2)
    obs, _, done, extras = env.step(torch.ones(8, 12))
    assert done[2] and not done[[0, 1]].any()
    row, state = obs["policy"][2], env.root_states[2]
    assert state[5:7].norm() == pytest.approx(1.0, abs=1e-5)  # upright: a pure yaw
    torch.testing.assert_close(row[6:9], torch.tensor([0.0, 0.0, -1.0]), atol=1e-5, rtol=0.0)
    yaw = 2.0 * math.atan2(state[5], state[6])
    forward = state[7] * math.cos(yaw) + state[8] * math.sin(yaw)
    assert row[0].item() == pytest.approx(2.0 * forward.item(), abs=1e-4)
    torch.testing.assert_close(row[12:24], env.dof_pos[2] - env.default_dof_pos)
    assert (row[36:48] == 0.0).all()
    scan = (state[2] - 0.5 - env.height_sampler.sample(env.root_states[2, :2])).clamp(-1.0, 1.0) * 5.0
    centre = 8 * 11 + 5
    assert row[48 + centre].item() == pytest.approx(scan.item(), abs=1e-4)
    assert extras["final_observations"]["policy"][2, 8] > 0.9  # on its back before
    assert (env.last_actions[2] == 0.0).all() and (env.last_actions[0] == 1.0).all()


def test_no_term_sees_actions_of_an_earlier_episode(make: MakeEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    env, seen = make(), []
    measure = env.observations.measure

    def look(readings: Any) -> None:
        seen.append(torch.stack((readings.actions, readings.last_actions)))
        measure(readings)

    env.step(torch.ones(8, 12))
    fall(env, 2)
    monkeypatch.setattr(env.observations, "measure", look)
    env.step(torch.full((8, 12), 2.0))
    final, observed = seen
    assert final[:, 2, 0].tolist() == [2.0, 1.0]
    assert observed[:, 2, 0].tolist() == [0.0, 0.0] and observed[:, 0, 0].tolist() == [2.0, 1.0]


def test_time_outs_are_those_of_this_step(make: MakeEnv) -> None:
    """Fault 6: stale time-outs on steps without resets; and a fall is no time-out."""
    env = make()
    env.episode_length_buf[0] = env.max_episode_length - 1
    fall(env, 1)
    _, _, done, extras = env.step(zero_actions(env))
    assert done[:2].all() and extras["time_outs"].tolist() == [True] + [False] * 7
    _, _, done, extras = env.step(zero_actions(env))
    assert not done.any() and not extras["time_outs"].any()


def test_final_observations_are_those_before_the_reset(make: MakeEnv) -> None:
    """Fault 7: the bootstrap used the value of another state than the episode's last."""
    env, twin = make(), make()
    for robot in (env, twin):
        torch.manual_seed(0)
        robot.reset()
        for _ in range(10):
            robot.step(torch.full((8, 12), 0.2))
    env.episode_length_buf[3] = env.max_episode_length - 1
    _, _, done, extras = env.step(torch.full((8, 12), -0.2))
    _, _, _, undisturbed = twin.step(torch.full((8, 12), -0.2))
    assert done[3]
    assert torch.equal(extras["final_observations"]["critic"], undisturbed["final_observations"]["critic"])
    assert not torch.equal(env.get_observations()["critic"][3], extras["final_observations"]["critic"][3])


def test_reward_is_that_of_the_command_the_robot_was_given(make: MakeEnv) -> None:
    """Fault 8: commands were resampled before the reward of the step they were not followed on."""

    def change(cfg: Any) -> None:
        for name in dir(cfg.rewards.scales):
            if not name.startswith("_"):
                setattr(cfg.rewards.scales, name, 0.0)
        cfg.rewards.scales.tracking_lin_vel = 1.0
        cfg.commands.heading_command = False

    env = make(change=change)
    for _ in range(5):
        env.step(zero_actions(env))
    given = env.commands.clone()
    env.command_generator.time_left.fill_(0.0)
    obs, reward, done, extras = env.step(zero_actions(env))
    assert not done.any()
    assert (env.commands[:, :2] != given[:, :2]).any(dim=1).sum() >= 7
    velocity = extras["final_observations"]["critic"][:, :2] / 2.0
    expected = torch.exp(-(given[:, :2] - velocity).square().sum(dim=1) / 0.25) * env.dt
    torch.testing.assert_close(reward, expected, atol=1e-6, rtol=1e-4)
    torch.testing.assert_close(obs["policy"][:, 9:11], 2.0 * env.commands[:, :2])


def test_robots_spawn_above_the_ground_of_their_tile(make: MakeEnv) -> None:
    env = make("go2_rough", num_envs=40)
    offset = env.root_states[:, :2] - env.env_origins[:, :2]
    assert offset.abs().max() <= 1.0
    near = env.height_scan.points.norm(dim=1) < 0.45
    assert (env.root_states[:, 2:3] - env.measured_heights[:, near]).min() > 0.419
    assert env.contact_forces.abs().max() == 0.0


def test_leaving_the_tile_is_a_time_out_and_a_step_up(make: MakeEnv) -> None:
    env = make("go2_rough")
    env.terrain_curriculum.levels.fill_(1)
    env.reset()
    root = env.root_states.clone()
    root[0, 0] = env.env_origins[0, 0] + 4.05
    root[0, 2] += 2.0
    env.sim.reset(torch.arange(8) == 0, root, env.dof_pos.clone(), env.dof_vel.clone())
    _, _, done, extras = env.step(zero_actions(env))
    assert done[0] and extras["time_outs"][0]
    assert env.terrain_curriculum.levels.tolist() == [2] + [1] * 7
    assert (env.root_states[0, :2] - env.terrain_curriculum.origins()[0, :2]).abs().max() <= 1.0


def test_where_a_tile_ends_is_told_along_both_sides(make: MakeEnv) -> None:
    """Tiles of 8 x 16 m end 4 m from their centre along x and 8 m along y."""

    def long_tiles(cfg) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 4
        cfg.terrain.terrain_length, cfg.terrain.terrain_width = 8.0, 16.0

    env = make("go2_rough", change=long_tiles)
    root = env.root_states.clone()
    offsets = torch.tensor(
        [[3.9, 0.0], [-3.9, 7.9], [4.1, 0.0], [0.0, 7.9], [0.0, -7.9], [0.0, 8.1], [0, -8.1], [4.1, 8.1]]
    )
    root[:, :2] = env.env_origins[:, :2] + offsets
    root[:, 2], root[:, 7:] = 3.0, 0.0
    env.sim.reset(torch.ones(8, dtype=torch.bool), root, env.dof_pos.clone(), torch.zeros_like(env.dof_vel))
    env.step(zero_actions(env))
    assert env.time_out_buf.tolist() == [False, False, True, False, False, True, True, True]


def test_the_end_of_the_map_ends_episodes_that_go_on_beyond_their_tile(make: MakeEnv) -> None:
    """Not a fall, and not for the base to be over the edge: the feet would be."""

    def small_map(cfg) -> None:
        cfg.termination.leave_tile = False
        cfg.terrain.num_rows, cfg.terrain.num_cols = 1, 2  # 8 x 16 m, and 5 m around: the map ends at 9 and 13 m

    env = make("go2_rough", num_envs=6, change=small_map)
    root = env.root_states.clone()
    root[:, :2] = torch.tensor([[8.4, 0.0], [8.6, 0.0], [-8.6, 0.0], [0.0, 12.4], [0.0, 12.6], [60.0, -3.0]])
    root[:, 2], root[:, 7:] = 3.0, 0.0
    env.sim.reset(torch.ones(6, dtype=torch.bool), root, env.dof_pos.clone(), torch.zeros_like(env.dof_vel))
    _, _, done, extras = env.step(zero_actions(env))
    assert done.tolist() == extras["time_outs"].tolist() == [False, True, True, False, True, True]


def test_a_failed_simulation_is_reset_and_counted(make: MakeEnv) -> None:
    env = make()
    root = env.root_states.clone()
    root[5, 7] = torch.nan
    env.sim.reset(torch.arange(8) == 5, root, env.dof_pos.clone(), env.dof_vel.clone())
    obs, reward, done, extras = env.step(zero_actions(env))
    assert done.tolist() == [i == 5 for i in range(8)] and not extras["time_outs"].any()
    assert torch.isfinite(obs["policy"]).all() and torch.isfinite(reward).all()
    assert torch.isfinite(extras["final_observations"]["critic"]).all()
    counts = {name: value.item() for name, value in extras["log"].items() if name.startswith("sim_failures_")}
    assert counts == {f"sim_failures_{kind}": float(kind == "non_finite") for kind in env.sim.failure_kinds}
    assert sum(env.sim.failure_counts().values()) == 1


def test_log_gives_means_of_ended_episodes(make: MakeEnv) -> None:
    env = make()
    _, _, _, extras = env.step(zero_actions(env))
    assert torch.isnan(extras["log"]["falls"])
    fall(env, 0)
    fall(env, 1)
    env.episode_length_buf[2] = env.max_episode_length - 1
    _, _, _, extras = env.step(zero_actions(env))
    assert extras["log"]["falls"].item() == pytest.approx(2.0 / 3.0)


def test_logged_errors_are_means_over_the_steps_that_were_lived(make: MakeEnv) -> None:
    """They were divided by the age that a learner gave the episode: 0.0065 m/s in the place of 0.645."""
    env = make()
    env.episode_length_buf.fill_(env.max_episode_length - 3)
    errors = []
    for _ in range(3):
        command = env.commands[:, :2].clone()
        _, _, dones, extras = env.step(zero_actions(env))
        errors.append(torch.linalg.vector_norm(command - env.base_lin_vel[:, :2], dim=1).mean().item())
    assert dones.all() and env.steps_lived.tolist() == [0] * 8
    before_reset = 3.0 * extras["log"]["lin_vel_error"].item() - errors[0] - errors[1]
    assert before_reset == pytest.approx(errors[1], rel=0.2)  # the last step's, whose state is gone


def test_a_reset_closes_the_books_of_what_it_ends(make: MakeEnv) -> None:
    env = make()
    for _ in range(5):
        env.step(zero_actions(env))
    books = (env.rewards.episode_sums, env._tracking_errors, env.terrain_curriculum.commanded_distance)
    env.terrain_curriculum.record(env.commands[:, :2], env.base_lin_vel[:, :2], 1.0)
    assert all(book.any() for book in books) and env.steps_lived.tolist() == [5] * 8
    env.reset()
    assert not any(book.any() for book in books) and not env.steps_lived.any()


def test_the_layout_has_the_scale_that_actions_have(make: MakeEnv) -> None:
    def of_joints(cfg: Any) -> None:
        cfg.control.action_scales = {"joint": 0.4}

    assert make(change=of_joints).layout["action_scale"] == 0.4
    assert make().layout["action_scale"] == 0.25


def test_what_a_step_returns_is_the_callers_to_keep(make: MakeEnv) -> None:
    """As runners do that hold references to rewards, dones and logs until the end of an iteration."""
    env = make()
    first = env.step(zero_actions(env))
    obs, reward, done, extras = first
    kept = copy.deepcopy((obs, reward, done, extras))
    fall(env, 0)
    env.episode_length_buf[1] = env.max_episode_length - 1
    after = env.step(torch.ones(8, 12))
    torch.testing.assert_close(
        (reward, done, extras["time_outs"], extras["log"]),
        (kept[1], kept[2], kept[3]["time_outs"], kept[3]["log"]),
        equal_nan=True,
        rtol=0,
        atol=0,
    )
    for name, group in kept[0].items():
        assert torch.equal(obs[name], group) and not torch.equal(after[0][name], group)
        assert torch.equal(extras["final_observations"][name], kept[3]["final_observations"][name])
    assert not torch.equal(after[1], reward) and after[2].tolist() == [True, True] + [False] * 6
    assert after[3]["time_outs"].tolist() == [False, True] + [False] * 6
    assert after[3] is not extras and after[3]["log"].keys() == extras["log"].keys()
    assert after[3]["log"]["falls"] == 0.5


def test_episode_length_may_be_assigned(make: MakeEnv) -> None:
    env = make()
    buffer = env.episode_length_buf
    env.episode_length_buf = torch.arange(8)
    assert env.episode_length_buf is buffer and buffer.tolist() == list(range(8))


def test_configuration_that_does_not_fit_the_robot(make: MakeEnv) -> None:
    def lacks_joint(cfg: Any) -> None:
        del cfg.init_state.default_joint_angles["RR_calf_joint"]

    def wrong_actions(cfg: Any) -> None:
        cfg.env.num_actions = 10

    def cannot_reach(cfg: Any) -> None:
        cfg.init_state.default_joint_angles = {**cfg.init_state.default_joint_angles, "FL_hip_joint": 9.0}

    with pytest.raises(UserError, match="RR_calf_joint"):
        make(change=lacks_joint)
    with pytest.raises(UserError, match=r"FL_hip_joint at 9 rad is beyond its limits, -1.0472 to 1.0472 rad"):
        make(change=cannot_reach)
    with pytest.raises(UserError, match="12 joints"):
        make(change=wrong_actions)


def test_a_robot_down_in_a_hole_has_fallen(make: MakeEnv) -> None:
    """A gap of 0.1 m around the platform: vertices 1.55 and 1.60 m from the tile's middle; its floor lies 1 m down."""

    def change(cfg: Any) -> None:
        cfg.terrain.terrain_proportions, cfg.terrain.num_rows = {"gap": 1.0}, 1
        cfg.terrain.difficulty_range = (0.0, 0.0)

    env = make("go2_rough", num_envs=3, change=change)
    env.terrain_curriculum.types.zero_()
    env.reset()
    root = env.spawn.root_states.clone()
    root[:, 7:] = 0.0
    root[:, :2] = env.env_origins[:, :2] + torch.tensor([[1.58, 0.0], [1.58, 0.0], [1.8, 0.0]])
    root[:, 2] = torch.tensor([-0.1, 0.2, -0.1])  # down in it; over it; on solid ground, whatever the height
    env.root_states.copy_(root)
    env.contact_forces.zero_()
    env._read_sensors()
    assert env._fallen().tolist() == [True, False, False]
    env._check_termination()
    assert env.reset_buf.tolist() == [True, False, False] and not env.time_out_buf.any()


def test_a_hole_where_robots_begin_is_refused(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.terrain.terrain_proportions, cfg.terrain.platform_size = {"gap": 1.0}, 1.0

    with pytest.raises(UserError, match="'gap', level 0: a hole where robots begin, up to 1 m from the middle"):
        make("go2_rough", num_envs=1, change=change)


@pytest.mark.parametrize("field, value", [("position_noise", 0.7), ("pos", [0.0, 0.0, 0.32])])
def test_a_ceiling_over_the_place_where_robots_begin_is_refused(make: MakeEnv, field: str, value: Any) -> None:
    """A bar 0.5 m up and 2.2 m from the middle: in reach of a robot that begins 1.7 m off it, 0.42 m up."""

    def change(cfg: Any) -> None:
        cfg.terrain.terrain_proportions, cfg.terrain.difficulty_range = {"crawl": 1.0}, (0.0, 0.0)
        cfg.init_state.position_noise = 1.7

    with pytest.raises(UserError, match=r"'crawl_bar', level 0: a ceiling 0.5 m up .* begin, 0.42 m up .*: leave 0.57"):
        make("go2_rough", num_envs=1, change=change)

    def lower(cfg: Any) -> None:
        change(cfg)
        setattr(cfg.init_state, field, value)

    make("go2_rough", num_envs=1, change=lower)


@pytest.mark.parametrize("actions", [torch.zeros(12), torch.zeros(3, 12), torch.zeros(2, 11), np.zeros((2, 12)), None])
def test_actions_of_another_shape_are_refused(make: MakeEnv, actions: Any) -> None:
    env = make(num_envs=2)
    with pytest.raises(UserError, match=r"actions must be a tensor \[2, 12\], not"):
        env.step(actions)
    for dtype, device in ((torch.float32, "meta"), (torch.complex64, "cpu")):
        says = f"actions must be a tensor of real numbers, not of {dtype} on {device}"
        with pytest.raises(UserError, match=says):
            env.step(torch.zeros(2, 12, dtype=dtype, device=device))
