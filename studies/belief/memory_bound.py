"""What memory can be worth at most under each noise of the map: from one step's samples, and from all of many steps.

Two questions, as plain as can be. On level ground: how high is it, under a foot? On square stones over holes, whose
pattern a robot knows: where do they lie? The second is answered by Bayes' rule on a grid of 1 cm, for a uniform
displacement of the pattern, of the samples of all four feet: for each foot and step over the error of that step, for
each foot over that of the episode, then of all feet together. An outlier counts as Gaussian noise of its variance. A
robot without memory can at best do what one step gives; one that remembers what many give, if it carries along without
error all that it saw. Neither is told how wrong its map is, which these bounds know.

    python -m studies.belief
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from legged_gym.envs.go2.go2_perceptive_sight_config import Go2PerceptiveSightCfg
from legged_gym.envs.perceptive.map_noise import MapNoise
from legged_gym.sensors.foot_scan import FootScan
from legged_gym.sensors.map_conditions import LARGE, SMALL, MapNoiseParameters
from legged_gym.terrain.obstacles import STONE_PITCH

SPACING = 0.01
"""Of the grid of displacements, m."""
CELLS = round(STONE_PITCH / SPACING)
HOLE_DEPTH = 1.0
"""m; that of a task's terrain."""
FEET = torch.tensor([[0.19, 0.14], [0.19, -0.14], [-0.19, 0.14], [-0.19, -0.14]])
"""Where a Go2's feet stand, m."""
SIDES = (0.3, 0.2)
"""Of stones, m: that of `sight.md`'s first limit, and of the highest level."""
STEPS = (1, 5, 20)
"""Control steps of 20 ms that are remembered; students are taught through 20 of them."""


@dataclass(frozen=True)
class Bound:
    """What the best guess of where the stones lie comes to."""

    place: float
    """Root mean square of its error on one axis, m."""
    footholds: float
    """Share of the guesses by which the middle of a stone is on that stone."""


def level_height(noise: MapNoiseParameters, points: int, steps: int, touched: bool = False) -> float:
    """Standard deviation of the mean of a foot's samples on level ground, m, all of them from so many steps.

    Args:
        noise: lengths in m, as the robot's.
        points: samples of a step.
        steps: that are remembered.
        touched: a touch told the height there, so that the error that lasts for the episode is known.
    """
    point = noise.point_z**2 + noise.outlier_probability * noise.outlier_size**2
    lasting = 0.0 if touched else noise.episode_z**2
    return math.sqrt((point / points + noise.foot_z**2) / steps + lasting)


def stone_bounds(
    noise: MapNoiseParameters, side: float, steps: Sequence[int] = STEPS, trials: int = 400
) -> list[Bound]:
    """Of stones of a side, m, for each number of steps that is remembered; `noise` as of `level_height`."""
    points = foot_scan().points
    places = FEET[:, None] + points
    drawn = MapNoise(Go2PerceptiveSightCfg.map_noise(), trials, len(FEET), len(points), torch.device("cpu"))
    drawn.fix(torch.tensor(noise).expand(trials, -1))
    everyone = torch.ones(trials, dtype=torch.bool)
    drawn.draw_episode(everyone, ~everyone)
    displacement = STONE_PITCH * torch.rand(trials, 2)
    expected = stones(places[:, None] + _grid()[:, None], side)
    of_feet, found = torch.zeros(trials, len(FEET), CELLS, CELLS), []
    for step in range(1, max(steps) + 1):
        xy, error = drawn.draw()
        samples = stones(places + xy + displacement[:, None, None], side) + error
        of_feet += _blurred(_log_likelihood(samples, expected, noise), noise.foot_xy)
        if step in steps:
            posterior = _blurred(of_feet, noise.episode_xy).sum(dim=1).flatten(1).softmax(dim=1)
            found.append(_judge(posterior, displacement, side))
    return found


def foot_scan() -> FootScan:
    """Where the robot looks."""
    return FootScan(Go2PerceptiveSightCfg.foot_scan(), len(FEET))


def stones(places: torch.Tensor, side: float) -> torch.Tensor:
    """Ground at places [..., 2], m, of stones whose middles lie on the grid of `STONE_PITCH` [...], m."""
    from_middle = places - STONE_PITCH * (places / STONE_PITCH).round()
    return -HOLE_DEPTH * (from_middle.abs().amax(dim=-1) > side / 2).float()


def _grid() -> torch.Tensor:
    """All displacements [G, 2], m."""
    axis = SPACING * torch.arange(CELLS)
    return torch.cartesian_prod(axis, axis)


def _log_likelihood(samples: torch.Tensor, expected: torch.Tensor, noise: MapNoiseParameters) -> torch.Tensor:
    """Of each displacement, foot by foot [N, F, C, C], up to a constant, apart from the errors of where samples are.

    Args:
        samples: of one step [N, F, P], m.
        expected: what they would be without noise for each displacement [F, G, P], m.
        noise: whose errors of height are Gaussian, independent or common to a foot's samples.
    """
    count = samples.shape[2]
    point = noise.point_z**2 + noise.outlier_probability * noise.outlier_size**2
    common = noise.foot_z**2 + noise.episode_z**2
    products = torch.einsum("nfp,fgp->nfg", samples, expected)
    squares = samples.square().sum(dim=2)[..., None] - 2.0 * products + expected.square().sum(dim=2)
    sums = samples.sum(dim=2)[..., None] - expected.sum(dim=2)
    errors = squares - sums.square() * common / (point + count * common)
    return (-0.5 * errors / point).unflatten(2, (CELLS, CELLS))


def _blurred(log_likelihood: torch.Tensor, deviation: float) -> torch.Tensor:
    """Of a displacement [..., C, C] that a Gaussian error on each axis, m, is added to; the pattern repeats itself."""
    most = log_likelihood.amax(dim=(-2, -1), keepdim=True)
    frequency = torch.fft.fftfreq(CELLS, SPACING)
    factor = torch.exp(-2.0 * (math.pi * deviation * frequency).square())
    spectrum = torch.fft.fft2((log_likelihood - most).double().exp()) * factor * factor[:, None]
    return most + torch.fft.ifft2(spectrum).real.clamp(min=1.0e-12).log().float()


def _judge(posterior: torch.Tensor, displacement: torch.Tensor, side: float) -> Bound:
    """Judge the circular means of posteriors [N, G] by the true displacements [N, 2], m."""
    turn = STONE_PITCH / (2.0 * math.pi)
    phase = _grid() / turn
    error = torch.atan2(posterior @ phase.sin(), posterior @ phase.cos()) * turn - displacement
    error = error - STONE_PITCH * (error / STONE_PITCH).round()
    on_stone = error.abs().amax(dim=1) < side / 2
    return Bound(error.square().mean().sqrt().item(), on_stone.float().mean().item())


def conditions() -> dict[str, MapNoiseParameters]:
    """Training's conditions and the suite's, as the robot's."""
    settings = Go2PerceptiveSightCfg.map_noise
    trained = {name: MapNoiseParameters(*condition["z"]) for name, condition in settings.conditions.items()}
    return {name: z.scaled(settings.length_scale) for name, z in (trained | {"small": SMALL, "large": LARGE}).items()}
