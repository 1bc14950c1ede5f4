"""Control steps per second of the MuJoCo Warp engine, over variants of its options.

    python benchmarks/warp_physics.py --num_envs 4096 --terrain heightfield sim.max_constraints=64,128 opt.iterations=4

Every `key=value[,value...]` is varied by itself against the defaults (`--base` sets others): `sim.*`, `control.*` are
fields of the configuration, `opt.*` of MuJoCo Warp's options, `block.*` of its block sizes. Robots track targets drawn
around the stance; those that tip over or leave their tile start again. Columns: control steps/s and ms of `step` and
`reset` together, ms of the substeps alone; contacts a world, and the most constraint rows and solver iterations of any.
"""

import argparse
import ast
import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from legged_gym.scripts.command_line import Parser, positive, run_program, whole
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.devices import check_memory, choose_placement
from legged_gym.sim.engines import MUJOCO_WARP
from legged_gym.sim.mujoco_warp import MujocoWarpSimulator
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

Setting = tuple[str, Any]

STANCE = [0.0, 0.8, -1.5] * 4
"""Angles of hip, thigh and calf of each leg, rad."""
SPREAD = 0.25
"""Standard deviation of the joint targets, rad."""


class Go2(AssetCfg):
    """The robot."""

    file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
    foot_name = "foot"


class Drives(ControlCfg):
    """Its gains, N m/rad and N m s/rad."""

    stiffness = {"joint": 25.0}
    damping = {"joint": 0.6}


class TunedSimulator(MujocoWarpSimulator):
    """The simulator with options of the engine changed before anything is captured."""

    def __init__(self, settings: list[Setting], terrain: Terrain, num_envs: int, device: str):
        configs = {"sim": SimCfg(), "control": Drives()}
        self._engine_settings = [(key, value) for key, value in settings if key.split(".")[0] not in configs]
        for key, value in settings:
            section, _, name = key.partition(".")
            if section in configs:
                _assign(configs[section], name, value)
        super().__init__(Go2(), configs["control"], configs["sim"], terrain, num_envs, device)

    def _prepare(self) -> None:
        targets = {"opt": self._model.opt, "block": self._model.block_dim}
        for key, value in self._engine_settings:
            section, _, name = key.partition(".")
            if section not in targets:
                raise UserError(f"{key}: keys start with sim., control., opt. or block.")
            _assign(targets[section], name, value)
        super()._prepare()

    def load(self) -> torch.Tensor:
        """Mean contacts, most constraint rows and most solver iterations of the worlds in the last substep [3]."""
        data = self._data
        contacts = float(data.nacon.numpy()[0]) / self.num_envs
        return torch.tensor([contacts, data.nefc.numpy().max(), data.solver_niter.numpy().max()])

    def profile(self) -> None:
        """Print the GPU's time by kernel, of uncaptured substeps."""
        torch.cuda.synchronize()
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
            for _ in range(5):
                self._substeps()
            torch.cuda.synchronize()
        print(profiler.key_averages().table(sort_by="self_device_time_total", row_limit=40, max_name_column_width=60))


class Traffic:
    """Spawn states and joint targets that keep the robots moving, prepared in advance."""

    def __init__(self, terrain: Terrain, num_envs: int, device: str):
        generator = torch.Generator().manual_seed(0)
        origins = torch.from_numpy(terrain.env_origins).reshape(-1, 3)
        spawn = torch.zeros(num_envs, 13)
        spawn[:, :3] = origins[torch.randint(len(origins), (num_envs,), generator=generator)]
        spawn[:, :2] += torch.rand(num_envs, 2, generator=generator) * 2.0 - 1.0
        spawn[:, 2] += 0.35
        spawn[:, 6] = 1.0
        self._spawn = spawn.to(device)
        self._stance = torch.tensor(STANCE, device=device).repeat(num_envs, 1)
        noise = SPREAD * torch.randn(32, num_envs, 12, generator=generator)
        self.targets = itertools.cycle((self._stance + noise.to(device)).unbind())
        self._half_tile = 0.5 * min(terrain.tile_size)

    def advance(self, sim: MujocoWarpSimulator) -> None:
        """One control step and the restart of those that fell or strayed."""
        sim.step(next(self.targets))
        root = sim.root_states
        upright = 1.0 - 2.0 * (root[:, 3] ** 2 + root[:, 4] ** 2)
        strayed = (root[:, :2] - self._spawn[:, :2]).abs().amax(dim=1) > self._half_tile
        self.restart(sim, (upright < 0.3) | strayed | sim.failed)

    def restart(self, sim: MujocoWarpSimulator, mask: torch.Tensor) -> None:
        sim.reset(mask, self._spawn, self._stance, torch.zeros_like(self._stance))


def _assign(target: Any, name: str, value: Any) -> None:
    if not hasattr(target, name):
        raise UserError(f"unknown option {name!r}; there are {', '.join(k for k in dir(target) if k[0] != '_')}")
    current = getattr(target, name)
    try:
        if hasattr(current, "fill_"):  # an array with one entry
            current.fill_(value)
        else:
            setattr(target, name, type(current)(value))
    except (TypeError, ValueError):
        raise UserError(f"{name} = {value!r} is no value for it: it is {current!r}") from None


def _parse(text: str) -> tuple[str, list[Any]]:
    key, separator, values = text.partition("=")
    if not separator:
        raise UserError(f"{text!r} is not key=value")
    try:
        return key, [ast.literal_eval(value) for value in values.split(",")]
    except (ValueError, SyntaxError):
        raise UserError(f"{text!r}: expected values such as 1 or 0.5 or 'name', with commas between") from None


def variants(base: list[str], sweeps: list[str]) -> Iterator[tuple[str, list[Setting]]]:
    """Name and settings of the defaults and of each single departure from them."""
    common = [(key, values[0]) for key, values in map(_parse, base)]
    yield "defaults", common
    for key, values in map(_parse, sweeps):
        for value in values:
            yield f"{key}={value}", [*common, (key, value)]


def _seconds(device: str) -> float:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter()


def measure(name: str, settings: list[Setting], terrain: Terrain, args: argparse.Namespace) -> None:
    """Run one variant and print its line."""
    sim = TunedSimulator(settings, terrain, args.num_envs, args.device)
    traffic = Traffic(terrain, args.num_envs, args.device)
    traffic.restart(sim, torch.ones(args.num_envs, dtype=torch.bool, device=args.device))
    load = torch.zeros(3)
    for _ in range(args.steps // 2):  # settle, and see how large it gets
        traffic.advance(sim)
        load = torch.maximum(load, sim.load())

    start = _seconds(args.device)
    for _ in range(args.steps):
        traffic.advance(sim)
    full = _seconds(args.device) - start

    physics = 0.0
    for _ in range(args.steps // 10):  # interleaved, so that it sees the same robots
        for _ in range(5):
            traffic.advance(sim)
        start = _seconds(args.device)
        for _ in range(5):
            sim.step_physics()
        physics += (_seconds(args.device) - start) / (5 * (args.steps // 10))

    rate = args.num_envs * args.steps / full
    failures = " ".join(f"{kind} {count}" for kind, count in sim.failure_counts().items() if count)
    contacts, rows, iterations = load.tolist()
    print(
        f"{name:36} {rate:12,.0f} steps/s {1e3 * full / args.steps:8.2f} ms {1e3 * physics:8.2f} ms physics"
        f" {contacts:6.1f} contacts {rows:4.0f} rows {iterations:3.0f} iterations {failures}",
        flush=True,
    )
    if args.profile:
        sim.profile()
    sim.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Parser("Measure the MuJoCo Warp engine over variants of its options.")
    parser.add_argument("--num_envs", metavar="N", type=positive, default=4096, help="default: 4096")
    parser.add_argument("--terrain", choices=("plane", "heightfield"), default="plane", help="default: plane")
    parser.add_argument(
        "--steps", metavar="N", type=whole(10, 1_000_000), default=200, help="control steps timed; default: 200"
    )
    parser.add_argument("--device", metavar="DEVICE", default="cuda:0", help="default: cuda:0")
    parser.add_argument("--base", action="append", default=[], metavar="KEY=VALUE", help="setting of every variant")
    parser.add_argument("--profile", action="store_true", help="print the GPU's time by kernel, too")
    parser.add_argument("sweeps", nargs="*", metavar="KEY=VALUE[,VALUE...]", help="one variant a value")
    args = parser.parse(argv)
    args.device = choose_placement(MUJOCO_WARP, args.device).sim_device
    check_memory(args.num_envs, args.device)

    class Map(TerrainCfg):
        mesh_type = args.terrain

    chosen = list(variants(args.base, args.sweeps))
    terrain = Terrain(Map(), seed=0)
    for name, settings in chosen:
        measure(name, settings, terrain, args)


if __name__ == "__main__":
    run_program(main)
