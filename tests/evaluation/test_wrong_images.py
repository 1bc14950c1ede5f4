"""Wrong depth images: what a policy is shown."""

from types import SimpleNamespace

import pytest
import torch

from legged_gym.evaluation.wrong_images import IMAGES, WrongImages, strangers
from legged_gym.utils.errors import UserError

N = 6


class Seen:
    """Notes what it is shown."""

    def __init__(self, groups: tuple[str, ...] = ("felt", "depth")) -> None:
        self.policy = SimpleNamespace(actor_input=SimpleNamespace(groups=groups))
        self.forgot = torch.zeros(N)

    def infer(self, obs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return obs

    def reset(self, dones: torch.Tensor) -> None:
        self.forgot = dones


def robots() -> SimpleNamespace:
    """On two terrain types, the first in two columns."""
    layout = {"observations": {"felt": [{"name": "gyro"}], "depth": [{"name": "depth_image"}]}}
    curriculum = SimpleNamespace(types=torch.tensor([0, 1, 2, 2, 0, 1]))
    terrain = SimpleNamespace(type_names=["climb", "climb", "leap"])
    return SimpleNamespace(
        layout=layout, terrain=terrain, terrain_curriculum=curriculum, num_envs=N, device=torch.device("cpu")
    )


def observed(value: float = 0.0) -> dict[str, torch.Tensor]:
    rows = torch.arange(N)[:, None] / 100.0 + value
    return {"felt": rows.clone(), "depth": rows.expand(N, 4).clone()}


@pytest.mark.parametrize("image", IMAGES)
def test_only_the_image_is_wrong(image: str) -> None:
    policy = Seen()
    wrong = WrongImages(policy, robots(), image)
    shown = [wrong.infer(observed(value)) for value in (0.0, 0.3)]
    assert all(
        torch.equal(told["felt"], observed(value)["felt"]) for told, value in zip(shown, (0.0, 0.3), strict=True)
    )
    own = observed(0.3)["depth"]
    if image == "black":
        assert (shown[1]["depth"] == -0.5).all()
    if image == "swapped":
        others = (shown[1]["depth"][:, 0] * 100 - 30).round().long().tolist()
        assert all((robot in (2, 3)) != (other in (2, 3)) for robot, other in enumerate(others))
        torch.testing.assert_close(shown[0]["depth"], shown[1]["depth"] - 0.3)  # always the same other one's
    if image == "frozen":
        assert torch.equal(shown[1]["depth"], observed(0.0)["depth"])
        wrong.reset(torch.eye(N)[2])
        assert torch.equal(policy.forgot, torch.eye(N)[2])
        again = wrong.infer(observed(0.3))["depth"]
        assert torch.equal(again[2], own[2]) and torch.equal(again[[0, 1, 3]], observed(0.0)["depth"][[0, 1, 3]])


def test_of_one_kind_everybody_gets_somebody_elses() -> None:
    assert (strangers(torch.zeros(5, dtype=torch.long)) != torch.arange(5)).all()
    with pytest.raises(UserError, match="one robot alone"):
        strangers(torch.zeros(1, dtype=torch.long))


def test_a_blind_policy_is_refused() -> None:
    with pytest.raises(UserError, match="--image=black: the policy sees no depth image"):
        WrongImages(Seen(("felt",)), robots(), "black")
