"""What a controller sees and believes, for viewers."""

from dataclasses import dataclass

import numpy as np

from legged_gym.deploy.controller import Controller


@dataclass(frozen=True)
class Seen:
    """After a control step."""

    samples: np.ndarray
    """What the map says of the ground, world or the map's frame [P, 3], m; not finite where it says nothing."""
    beliefs: np.ndarray
    """What the policy believes of the ground, foot by foot [Q, 3], m: z over the foot."""
    gates: np.ndarray
    """How far the gate of each foot is open [F], 0 to 1."""


def seen_by(controller: Controller) -> Seen:
    """What a controller's last step tells; nothing where it tells nothing."""
    outputs, view = controller.outputs, controller.metadata.map
    samples = outputs.get("map_samples", np.zeros((0, 3)))
    feet = 0 if view is None else len(view.feet)
    heights, gate = outputs.get("decoded_heights"), outputs.get("gate")
    beliefs = np.zeros((0, 3))
    if heights is not None and heights.size == len(samples):
        beliefs = np.column_stack((samples[:, :2], heights.ravel()))
    gates = np.zeros(0) if gate is None or not feet or gate.size % feet else gate.reshape(feet, -1).mean(axis=1)
    return Seen(samples, beliefs, gates)
