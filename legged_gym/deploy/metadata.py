"""What an exported policy's file says of its robot, its observation and itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from legged_gym.config.io import dict_to_class
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.terrain.config import TerrainCfg
from legged_gym.utils.errors import UserError

FORMAT = 2
"""Version of the metadata's keys that is read here."""
LATER: dict[str, dict[str, Any]] = {
    "init_state": {"dof_pos_noise": {}, "tilt_noise": 0.0},
    "commands": {"dead_zone": [0.0, 0.0, 0.0]},
    "domain_rand": {"same_for_all_joints": False},
    "termination": {"contact_force": 1.0, "max_tilt": 1.22, "leave_tile": True},
}
"""Settings that the oldest files of this version do not have yet: what they meant."""


@dataclass(frozen=True)
class Term:
    """One quantity of the observation."""

    name: str
    width: int
    scale: np.ndarray
    """Factor of the value [width]."""
    noise: float
    """Uniform sensor noise +- of the unscaled value."""
    sensed: bool
    """A proprioceptive measurement: it may arrive late."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of a policy, parsed. SI units."""

    task: str
    joint_names: list[str]
    default_dof_pos: np.ndarray
    """Joint targets at zero action [D], rad."""
    action_scale: float
    clip_actions: float
    clip_observations: float
    control_dt: float
    decimation: int
    terms: list[Term]
    """Of a frame, in the order of the policy's input."""
    history: int
    """Frames side by side in the policy's input, newest first."""
    hidden_state: dict[str, tuple[int, ...]]
    """Shape of each input that carries memory."""
    asset: AssetCfg
    control: ControlCfg
    sim: SimCfg
    terrain: TerrainCfg
    """What the policy was trained on."""
    init_state: dict[str, Any]
    commands: dict[str, Any]
    domain_rand: dict[str, Any]
    termination: dict[str, Any]
    """What ends an episode: `contact_force` on a body that must not touch the ground, N, `max_tilt`, rad, and whether
    the tile's edge does, `leave_tile`."""
    height_offset: float
    """Subtracted from the base's height in `height_scan`, m."""
    foot_scan: dict[str, Any]
    """`points` around each foot, `feet`, `clip`; empty for a robot without it."""
    map_noise: dict[str, Any]
    """Of the foot scan in training: `conditions`, `length_scale`, `missing_probability`; empty without it."""
    gait_clock: dict[str, Any]
    """`frequency` of the strides, Hz, and `offsets` of the legs to draw from, strides; empty without it."""

    @property
    def foot_names(self) -> list[str]:
        """Bodies that the foot scan surrounds."""
        return self.foot_scan.get("feet", [])

    @property
    def height_scan_points(self) -> np.ndarray:
        """Sample points of `height_scan` in the yaw-aligned base frame [P, 2], m; y runs fastest."""
        xs, ys = self.terrain.measured_points_x, self.terrain.measured_points_y
        return np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1).reshape(-1, 2)


def parse(entries: Mapping[str, str], source: str) -> Metadata:
    """Read the metadata of a policy.

    Args:
        entries: key -> JSON.
        source: name of its file, for messages.

    Raises:
        UserError: there is none, it is of another format, or not as the format wants it.
    """
    if not entries:
        raise UserError(f"{source} has no metadata of its robot; export the policy with play.py")
    try:
        data = {key: json.loads(value) for key, value in entries.items()}
    except ValueError:
        raise UserError(f"{source}: its metadata is not of this project; export the policy with play.py") from None
    if data.get("format") != FORMAT:
        raise UserError(
            f"{source}: its metadata has format {data.get('format')}, this program reads {FORMAT}; export the policy "
            "again with play.py"
        )
    try:
        return _build(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        fault = f"lacks {error}" if isinstance(error, KeyError) else f"is faulty ({error})"
        raise UserError(f"{source}: its metadata {fault}; export the policy again with play.py") from error


def _build(data: dict[str, Any]) -> Metadata:
    return Metadata(
        task=str(data["task"]),
        joint_names=list(data["joint_names"]),
        default_dof_pos=np.array(data["default_dof_pos"], dtype=np.float32),
        action_scale=float(data["action_scale"]),
        clip_actions=float(data["clip_actions"]),
        clip_observations=float(data["clip_observations"]),
        control_dt=float(data["control_dt"]),
        decimation=int(data["decimation"]),
        terms=[_term(entry) for entry in data["observations"]],
        history=int(data.get("history", 1)),
        hidden_state={name: tuple(shape) for name, shape in data["hidden_state"].items()},
        asset=dict_to_class(data["asset"], AssetCfg)[0],
        control=dict_to_class(data["control"], ControlCfg)[0],
        sim=dict_to_class(data["sim"], SimCfg)[0],
        terrain=dict_to_class(data["terrain"], TerrainCfg)[0],
        init_state=LATER["init_state"] | data["init_state"],
        commands=LATER["commands"] | data["commands"],
        domain_rand=LATER["domain_rand"] | data["domain_rand"],
        termination=LATER["termination"] | data.get("termination", {}),
        height_offset=float(data["normalization"]["height_offset"]),
        foot_scan=dict(data.get("foot_scan", {})),
        map_noise=dict(data["map_noise"]) if "foot_scan" in data else {},
        gait_clock=dict(data.get("gait_clock", {})),
    )


def _term(entry: dict[str, Any]) -> Term:
    width = int(entry["width"])
    scale = np.broadcast_to(np.array(entry["scale"], dtype=np.float64), (width,))
    return Term(str(entry["name"]), width, scale, float(entry["noise"]), bool(entry["sensed"]))
