"""Qmini: its groups, clock, rewards, randomization and initial states."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.envs.base.gait_clock import GaitClock
from legged_gym.envs.qmini.qmini_config import QminiCfg
from legged_gym.envs.qmini.qmini_robot import QminiRobot
from legged_gym.interface.action import POSITION, ActionMap
from legged_gym.tasks import get_cfgs, make_runner
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv, zero_actions
from tests.sim.robots import ENGINES

FRAME = 43
DRAWN = {
    "friction": (1, 1.0, 0.1, 1.25),
    "base_mass": (1, 20.0, 4.7754 - 1.0, 4.7754 + 3.0),
    "base_com": (3, 1.0, None, None),
    "dof_friction": (1, 1.0, 1e-4, 1e-2),
    "dof_damping": (1, 1.0, 1e-3, 1e-2),
    "dof_armature": (1, 1.0, 1e-3, 1e-2),
    "stiffness_factor": (10, 1.0, 0.8, 1.2),
    "damping_factor": (10, 1.0, 0.8, 1.2),
    "motor_strength": (10, 1.0, 0.8, 1.2),
    "motor_zero": (10, 1.0, -0.026, 0.026),
}
"""Term -> width, unit over its scale, and range."""


def plane(cfg: Any) -> None:
    cfg.terrain.mesh_type = "plane"


def exact(cfg: Any) -> None:
    """The nominal robot in its default pose, upright and at rest."""
    plane(cfg)
    rand, start = cfg.domain_rand, cfg.init_state
    for name in [name for name in vars(rand) if name.startswith("randomize_")]:
        setattr(rand, name, False)
    start.dof_pos_noise, start.tilt_noise, start.velocity_noise = {}, 0.0, 0.0


def make_robot(make: MakeEnv, num_envs: int = 4, change: Any = plane) -> QminiRobot:
    env = make("qmini", num_envs, change=change)
    assert isinstance(env, QminiRobot)
    return env


def privileged(env: QminiRobot) -> dict[str, torch.Tensor]:
    """The drawn values in the critic's newest frame, in their units."""
    values, start = {}, FRAME + 3
    for name, (width, unit, *_) in DRAWN.items():
        values[name] = env.get_observations()["critic"][:, start : start + width] * unit
        start += width
    assert start == 94
    return values


# -- observations -----------------------------------------------------------------------------------------------------


def test_groups_have_the_documented_widths(make: MakeEnv) -> None:
    env = make_robot(make)
    widths = {name: group.shape[1] for name, group in env.get_observations().items()}
    assert widths == {"policy": 5 * 43, "critic": 5 * (43 + 51), "heights": 187, "estimator_targets": 5}
    assert widths["critic"] + widths["heights"] == 657
    assert not any(term["privileged"] for term in env.layout["observations"]["policy"])


def test_a_frame_by_hand(make: MakeEnv) -> None:
    env = make_robot(make, change=exact)
    env.commands[:, :3] = torch.tensor([0.4, 0.0, -0.3])
    env.step(torch.full((4, 10), 0.2))
    env.step(torch.full((4, 10), 0.1))
    obs = env.get_observations()
    frame, state = obs["policy"][2, :FRAME], env.root_states[2]
    assert not env.reset_buf.any()
    torch.testing.assert_close(frame[:3], 0.25 * env.base_ang_vel[2])
    torch.testing.assert_close(frame[3:6], env.projected_gravity[2])
    torch.testing.assert_close(frame[6:9], torch.tensor([0.8, 0.0, -0.075]))
    torch.testing.assert_close(frame[9:19], env.dof_pos[2] - env.default_dof_pos)
    torch.testing.assert_close(frame[19:29], 0.05 * env.dof_vel[2])
    torch.testing.assert_close(frame[29:39], torch.full((10,), 0.1))
    torch.testing.assert_close(obs["policy"][2, FRAME + 29 : FRAME + 39], torch.full((10,), 0.2))
    torch.testing.assert_close(obs["critic"][2, :FRAME], frame)
    torch.testing.assert_close(obs["critic"][2, 94 : 94 + FRAME], obs["policy"][2, FRAME : 2 * FRAME])
    torch.testing.assert_close(obs["critic"][2, FRAME : FRAME + 3], 2.0 * env.base_lin_vel[2])
    torch.testing.assert_close(obs["estimator_targets"][2, :3], 2.0 * env.base_lin_vel[2])
    height = (state[2] - 0.5).clamp(-1.0, 1.0)
    torch.testing.assert_close(obs["heights"][2], (5.0 * height).expand(187))


def test_the_clock_in_the_frame(make: MakeEnv) -> None:
    """2 Hz and 50 Hz: a step is 0.04 of a stride."""
    env = make_robot(make, 64)
    env.commands[:, :3] = torch.tensor([0.4, 0.0, 0.0])
    left_first = env.gait_clock.phase[:, 0] == 0.0
    assert 0 < left_first.sum() < 64
    for _ in range(6):
        env.step(zero_actions(env))
    clock = env.get_observations()["policy"][:, FRAME - 4 : FRAME]
    angle = 2.0 * math.pi * 0.24
    first = torch.tensor([math.sin(angle), -math.sin(angle), math.cos(angle), -math.cos(angle)])
    torch.testing.assert_close(clock, torch.where(left_first[:, None], first, -first), atol=1e-5, rtol=0.0)
    env.commands[:, 0] = 0.04  # within the dead zone
    env.step(zero_actions(env))
    clock = env.get_observations()["policy"][:, FRAME - 4 : FRAME]
    standing = torch.tensor([0.0, 0.0, 1.0, -1.0])
    torch.testing.assert_close(clock, torch.where(left_first[:, None], standing, -standing), atol=1e-5, rtol=0.0)


def test_feet_of_the_estimators_targets(make: MakeEnv) -> None:
    env = make_robot(make, change=exact)
    assert not env.get_observations()["estimator_targets"][:, 3:].any()
    for _ in range(10):
        env.step(zero_actions(env))
    assert (env.get_observations()["estimator_targets"][:, 3:] == 1.0).all()


# -- one robot from the next ------------------------------------------------------------------------------------------


def test_the_critic_sees_what_was_drawn_and_the_engine_has_it(make: MakeEnv) -> None:
    env = make_robot(make, 128)
    seen = privileged(env)
    for name, (_, _, low, high) in DRAWN.items():
        if low is not None and high is not None:
            margin = 0.06 * (high - low)
            assert low - 1e-6 <= seen[name].min() <= low + margin, name
            assert high - margin <= seen[name].max() <= high + 1e-6, name
    com = seen["base_com"] - torch.tensor([0.02, 5.6e-05, -0.041502])
    for axis, (low, high) in enumerate([(-0.02, 0.03), (-0.01, 0.01), (-0.01, 0.01)]):
        assert low - 1e-6 <= com[:, axis].min() < 0.9 * low and 0.9 * high < com[:, axis].max() <= high + 1e-6
    read = env.sim.read
    torch.testing.assert_close(seen["friction"][:, 0], read("friction"))
    torch.testing.assert_close(seen["base_mass"][:, 0], read("base_mass"))
    torch.testing.assert_close(seen["base_com"], read("base_com"))
    for name in ("dof_friction", "dof_damping", "dof_armature"):
        torch.testing.assert_close(seen[name].expand(-1, 10), read(name))  # one value for all joints
    gains = torch.tensor([20.0, 60.0, 30.0, 30.0, 20.0] * 2), torch.tensor([0.75, 2.0, 1.0, 1.0, 0.75] * 2)
    torch.testing.assert_close(read("stiffness"), gains[0] * seen["stiffness_factor"] * seen["motor_strength"])
    torch.testing.assert_close(read("damping"), gains[1] * seen["damping_factor"] * seen["motor_strength"])
    assert seen["motor_zero"][0].unique().numel() == 10


def test_motor_zero_is_in_drive_and_observation(make: MakeEnv) -> None:
    env = make_robot(make)
    env.step(zero_actions(env))
    zero = privileged(env)["motor_zero"]
    torch.testing.assert_close(env.joint_targets, env.default_dof_pos - zero)
    going = ~env.reset_buf
    seen = env.get_observations()["policy"][:, 9:19]
    torch.testing.assert_close(seen[going], (env.dof_pos + zero - env.default_dof_pos)[going])


def test_pushes_have_a_limit_on_each_axis(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        plane(cfg)
        cfg.domain_rand.push_robots = True

    env = make_robot(make, 256, change)
    env.domain_rand.push_in.zero_()
    env.domain_rand.draw_disturbances()
    largest = env.domain_rand.push_velocity.abs().amax(dim=0)
    assert 0.18 < largest[0] <= 0.2 and 0.09 < largest[1] <= 0.1 and not largest[2:].any()


def test_initial_states_fill_their_ranges(make: MakeEnv) -> None:
    env = make_robot(make, 256)
    joints = env.dof_pos - env.default_dof_pos
    for name, noise in zip(env.dof_names, joints.T, strict=True):
        limit = 0.2 if "pitch" in name else 0.1
        assert 0.9 * limit < noise.abs().max() <= limit + 1e-6, name
    tilt = torch.acos(-env.projected_gravity[:, 2].clamp(-1.0, 1.0))
    assert 0.11 < tilt.max() < 0.1 * math.sqrt(2.0) + 1e-3
    assert 0.09 < torch.asin(env.projected_gravity[:, 0]).abs().max() <= 0.1 + 1e-5  # pitch
    velocity = env.root_states[:, 7:].abs().amax(dim=0)
    assert (velocity > 0.09).all() and (velocity <= 0.1).all()
    torch.testing.assert_close(env.root_states[:, 2], torch.full((256,), 0.48))
    heading = torch.atan2(env.heading[:, 1], env.heading[:, 0])
    assert heading.min() < -3.0 and heading.max() > 3.0


def test_noise_of_an_unknown_joint_is_refused(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.init_state.dof_pos_noise = {"elbow": 0.1}

    with pytest.raises(UserError, match="dof_pos_noise: no joint has 'elbow' in its name: hip_yaw_l"):
        make_robot(make, change=change)


def test_commands_are_in_their_ranges_or_none(make: MakeEnv) -> None:
    env = make_robot(make, 4096)
    commands = env.commands[:, :3]
    assert not env.cfg.commands.heading_command and not commands[:, 1].any()
    assert -0.5 <= commands[:, 0].min() < -0.49 and 0.59 < commands[:, 0].max() <= 0.6
    assert -0.6 <= commands[:, 2].min() < -0.59 and 0.59 < commands[:, 2].max() <= 0.6
    standing = (commands == 0.0).all(dim=1)
    small = (commands[:, 0].abs() <= 0.05) & (commands[:, 2].abs() <= 0.1)
    assert torch.equal(standing, small)
    share = 0.1 + 0.9 * (0.1 / 1.1) * (0.2 / 1.2)  # told to stand, or drawn within the dead zone
    assert standing.float().mean().item() == pytest.approx(share, abs=0.02)
    assert torch.equal(env.command_generator.moving(), ~standing)
    assert ((commands[:, 0].abs() <= 0.05) & ~standing).any()  # turning on the spot is no standing


# -- rewards ----------------------------------------------------------------------------------------------------------


def state(**values: Any) -> Any:
    action_map = ActionMap(0.25, 100.0, POSITION, torch.zeros(10))
    return SimpleNamespace(cfg=QminiCfg(), dt=0.02, rew_buf=torch.zeros(1), action_map=action_map, **values)


def rows(*numbers: float) -> torch.Tensor:
    return torch.tensor([list(numbers)])


def feet(heights: list[float], velocities: list[list[float]], quats: list[list[float]]) -> Any:
    bodies = torch.zeros(1, 3, 13)
    bodies[0, 1:, 2], bodies[0, 1:, 7:10] = torch.tensor(heights), torch.tensor(velocities)
    bodies[0, 1:, 3:7] = torch.tensor(quats)
    return {"body_states": bodies, "feet_indices": torch.tensor([1, 2])}


def clock(left: float, right: float) -> Any:
    return SimpleNamespace(phase=rows(left, right))


LEVEL = [0.0, 0.0, math.sin(0.7), math.cos(0.7)]
"""A foot that has turned about the vertical."""
PITCHED = [0.0, math.sin(0.05), 0.0, math.cos(0.05)]
"""A foot that is pitched by 0.1 rad."""
STANDING = feet([0.0945, 0.0945], [[0.1, 0.0, 0.0], [0.0, 0.2, 0.3]], [LEVEL, PITCHED])
GROUND = SimpleNamespace(sample=lambda points: torch.full(points.shape[:-1], 0.1))
POSE = {"dof_pos": rows(0.1, -0.2, 0.5), "default_dof_pos": torch.zeros(3)}

CASES = {
    "alive": (state(), 1.0),
    "tracking_lin_vel_x": (
        state(commands=rows(0.4, 0.0, 0.0), base_lin_vel=rows(0.2, 9.0, 0.0)),
        math.exp(-1.0),  # 0.2^2 / 0.04
    ),
    "tracking_lin_vel_y": (
        state(commands=rows(0.0, 0.0, 0.0), base_lin_vel=rows(9.0, -0.4, 0.0)),
        math.exp(-1.0),  # 0.2 beyond the tolerance
    ),
    "tracking_ang_vel": (state(commands=rows(0.0, 0.0, 0.6), base_ang_vel=rows(0.0, 0.0, 0.2)), math.exp(-1.0)),
    "base_orientation": (
        # pitch 0.25, roll -0.1
        state(projected_gravity=rows(0.24740396, 0.09673045, -0.96407194)),
        0.1**2 + 0.2**2,
    ),
    "contact_no_vel": (state(**STANDING, feet_on_ground=torch.tensor([[False, True]])), 0.04 + 0.09),
    "feet_orientation": (state(**STANDING), math.sin(0.1) ** 2),
    "gait_match": (state(gait_clock=clock(0.3, 0.56), feet_on_ground=torch.tensor([[True, True]])), 1.0),
    "gait_feet_swing_height": (
        # The left foot is at the top of its swing, on ground of 0.1 m, 0.05 m over it instead of 0.08.
        state(
            **feet([0.0945 + 0.15, 9.0], [[0.0] * 3] * 2, [LEVEL] * 2),
            gait_clock=clock(0.775, 0.5),
            height_sampler=GROUND,
        ),
        0.03**2,
    ),
    "gait_feet_air_time": (
        # A swing lasts 0.225 s at most: 0.3 s count as much; the right foot's 0.1 s are short of half of it.
        state(
            feet_air_time=rows(0.3, 0.1), first_contact=torch.ones(1, 2, dtype=torch.bool),
            swing_time=0.225, moving=torch.tensor([True]),
        ),
        0.1125 - 0.0125,
    ),
    "stand_still": (state(**POSE, moving=torch.tensor([False])), 0.8),
    "hip_close_to_default": (state(**POSE, _leg_direction_indices=torch.tensor([0, 1])), 0.01 + 0.04),
    "action": (state(actions=rows(1.0, -2.0)), 3.0),
    "base_height": (state(root_states=rows(0.0, 0.0, 0.71), ground_height=torch.tensor([0.2])), 0.01),
    "feet_contact_forces": (
        state(contact_forces=torch.tensor([[[0.0, 0.0, 9e9], [0.0, 120.0, 160.0], [0.0, 0.0, 139.0]]]), **{
            "feet_indices": torch.tensor([1, 2])
        }),
        60.0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_reward_formula(name: str) -> None:
    robot, expected = CASES[name]
    torch.testing.assert_close(getattr(QminiRobot, f"_reward_{name}")(robot), torch.tensor([expected]))


def test_a_resting_robot_gets_nothing_for_its_swings() -> None:
    resting = state(
        feet_air_time=rows(0.2, 0.2), first_contact=torch.ones(1, 2, dtype=torch.bool), swing_time=0.225,
        moving=torch.tensor([False]),
    )  # fmt: skip
    assert QminiRobot._reward_gait_feet_air_time(resting).item() == 0.0


def test_a_resting_clock_wants_both_feet_on_the_ground() -> None:
    resting = GaitClock(8, [[0.0, 0.5], [0.5, 0.0]], 2.0, "cpu")
    robot = state(gait_clock=resting, feet_on_ground=torch.ones(8, 2, dtype=torch.bool))
    assert (QminiRobot._reward_gait_match(robot) == 2.0).all()


def test_every_reward_counts_with_its_sign(make: MakeEnv) -> None:
    env = make_robot(make)
    assert len(env.rewards.names) == 20
    wanted = {"alive", "gait_match", "gait_feet_air_time"}
    for name, scale in env.rewards.scales.items():
        assert (scale > 0.0) == (name in wanted or name.startswith("tracking")), name
    assert env.rewards.scales["termination"] == pytest.approx(-4.0)


# -- the robot --------------------------------------------------------------------------------------------------------


def test_the_default_pose_is_symmetric(make: MakeEnv) -> None:
    """Every angle of the right leg is minus the left one's, and so the feet are mirror images."""
    env = make_robot(make, 1, exact)
    left, right = env.default_dof_pos[:5], env.default_dof_pos[5:]
    torch.testing.assert_close(left, -right)
    root = torch.zeros(1, 13)
    root[0, 6] = 1.0
    env.sim.reset(torch.ones(1, dtype=torch.bool), root, env.default_dof_pos[None].clone(), torch.zeros(1, 10))
    feet_states = env.body_states[0, env.feet_indices]
    torch.testing.assert_close(feet_states[0, :3] * torch.tensor([1.0, -1.0, 1.0]), feet_states[1, :3])
    torch.testing.assert_close(feet_states[0, :3], torch.tensor([-0.01377, 0.15894, -0.32727]), atol=1e-5, rtol=0.0)
    assert env._reward_feet_orientation().item() == pytest.approx(2 * 0.01**2, abs=1e-5)
    sole = feet_states[0, 2].item() - env.cfg.gait.ankle_height
    assert sole == pytest.approx(-0.4218, abs=5e-4)


def test_ankles_against_the_pitch_keep_it_standing(make: MakeEnv) -> None:
    """In its default pose alone it topples within a second: its drives are soft."""
    env = make_robot(make, 1, exact)
    env.commands.zero_()
    env.command_generator.time_left.fill_(1e9)
    fallen, total = False, 0.0
    for _ in range(60):
        _, _, done, _ = env.step(zero_actions(env))
        fallen |= bool(done)
    assert fallen
    env.reset()
    env.commands.zero_()
    for _ in range(250):
        pitch, rate = torch.asin(env.projected_gravity[0, 0]), env.base_ang_vel[0, 1]
        actions, push = zero_actions(env), (2.0 * pitch + 0.2 * rate) / 0.25
        actions[0, 4], actions[0, 9] = push, -push
        _, reward, done, _ = env.step(actions)
        assert not done
        total += reward.item()
    assert env.root_states[0, 2].item() == pytest.approx(0.41, abs=0.01)
    assert 2.0 < total / 5.0 < 3.2  # a second


def test_bodies_that_end_an_episode(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        plane(cfg)
        cfg.termination.max_tilt = 4.0  # contacts alone are judged

    env = make_robot(make, change=change)
    names = {env.body_names[i] for i in env.termination_contact_indices.tolist()}
    assert names == {name for name in env.body_names if "ankle" not in name} and len(names) == 9
    assert [env.body_names[i] for i in env.feet_indices] == ["ankle_pitch_l", "ankle_pitch_r"]
    root = env.root_states.clone()
    root[1, 2], root[1, 3:] = 0.02, torch.tensor([1.0] + [0.0] * 9)  # on its back, which is 2 cm over its frame
    env.sim.reset(torch.arange(4) == 1, root, env.dof_pos.clone(), env.dof_vel.clone())
    _, reward, done, extras = env.step(zero_actions(env))
    assert done.tolist() == [False, True, False, False] and not extras["time_outs"].any()
    assert reward[1] < -3.0


@pytest.mark.parametrize("engine", ENGINES)
def test_runs_on_every_engine(make: MakeEnv, engine: str) -> None:
    def change(cfg: Any) -> None:
        cfg.sim.engine = engine
        cfg.noise.add_noise = True
        cfg.domain_rand.push_robots = True

    env = make_robot(make, 6, change)
    assert not env.terrain.is_plane
    generator = torch.Generator().manual_seed(0)
    touched = torch.zeros(6, 2, dtype=torch.bool)
    for _ in range(40):
        _, reward, _, extras = env.step(0.5 * torch.randn(6, 10, generator=generator))
        touched |= env.feet_contact
        assert torch.isfinite(torch.cat(list(env.observations.buffers.values()), dim=1)).all()
        assert torch.isfinite(reward).all()
    assert touched.all()
    assert not any(value.item() for name, value in extras["log"].items() if name.startswith("sim_failures_"))


def test_trains_with_its_estimator(make: MakeEnv) -> None:
    env = make_robot(make, 16)
    train_cfg = get_cfgs("qmini")[1]
    train_cfg.policy.actor_hidden_dims = train_cfg.policy.critic_hidden_dims = [32]
    runner = make_runner(env, train_cfg, None, "cpu")
    before = {name: weights.clone() for name, weights in runner.policy.state_dict().items()}
    runner.learn(2)
    after = runner.policy.state_dict()
    assert all(torch.isfinite(weights).all() for weights in after.values())
    learned = {name.rpartition(".")[0] for name in after if not torch.equal(before[name], after[name])}
    assert {"actor.estimator.0", "actor.trunk.0", "critic.0"} <= learned
    assert after["actor.estimator.0.weight"].shape == (128, 215) and after["actor.trunk.0.weight"].shape == (32, 220)
    assert after["critic.0.weight"].shape == (32, 657)


def test_terrain_is_gentle(make: MakeEnv) -> None:
    env = make_robot(make, 1, lambda cfg: setattr(cfg.terrain, "difficulty_range", (1.0, 1.0)))
    assert env.terrain.tile_size == (5.0, 5.0)
    assert abs(env.terrain.heights).max() < 0.1 * 1.5 + 0.01 + 1e-6  # slope over 1.5 m, and its roughness
