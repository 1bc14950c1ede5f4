"""A student that is shown images on CUDA learns from recorded graphs what it learns eagerly, an image encoded once."""

import pytest
import torch

from rsl_rl.algorithms import Dagger
from rsl_rl.modules import ActorCriticRecurrent, DepthStudent, SkillTeacher
from rsl_rl.storage import SequenceStorage

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

STEPS, N = 12, 16
WIDTHS = {"state": 3, "skill": 2, "felt": 3, "image": 6 * 8}
SIZES = {"image_shape": [6, 8], "channels": [2], "kernel_sizes": [3], "strides": [1], "image_dim": 5}


def make(device: str, use_graphs: bool) -> Dagger:
    torch.manual_seed(0)
    student = DepthStudent(WIDTHS, ["felt", "image"], 2, **SIZES, rnn_hidden_size=6, hidden_dims=[8]).to(device)
    groups = {"policy": ["state"], "critic": ["state"]}
    policy = ActorCriticRecurrent(WIDTHS, groups, 2, rnn_hidden_size=4, actor_hidden_dims=[5], critic_hidden_dims=[5])
    teacher = SkillTeacher(WIDTHS, "skill", ("walk", "leap"), {"walk": policy.acting_part()}).to(device)
    widths = {name: WIDTHS[name] for name in ("felt", "image")}
    storage = SequenceStorage(STEPS, N, widths, 2, student.initial_state(N), device)
    return Dagger(
        student, teacher, storage, num_learning_epochs=3, num_mini_batches=2, truncation_length=6, use_graphs=use_graphs
    )


def roll(algorithm: Dagger, lasting: int, device: str) -> None:
    """A rollout whose images last so many steps."""
    algorithm.start_rollout()
    for step in range(STEPS):
        generator = torch.Generator(device).manual_seed(1000 + step)
        images = torch.Generator(device).manual_seed(step // lasting)
        obs = {
            "state": torch.randn(N, 3, device=device, generator=generator),
            "skill": torch.tensor([[1.0, 0.0]], device=device).expand(N, 2),
            "felt": torch.randn(N, 3, device=device, generator=generator),
            "image": torch.randn(N, 48, device=device, generator=images),
        }
        algorithm.act(obs)
        algorithm.process_env_step(torch.zeros(N, device=device), torch.zeros(N, device=device), {})


def test_graph_and_eager_agree_while_room_grows(device: str = "cuda") -> None:
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    eager, captured = make(device, use_graphs=False), make(device, use_graphs=True)
    for iteration, lasting in enumerate((6, 6, 6, 3, 3, 1, 1)):
        for algorithm in (eager, captured):
            roll(algorithm, lasting, device)
            torch.manual_seed(iteration)
            algorithm.update({})
        assert captured._num_images == eager._num_images == {6: 8, 3: 17, 1: 48}[lasting]
        ours, reference = (dict(algorithm.policy.state_dict()) for algorithm in (captured, eager))
        torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-4)
    assert captured.num_skipped.item() == 0
