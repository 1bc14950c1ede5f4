"""The Mini Cheetah's tasks: facts, reference gait, rewards, and what a port to MuJoCo Warp is known to break."""

import importlib.util
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_robot import MiniCheetahRef
from legged_gym.envs.mini_cheetah.reference import read_reference
from legged_gym.scripts import make_reference
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import in_project
from tests.envs.conftest import MakeEnv, zero_actions

ENGINES = ["mujoco", *(["mujoco_warp"] if importlib.util.find_spec("mujoco_warp") else [])]
REFERENCE = in_project(MiniCheetahRefCfg.gait.reference_file)
STRIDE = 0.5 / 3.0 / 2.0
"""Way of a foot in its stance, m: 0.5 m/s for half of a stride at 3 Hz."""


def calm(cfg: Any) -> None:
    """Nothing random at an episode's start, and a walk straight ahead."""
    cfg.init_state.velocity_noise = 0.0
    cfg.init_state.dof_pos_factor = [1.0, 1.0]
    cfg.domain_rand.randomize_friction = False
    cfg.commands.ranges.lin_vel_x = [0.5, 0.5]
    cfg.commands.ranges.lin_vel_y = cfg.commands.ranges.ang_vel_yaw = [0.0, 0.0]
    cfg.commands.standing_fraction = 0.0


def quarter(cfg: Any) -> None:
    """Kernels of an error of a half are 1 / e."""
    cfg.rewards.tracking_sigma = 0.25


def on(engine: str, *changes: Callable[[Any], None]) -> Callable[[Any], None]:
    def change(cfg: Any) -> None:
        cfg.sim.engine = engine
        for edit in changes:
            edit(cfg)

    return change


def place(env: Any, root: torch.Tensor, dof_pos: torch.Tensor | None = None) -> None:
    """Give every robot a state; joints in the default pose and at rest unless said otherwise."""
    every = torch.ones(env.num_envs, dtype=torch.bool)
    joints = env.default_dof_pos.expand(env.num_envs, -1).clone() if dof_pos is None else dof_pos
    env.sim.reset(every, root, joints, torch.zeros_like(joints))


def upright(num_envs: int, height: float) -> torch.Tensor:
    root = torch.zeros(num_envs, 13)
    root[:, 2], root[:, 6] = height, 1.0
    return root


# -- facts -----------------------------------------------------------------------------------------------------------


def test_drives_and_joints_are_those_of_the_facts(make: MakeEnv):
    env = make("mini_cheetah", num_envs=2, change=calm)
    assert env.dof_names == [f"{leg}_{joint}" for leg in ("lf", "rf", "lh", "rh") for joint in ("haa", "hfe", "kfe")]
    assert [env.body_names[i] for i in env.feet_indices] == ["lf_foot", "rf_foot", "lh_foot", "rh_foot"]
    torch.testing.assert_close(env.torque_limits, torch.tensor([18.0, 18.0, 28.0] * 4))
    armature = torch.tensor([0.002268, 0.002268, 0.005484] * 4).expand(2, 12)
    torch.testing.assert_close(env.sim.read("dof_armature"), armature)
    assert (env.sim.read("dof_damping") == 0.1).all()
    assert (env.sim.read("stiffness") == 20.0).all() and (env.sim.read("damping") == 0.5).all()
    assert env.dt == pytest.approx(0.01) and env.sim.physics_dt == 0.002
    assert env.max_episode_length == 400 and env.get_observations()["policy"].shape == (2, 48)


@pytest.mark.parametrize("engine", ENGINES)
def test_stands_under_its_drives(make: MakeEnv, engine: str):
    env = make("mini_cheetah", num_envs=4, change=on(engine, calm))
    for _ in range(100):
        _, _, done, _ = env.step(zero_actions(env))
        assert not done.any()
    assert (env.root_states[:, 2] > 0.24).all() and (env.projected_gravity[:, 2] < -0.99).all()
    assert env.dof_vel.abs().max() < 0.5 and (env.contact_forces[:, env.feet_indices, 2] > 5.0).all()


@pytest.mark.parametrize("touching", ["base", "lf_thigh"])
def test_base_and_thighs_end_the_episode(make: MakeEnv, touching: str):
    env = make("mini_cheetah", num_envs=2, change=calm)
    root, joints = upright(2, 0.35), env.default_dof_pos.expand(2, -1).clone()
    if touching == "base":
        root[1, 2], joints[1] = 0.038, torch.tensor([0.0, 1.5, 0.0] * 4)  # belly down, legs stretched out ahead
    else:
        root[1, 2], joints[1] = 0.215, torch.tensor([0.0, 0.0, 2.5] * 4)  # on its knees
    place(env, root, joints)
    _, _, done, extras = env.step((joints - env.default_dof_pos) / 0.3)
    assert done.tolist() == [False, True] and not extras["time_outs"].any()


# -- the reference ---------------------------------------------------------------------------------------------------


def test_shipped_reference_is_what_the_script_makes(tmp_path: Path):
    make_reference.main([f"--out={tmp_path / 'trot.csv'}"])
    assert (tmp_path / "trot.csv").read_text() == REFERENCE.read_text()


def test_reference_is_within_the_published_ranges_and_smooth():
    table = torch.tensor(read_reference(REFERENCE))
    assert table.shape == (140, 3) and (table[:, 0] == 0.0).all()
    assert -0.121 < table[:, 1].min() < -0.08 and 0.04 < table[:, 1].max() < 0.055
    assert -0.084 < table[:, 2].min() < 0.0 and 0.12 < table[:, 2].max() < 0.317
    velocity = 3.0 * (table - table.roll(1, dims=0)) * 140 * 3.0  # rad/s
    assert velocity.abs().max() < 18.0  # of the 26.8 rad/s of a knee
    assert (velocity - velocity.roll(1, dims=0)).abs().max() < 2.0


def test_reference_moves_the_foot_back_on_the_ground_and_forward_above_it(make: MakeEnv):
    """By the engine's own kinematics, one robot for each row."""
    env = make("mini_cheetah_ref", num_envs=140, change=calm)
    root = upright(140, 1.0)
    place(env, root)
    default_feet = env.body_states[0, env.feet_indices, :3].clone()
    table = torch.tensor(read_reference(REFERENCE), dtype=torch.float32)
    place(env, root, env.default_dof_pos + 3.0 * table.repeat(1, 4))
    feet = env.body_states[:, env.feet_indices, :3] - default_feet
    assert feet[..., 1].abs().max() < 1e-6
    stance, swing = feet[:70], feet[70:]
    assert stance[..., 2].abs().max() < 1e-4  # flat
    step = -STRIDE / 70
    torch.testing.assert_close(stance[1:, :, 0] - stance[:-1, :, 0], torch.full((69, 4), step), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(stance[0, :, 0], torch.full((4,), STRIDE / 2), atol=1e-5, rtol=0.0)
    assert (swing[5:65, :, 2] > 0.003).all() and swing[..., 2].min() > -1e-5
    torch.testing.assert_close(swing[35, :, 2], torch.full((4,), 0.08), atol=1e-5, rtol=0.0)
    assert (swing[50, :, 0] > swing[20, :, 0] + 0.5 * STRIDE).all()  # forward in the air
    assert (feet[0] - feet[-1]).abs().max() < 0.002  # and round again


def test_reference_walks_forward(make: MakeEnv):
    """Stiff drives that follow it carry the robot about as fast as its feet go back."""

    def stiffen(cfg: Any) -> None:
        cfg.control.stiffness = {"haa": 200.0, "hfe": 200.0, "kfe": 200.0}
        cfg.control.damping = {"haa": 2.0, "hfe": 2.0, "kfe": 2.0}

    env = make("mini_cheetah_ref", num_envs=2, change=on("mujoco", calm, stiffen))
    assert isinstance(env, MiniCheetahRef)
    speed = []
    for step in range(150):
        _, _, done, _ = env.step(env.reference() / 0.3)
        assert not done.any()
        if step >= 50:
            speed.append(env.base_lin_vel[:, 0].clone())
    assert 0.3 < torch.stack(speed).mean() < 0.7


@pytest.mark.parametrize(
    "text",
    ["", "haa,hfe,kfe\n", "a,b,c\n1,2,3\n", "haa,hfe,kfe\n1,2\n1,2,3\n", "haa,hfe,kfe\n0,nan,0\n"],
)
def test_faulty_reference_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "reference.csv"
    path.write_text(text)
    with pytest.raises(UserError, match="it wants columns haa, hfe, kfe of angles, rad$"):
        read_reference(path)
    with pytest.raises(UserError, match="cannot read"):
        read_reference(tmp_path / "none.csv")


# -- the clock -------------------------------------------------------------------------------------------------------


def test_diagonal_legs_move_together_half_a_stride_after_the_others(make: MakeEnv):
    env = make("mini_cheetah_ref", num_envs=2, change=calm)
    assert isinstance(env, MiniCheetahRef)
    table = torch.tensor(read_reference(REFERENCE), dtype=torch.float32)
    obs = env.get_observations()
    for step in range(1, 40):
        obs, *_ = env.step(zero_actions(env))
        phase = 0.03 * step % 1.0  # 3 Hz at 100 Hz
        torch.testing.assert_close(env.gait_clock.phase[0, [0, 3]], torch.full((2,), phase), atol=1e-5, rtol=0.0)
        reference = env.reference().view(2, 4, 3)
        assert torch.equal(reference[:, 0], reference[:, 3]) and torch.equal(reference[:, 1], reference[:, 2])
        # One step may round to the row beside it.
        for leg, row in ((0, int(140 * phase + 1e-3)), (1, int(140 * (phase + 0.5) + 1e-3))):
            torch.testing.assert_close(reference[0, leg], 3.0 * table[row % 140], atol=0.05, rtol=0.0)
        angle = 2.0 * math.pi * phase
        expected = torch.tensor([math.sin(angle), -math.sin(angle), -math.sin(angle), math.sin(angle)])
        torch.testing.assert_close(obs["policy"][0, 48:52], expected, atol=1e-4, rtol=0.0)
    assert obs["policy"].shape == (2, 56)


def test_each_legs_joints_follow_the_clock_of_its_foot(make: MakeEnv):
    """Feet in another order than the joints."""
    legs = ("rh", "lf", "rf", "lh")

    def change(cfg: Any) -> None:
        cfg.asset.foot_name = [f"{leg}_foot" for leg in legs]

    env = make("mini_cheetah_ref", num_envs=1, change=change)
    assert isinstance(env, MiniCheetahRef)
    phases = torch.tensor([[0.1, 0.35, 0.6, 0.85]])
    env.gait_clock.phase.copy_(phases)
    table = torch.tensor(read_reference(REFERENCE), dtype=torch.float32)
    for leg, phase in zip(legs, phases[0].tolist(), strict=True):
        joints = [env.dof_names.index(f"{leg}_{part}") for part in ("haa", "hfe", "kfe")]
        torch.testing.assert_close(env.reference()[0, joints], 3.0 * table[int(140 * phase + 1e-3)])


def test_a_foot_without_the_references_joints_is_refused(make: MakeEnv):
    def change(cfg: Any) -> None:
        cfg.asset.foot_name = ["lf_thigh", "rf_foot", "lh_foot", "rh_foot"]

    with pytest.raises(UserError, match="lf_thigh hangs on 2 joints, and the reference is of haa, hfe, kfe"):
        make("mini_cheetah_ref", num_envs=1, change=change)


def test_clock_begins_anew_with_the_episode_and_waits_at_rest(make: MakeEnv):
    env = make("mini_cheetah_ref", num_envs=3, change=calm)
    assert isinstance(env, MiniCheetahRef)
    env.step(zero_actions(env))
    env.commands[1] = 0.0
    env.episode_length_buf[2] = env.max_episode_length - 1
    obs, _, done, extras = env.step(zero_actions(env))
    assert done.tolist() == [False, False, True]
    torch.testing.assert_close(env.gait_clock.phase[:, 0], torch.tensor([0.06, 0.0, 0.0]))
    sines = torch.sin(2.0 * math.pi * torch.tensor([0.06, 0.0, 0.0]))
    torch.testing.assert_close(obs["policy"][:, 48], sines)
    last = extras["final_observations"]["policy"][:, 48]
    torch.testing.assert_close(last, torch.sin(2.0 * math.pi * torch.tensor([0.06, 0.0, 0.06])))


def test_a_tenth_of_the_commands_is_to_stand(make: MakeEnv):
    env = make("mini_cheetah_ref", num_envs=400)
    standing = (env.commands[:, :3] == 0.0).all(dim=1).float().mean().item()
    assert 0.04 < standing < 0.16
    assert env.commands[:, 0].min() < -1.8 and env.commands[:, 0].max() > 2.8
    assert env.commands[:, 2].abs().max() > 2.8 and env.commands[:, 1].abs().max() <= 1.0


# -- rewards ---------------------------------------------------------------------------------------------------------


def test_kernels_by_hand(make: MakeEnv):
    env = make("mini_cheetah", num_envs=2, change=on("mujoco", calm, quarter))
    env.commands[:, :3] = torch.tensor([[1.0, -0.5, 3.0], [0.0, 0.0, 0.0]])
    env.base_lin_vel.copy_(torch.tensor([[0.0, 0.0, 9.0], [0.0, 0.5, 0.0]]))
    env.base_ang_vel.copy_(torch.tensor([[0.5, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    env.projected_gravity.copy_(torch.tensor([[0.5, 0.0, -0.87], [0.0, 0.0, -1.0]]))
    one = math.exp(-1.0)

    def check(name: str, first: float, second: float) -> None:
        values = getattr(env, f"_reward_{name}")()
        torch.testing.assert_close(values, torch.tensor([first, second]), atol=1e-5, rtol=0.0)

    # errors 1 / (1 + 1) and 0.5 / (1 + 0.5), and 0.5 / (1 + 0)
    check("tracking_lin_vel", (one + math.exp(-4.0 / 9.0)) / 2.0, (1.0 + one) / 2.0)
    check("tracking_ang_vel", one, 1.0)  # 2 / (1 + 3)
    check("orientation", (one + 1.0) / 2.0, 1.0)
    check("ang_vel_xy", (one + 1.0) / 2.0, 1.0)


def gait_reward(env: Any, name: str) -> list[float]:
    return getattr(env, f"_reward_{name}")().tolist()


def test_gait_rewards_by_hand(make: MakeEnv):
    env = make("mini_cheetah_ref", num_envs=3, change=on("mujoco", calm, quarter))
    assert isinstance(env, MiniCheetahRef)
    # full speed; just above rest, where half of the gait counts; at rest
    env.commands[:, :3] = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, -0.1 - math.sqrt(0.1 * math.log(2.0))], [0.0] * 3])
    env.gait_clock.phase.copy_(torch.tensor([0.1, 0.6, 0.6, 0.1]).expand(3, 4))
    env.contact_forces.zero_()
    forces = torch.tensor([[0.0, 30.0, 45.0], [0.0, 0.0, 60.0], [0.0, 0.0, 49.0], [0.0, 0.0, 51.0]])
    env.contact_forces[:, env.feet_indices] = forces.expand(3, 4, 3)  # lf 54.1 N
    assert gait_reward(env, "stance_grf") == pytest.approx([2.0, 1.0, 0.0], abs=1e-5)  # lf, rh
    assert gait_reward(env, "swing_grf") == pytest.approx([1.0, 0.5, 0.0], abs=1e-5)  # rf
    env.dof_pos.copy_(env.default_dof_pos + env.reference())
    assert gait_reward(env, "reference_traj") == pytest.approx([1.0, 0.5, 0.0], abs=1e-5)
    env.dof_pos[:, 1::3] -= 0.3  # every hfe off by one, of three joints
    expected = (2.0 + math.exp(-4.0) - 0.2) / 3.0
    assert gait_reward(env, "reference_traj") == pytest.approx([expected, expected / 2.0, 0.0], abs=1e-5)


def test_second_difference_of_the_actions_does_not_reach_back_over_a_reset(make: MakeEnv):
    env = make("mini_cheetah", num_envs=2, change=calm)
    for value in (1.0, 3.0):
        env.step(torch.full((2, 12), value))
    env.episode_length_buf[1] = env.max_episode_length - 1
    env.step(torch.full((2, 12), 2.0))
    assert env.earlier_actions[:, 0].tolist() == [3.0, 0.0] and env.last_actions[:, 0].tolist() == [2.0, 0.0]
    env.actions.fill_(1.0)
    assert env._reward_action_rate2().tolist() == [0.0, 12.0]  # 1 - 2*2 + 3, and 1 from rest


def test_rewards_keep_the_published_weights(make: MakeEnv):
    """Times the control step of 0.01 s, but for the fall, which counts once; the penalties are the project's own."""
    scales = make("mini_cheetah_ref", num_envs=2).rewards.scales
    weights = {
        "tracking_lin_vel": 4.0, "tracking_ang_vel": 2.0, "ang_vel_xy": 0.01, "orientation": 1.0,
        "min_base_height": 1.5, "reference_traj": 1.5, "swing_grf": -1.5, "stance_grf": 1.5,
    }  # fmt: skip
    assert {name: scales[name] for name in weights} == pytest.approx({k: 0.01 * w for k, w in weights.items()})
    assert scales["termination"] == pytest.approx(-1.0)


# -- faults of another port to MuJoCo Warp ---------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("task", ["mini_cheetah", "mini_cheetah_ref"])
def test_joints_that_are_reset_leave_the_base_where_it_was_put(make: MakeEnv, task: str, engine: str):
    """There, robots spawned at z 0.008 m."""
    env = make(task, num_envs=4, change=on(engine))
    assert env.root_states[:, 2].tolist() == pytest.approx([0.35] * 4)
    for _ in range(30):
        env.step(zero_actions(env))
    env.episode_length_buf[1] = env.max_episode_length - 1
    _, _, done, _ = env.step(zero_actions(env))
    assert done.tolist() == [False, True, False, False]
    assert env.root_states[1, 2].item() == pytest.approx(0.35)
    torch.testing.assert_close(env.root_states[1], env.spawn.root_states[1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(env.dof_pos[1], env.spawn.dof_pos[1])
    expected = 0.35 + 0.01 * env.root_states[1, 9].item()
    env.step(zero_actions(env))
    assert env.root_states[1, 2].item() == pytest.approx(expected, abs=0.002)
    assert (env.root_states[[0, 2, 3], 2] < 0.33).all()  # the others stand


@pytest.mark.parametrize("engine", ENGINES)
def test_friction_is_that_of_sliding(make: MakeEnv, engine: str):
    """There, its slots were taken for static and dynamic. A robot that slides on its back slows down by mu g."""
    env = make("mini_cheetah", num_envs=2, change=on(engine, calm))
    friction = torch.tensor([0.2, 0.5])
    env.sim.randomize("friction", friction)
    root = upright(2, 0.0395)  # the trunk's upper side is 0.06 m above its origin
    root[:, 2], root[:, 3], root[:, 6] = 0.0599, 1.0, 0.0
    place(env, root)
    for _ in range(20):
        env.sim.step(env.default_dof_pos.expand(2, -1))
    env.sim.apply_push(torch.tensor([[2.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 2))
    before = env.root_states[:, 7].clone()
    for _ in range(20):
        env.sim.step(env.default_dof_pos.expand(2, -1))
    slowed = before - env.root_states[:, 7]
    torch.testing.assert_close(slowed, friction * 9.81 * 0.2, atol=0.02, rtol=0.05)


@pytest.mark.parametrize("engine", ENGINES)
def test_angular_velocity_is_in_the_frame_it_is_said_to_be_in(make: MakeEnv, engine: str):
    """World axes in the root states, the base's own in the observation; seen by what the base does in the air."""
    env = make("mini_cheetah", num_envs=1, change=on(engine, calm, weightless))
    half = math.sqrt(0.5)
    root = upright(1, 5.0)
    root[0, 3:7] = torch.tensor([half, 0.0, 0.0, half])  # rolled by 90 degrees: the base's y axis points up
    root[0, 10:13] = torch.tensor([0.0, 0.0, 1.0])
    place(env, root)
    before = env.root_states[0, 3:7].clone()
    _, _, _, extras = env.step(zero_actions(env))
    observed = extras["final_observations"]["policy"][0, 3:6] / 0.25
    torch.testing.assert_close(observed, torch.tensor([0.0, 1.0, 0.0]), atol=0.02, rtol=0.0)
    torch.testing.assert_close(env.root_states[0, 10:13], torch.tensor([0.0, 0.0, 1.0]), atol=0.02, rtol=0.0)
    turned = 2.0 * (env.root_states[0, 3:7] - before) / 0.01  # omega * q, with omega about the world's z
    expected = torch.tensor([0.0, half, half, 0.0])  # (0, 0, 1; 0) * (half, 0, 0; half)
    torch.testing.assert_close(turned, expected, atol=0.02, rtol=0.0)


def weightless(cfg: Any) -> None:
    """Without gravity, and free to turn over."""
    cfg.sim.gravity = (0.0, 0.0, 0.0)
    cfg.termination.max_tilt = math.pi


@pytest.mark.skipif(len(ENGINES) < 2, reason="MuJoCo Warp is not installed")
@pytest.mark.parametrize("task", ["mini_cheetah", "mini_cheetah_ref"])
def test_engines_agree_on_the_reward_of_a_policy(make: MakeEnv, task: str):
    """There, one engine reached 5.95 where the other reached 8.04."""
    totals, first = [], []
    for engine in ENGINES:
        env = make(task, num_envs=4, change=on(engine))
        torch.manual_seed(0)
        env.commands[:, :3] = torch.rand(4, 3) * 2.0 - 1.0
        env.command_generator.time_left.fill_(1.0e9)
        root, joints = upright(4, 0.33), env.default_dof_pos + 0.1 * torch.rand(4, 12)
        root[:, 7:13] = torch.rand(4, 6) - 0.5
        env.sim.randomize("friction", torch.linspace(0.5, 1.2, 4))
        place(env, root, joints)
        weights = 0.3 * torch.randn(48, 12)
        total, actions = torch.zeros(4), torch.zeros(4, 12)
        for step in range(50):
            obs, reward, _, _ = env.step(actions)
            actions = torch.tanh(obs["policy"][:, :48] @ weights)
            total += reward
            if step == 0:
                first.append(reward.clone())
        totals.append(total.mean().item())
    torch.testing.assert_close(first[0], first[1], atol=1e-5, rtol=1e-4)
    assert totals[0] == pytest.approx(totals[1], rel=0.03)
