"""Where the scans of the ground look and what they say, by hand."""

import torch

from legged_gym.interface.mirror import Mirror
from legged_gym.interface.readings import Readings
from legged_gym.sensors.foot_scan import FootScan, FootScanCfg
from legged_gym.sensors.height_scan import HeightScan

ALONG_Y = torch.tensor([[0.0, 1.0]])
"""Heading of a robot that has turned to the left by a quarter."""


def test_circles_of_the_foot_scan() -> None:
    points = FootScan(FootScanCfg(), 4).points
    radii = points.norm(dim=1)
    start = 0
    for count, radius in zip((6, 8, 10, 12, 16), (0.048, 0.096, 0.156, 0.216, 0.288), strict=True):
        circle = points[start : start + count]
        torch.testing.assert_close(radii[start : start + count], torch.full((count,), radius))
        torch.testing.assert_close(circle[0], torch.tensor([radius, 0.0]))
        assert circle.mean(dim=0).abs().max() < 1e-7
        start += count
    assert start == len(points) == 52


def test_the_foot_scan_of_mirrored_ground() -> None:
    """Two feet side by side over waves: each reads on mirrored ground what the other one's mirrored samples read."""
    scan = FootScan(FootScanCfg(), 2)
    feet, ahead = torch.tensor([[[0.2, 0.15, 0.02], [0.3, -0.15, 0.05]]]), torch.tensor([[1.0, 0.0]])
    image = feet.flip(1) * torch.tensor([1.0, -1.0, 1.0])
    term = scan.term(lambda: torch.zeros(()), Mirror((1, 0), (1.0, 1.0)))
    mirror = term.mirrored(Mirror((), ()))

    def seen(feet: torch.Tensor, side: float) -> torch.Tensor:
        x, y = scan.sample_points(feet, ahead).unbind(dim=-1)
        return term.compute(Readings(foot_heights=scan.relative(torch.sin(3.0 * x + side * 5.0 * y), feet)))

    assert mirror is not None
    torch.testing.assert_close(mirror(seen(feet, 1.0)), seen(image, -1.0))
    assert (seen(feet, 1.0) - seen(image, -1.0)).abs().mean() > 0.1


def test_the_foot_scan_turns_with_the_robot_and_tells_heights_over_its_foot() -> None:
    scan = FootScan(FootScanCfg(), 1)
    scan.points = torch.tensor([[0.1, 0.0], [0.0, 0.2]])
    feet = torch.tensor([[[1.0, 2.0, 0.5]]])
    torch.testing.assert_close(scan.sample_points(feet, ALONG_Y)[0, 0], torch.tensor([[1.0, 2.1], [0.8, 2.0]]))
    heights = scan.relative(torch.tensor([[[0.75, -0.75]]]), feet)
    assert heights.tolist() == [[[0.25, -1.25]]]
    term = scan.term(lambda: heights + 0.25, None)
    assert term.mirror is None
    assert term.compute(Readings(foot_heights=heights)).tolist() == [[0.25, -1.0]]
    assert term.sense is not None and term.sense().tolist() == [[0.5, -1.0]]


def test_the_height_scan_turns_with_the_robot_and_tells_the_bases_height_over_the_ground() -> None:
    scan = HeightScan([-1.0, 2.0], [0.0, 0.5], offset=0.25)
    assert scan.points.tolist() == [[-1.0, 0.0], [-1.0, 0.5], [2.0, 0.0], [2.0, 0.5]]
    base = torch.tensor([[10.0, 20.0, 1.0]])
    expected = torch.tensor([[10.0, 19.0], [9.5, 19.0], [10.0, 22.0], [9.5, 22.0]])
    torch.testing.assert_close(scan.sample_points(base, ALONG_Y)[0], expected)
    ground = torch.tensor([[0.5, 0.75, 3.0, -3.0]])
    assert scan.term(5.0, 0.1).compute(Readings(base_pos=base, scan_heights=ground)).tolist() == [
        [0.25, 0.0, -1.0, 1.0]
    ]
