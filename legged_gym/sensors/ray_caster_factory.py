"""Who casts the rays."""

import importlib.util
import logging

import torch

from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.sensors.ray_caster_torch import TorchRayCaster
from legged_gym.sim.terrain_model import TerrainLike

logger = logging.getLogger(__name__)


def make_ray_caster(terrain: TerrainLike, rays: torch.Tensor, num_cameras: int, reach: float) -> RayCaster:
    """The caster for the device of the rays: Warp's where that package is installed, else torch's."""
    if importlib.util.find_spec("warp") is None:
        logger.warning(
            "depth images take twelve times as long without warp-lang, on a CPU too: pip install -e '.[gpu]'"
        )
        return TorchRayCaster(terrain, rays, num_cameras, reach)
    from legged_gym.sensors.ray_caster_warp import WarpRayCaster

    return WarpRayCaster(terrain, rays, num_cameras, reach)
