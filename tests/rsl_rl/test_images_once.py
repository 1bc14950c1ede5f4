"""An image that lasts some steps is encoded once, and all comes out as if it were encoded in each step."""

import pytest
import torch

from rsl_rl.modules import DepthStudent
from rsl_rl.modules.image_codes import ImageCodes
from rsl_rl.runners import SkillDistillationRunner
from rsl_rl.utils.held import Changes, holding, is_new, new_rows
from tests.rsl_rl.skill_env import COLS, ROWS, SkillEnv, train_cfg

WIDTHS = {"felt": 3, "image": 6 * 8}
SMALL = {"image_shape": [6, 8], "channels": [2], "kernel_sizes": [3], "strides": [1], "image_dim": 5}


def held_images(steps: int, n: int, width: int) -> torch.Tensor:
    """Images [T, N, W] of which each robot has another one every third step, not all at once."""
    age = (torch.arange(steps)[:, None] + torch.arange(n)) // 3
    return torch.randn(steps, n, width, dtype=torch.float64).gather(0, age[..., None].expand(-1, -1, width) % steps)


def test_what_is_new_and_what_holds():
    """Two robots: a a b, and c d d. New are a, c, d and b, counted step by step: 0, 1, 2 and 3."""
    values = torch.tensor([[1.0, 3.0], [1.0, 4.0], [2.0, 4.0]])[..., None].expand(3, 2, 5)
    new = is_new(values)
    assert new.tolist() == [[True, True], [False, True], [True, False]]
    assert holding(new).tolist() == [[0, 1], [0, 2], [3, 2]]
    assert new_rows(new, 4).tolist() == [0, 1, 3, 4]
    assert new_rows(new, 6).tolist() == [0, 1, 3, 4, 0, 0]
    assert new_rows(new, 2).tolist() == [0, 1]
    assert is_new(torch.full((2, 1, 3), torch.nan)).all()


@pytest.mark.parametrize("spare", [0, 5])
def test_sequences_give_the_same_actions_and_gradients(spare):
    student = DepthStudent(WIDTHS, ["felt", "image"], 2, **SMALL, rnn_hidden_size=4, hidden_dims=[6]).double()
    steps, n = 7, 4
    obs = {"felt": torch.randn(steps, n, 3, dtype=torch.float64), "image": held_images(steps, n, 48)}
    dones, state = torch.rand(steps, n) < 0.2, (torch.randn(1, n, 4, dtype=torch.float64),)
    new = is_new(obs["image"])
    count = int(new.sum())
    assert count < steps * n / 2
    results = []
    for images in (None, Changes(new, count + spare)):
        (actions, _), (last,) = student.unroll(obs, dones, state, images)
        gradients = torch.autograd.grad((actions**2).sum() + last.sum(), list(student.parameters()))
        results.append((actions, last, *gradients))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_codes_are_made_of_new_images_alone():
    encoded: list[int] = []

    def encoder(images: torch.Tensor) -> torch.Tensor:
        encoded.append(len(images))
        return images[:, :2] * 10.0

    images = torch.arange(12.0).view(4, 3)
    codes = ImageCodes(encoder, images)  # pyright: ignore[reportArgumentType]
    for changed, count in (([], 4), ([], 0), ([1, 3], 2), ([], 0)):
        images = images.clone()
        images[changed] += 1.0
        assert torch.equal(codes(images), images[:, :2] * 10.0)
        assert encoded.pop() == count
    codes.forget()
    codes(images)
    assert encoded.pop() == 4


def trained(every_step: bool, monkeypatch) -> tuple[torch.Tensor, int]:
    """The student's weights after three iterations of 10 steps, and how many images went into its encoder.

    Args:
        every_step: Whether images are encoded in each step of collecting and of learning.
        monkeypatch: Of the test.
    """
    torch.manual_seed(1)
    runner = SkillDistillationRunner(SkillEnv(), train_cfg())
    algorithm, student = runner.algorithm, runner.policy
    assert isinstance(student, DepthStudent)
    if every_step:
        algorithm._codes = None
        unroll = student.unroll
        monkeypatch.setattr(student, "unroll", lambda obs, dones, state, images: unroll(obs, dones, state))
    count = 0

    def note(module, inputs):
        nonlocal count
        count += inputs[0].numel() // (ROWS * COLS)

    student.image_encoder.register_forward_pre_hook(note)
    algorithm.load_teachers({})
    runner._teachers_are_known = True
    runner.learn(3)
    return torch.nn.utils.parameters_to_vector(student.parameters()), count


def test_a_student_learns_the_same(monkeypatch):
    """32 robots keep an image for a rollout of 10 steps: 32 are encoded in it, instead of 320.

    Learning takes 2 epochs of 2 mini-batches of 16 robots in 2 chunks of 5 steps: 16 each, and a tenth to spare,
    instead of 80.
    """
    weights, count = trained(False, monkeypatch)
    assert count == 3 * (32 + 8 * 17)
    expected, all_steps = trained(True, monkeypatch)
    assert all_steps == 3 * (320 + 8 * 80)
    torch.testing.assert_close(weights, expected, rtol=1e-5, atol=1e-6)


def test_there_is_room_for_the_new_images_of_any_chunk():
    """Chunks of 5 steps of 16 robots each, in which so many images of each robot are new; a tenth to spare."""
    algorithm = SkillDistillationRunner(SkillEnv(), train_cfg()).algorithm
    images = algorithm.storage.rollout.obs["image"]
    for new, room in ((1, 17), (3, 52), (2, 52), (5, 80)):
        for step in range(10):
            images[step] = min(step % 5, new - 1)
        algorithm._prepare()
        assert algorithm._num_images == room
