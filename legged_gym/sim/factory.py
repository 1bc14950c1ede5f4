"""The engine that a configuration names."""

import torch

from legged_gym.config.registry import require_arguments
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.devices import choose_placement
from legged_gym.sim.engines import ENGINES
from legged_gym.sim.simulator import Simulator
from legged_gym.sim.terrain_model import TerrainLike


def make_simulator(
    asset: AssetCfg,
    control: ControlCfg,
    sim: SimCfg,
    terrain: TerrainLike,
    num_envs: int,
    device: str | torch.device,
) -> Simulator:
    """Make `num_envs` copies of a robot on a terrain in the engine `sim.engine`; `auto` decides by the device.

    Raises:
        UserError: the engine is unknown or not usable on the device, or the robot or its configuration is faulty.
    """
    placement = choose_placement(sim.engine, str(device))
    engine = ENGINES[placement.engine]
    require_arguments(
        f"engine {placement.engine!r}", engine, "asset", "control", "sim", "terrain", "num_envs", "device"
    )
    return engine(asset, control, sim, terrain, num_envs, placement.sim_device)
