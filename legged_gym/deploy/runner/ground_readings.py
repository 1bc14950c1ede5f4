"""What the policy is told of the ground: the robot's height map, or nothing if the map is not to be believed."""

import logging

import numpy as np

from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import BasePose, GroundMap
from legged_gym.deploy.runner.transport import Transport

logger = logging.getLogger(__name__)

BLIND = {
    "height_map": np.full((2, 2), np.nan), "map_origin": np.zeros(2), "map_resolution": np.full(1, 0.1),
    "base_pos": np.zeros(3), "base_quat": np.array([0.0, 0.0, 0.0, 1.0]),
}  # fmt: skip
"""A controller's readings where nothing is known of the ground."""


_FARTHEST = 3.0
"""Cells so far above or below the base, m, are no ground that feet reach: unknown. No setting: a replay has none."""


def map_readings(ground: GroundMap, pose: BasePose) -> dict[str, np.ndarray]:
    """A controller's readings by name of a map and the base's pose in it."""
    return {
        "height_map": _near(ground, pose),
        "map_origin": ground.origin,
        "map_resolution": np.array([ground.resolution]),
        "base_pos": pose.position,
        "base_quat": pose.quat,
    }


class GroundReadings:
    """Judges maps and poses, and says so whenever its judgement changes."""

    def __init__(self, cfg: RunnerCfg) -> None:
        self._cfg = cfg.map
        self._said: str | None = None
        self._newest: float | None = None
        self._new_at = -np.inf

    def read(self, transport: Transport, now: float) -> dict[str, np.ndarray]:
        """A controller's readings by name, from what the transport has by `now`, s; `BLIND`: nothing to believe."""
        ground, pose = transport.map, transport.pose
        if ground is not None and ground.stamp != self._newest:
            self._newest, self._new_at = ground.stamp, ground.time
        fault = self._fault(ground, pose, now)
        if fault != self._said:
            logger.warning("walking blind: %s", fault) if fault else logger.info("walking by the height map")
            self._said = fault
        if fault or ground is None or pose is None:
            return BLIND
        return map_readings(ground, pose)

    def _fault(self, ground: GroundMap | None, pose: BasePose | None, now: float) -> str:
        """Why the map is not to be believed; empty if it is."""
        cfg = self._cfg
        if ground is None or pose is None:
            return "no height map" if ground is None else "no pose of the base in the map"
        if now - self._new_at > cfg.max_age:
            return "the height map is old"
        if now - pose.time > cfg.max_pose_age:
            return "the pose in the map is old"
        if {ground.frame, pose.frame} != {cfg.frame}:
            return f"map and pose are in the frames {ground.frame!r} and {pose.frame!r}, not {cfg.frame!r}"
        if not abs(pose.stamp - ground.stamp) <= cfg.max_lag:
            return f"the height map is {pose.stamp - ground.stamp:.1f} s older than the pose"
        if not (np.isfinite(pose.position).all() and abs(np.linalg.norm(pose.quat) - 1.0) < 0.1):
            return "the pose in the map is none"
        if not 0.0 < ground.resolution <= cfg.max_resolution:
            return f"the height map has cells of {ground.resolution:g} m"
        place = (pose.position[:2] - ground.origin) / ground.resolution
        if not ((place >= 0.0).all() and (place <= np.array(ground.heights.shape) - 1).all()):
            return "the robot is outside of the height map"
        if np.isfinite(_near(ground, pose)).mean() < cfg.min_known:
            return "the height map is empty"
        return ""


def _near(ground: GroundMap, pose: BasePose) -> np.ndarray:
    """The map's heights, without what is too far from the base."""
    return np.where(np.abs(ground.heights - pose.position[2]) <= _FARTHEST, ground.heights, np.nan)
