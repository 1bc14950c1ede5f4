"""Calls of force sensors, which feel the contacts of the body that they sit on."""

import logging
from copy import deepcopy

import torch

from isaacgym.assets import Asset, ForceSensor
from isaacgym.descriptor import Tensor
from isaacgym.geometry import Transform
from isaacgym.gym.buffers import snapshot
from isaacgym.params import ForceSensorProperties
from isaacgym.scene import Sim
from isaacgym.torch_utils import quat_mul, quat_rotate_inverse
from robust_parallel.errors import UserError

logger = logging.getLogger(__name__)


class Sensors:
    """Force sensors: contact forces in the sensor's axes, or the world's; their torques are 0."""

    def create_asset_force_sensor(
        self, asset: Asset, body_idx: int, local_pose: Transform, props: ForceSensorProperties | None = None
    ) -> int:
        """Put a sensor on a body of all actors of an asset; returns its number.

        Raises:
            UserError: there is no such body, as where a name was not found.
        """
        if not 0 <= body_idx < len(asset.body_names):
            raise UserError(f"isaacgym: create_asset_force_sensor: the asset has no body {body_idx}")
        if not asset.force_sensors:
            logger.warning("isaacgym: force sensors feel contact forces alone, and no torques")
        asset.force_sensors.append(ForceSensor(body_idx, deepcopy(local_pose), props or ForceSensorProperties()))
        return len(asset.force_sensors) - 1

    def acquire_force_sensor_tensor(self, sim: Sim) -> Tensor:
        """Sensors [A S, 6]: force, N, and torque, which is 0."""
        sim.prepared()
        if "sensors" not in sim.tensors:
            with torch.inference_mode(False):
                count = len(sim.actors) * len(sim.actors[0].asset.force_sensors)
                sim.tensors["sensors"] = torch.zeros(count, 6, device=sim.engine.device)
        return Tensor(sim.tensors["sensors"])

    def refresh_force_sensor_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of sensors: of the last substep."""
        if "sensors" not in sim.tensors:
            return True
        asset = sim.actors[0].asset
        contacts = snapshot(sim, "contacts", len(asset.body_names), 3)
        bodies = snapshot(sim, "bodies", len(asset.body_names), 13)
        readings = sim.tensors["sensors"].view(len(sim.actors), -1, 6)
        for index, sensor in enumerate(asset.force_sensors):
            force = contacts[:, sensor.body]
            if not sensor.properties.use_world_frame:
                turn = sensor.pose.r
                local = torch.tensor([turn.x, turn.y, turn.z, turn.w], device=bodies.device)
                force = quat_rotate_inverse(quat_mul(bodies[:, sensor.body, 3:7], local.expand(len(bodies), 4)), force)
            readings[:, index, :3] = force
        return True
