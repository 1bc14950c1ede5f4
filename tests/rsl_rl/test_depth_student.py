import pytest
import torch

from rsl_rl.modules import DepthStudent
from rsl_rl.modules.image_encoder import ImageEncoder
from rsl_rl.modules.memory import clear_state
from rsl_rl.utils.errors import ConfigError

WIDTHS = {"felt": 3, "image": 6 * 8}
SMALL = {
    "image_shape": [6, 8],
    "channels": [2, 3],
    "kernel_sizes": [3, 2],
    "strides": [1, 1],
    "image_dim": 5,
    "rnn_hidden_size": 4,
    "hidden_dims": [6],
}


def test_pixels_are_taken_row_by_row():
    """Convolutions of one pixel, and a layer that reads one of them."""
    encoder = ImageEncoder([3, 4], [1], [1], [1], 1, "relu")
    with torch.no_grad():
        for layer in (encoder.convolutions[0], encoder.head[0]):
            layer.weight.zero_()
            layer.bias.zero_()
        encoder.convolutions[0].weight.fill_(2.0)
        encoder.head[0].weight[0, 1 * 4 + 2] = 1.0
    image = torch.arange(12.0)
    assert encoder(image).tolist() == [2.0 * 6.0]
    assert encoder(image.expand(5, 2, 12)).shape == (5, 2, 1)


def test_a_published_image_keeps_8_by_12_places():
    encoder = ImageEncoder([48, 64], [16, 32, 32], [5, 4, 3], [2, 2, 1], 128, "elu")
    assert encoder.head[0].in_features == 32 * 8 * 12


@pytest.mark.parametrize("groups", [["felt", "image"], ["felt"]])
@pytest.mark.parametrize("rnn_type", ["gru", "lstm"])
def test_unrolled_it_acts_as_step_by_step(groups, rnn_type):
    student = DepthStudent(WIDTHS, groups, 2, **SMALL, rnn_type=rnn_type)
    steps, n = 6, 4
    obs = {name: torch.randn(steps, n, width) for name, width in WIDTHS.items()}
    dones = torch.rand(steps, n) < 0.3
    state = tuple(torch.randn(1, n, 4) for _ in student.initial_state(n))
    output, last = student.unroll(obs, dones, state)
    for step in range(steps):
        actions, state = student.act_inference({name: group[step] for name, group in obs.items()}, state)
        torch.testing.assert_close(output.actions[step], actions)
        state = clear_state(state, dones[step])
    for one, other in zip(last, state, strict=True):
        torch.testing.assert_close(one, other)


def test_a_blind_one_has_no_encoder():
    student = DepthStudent(WIDTHS, ["felt"], 2, **SMALL)
    assert student.is_blind and not any("image" in name for name in student.state_dict())
    assert student.actor_input.dim == 3


@pytest.mark.parametrize(
    ("groups", "changes", "message"),
    [
        (["felt", "image"], {"image_shape": [48, 64]}, "has 48 pixels, but the student's network is for image_shape ="),
        (["felt", "image"], {"kernel_sizes": [7, 2]}, "an image of 6 x 8 pixels is too small for kernel_sizes [7, 2]"),
        (["felt", "image"], {"strides": [2]}, "must be alike many, not 2, 2 and 1"),
        (["felt", "image", "felt"], {}, "must be a proprioceptive group and perhaps an image"),
        (["felt", "pictures"], {}, "observation groups ['pictures'] are not offered"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(groups, changes, message):
    with pytest.raises(ConfigError) as error:
        DepthStudent(WIDTHS, groups, 2, **{**SMALL, **changes})
    assert message in str(error.value) and "\n" not in str(error.value)
