"""What a controller file says of its robot, its readings and its training."""

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import numpy as np

from legged_gym.actuators.models import DELAYED_PD, ENGINE_PD
from legged_gym.config.fields import (
    Bounds,
    Distinct,
    Length,
    NonNegative,
    NonNegativeRange,
    OneOf,
    Ordered,
    Positive,
    PositiveInt,
    Range,
    Share,
)
from legged_gym.config.io import parse_json
from legged_gym.config.quantities import DelaySteps, Duration, Extent, Place, SmallCount, Speed, Turn
from legged_gym.config.suggest import nearest
from legged_gym.deploy.schema import MismatchError, Schema, read
from legged_gym.sensors.map_conditions import Conditions
from legged_gym.sim.config import DRIVE_MODES, MIMIC, AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.joint_values import by_joint
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.tracks import TrackTerrainCfg
from legged_gym.utils import digest
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

FORMAT = 3
"""Version of the metadata that is read here."""

_READING_OF_TERM = {"base_ang_vel": "gyro", "projected_gravity": "gravity", "commands": "command"}
"""Reading that an observation term is made of, where it is not named as the term."""

_RANDOMIZED = (
    "friction", "torsional_friction", "base_mass", "base_com", "gains", "motor_strength", "motor_zero", "dof_friction",
    "dof_damping", "dof_armature", "obs_delay", "action_delay",
)  # fmt: skip
_FACTORS_AND_AMOUNTS = (
    "friction_range", "torsional_friction_range", "stiffness_factor_range", "damping_factor_range",
    "motor_strength_range", "dof_friction_range", "dof_damping_range", "dof_armature_range",
)  # fmt: skip
_ROUNDING = 1.0e-5
"""Of an angle in single precision, rad."""
_PAIR = Annotated[list[float], Length(2)]
_TRIPLE = Annotated[list[float], Length(3)]
_GAIN = Annotated[float, Bounds(0, 1.0e6)]
"""Of a drive, N m/rad or N m s/rad; no robot has greater ones."""
_GAINS = ("stiffness", "damping")
_ACTION_SCALE = Annotated[float, Bounds(0, 1.0e6, above=True)]

_SIMULATION: Schema = {
    "asset": AssetCfg,
    "control": ControlCfg,
    "sim": SimCfg,
    "terrain": TerrainCfg,
    "init_state": {
        "pos": Annotated[list[Place], Length(3)], "position_noise": NonNegative, "velocity_noise": NonNegative,
        "dof_pos_factor": Range,
        "dof_pos_noise": dict[str, NonNegative], "tilt_noise": NonNegative,
    },
    "commands": {
        "heading_command": bool, "heading_stiffness": NonNegative, "min_norm": NonNegative, "standing_fraction": Share,
        "dead_zone": Annotated[list[NonNegative], Length(3)],
        "ranges": {"lin_vel_x": Range, "lin_vel_y": Range, "ang_vel_yaw": Range, "heading": Range},
    },
    "domain_rand": {
        "same_for_all_joints": bool, "com_displacement_range": Range | Annotated[list[Range], Length(3)],
        **{f"randomize_{name}": bool for name in _RANDOMIZED},
        **dict.fromkeys(_FACTORS_AND_AMOUNTS, NonNegativeRange), "added_mass_range": Range, "motor_zero_range": Range,
        "obs_delay_range": DelaySteps, "action_delay_range": DelaySteps,
    },
    "termination": {"contact_force": NonNegative, "max_tilt": NonNegative, "leave_tile": bool},
}  # fmt: skip
"""Sections of the simulation's configuration."""
_TENSORS: Schema = [{"name": str, "shape": list[int | str]}]
_SCHEMA: Schema = {
    "task": str,
    "joint_names": Annotated[list[str], Length(1, 1000), Distinct()],
    "control_dt": Positive,
    "physics_dt": Positive,
    "decimation": SmallCount,
    "action": {
        "target": Annotated[str, OneOf("position", "torque", "mixed")],
        "scale": _ACTION_SCALE | list[_ACTION_SCALE],
    },
    "actuator": {"model": str},
    "inputs": _TENSORS,
    "outputs": _TENSORS,
    "state": {"size": PositiveInt},
    "observations": [
        {"name": str, "width": PositiveInt, "scale": float | list[float], "noise": NonNegative, "sensed": bool}
    ],
    "simulation": _SIMULATION,
}
"""What every controller's metadata has."""
_FEET = Annotated[list[str], Length(1, 1000), Distinct()]
_POINTS = Annotated[list[_PAIR], Length(1, 1_000_000)]
"""Samples of a map: as many as two settings of 1000 numbers each make."""
_MAP: Schema = {"kind": Annotated[str, OneOf("foot_scan", "height_scan")], "points": _POINTS}
_TOLD: dict[str, Schema] = {
    "history": PositiveInt, "gait_clock": {"frequency": Positive, "offsets": list[float]},
    "estimate": [{"name": str, "width": PositiveInt}],
    "training": {
        "commands": {"ranges": dict[str, Range]},
        **dict.fromkeys(("domain_rand", "noise", "terrain"), dict[str, Any]),
    },
}  # fmt: skip
"""What is told of a controller that this program does not need: so it is, where it is there at all."""
_SPEEDS = Annotated[list[Speed], Ordered()]
_CROSSING: Schema = {"speed": _SPEEDS, "patience": Duration}
_PARKOUR_LIMITS: Schema = {"max_roll": Turn, "max_pitch": Turn, "height": Annotated[list[Extent], Ordered()]}
"""What ends an episode of parkour besides, in `termination`."""
_PIXELS = Annotated[list[Annotated[int, Bounds(0, 4096)]], Length(2)]
_CAMERA: Schema = {
    "resolution": _PIXELS, "crop": Annotated[list[Annotated[int, Bounds(0, 4096)]], Length(4)], "shape": _PIXELS,
    "horizontal_fov": NonNegativeRange, "position": _TRIPLE, "position_noise": _TRIPLE, "rotation": _TRIPLE,
    "rotation_noise": _TRIPLE, "range": NonNegativeRange, "rate": Positive, "latency_range": NonNegativeRange,
}  # fmt: skip
_MAP_NOISE: Schema = {
    "conditions": Conditions, "length_scale": Positive, "missing_probability": Share,
    "latency_range": NonNegativeRange, "period_range": NonNegativeRange,
    "drift": Annotated[list[NonNegative], Length(2)], "drift_time": Positive,
}  # fmt: skip


_OF_ITS_ORIGIN = ("format", "part", "licence", "versions", "iteration", "config_hash", "evaluation", digest.KEY)
"""What tells where a file is from."""
_AT_WILL = (
    "deployable", "drive_modes", "joint_axes", "dof_pos_limits", "dof_vel_limits", "map", "depth_camera",
    "default_dof_pos", "torque_limits",
)  # fmt: skip
"""What is read of the joints and of the ground beside `_SCHEMA`."""


@dataclass(frozen=True)
class ReadingNoise:
    """What training's sensors do to a reading."""

    spread: float
    """Uniform noise +- of the reading, in its unit."""
    late: bool
    """It arrives with the delay of the proprioceptive measurements."""


@dataclass(frozen=True)
class MapView:
    """How the policy looks at its height map."""

    kind: str
    """`foot_scan` or `height_scan`."""
    points: np.ndarray
    """Samples around each foot, or the base, in the yaw-aligned base frame [P, 2], m."""
    feet: list[str]
    """Bodies that the samples surround; none: the base."""


@dataclass(frozen=True)
class Metadata:
    """The metadata of a controller, parsed. SI units; D joints."""

    task: str
    joint_names: list[str]
    default_dof_pos: np.ndarray
    """Joint angles of the default pose [D], rad."""
    torque_limits: np.ndarray
    """Torque limits of the drives [D], N m; infinite where there is none."""
    dof_pos_limits: np.ndarray
    """Lower and upper joint limits [D, 2], rad; infinite where there are none."""
    dof_vel_limits: np.ndarray
    """Speed limits of the joints [D], rad/s; infinite where there is none."""
    stiffness: np.ndarray | None
    """Gains of the drives [D], N m/rad, late ones, too; None: they are no PD."""
    damping: np.ndarray | None
    """N m s/rad [D]; None: they are no PD."""
    deployable: bool
    """Whether a robot can measure all that it needs."""
    control_dt: float
    physics_dt: float
    decimation: int
    target: str
    """What the controller's joint targets are: `position`, `torque`, or `mixed`, each joint's own."""
    drives_file: str
    """The drives' own graph, a file beside the controller's; empty for PD drives, and where the targets are torques."""
    inputs: dict[str, list[Any]]
    """Shape of each reading and of the state by name; a length may be a name: any."""
    outputs: dict[str, list[Any]]
    state_size: int
    noise: dict[str, ReadingNoise]
    """What training's sensors do to each reading."""
    map: MapView | None
    map_spread: float
    """Uniform noise +- of a height of `height_scan` in training, m."""
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
    the tile's edge does, `leave_tile`; in parkour also `max_roll` and `max_pitch`, rad, and `height`, m."""
    crossing: dict[str, Any] | None
    """How robots are sent across ground with a way: at which `speed`, at blocks of a track at those of `speeds`, m/s,
    and with how much `patience`, s. None: it tells nothing of that."""
    depth_camera: dict[str, Any] | None
    """The camera whose images the policy sees, as `DepthCameraCfg` has it."""
    yaw_noise: float
    """Heading at the beginning of an episode within +- this of +x, rad."""
    map_noise: dict[str, Any]
    """Noise of the foot scan in training: `conditions`, `length_scale`, `missing_probability`; empty without it."""


def parse(entries: Mapping[str, str], source: str) -> Metadata:
    """Read the metadata of a controller.

    Args:
        entries: key -> JSON.
        source: name of its file, for messages.

    Raises:
        UserError: there is none, it is of another format, or not as the format wants it.
    """
    if not entries:
        raise UserError(f"{source} has no metadata of its robot; export the policy with play.py")
    data = {key: parse_json(value, f"{source}: in its metadata {key}") for key, value in entries.items()}
    if data.get("format") != FORMAT:
        raise UserError(
            f"{source}: its metadata has format {data.get('format')!r}, this program reads {FORMAT}; export the policy "
            "again with play.py"
        )
    known = {*_SCHEMA, *_TOLD, *_OF_ITS_ORIGIN, *_AT_WILL}
    if "part" in data:
        raise UserError(f"{source} is no controller, but {data['part']}")
    for name in not_finite(data):
        raise UserError(f"{source}: in its metadata {name} is no finite number; export the policy again with play.py")
    try:
        metadata = _build(data)
    except MismatchError as error:
        raise UserError(f"{source}: in its metadata {error}; export the policy again with play.py") from error
    for name in data.keys() - known:
        _tell_unread(source, f"{name}{nearest(name, known)}")
    return metadata


@cache
def _tell_unread(source: str, name: str) -> None:
    logger.warning("%s: nothing reads what its metadata has of %s", source, name)


def not_finite(data: Any, where: str = "") -> Iterator[str]:
    """Dotted names of the numbers that are NaN or infinite, which Python writes into JSON, and nothing can act on."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from not_finite(value, f"{where}.{key}" if where else key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from not_finite(value, f"{where}[{index}]")
    elif isinstance(data, float) and not math.isfinite(data):
        yield where


def _build(data: dict[str, Any]) -> Metadata:
    common = read(_SCHEMA, data)
    read({name: schema for name, schema in _TOLD.items() if data.get(name) is not None}, data)
    _check_state(data["state"])
    if common["simulation"]["init_state"]["pos"][2] < 0.0:
        raise MismatchError("simulation.init_state.pos is below the ground")
    if not common["observations"]:
        raise MismatchError("observations is empty: nothing tells of the noise of the readings")
    names, simulation = common["joint_names"], common["simulation"]
    trained_in = data["simulation"]
    if "track" in trained_in["terrain"]:
        simulation["terrain"] = read(TrackTerrainCfg, trained_in["terrain"], "simulation.terrain")
    if _PARKOUR_LIMITS.keys() & trained_in["termination"].keys():
        simulation["termination"] |= read(_PARKOUR_LIMITS, trained_in["termination"], "simulation.termination")
    start = {"yaw_noise": math.pi} | trained_in["init_state"]
    joints = _joints(names, data)
    _check_action(names, common["action"], data, simulation["control"])
    noise, level = {_reading_of(term["name"]): term for term in common["observations"]}, _noise_level(data)
    drives_file = _drives_file(data["actuator"])
    stiffness, damping = _gains(data, names, simulation["control"])
    return Metadata(
        task=common["task"],
        joint_names=names,
        **joints,
        stiffness=stiffness,
        damping=damping,
        control_dt=common["control_dt"],
        physics_dt=common["physics_dt"],
        decimation=common["decimation"],
        target=common["action"]["target"],
        drives_file=drives_file,
        inputs={entry["name"]: entry["shape"] for entry in common["inputs"]},
        outputs={entry["name"]: entry["shape"] for entry in common["outputs"]},
        state_size=common["state"]["size"],
        noise={name: ReadingNoise(level * term["noise"], term["sensed"]) for name, term in noise.items()},
        map=_map_view(data["map"], common["outputs"]) if data.get("map") else None,
        map_spread=level * noise["height_scan"]["noise"] if "height_scan" in noise else 0.0,
        depth_camera=read(_CAMERA, data["depth_camera"], "depth_camera") if "depth_camera" in data else None,
        yaw_noise=read({"yaw_noise": NonNegative}, start, "simulation.init_state")["yaw_noise"],
        map_noise=_map_noise(trained_in),
        crossing=_crossing(trained_in),
        **simulation,
    )


def _check_state(state: dict[str, Any]) -> None:
    """See that the parts of the state, where they are told, are all of it."""
    if "parts" in state:
        parts = read([{"name": str, "shape": list[PositiveInt]}], state["parts"], "state.parts")
        if (size := sum(math.prod(part["shape"]) for part in parts)) != state["size"]:
            raise MismatchError(f"state.parts are {size} numbers, but state.size is {state['size']}")


def _joints(names: list[str], data: dict[str, Any]) -> dict[str, Any]:
    """What is told of each joint, by the names of `Metadata`, and whether a robot can be driven by it."""
    per_joint, limits = Length(len(names)), Annotated[list[Positive | None], Length(len(names))]
    joints = read({"default_dof_pos": Annotated[list[float], per_joint], "torque_limits": limits}, data)
    modes = Annotated[list[Annotated[str, OneOf(*DRIVE_MODES, MIMIC)]], per_joint]
    read({"drive_modes": modes}, {"drive_modes": ["position"] * len(names)} | data)
    pairs = Annotated[list[Annotated[list[float | None], Length(2)]], per_joint]
    unlimited = {"dof_pos_limits": [[None, None]] * len(names), "dof_vel_limits": [None] * len(names)}
    told = read(
        {"dof_pos_limits": pairs, "dof_vel_limits": limits, "deployable": bool},
        unlimited | {"deployable": False} | data,
    )
    axes = {"joint_axes": Annotated[list[Annotated[list[float], Length(3)]], per_joint]}
    for joint, axis in zip(names, read(axes, data)["joint_axes"] if "joint_axes" in data else [], strict=False):
        if abs(math.hypot(*axis) - 1.0) > _ROUNDING:
            raise MismatchError(f"joint_axes of {joint} are {axis}, and no direction")
    _check_pose(names, joints["default_dof_pos"], told["dof_pos_limits"])
    ends = [_or_infinite([pair[end] for pair in told["dof_pos_limits"]], sign) for end, sign in ((0, -1.0), (1, 1.0))]
    return {
        "default_dof_pos": np.array(joints["default_dof_pos"], dtype=np.float64),
        "torque_limits": _or_infinite(joints["torque_limits"]),
        "dof_pos_limits": np.stack(ends, axis=-1),
        "dof_vel_limits": _or_infinite(told["dof_vel_limits"]),
        "deployable": told["deployable"],
    }


def _check_pose(names: list[str], pose: list[float], limits: list[list[float | None]]) -> None:
    """See that limits are in order, and that the default pose [D], rad, is within them [D, 2]."""
    for joint, (low, high) in zip(names, limits, strict=True):
        if low is not None and high is not None and low > high:
            raise MismatchError(f"dof_pos_limits of {joint} are {low:g} to {high:g}: the lower end is above the upper")
    for joint, angle, (low, high) in zip(names, pose, limits, strict=True):
        if low is not None and angle < low - _ROUNDING or high is not None and angle > high + _ROUNDING:
            raise MismatchError(f"default_dof_pos of {joint} is {angle:g}, beyond its dof_pos_limits")


def _check_action(names: list[str], action: dict[str, Any], data: dict[str, Any], control: ControlCfg) -> None:
    """See that actions are those of joints that there are, and go with the drives."""
    acted = read(
        {"names": Annotated[list[Annotated[str, OneOf(*names)]], Distinct()], "clip": Positive},
        {"names": names, "clip": 1.0} | data["action"],
        "action",
    )["names"]
    if isinstance(action["scale"], list) and len(action["scale"]) != len(acted):
        raise MismatchError("action.scale has not as many numbers as action.names has joints")
    target, model = action["target"], data["actuator"]["model"]
    made_of_torques = model == "torque" or "torque" in control.drive_modes.values()
    if target == "torque" and model == ENGINE_PD and not made_of_torques or model == "torque" != target:
        raise MismatchError(f"action.target is {target}, but actuator.model is {model}")


def _or_infinite(limits: list[float | None], sign: float = 1.0) -> np.ndarray:
    return np.array([sign * np.inf if limit is None else limit for limit in limits], dtype=np.float64)


def _reading_of(term: str) -> str:
    return _READING_OF_TERM.get(term, term)


def _gains(data: dict[str, Any], names: list[str], control: ControlCfg) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Stiffness and damping of PD drives [D]. Those of late ones are their settings', which older files alone have."""
    actuator, gains = data["actuator"], Annotated[list[_GAIN], Length(len(names))]
    if actuator["model"] not in (ENGINE_PD, DELAYED_PD):
        return None, None
    if actuator["model"] == DELAYED_PD and "stiffness" not in actuator:
        modes = data.get("drive_modes", ["position"] * len(names))
        servos = [name for name, mode in zip(names, modes, strict=True) if mode in ("position", "held")]
        actuator = {part: by_joint(f"control.{part}", getattr(control, part), names, servos, 0.0) for part in _GAINS}
    told = read(dict.fromkeys(_GAINS, gains), actuator, "actuator")
    stiffness, damping = (np.array(told[part], dtype=np.float64) for part in _GAINS)
    return stiffness, damping


def _drives_file(actuator: dict[str, Any]) -> str:
    return "" if actuator["model"] in (ENGINE_PD, "torque") else read({"file": str}, actuator, "actuator")["file"]


def _map_view(data: Any, outputs: list[dict[str, Any]]) -> MapView:
    """How the policy looks at its map; the samples that it gives back (of [K, 3]) tell how many there are."""
    view = read(_MAP, data, "map")
    feet = read({"feet": _FEET}, data, "map")["feet"] if view["kind"] == "foot_scan" else []
    samples = next((output["shape"][0] for output in outputs if output["name"] == "map_samples"), None)
    if isinstance(samples, int) and samples != (looked_at := len(view["points"]) * max(1, len(feet))):
        raise MismatchError(f"map.points and map.feet are {looked_at} samples, but the policy looks at {samples}")
    return MapView(view["kind"], np.array(view["points"], dtype=np.float64).reshape(-1, 2), feet)


def _noise_level(data: dict[str, Any]) -> float:
    """Factor of all noise in training."""
    told = {"add_noise": True, "noise_level": 1.0} | (data.get("training") or {"noise": {}})["noise"]
    noise = read({"add_noise": bool, "noise_level": NonNegative}, told, "training.noise")
    return noise["noise_level"] if noise["add_noise"] else 0.0


def _map_noise(simulation: dict[str, Any]) -> dict[str, Any]:
    if "map_noise" not in simulation:
        return {}
    return read(_MAP_NOISE, simulation["map_noise"], "simulation.map_noise")


def _crossing(simulation: dict[str, Any]) -> dict[str, Any] | None:
    if "crossing" not in simulation:
        return None
    told = read(_CROSSING, simulation["crossing"], "simulation.crossing")
    if "speeds" in simulation["crossing"]:
        told |= read({"speeds": dict[str, _SPEEDS]}, simulation["crossing"], "simulation.crossing")
    return told
