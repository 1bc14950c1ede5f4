"""How a policy is evaluated: one episode in each environment, measured from its first to its last step.

Flat: commands drawn from the task's own ranges for 20 s, a new one after 10 s; a fall is an episode that ends before.
Or one command for all robots and their whole episodes.
Rough: every terrain type and level gets the same number of trials; a trial starts on the tile's centre, is commanded
straight ahead in a random direction, and succeeds when the robot has left its tile (4 m along x or y) within 20 s
without a fall. Where a task has ways across, robots are sent along them on the types that declare one, and on no other;
one that does not get on there ends its trial without having fallen. Where a task's episodes do not end with the tile,
commands are those of flat ground, and a trial that lasts its 20 s succeeds. Sensor noise and the task's randomization
stay on, pushes and external forces are off.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from legged_gym.envs.base.agile_commands import without_agility
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.evaluation.estimate import velocity_reader
from legged_gym.evaluation.gait import NUM_FEET, GaitRecord
from legged_gym.evaluation.wrong_images import WrongImages
from legged_gym.terrain.columns import column_types
from legged_gym.utils.errors import UserError
from rsl_rl.modules import InferencePolicy, ObservationInput

EPISODE_LENGTH = 20.0
"""Longest trial, s, whatever the task trains with: falls, and the way that there is time for, are comparable across
robots."""
RESAMPLING_TIME = 10.0
"""Time between new commands on flat ground, s: legged_gym's."""
FORWARD_COMMAND = [0.5, 1.0]
"""Forward velocity of the rough trials, m/s: fast enough to leave the tile in any direction within 20 s."""


def evaluation_settings(cfg: LeggedRobotCfg, command: Sequence[float] | None = None) -> dict[str, Any]:
    """What a task is evaluated with.

    Args:
        cfg: the task's configuration.
        command: forward, sideways and yaw velocity that all robots are given, m/s and rad/s; None: drawn.

    Returns:
        Settings by dotted key.
    """
    settings: dict[str, Any] = {
        "domain_rand.push_robots": False,
        "domain_rand.apply_external_force": False,
        "commands.curriculum": False,
        "terrain.curriculum": False,
        "env.episode_length_s": EPISODE_LENGTH,
        "commands.resampling_time": RESAMPLING_TIME,
        **without_agility(cfg),
        **_crossing_where_declared(cfg),
    }
    if cfg.terrain.mesh_type != "plane" and cfg.termination.leave_tile:
        settings |= {
            "commands.heading_command": True,
            "commands.standing_fraction": 0.0,
            "commands.resampling_time": 1.0e9,
            "commands.ranges.lin_vel_x": list(FORWARD_COMMAND),
            "commands.ranges.lin_vel_y": [0.0, 0.0],
        }
    return settings if command is None else settings | _fixed_command(*command)


def _crossing_where_declared(cfg: Any) -> dict[str, float]:
    """Ordinary ground is judged by the commanded velocity, whatever a task trains there."""
    return {"crossing.share_elsewhere": 0.0} if hasattr(cfg, "crossing") else {}


def _fixed_command(vx: float, vy: float, yaw_rate: float) -> dict[str, Any]:
    return {
        "commands.heading_command": False,
        "commands.standing_fraction": 0.0,
        "commands.min_norm": 0.0,
        "commands.dead_zone": [0.0, 0.0, 0.0],
        "commands.ranges.lin_vel_x": [vx, vx],
        "commands.ranges.lin_vel_y": [vy, vy],
        "commands.ranges.ang_vel_yaw": [yaw_rate, yaw_rate],
    }


@dataclass
class Trials:
    """What each environment's episode gave; tensors [N]."""

    levels: torch.Tensor
    types: torch.Tensor
    """Tile of the trial: terrain level and type column."""
    steps: torch.Tensor
    """Control steps until it ended."""
    fell: torch.Tensor
    left_tile: torch.Tensor
    stuck: torch.Tensor
    """Ended since the robot did not get on; none of these has fallen."""
    velocity_error: torch.Tensor
    """Mean |commanded - measured| of vx, vy, yaw rate over the episode [N, 3], m/s and rad/s."""
    planar_error: torch.Tensor
    """Mean length of the planar velocity's error, m/s."""
    torque_square: torch.Tensor
    """Mean square torque of a joint, N^2 m^2."""
    power: torch.Tensor
    """Mean absolute mechanical power of all joints, W."""
    velocity: torch.Tensor
    """Mean measured vx, vy, yaw rate [N, 3], m/s and rad/s."""
    estimate_error: torch.Tensor | None = None
    """Mean |estimated - true| of a component of the base velocity, m/s; None if the policy does not estimate it."""
    gait: dict[str, float] = field(default_factory=dict)
    """Figures of a quadruped's gait, see `GaitRecord.figures`."""


@torch.inference_mode()
def run_trials(
    env: LeggedRobot,
    policy: InferencePolicy | WrongImages,
    commands: torch.Tensor | None = None,
    num_steps: int | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Trials:
    """Run one episode in every environment.

    Args:
        env: freshly made from a configuration with `evaluation_settings`.
        policy: drives them.
        commands: forward, sideways and yaw velocity of each robot from its first step on [N, 3], m/s and rad/s, where
            the environment is to change none; None: as it draws them.
        num_steps: control steps after which those that go on are left; None: at the end of an episode.
        on_step: called after each control step.

    Raises:
        UserError: the policy's actions are not finite.
    """
    if not env.terrain.is_plane:
        spread_over_tiles(env)
        env.command_generator.keeps_heading = env.cfg.termination.leave_tile
    obs = env.reset()
    if commands is not None:
        env.commands[:, :3] = commands
    n, device = env.num_envs, env.device
    levels, types = env.terrain_curriculum.levels.clone(), env.terrain_curriculum.types.clone()
    alive = torch.ones(n, dtype=torch.bool, device=device)
    steps = torch.zeros(n, device=device)
    fell, left, stuck, lost = (torch.zeros_like(alive) for _ in range(4))
    meter = _Meter(env, policy.estimate_targets)
    for step in range(num_steps or env.max_episode_length):
        inference = policy.infer(obs)
        lost |= alive & ~inference.actions.isfinite().all(dim=1)
        meter.before_step(inference.estimate)
        obs, _, dones, _ = env.step(inference.actions)
        policy.reset(dones)
        # The state of an ended episode is gone; its last step is left out of the means.
        going = alive & ~dones
        meter.after_step(going)
        steps += going
        failed = alive & dones & ~env.time_out_buf
        stuck |= failed & env.stuck
        fell |= failed & ~env.stuck
        left |= alive & env.time_out_buf & (step + 1 < env.max_episode_length)
        alive &= ~dones
        on_step()
        if step % 50 == 49:
            if not alive.any():
                break
            env.sim.rest(~alive)
    env.sim.rest(torch.zeros_like(alive))
    if lost.any():
        raise UserError(f"the policy's actions are not finite in {int(lost.sum())} of {n} trials")
    return Trials(levels, types, steps, fell, left, stuck, **meter.means(steps))


class _Meter:
    """Measures every step of the episodes that go on."""

    def __init__(self, env: LeggedRobot, estimate_targets: ObservationInput | None) -> None:
        self._env, self._read_velocity = env, velocity_reader(env.layout, estimate_targets)
        self._sums = torch.zeros(env.num_envs, 10, device=env.device)
        self._estimate_error = torch.zeros(env.num_envs, 1, device=env.device)
        self._gait = GaitRecord(env.num_envs, env.device) if len(env.feet_indices) == NUM_FEET else None

    def before_step(self, estimate: torch.Tensor | None) -> None:
        """Take note of the command that the robots are to follow, and of the policy's estimate [N, E], if any."""
        self._command = self._env.commands[:, :3].clone()
        if self._read_velocity is not None and estimate is not None:
            error = self._read_velocity(estimate) - self._env.base_lin_vel
            self._estimate_error = error.abs().mean(dim=1, keepdim=True)

    def after_step(self, going: torch.Tensor) -> None:
        """Take in the step of the episodes that are `going` on [N] bool."""
        env = self._env
        velocity = torch.cat((env.base_lin_vel[:, :2], env.base_ang_vel[:, 2:]), dim=1)
        error = self._command - velocity
        planar = torch.linalg.vector_norm(error[:, :2], dim=1, keepdim=True)
        torque_square = env.torques.square().mean(dim=1, keepdim=True)
        power = (env.torques * env.dof_vel).abs().sum(dim=1, keepdim=True)
        values = torch.cat((error.abs(), planar, torque_square, power, velocity, self._estimate_error), dim=1)
        self._sums += values * going[:, None]
        if self._gait is not None:
            force = env.contact_forces[:, env.feet_indices, 2]
            self._gait.add(env.feet_contact, env.first_contact, force, self._command, going)

    def means(self, steps: torch.Tensor) -> dict[str, Any]:
        """The means of `Trials` over each environment's steps [N]."""
        means = self._sums / steps.clamp(min=1)[:, None]
        return {
            "velocity_error": means[:, :3],
            "planar_error": means[:, 3],
            "torque_square": means[:, 4],
            "power": means[:, 5],
            "velocity": means[:, 6:9],
            "estimate_error": None if self._read_velocity is None else means[:, 9],
            "gait": {} if self._gait is None else self._gait.figures(self._env.dt),
        }


def check_number(cfg: LeggedRobotCfg) -> None:
    """See that there is a robot for each terrain type and level.

    Raises:
        UserError: there are fewer.
    """
    terrain = cfg.terrain
    if terrain.mesh_type == "plane":
        return
    levels, kinds = terrain.num_rows, len(set(column_types(terrain.terrain_proportions, terrain.num_cols)))
    if cfg.env.num_envs < levels * kinds:
        raise UserError(
            f"--num_envs {cfg.env.num_envs}: the map has {levels} levels of {kinds} terrain types, so that there must "
            f"be at least {levels * kinds} robots"
        )


def spread_over_tiles(env: LeggedRobot) -> None:
    """The same number of trials for every terrain type and level, spread over the columns of a type."""
    names = env.terrain.type_names
    kinds = list(dict.fromkeys(names))
    columns = [[i for i, name in enumerate(names) if name == kind] for kind in kinds]
    index = torch.arange(env.num_envs)
    levels = index % env.terrain.num_levels
    index = index // env.terrain.num_levels
    kind, repeat = index % len(kinds), index // len(kinds)
    types = torch.tensor([columns[k][r % len(columns[k])] for k, r in zip(kind.tolist(), repeat.tolist(), strict=True)])
    env.assign_terrain(levels.to(env.device), types.to(env.device))
