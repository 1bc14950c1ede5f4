"""A robot's height map: bilinear heights of the known cells, and what the scans make of unknown ones."""

import math

import pytest
import torch
from torch import nn

from legged_gym.sensors.foot_scan import FootScan, FootScanCfg
from legged_gym.sensors.ground_view import FootScanView, HeightScanView
from legged_gym.sensors.height_map import HeightMap, filled
from legged_gym.sensors.height_scan import HeightScan

NAN = math.nan
HEIGHTS = torch.tensor([[0.0, 1.0, 2.0], [4.0, 5.0, 6.0]])
"""x = 10 and 10.5, y = 20, 20.5 and 21: rises by 8 along x and by 2 along y."""
ORIGIN, RESOLUTION = torch.tensor([10.0, 20.0]), torch.tensor([0.5])


def sampled(heights: torch.Tensor, *points: tuple[float, float]) -> list[float]:
    return HeightMap(heights, ORIGIN, RESOLUTION).sample(torch.tensor(points)[None])[0].tolist()


def test_heights_are_bilinear_between_cells_and_unknown_outside() -> None:
    inside = sampled(HEIGHTS, (10.0, 20.0), (10.25, 20.0), (10.0, 20.25), (10.125, 20.75), (10.5, 21.0))
    assert inside == pytest.approx([0.0, 2.0, 0.5, 2.5, 6.0], abs=1e-5)
    assert all(math.isnan(value) for value in sampled(HEIGHTS, (9.99, 20.5), (10.25, 21.01), (NAN, 20.5)))


def test_known_cells_count_with_their_weight_if_they_are_half_of_it() -> None:
    """At a quarter along x and y the cells weigh 9, 3, 3 and 1 of 16."""
    heights = HEIGHTS.clone()
    heights[1, 1] = NAN
    assert sampled(heights, (10.125, 20.125))[0] == pytest.approx((9 * 0.0 + 3 * 1.0 + 3 * 4.0) / 15, abs=1e-5)
    heights[0, 0] = math.inf  # no height either
    assert math.isnan(sampled(heights, (10.125, 20.125))[0])
    heights = torch.full((2, 3), NAN)
    heights[0, 0] = 3.0
    assert sampled(heights, (10.125, 20.125))[0] == pytest.approx(3.0)


def test_unknown_heights_take_the_mean_of_the_known_or_what_stands_for_all() -> None:
    assert filled(torch.tensor([[1.0, NAN, 3.0]]), torch.tensor([[9.0]])).tolist() == [[1.0, 2.0, 3.0]]
    assert filled(torch.tensor([[NAN, NAN]]), torch.tensor([[9.0]])).tolist() == [[9.0, 9.0]]


def given(heights: torch.Tensor) -> dict[str, torch.Tensor]:
    """A robot in the middle of the first two rows of cells that looks along y, 0.75 m over the frame's zero."""
    return {
        "height_map": heights,
        "map_origin": ORIGIN,
        "map_resolution": RESOLUTION,
        "base_pos": torch.tensor([10.25, 20.25, 0.75]),
        "base_quat": torch.tensor([0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)]),
        "dof_pos": torch.zeros(1),
    }


def test_the_height_scan_looks_around_the_base() -> None:
    scan = HeightScan([0.0, 0.25], [0.0, 0.125], offset=0.5)
    view = HeightScanView(scan)
    heights, samples = view(given(HEIGHTS))
    # forward is +y, left is -x
    expected = torch.tensor([[10.25, 20.25, 2.5], [10.125, 20.25, 1.5], [10.25, 20.5, 3.0], [10.125, 20.5, 2.0]])
    torch.testing.assert_close(samples, expected, atol=1e-5, rtol=0.0)
    torch.testing.assert_close(heights, expected[None, :, 2], atol=1e-5, rtol=0.0)
    heights, samples = view(given(torch.full((2, 3), NAN)))
    assert samples[:, 2].isnan().all()
    values = scan.values(torch.tensor([[10.25, 20.25, 0.75]]), heights)
    torch.testing.assert_close(values, torch.zeros(1, 4))


class Feet(nn.Module):
    """Two feet, at the base and half a metre in front of it, at heights of 0.25 and 0.5 m."""

    def forward(self, base_pos: torch.Tensor, base_quat: torch.Tensor, dof_pos: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[[10.25, 20.25, 0.25], [10.25, 20.75, 0.5]]])


@pytest.mark.parametrize("takes_unknown", [True, False])
def test_the_foot_scan_looks_around_the_feet(takes_unknown: bool) -> None:
    scan = FootScan(FootScanCfg(), 2)
    scan.points = torch.tensor([[0.0, 0.0], [0.25, 0.0]])
    view = FootScanView(scan, Feet(), ["left", "right"], takes_unknown)
    heights, samples = view(given(HEIGHTS))
    torch.testing.assert_close(heights, torch.tensor([[[2.25, 2.75], [3.0, 3.5]]]), atol=1e-5, rtol=0.0)
    torch.testing.assert_close(samples[1], torch.tensor([10.25, 20.5, 3.0]), atol=1e-5, rtol=0.0)
    heights, samples = view(given(torch.full((2, 3), NAN)))
    assert samples[:, 2].isnan().all()
    if takes_unknown:
        assert heights.isnan().all()
    else:  # ground as high as the feet are on average: 0.375 m
        torch.testing.assert_close(heights, torch.tensor([[[0.125, 0.125], [-0.125, -0.125]]]))
