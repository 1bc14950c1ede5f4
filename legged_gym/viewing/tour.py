"""The film that play.py makes by itself: robots walk forward over what their task is about, one after the other."""

import math
from typing import Any

from legged_gym.envs.base.agile_commands import without_agility
from legged_gym.terrain.kinds import CROSSINGS, KINDS
from legged_gym.viewing.rendering import Camera
from legged_gym.viewing.video import VideoRecorder

STOPS = 6
"""Robots of a film at most, each on ground of its own."""
STOP_DURATION = 5.0
"""How long each is followed, s, unless its episode ends before."""
SPEED = 1.0
"""Commanded forward velocity, m/s, where the task's commands go as far."""
_TURNING = 0.5
"""Yaw rate on a plane, where there is nothing else to see, at most, rad/s."""
_LEVELS = 3
_DIFFICULTY = (0.4, 1.0)
"""The levels divide this part of the task's range of difficulty: hard, and not the hardest."""
_SPACING = 2
"""Columns of the map from one robot to the next: each leaves its tile at the edge, or comes 5 m far, so that none gets
into another."""
_SIDE = 70.0
"""Direction of view from that in which the robot looks, degrees: at its right side, a little from behind."""
_DISTANCE = 2.4
_TURN_TIME = 1.0
"""In which the camera turns after the robot, s."""


def tour_settings(cfg: Any) -> dict[str, Any]:
    """Settings of the film: a map of what the task has most of, ways across first, and robots that go straight ahead.

    Args:
        cfg: the environment's configuration, with the number of robots that was asked for.

    Returns:
        Settings by dotted key.
    """
    count = min(STOPS, cfg.env.num_envs)
    velocities = cfg.commands.ranges
    speed = min(SPEED, velocities.lin_vel_x[1])
    turning = min(_TURNING, velocities.ang_vel_yaw[1]) if cfg.terrain.mesh_type == "plane" else 0.0
    settings: dict[str, Any] = {
        "env.num_envs": count,
        "commands.ranges.lin_vel_x": [speed, speed],
        "commands.ranges.lin_vel_y": [0.0, 0.0],
        "commands.ranges.ang_vel_yaw": [-turning, turning],
        "commands.heading_command": False,
        "commands.standing_fraction": 0.0,
        "commands.resampling_time": 1.0e9,
        "init_state.position_noise": 0.0,
        "init_state.velocity_noise": 0.0,
        "init_state.tilt_noise": 0.0,
        "init_state.dof_pos_factor": [1.0, 1.0],
        **without_agility(cfg),
        "terrain.num_rows": _LEVELS,
        "terrain.num_cols": _SPACING * count,
    }
    if hasattr(cfg, "crossing"):  # robots are steered along their way
        slowest, fastest = cfg.crossing.speed
        across = min(max(SPEED, slowest), fastest)
        settings["crossing.speed"] = [across, across]
        if cfg.crossing.share_elsewhere > 0.0:
            settings["crossing.share_elsewhere"] = 1.0
        for key in ("commands.heading_command", "commands.ranges.ang_vel_yaw"):
            del settings[key]
    if cfg.terrain.mesh_type != "plane":
        low, high = cfg.terrain.difficulty_range
        kinds = sights(cfg.terrain.terrain_proportions)[:count]
        settings |= {
            "terrain.difficulty_range": tuple(low + share * (high - low) for share in _DIFFICULTY),
            "terrain.terrain_proportions": dict.fromkeys(kinds, 1.0),
        }
    return settings


def sights(proportions: dict[str, float]) -> list[str]:
    """The kinds of ground of a task, what it is about first: kinds with a way across, then those with the most columns.

    Args:
        proportions: `terrain.terrain_proportions`.
    """

    def rank(kind: str) -> tuple[bool, float]:
        return not CROSSINGS.intersection(KINDS.get(kind, ())), -proportions[kind]

    return sorted((kind for kind, share in proportions.items() if share > 0.0), key=rank)


def stops(env: Any) -> list[int]:
    """The robots to follow, in turn: one of every other column of the map, in the order of its kinds of ground."""
    names, order = env.terrain.type_names, list(env.cfg.terrain.terrain_proportions)
    first: dict[int, int] = {}
    for robot, column in enumerate(env.terrain_curriculum.types.tolist()):
        if not first or column in first or column - max(first) >= _SPACING:
            first.setdefault(column, robot)
    kinds = {name: kind for kind in order for name in KINDS.get(kind, (kind,))}
    columns = sorted(first, key=lambda column: order.index(kinds[names[column]]) if names[column] in kinds else 0)
    return [first[column] for column in columns]


class Tour:
    """A screen of `playing.rollout` that films one robot after the other, each from the beginning of an episode."""

    def __init__(self, env: Any, recorder: VideoRecorder) -> None:
        """Begin with the first robot.

        Args:
            env: a `LeggedRobot` with `tour_settings`.
            recorder: films the robots of `stops`.
        """
        self._env, self._recorder = env, recorder
        self._stop, self._steps, self._azimuth = 0, 0, 0.0

    def before_step(self) -> None:
        """Leave the commands to the environment."""

    def show(self) -> bool:
        """Film the robot whose turn it is; when its time or its episode is over, let all begin anew for the next."""
        env, robots = self._env, self._recorder.robots
        robot = robots[self._stop]
        ended = self._steps > 0 and int(env.episode_length_buf[robot]) == 0
        if ended or self._steps * env.dt >= STOP_DURATION:
            self._stop, self._steps = (self._stop + 1) % len(robots), 0
            self._recorder.follow(self._stop)
            env.episode_length_buf.fill_(env.max_episode_length)  # ends with the step that follows
            return True
        self._turn(math.degrees(math.atan2(*env.heading[robot].flip(0).tolist())) + _SIDE)
        self._steps += 1
        return self._recorder.show()

    def close(self) -> None:
        """Finish the film."""
        self._recorder.close()

    def _turn(self, azimuth: float) -> None:
        """Turn the camera towards a direction of view, degrees; at once where a stop begins."""
        error = (azimuth - self._azimuth + 180.0) % 360.0 - 180.0
        self._azimuth += error * (1.0 if self._steps == 0 else self._env.dt / _TURN_TIME)
        self._recorder.camera = Camera(_DISTANCE, self._azimuth)
