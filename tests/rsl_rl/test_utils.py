"""The small parts: graphs on a CPU, look-ups, random state, scalars, episode statistics, timer."""

import math
import random
import socket
from datetime import timedelta

import numpy as np
import pytest
import torch

from robust_parallel.errors import UserError
from robust_parallel.graph import CapturedFunction
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent
from rsl_rl.utils import distributed
from rsl_rl.utils.distributed import Distributed, local_device
from rsl_rl.utils.episode_statistics import EpisodeStatistics
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.random_state import get_random_state, seed_everything, set_random_state
from rsl_rl.utils.registry import build, lookup
from rsl_rl.utils.scalars import ScalarMeans, to_host
from rsl_rl.utils.timer import PhaseTimer


def test_captured_function_on_a_cpu_is_a_call():
    total = torch.zeros(())
    captured = CapturedFunction(lambda: total.add_(1.0), total.device)
    for _ in range(5):
        captured()
    captured.reset()
    captured()
    assert total.item() == 6


def test_lookup_names_the_nearest():
    assert lookup("policy", "b", {"a": 1, "b": 2}) == 2
    with pytest.raises(ConfigError, match="unknown policy 'ActorCritc', did you mean 'ActorCritic'"):
        lookup("policy", "ActorCritc", {"ActorCritic": 1, "Other": 2})
    with pytest.raises(ConfigError, match="unknown policy 'x'; there are: Other, Third"):
        lookup("policy", "x", {"Third": 1, "Other": 2})


def test_build_knows_the_settings_of_a_class_and_of_its_bases():
    arguments = ({"o": 2}, {"policy": ["o"], "critic": ["o"]}, 1)
    settings = {"class_name": "ActorCriticRecurrent", "rnn_hidden_size": 4, "actor_hidden_dims": [3]}
    policy = build("policy", ActorCriticRecurrent, settings, *arguments)
    assert policy.actor[0].in_features == 4
    with pytest.raises(ConfigError, match="policy ActorCritic has no setting 'max_sdt', did you mean 'max_std'"):
        build("policy", ActorCritic, {"max_sdt": 1.0}, *arguments)
    with pytest.raises(ConfigError, match="has no setting 'make_memory'"):
        build("policy", ActorCritic, {"make_memory": None}, *arguments)


def draw():
    return random.random(), np.random.rand(), np.random.randn(), torch.rand(()).item()


def test_seeding_and_random_state():
    seed_everything(3)
    first = draw()
    state = get_random_state()
    following = draw()
    set_random_state(state)
    assert draw() == following
    seed_everything(3)
    assert draw() == first
    seed_everything(4)
    assert all(a != b for a, b in zip(draw(), first, strict=True))


def test_scalars_are_averaged_without_nan():
    means = ScalarMeans("cpu")
    nan = torch.tensor(float("nan"))
    means.add({"a": torch.tensor(1.0), "b": nan, "c": 5})
    means.add({"a": torch.tensor(3), "b": torch.tensor(4.0), "c": 6.0})
    means.add({"a": torch.tensor(5.0)})
    means.add({"never": nan})
    means.add({})
    read = to_host(means.pop(), "cpu")
    assert {name: read[name] for name in "abc"} == {"a": 3.0, "b": 4.0, "c": 5.5}
    assert math.isnan(read["never"])
    assert to_host(means.pop(), "cpu") == {}


def test_episode_statistics_by_hand():
    statistics = EpisodeStatistics(2, "cpu", window=2)

    def read():
        return statistics.means(**to_host(statistics.pop(), "cpu"))

    statistics.add(torch.tensor([1.0, 10.0]), torch.tensor([False, False]))
    assert read() == {}
    statistics.add(torch.tensor([2.0, 20.0]), torch.tensor([1, 0]))
    assert read() == {"Train/mean_reward": 3.0, "Train/mean_episode_length": 2.0}
    statistics.add(torch.tensor([7.0, 30.0]), torch.tensor([1, 1]))
    # The window of two episodes is filled by the last two: (7 + 60) / 2 and (1 + 3) / 2.
    assert read() == {"Train/mean_reward": 33.5, "Train/mean_episode_length": 2.0}
    statistics.add(torch.tensor([0.0, 0.0]), torch.tensor([0, 0]))
    assert read() == {"Train/mean_reward": 33.5, "Train/mean_episode_length": 2.0}


def test_timer_measures_phases():
    timer = PhaseTimer("cpu")
    for _ in range(3):
        timer.mark()
    phases = timer.pop()
    assert len(phases) == 2
    assert all(0.0 <= phase < 1.0 for phase in phases)
    assert timer.pop() == []


def test_a_single_process_reduces_nothing(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    alone = Distributed.from_environment("cpu")
    x = torch.tensor([1.0, 2.0])
    assert alone.is_main
    assert alone.mean_(x).tolist() == [1.0, 2.0]
    assert alone.any(True, "cpu")
    assert not alone.any(False, "cpu")
    mean, var = alone.mean_var(torch.tensor([[1.0], [3.0]]))
    assert (mean.item(), var.item()) == (2.0, 1.0)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"RANK": "x"}, "RANK = 'x' is no number; see torchrun"),
        ({"RANK": "-1"}, "RANK = '-1' is no number"),
        ({"WORLD_SIZE": "2\u0663"}, "WORLD_SIZE = .* is no number"),
        ({"RANK": "1"}, "RANK = 1 and WORLD_SIZE = 1 contradict"),
        ({"WORLD_SIZE": "0"}, "contradict"),
        ({"WORLD_SIZE": "2"}, "WORLD_SIZE = 2, but RANK and MASTER_ADDR and MASTER_PORT missing"),
        (
            {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1"},
            "but MASTER_PORT missing; start",
        ),
        (
            {"WORLD_SIZE": "2", "RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "abc"},
            "MASTER_PORT = 'abc' is no number",
        ),
    ],
)
def test_variables_of_torchrun_that_are_not_whole_are_told(monkeypatch, variables, words):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=words):
        Distributed.from_environment("cpu")


def test_a_partner_that_does_not_come_is_told(monkeypatch):
    monkeypatch.setattr(distributed, "PATIENCE", timedelta(seconds=1))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match="the other 1 processes did not come") as error:
        Distributed.from_environment("cpu")
    assert "\n" not in str(error.value)


def test_each_process_has_its_device(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert local_device("cuda") == "cuda:3"
    assert local_device("cuda:1") == "cuda:1"
    assert local_device("cpu") == "cpu"
