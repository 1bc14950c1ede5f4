"""Errors of a stereo camera's images: their statistics, and shadows by hand."""

import pytest
import torch

from legged_gym.sensors.depth_noise import DepthNoise, DepthNoiseCfg, in_shadow

FOCAL_LENGTH = torch.full((200,), 40.0)


def noisy(depth: float, **settings: float) -> torch.Tensor:
    """Images of a wall, with some errors only."""
    cfg = DepthNoiseCfg()
    for name in ("inverse_error", "inverse_step", "baseline", "hole_share", "false_share"):
        setattr(cfg, name, 0.0)
    for name, value in settings.items():
        setattr(cfg, name, value)
    torch.manual_seed(0)
    return DepthNoise(cfg, reach=3.0)(torch.full((200, 48, 64), depth), FOCAL_LENGTH)


def test_without_errors_nothing_changes() -> None:
    torch.testing.assert_close(noisy(1.3), torch.full((200, 48, 64), 1.3))


@pytest.mark.parametrize("depth", (0.5, 1.0, 2.0))
def test_the_error_grows_with_the_square_of_the_depth(depth: float) -> None:
    image = noisy(depth, inverse_error=0.004)
    assert image.mean().item() == pytest.approx(depth, abs=1e-3)
    assert image.std().item() == pytest.approx(0.004 * depth**2, rel=0.03)


def test_depths_come_in_steps_of_their_inverse() -> None:
    """Inverse depths are multiples of 0.1 per m: 1 / 0.77 becomes 1 / 1.3, 3 m and beyond stay 3 m."""
    assert noisy(0.77, inverse_step=0.1)[0, 0, 0].item() == pytest.approx(1 / 1.3, abs=1e-6)
    assert noisy(3.0, inverse_step=0.1).max().item() == 3.0


def test_holes_cover_their_share() -> None:
    image = noisy(1.0, hole_share=0.05, hole_size=3)
    assert (image == 0.0).float().mean().item() == pytest.approx(0.05, rel=0.1)
    assert ((image == 0.0) | (image == 1.0)).all()
    holes = (image == 0.0).float()
    beside = holes[:, :, 1:][holes[:, :, :-1] > 0].mean().item()
    assert beside == pytest.approx(0.68, abs=0.05)  # two thirds of a hole's pixels have another of it beside them


def test_false_patches_are_of_any_depth() -> None:
    image = noisy(1.0, false_share=0.05, false_size=2)
    false = image[image != 1.0]
    assert false.numel() / image.numel() == pytest.approx(0.05, rel=0.1)
    assert false.mean().item() == pytest.approx(1.5, abs=0.1) and false.min() < 0.1 and false.max() > 2.9


def test_the_shadow_of_a_post_is_on_its_left() -> None:
    """Wall and post are shifted by 2 and 5 pixels: the post, from pixel 10 to 12, covers the places 5 to 7 of the right
    image, where the wall's pixels 7 to 9 would be; pixel 7, at its very edge, is still seen.
    """
    disparity = torch.full((1, 1, 20), 2.0)
    disparity[..., 10:13] = 5.0
    assert in_shadow(disparity)[0, 0].nonzero()[:, 0].tolist() == [8, 9]
