"""Settings of a robot's configuration that have to fit each other across its sections."""

from collections.abc import Iterator
from typing import Any

from legged_gym.config.io import class_to_dict
from legged_gym.config.suggest import nearest
from legged_gym.terrain.columns import column_types
from legged_gym.utils.errors import UserError

LONGEST_STEP = 0.5
"""Time of a control step at most, s: in as much a robot of 0.3 m has fallen to the ground twice over."""
HIGHEST_START = 5.0
"""Height over the ground that a robot may begin at, m: nothing it lands on is to break it."""
MOST_STEPS = 1e9
"""Control steps of an episode: they are counted in tensors of integers, and no training is longer."""


def contradictions(cfg: Any) -> Iterator[str]:
    """Settings of different sections of a robot's configuration that cannot hold together, a line each."""
    yield from _time_contradictions(cfg, cfg.control.decimation * cfg.sim.dt)
    yield from _place_contradictions(cfg)
    if any(cfg.sim.gravity[:2]):
        yield (
            f"sim.gravity = {cfg.sim.gravity} pulls sideways: robots observe and are judged by one straight down; "
            "slopes are terrain (terrain.terrain_proportions)"
        )
    if cfg.domain_rand.randomize_torsional_friction and not cfg.asset.torsional_friction:
        yield "domain_rand.randomize_torsional_friction: give asset.torsional_friction more than 0 too"
    groups = class_to_dict(cfg.observations)
    for key, named in (("noise.groups", cfg.noise.groups), ("observation_history", cfg.observation_history)):
        for group in named:
            if group not in groups:
                yield f"{key}: there is no group {group!r} of observations{nearest(group, groups)}"
    if cfg.commands.curriculum:
        yield from _curriculum_contradictions(cfg)
    yield from _drive_contradictions(cfg)
    yield from _ground_contradictions(cfg)


def _time_contradictions(cfg: Any, step: float) -> Iterator[str]:
    """Times shorter than a control step of so many seconds, or longer than an episode; the step itself."""
    if step > LONGEST_STEP:
        yield (
            f"control.decimation = {cfg.control.decimation} and sim.dt = {cfg.sim.dt:g} s: a control step of "
            f"{step:g} s is longer than {LONGEST_STEP:g} s"
        )
    for name, duration in (
        ("env.episode_length_s", cfg.env.episode_length_s),
        ("commands.resampling_time", cfg.commands.resampling_time),
        *_times_between(cfg.domain_rand),
    ):
        if duration < step * (1.0 - 1.0e-9):
            yield f"{name} = {duration:g} s is shorter than a control step, {step:g} s"
    if cfg.env.episode_length_s > MOST_STEPS * step:
        yield (
            f"env.episode_length_s = {cfg.env.episode_length_s:g} s are more than {MOST_STEPS:.1e} control steps "
            f"of {step:g} s"
        )
    delays = cfg.domain_rand.action_delay_range
    if cfg.domain_rand.randomize_action_delay and delays[1] > cfg.control.decimation:
        yield (
            f"domain_rand.action_delay_range = {delays} is longer than a control step, control.decimation = "
            f"{cfg.control.decimation} physics steps"
        )
    age = cfg.domain_rand.obs_delay_range
    if cfg.domain_rand.randomize_obs_delay and age[1] * step >= cfg.env.episode_length_s:
        yield (
            f"domain_rand.obs_delay_range = {age} control steps of {step:g} s is no shorter than an episode, "
            f"env.episode_length_s = {cfg.env.episode_length_s:g} s"
        )


def _times_between(drawn: Any) -> Iterator[tuple[str, float]]:
    """Mean times until something of chance befalls a robot once more."""
    for switch, name in (("push_robots", "push_interval_s"), ("apply_external_force", "external_force_interval_s")):
        if getattr(drawn, switch):
            yield f"domain_rand.{name}", getattr(drawn, name)


def _place_contradictions(cfg: Any) -> Iterator[str]:
    """Robots that would begin in the ground, or on other tiles than theirs."""
    if cfg.init_state.pos[2] <= 0.0:
        yield f"init_state.pos = {cfg.init_state.pos} is in the ground: its height is over the ground"
    if cfg.init_state.pos[2] > HIGHEST_START:
        yield f"init_state.pos = {cfg.init_state.pos} is {cfg.init_state.pos[2]:g} m over the ground, a fall of seconds"
    terrain, noise = cfg.terrain, cfg.init_state.position_noise
    if terrain.mesh_type != "plane" and noise > min(terrain.terrain_length, terrain.terrain_width) / 2:
        yield (
            f"init_state.position_noise = {noise:g} m leads beyond tiles of terrain.terrain_length = "
            f"{terrain.terrain_length:g} m and terrain_width = {terrain.terrain_width:g} m"
        )


def _drive_contradictions(cfg: Any) -> Iterator[str]:
    """Randomization that leaves no robot a torque."""
    drawn, ranges = cfg.domain_rand, {"gains": "stiffness_factor_range", "motor_strength": "motor_strength_range"}
    for what, name in ranges.items():
        if getattr(drawn, f"randomize_{what}") and getattr(drawn, name)[1] == 0.0:
            yield f"domain_rand.{name} = {getattr(drawn, name)} leaves no robot a torque"


def _ground_contradictions(cfg: Any) -> Iterator[str]:
    """Kinds of ground that there are not, or no share of any."""
    if cfg.terrain.mesh_type != "plane":
        try:
            column_types(cfg.terrain.terrain_proportions, cfg.terrain.num_cols)
        except UserError as error:
            yield str(error)


def _curriculum_contradictions(cfg: Any) -> Iterator[str]:
    """A range that is to widen, by a reward."""
    if getattr(cfg.rewards.scales, "tracking_lin_vel", 0.0) <= 0.0:
        yield (
            "commands.curriculum widens the range by the reward tracking_lin_vel: "
            "give rewards.scales.tracking_lin_vel a positive scale"
        )
    bounds, most = cfg.commands.ranges.lin_vel_x, cfg.commands.max_curriculum
    if max(map(abs, bounds)) > most:
        yield f"commands.max_curriculum = {most:g} m/s is narrower than commands.ranges.lin_vel_x = {bounds}"
