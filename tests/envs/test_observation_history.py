"""Groups that hold several frames: newest first, as they were observed, anew with each episode."""

import re
from typing import Any

import pytest
import torch

from legged_gym.interface.observations import Observations, ObservationTerm
from legged_gym.interface.readings import Readings
from legged_gym.utils.errors import UserError
from tests.envs.conftest import MakeEnv

NOBODY = torch.zeros(2, dtype=torch.bool)
EVERYBODY = ~NOBODY


class Counter:
    """Two environments whose frames read (t, 10 + t) and (100 + t, 110 + t)."""

    def __init__(self, **options: Any) -> None:
        self.time = 0.0
        offset = torch.tensor([[0.0, 10.0], [100.0, 110.0]])
        terms = {
            "a": ObservationTerm("a", 1, lambda r: offset[:, :1] + self.time, 1.0, "", noise=0.25, sensed=True),
            "b": ObservationTerm("b", 1, lambda r: offset[:, 1:] + self.time, 2.0, "", privileged=True),
        }
        groups = {"policy": ["a"], "critic": ["a", "b"], "present": ["b"]}
        settings = {"clip": 1e3, "noise_level": 0.0, "noisy_groups": ["policy"], **options}
        history = {"policy": 3, "critic": 2}
        self.observations = Observations(terms, groups, 2, torch.device("cpu"), **settings, history=history)
        self.buffers = self.observations.buffers

    def step(self, fresh: torch.Tensor = NOBODY) -> None:
        self.time += 1.0
        self.observations.measure(Readings())
        self.observations.observe_final()
        self.observations.observe(fresh)


def test_newest_first_with_whole_frames() -> None:
    robot = Counter()
    widths = {group: robot.observations.group_width(group) for group in robot.buffers}
    assert widths == {"policy": 3, "critic": 4, "present": 1}
    robot.step(EVERYBODY)
    for _ in range(3):
        robot.step()
    assert robot.buffers["policy"].tolist() == [[4.0, 3.0, 2.0], [104.0, 103.0, 102.0]]
    assert robot.buffers["critic"].tolist() == [[4.0, 28.0, 3.0, 26.0], [104.0, 228.0, 103.0, 226.0]]
    assert robot.buffers["present"].tolist() == [[28.0], [228.0]]


def test_an_episodes_first_frame_fills_the_history_of_its_environment_alone() -> None:
    robot = Counter()
    robot.step(EVERYBODY)
    assert robot.buffers["policy"].tolist() == [[1.0] * 3, [101.0] * 3]
    robot.step()
    robot.step(torch.tensor([False, True]))
    assert robot.buffers["policy"].tolist() == [[3.0, 2.0, 1.0], [103.0] * 3]
    robot.step()
    assert robot.buffers["policy"].tolist() == [[4.0, 3.0, 2.0], [104.0, 103.0, 103.0]]


def test_final_frames_are_the_last_ones_before_the_reset() -> None:
    robot = Counter()
    robot.step(EVERYBODY)
    robot.step()
    robot.step(EVERYBODY)
    final = robot.observations.final_buffers
    assert final["policy"].tolist() == [[3.0, 2.0, 1.0], [103.0, 102.0, 101.0]]
    assert final["critic"][0].tolist() == [3.0, 26.0, 2.0, 24.0]
    assert final["present"].tolist() == [[26.0], [226.0]]


def test_older_frames_keep_their_noise() -> None:
    torch.manual_seed(0)
    robot = Counter(noise_level=1.0)
    robot.step(EVERYBODY)
    assert (robot.buffers["policy"] == robot.buffers["policy"][:, :1]).all()  # one frame, one draw
    for _ in range(5):
        before = robot.buffers["policy"].clone()
        robot.step()
        assert torch.equal(robot.buffers["policy"][:, 1:], before[:, :2])
        assert torch.equal(robot.observations.final_buffers["policy"][:, 1:], before[:, :2])
        noise = robot.buffers["policy"][:, 0] - torch.tensor([robot.time, 100.0 + robot.time])
        assert (noise != 0.0).all() and noise.abs().max() <= 0.25
        assert robot.buffers["critic"][0, 0] == robot.time


def test_the_delay_ages_every_frame() -> None:
    robot = Counter(delay=torch.tensor([0, 1]))
    robot.step(EVERYBODY)
    for _ in range(3):
        robot.step()
    assert robot.buffers["policy"].tolist() == [[4.0, 3.0, 2.0], [103.0, 102.0, 101.0]]


def test_buffers_keep_their_storage() -> None:
    """A captured step writes them in place."""
    robot = Counter()
    addresses = [buffer.data_ptr() for buffer in robot.buffers.values()]
    robot.step(EVERYBODY)
    robot.step()
    assert [buffer.data_ptr() for buffer in robot.buffers.values()] == addresses


def test_an_environment_tells_of_its_histories(make: MakeEnv) -> None:
    def change(cfg: Any) -> None:
        cfg.observation_history = {"critic": 2}

    env = make(num_envs=2, change=change)
    assert env.get_observations()["critic"].shape == (2, 2 * 48)
    assert env.layout["history"] == {"critic": 2}
    assert "history" not in make(num_envs=2).layout


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"polcy": 2}, ": there is no group 'polcy' of observations; did you mean policy?"),
        ({"policy": 0}, " = {'policy': 0} must be names with whole numbers of at least 1"),
        ({"policy": 2.5}, " = {'policy': 2.5} must be names with whole numbers of at least 1"),
    ],
)
def test_a_history_that_cannot_be_is_refused(make: MakeEnv, history: dict[str, Any], message: str) -> None:
    def change(cfg: Any) -> None:
        cfg.observation_history = history

    with pytest.raises(UserError, match=re.escape(f"observation_history{message}")):
        make(change=change)
