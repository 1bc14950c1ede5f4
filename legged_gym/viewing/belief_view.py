"""What a robot's map says of the ground around its feet and what a student believes of it, as shapes to draw."""

from typing import Any

import numpy as np

from legged_gym.viewing.rendering import Colour, Spheres
from rsl_rl.modules import PolicyInference

MAP_COLOUR = (1.0, 0.45, 0.1, 1.0)
"""Colour of the map's samples."""
CLOSED_COLOUR, OPEN_COLOUR = (0.6, 0.6, 0.65, 1.0), (0.0, 0.8, 0.4, 1.0)
"""Colours of the believed ground around a foot whose gate lets nothing, or everything, of the map through."""
MAP_RADIUS, BELIEF_RADIUS = 0.009, 0.013
"""Radii of the spheres that show a sample of the map and one of the belief, m."""


class BeliefView:
    """The map and the belief of one robot at its present step."""

    def __init__(self, env: Any, robot: int = 0) -> None:
        """Choose the robot.

        Args:
            env: a `PerceptiveRobot`.
            robot: index of the environment; may be changed at any time.
        """
        self._env = env
        self.robot = robot
        self._feet = [env.body_names[index].removesuffix("_foot") for index in env.feet_indices.tolist()]
        self._inference: PolicyInference | None = None

    def see(self, inference: PolicyInference) -> PolicyInference:
        """Take, and return, what the policy makes of the robots' present observations."""
        self._inference = inference
        return inference

    def markers(self) -> list[Spheres]:
        """Samples of the map where it was read, and the believed heights where they were meant, foot by foot."""
        env, robot = self._env, self.robot
        feet = env.feet_positions[robot].cpu().numpy()
        heights = env.map_heights[robot].cpu().numpy()
        samples = _points(env.map_points[robot], heights, feet).reshape(-1, 3)
        shapes = [Spheres(samples[np.isfinite(samples[:, 2])], MAP_RADIUS, MAP_COLOUR)]
        if self._inference is not None and self._inference.decoded_heights is not None:
            believed = self._inference.decoded_heights[robot].view(heights.shape).cpu().numpy()
            points = _points(env.foot_points[robot], believed, feet)
            colours = [_mix(gate) for gate in self.gates() or [0.0] * len(self._feet)]
            shapes += [Spheres(foot, BELIEF_RADIUS, colour) for foot, colour in zip(points, colours, strict=True)]
        return shapes

    def gates(self) -> list[float]:
        """How far the gate is open for the code of each foot, from 0 to 1: the mean over the code; empty without it."""
        if self._inference is None or self._inference.gate is None:
            return []
        return self._inference.gate[self.robot].view(len(self._feet), -1).mean(dim=1).tolist()

    def lines(self) -> tuple[str, str]:
        """Two columns of text for a picture: what the shapes are."""
        gates = self.gates()
        if not gates:
            believes = self._inference is not None and self._inference.decoded_heights is not None
            return ("grey", "belief") if believes else ("orange", "map")
        names = [f"gate {foot}" for foot in self._feet]
        values = [f"{gate:.2f}" for gate in gates]
        return "\n".join(["orange", "grey to green", *names]), "\n".join(["map", "belief, by gate", *values])


def _points(xy: Any, heights: np.ndarray, feet: np.ndarray) -> np.ndarray:
    """World positions [F, P, 3] of points [F, P, 2] (tensor) at heights [F, P] relative to feet [F, 3], m."""
    return np.concatenate((xy.cpu().numpy(), (heights + feet[:, None, 2])[..., None]), axis=-1)


def _mix(gate: float) -> Colour:
    r, g, b, a = (low + gate * (high - low) for low, high in zip(CLOSED_COLOUR, OPEN_COLOUR, strict=True))
    return r, g, b, a
