"""Command lines, devices, settings from dictionaries, and lines to draw in a viewer that is not there."""

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from isaacgym.enums import SimType
from isaacgym.geometry import Transform, Vec3
from isaacgym.params import SimParams
from isaacgym.record import Record


def parse_device_str(device_str: str | torch.device) -> tuple[str, int]:
    """Kind and index of a device: of `cuda:1` cuda and 1, of `cpu` cpu and 0.

    Raises:
        ValueError: it is neither the CPU nor a GPU.
    """
    kind, _, index = str(device_str).partition(":")
    if kind not in ("cpu", "cuda") or (index and not index.isdecimal()):
        raise ValueError(f"isaacgym: unknown device {device_str!r}; use cpu or cuda:0, cuda:1, ...")
    return kind, int(index or 0)


def parse_sim_config(sim_cfg: dict[str, Any], sim_params: SimParams) -> None:
    """Write the settings of a dictionary; keys that are none are passed over, as configurations hold more."""
    _fill(sim_params, sim_cfg)


def _fill(record: Record, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        if not hasattr(record, name):
            continue
        if isinstance(value, dict):
            _fill(getattr(record, name), value)
        else:
            is_list = isinstance(value, list | tuple | np.ndarray)
            setattr(record, name, Vec3(*value) if is_list else value)


def parse_arguments(
    description: str = "Isaac Gym",
    headless: bool = False,
    no_graphics: bool = False,
    custom_parameters: Sequence[dict[str, Any]] = (),
) -> argparse.Namespace:
    """Read the command line: the simulator's own flags and those of a script.

    Args:
        description: what `--help` says of the script.
        headless: take `--headless`.
        no_graphics: take `--nographics`.
        custom_parameters: the script's flags: `name` with what `add_argument` takes (`type` or `action`, `default`,
            `help`, ...).

    Raises:
        ValueError: one of them has no name.
    """
    parser = argparse.ArgumentParser(description=description)
    if headless:
        parser.add_argument("--headless", action="store_true", help="without a viewer")
    if no_graphics:
        parser.add_argument("--nographics", action="store_true", help="without graphics at all")
    device = "cuda:0" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--sim_device", default=device, help="device of the physics (default here: %(default)s)")
    parser.add_argument("--pipeline", default="gpu", choices=("cpu", "gpu", "cuda"), help="device of the tensors")
    parser.add_argument("--graphics_device_id", type=int, default=0, help="GPU that draws")
    engine = parser.add_mutually_exclusive_group()
    engine.add_argument("--flex", action="store_true", help="not there")
    engine.add_argument("--physx", action="store_true", help="MuJoCo, in PhysX's place")
    parser.add_argument("--num_threads", type=int, default=0, help="not read: one thread a core")
    parser.add_argument("--subscenes", type=int, default=0, help="not read")
    parser.add_argument("--slices", type=int, help="not read")
    for parameter in custom_parameters:
        if "name" not in parameter:
            raise ValueError(f"isaacgym: parse_arguments: a custom parameter has no name: {parameter}")
        rest = {key: value for key, value in parameter.items() if key != "name"}
        parser.add_argument(parameter["name"], **rest)
    args = parser.parse_args()
    try:
        args.sim_device_type, args.compute_device_id = parse_device_str(args.sim_device)
    except ValueError as error:
        parser.error(str(error))
    args.use_gpu = args.sim_device_type == "cuda"
    if args.use_gpu and not torch.cuda.is_available():
        parser.error("isaacgym: torch finds no CUDA GPU here; pass --sim_device=cpu --rl_device=cpu")
    args.use_gpu_pipeline = args.use_gpu and args.pipeline in ("gpu", "cuda")
    args.physics_engine = SimType.SIM_FLEX if args.flex else SimType.SIM_PHYSX
    if no_graphics and args.nographics:
        args.headless = True
    if args.slices is None:
        args.slices = args.subscenes
    return args


class LineGeometry:
    """Lines to draw: a subclass gives their ends and colours."""

    def vertices(self) -> np.ndarray:
        """Ends of n lines [n, 2], `Vec3.dtype`."""
        return np.zeros((0, 2), Vec3.dtype)

    def colors(self) -> np.ndarray:
        """Colours of n lines [n], `Vec3.dtype`."""
        return np.zeros(0, Vec3.dtype)


class WireframeSphereGeometry(LineGeometry):
    """A sphere."""

    def __init__(self, radius: float = 1.0, num_lats: int = 8, num_lons: int = 8, *_: Any, **__: Any) -> None:
        """Of a radius, m; pose and colours are taken and not used."""
        self.radius, self.num_lats, self.num_lons = radius, num_lats, num_lons


class WireframeBoxGeometry(LineGeometry):
    """A box."""

    def __init__(self, xdim: float = 1.0, ydim: float = 1.0, zdim: float = 1.0, *_: Any, **__: Any) -> None:
        """Of three sides, m; pose and colour are taken and not used."""
        self.sides = xdim, ydim, zdim


class AxesGeometry(LineGeometry):
    """The axes of a frame."""

    def __init__(self, scale: float = 1.0, pose: Transform | None = None) -> None:
        """Of a length, m."""
        self.scale, self.pose = scale, pose


def draw_lines(geom: LineGeometry, gym: Any, viewer: Any, env: Any, pose: Transform) -> None:
    """Draw nothing: the viewer shows nothing."""


def draw_line(p1: Vec3, p2: Vec3, color: Vec3, gym: Any, viewer: Any, env: Any) -> None:
    """Draw nothing: the viewer shows nothing."""
