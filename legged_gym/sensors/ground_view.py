"""How a controller sees the ground: from its map and the base's pose to what the scans' terms are formulas of."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import nn

from legged_gym.sensors.foot_scan import FootScan
from legged_gym.sensors.height_map import HeightMap, filled
from legged_gym.sensors.height_scan import HeightScan
from legged_gym.utils.math import heading_vector


class GroundView(nn.Module, ABC):
    """What one robot sees of a height map."""

    reading: ClassVar[str]
    """The attribute of `Readings` that it gives."""

    @abstractmethod
    def forward(self, given: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        """Look at the ground.

        Args:
            given: inputs of a controller: `height_map` [R, C], `map_origin` [2] and `map_resolution` [1], see
                `HeightMap`; the base in its frame, `base_pos` [3], m, and `base_quat` [4], xyzw, base -> map; joint
                angles `dof_pos` [D], rad, where the feet are asked for.

        Returns:
            The reading [1, ...], and the samples in the frame of the map [K, 3], m, z NaN where it is unknown.
        """

    @property
    @abstractmethod
    def layout(self) -> dict[str, Any]:
        """Where it looks, as plain data."""


class HeightScanView(GroundView):
    """The height scan; where nothing is known it says 0: level ground at the usual height under the base."""

    reading = "scan_heights"

    def __init__(self, scan: HeightScan) -> None:
        super().__init__()
        self.scan = scan

    def forward(self, given: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        base_pos = given["base_pos"][None]
        points = self.scan.sample_points(base_pos, heading_vector(given["base_quat"][None]))
        heights = _map(given).sample(points)
        samples = torch.cat((points[0], heights[0, :, None]), dim=-1)
        return filled(heights, base_pos[:, 2:] - self.scan.offset), samples

    @property
    def layout(self) -> dict[str, Any]:
        return {"kind": "height_scan", "points": self.scan.points.tolist(), "offset": self.scan.offset}


class FootScanView(GroundView):
    """The foot scan, around the feet where the joints put them."""

    reading = "foot_heights"

    def __init__(self, scan: FootScan, feet: nn.Module, foot_names: list[str], takes_unknown: bool) -> None:
        """Set up.

        Args:
            scan: where to look.
            feet: (base_pos [1, 3], base_quat [1, 4], dof_pos [1, D]) -> feet [1, F, 3], m.
            foot_names: of the bodies [F].
            takes_unknown: whether the policy knows what to make of NaN; otherwise unknown ground is as high as the
                known is on average, or if nothing is known, as high as the feet are.
        """
        super().__init__()
        self.scan, self.feet = scan, feet
        self.foot_names, self.takes_unknown = foot_names, takes_unknown

    def forward(self, given: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        base_quat = given["base_quat"][None]
        feet = self.feet(given["base_pos"][None], base_quat, given["dof_pos"][None])
        points = self.scan.sample_points(feet, heading_vector(base_quat))
        heights = _map(given).sample(points)
        samples = torch.cat((points, heights[..., None]), dim=-1).reshape(-1, 3)
        if not self.takes_unknown:
            heights = filled(heights, feet[..., 2:].mean(dim=1, keepdim=True))
        return self.scan.relative(heights, feet), samples

    @property
    def layout(self) -> dict[str, Any]:
        return {
            "kind": "foot_scan",
            "points": self.scan.points.tolist(),
            "feet": self.foot_names,
            "clip": self.scan.clip,
            "takes_unknown": self.takes_unknown,
        }


def _map(given: Mapping[str, torch.Tensor]) -> HeightMap:
    return HeightMap(given["height_map"], given["map_origin"], given["map_resolution"])
