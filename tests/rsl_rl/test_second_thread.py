"""Two computations at the same time, and as many threads for each as it is worth."""

import math
import threading

import pytest
import torch

from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.second_thread import SecondThread
from rsl_rl.utils.threads import limited_threads, threads_worth
from tests.rsl_rl.test_ppo import make, roll

set_num_threads = torch.set_num_threads
"""The real one, which other tests may not use."""


@pytest.fixture
def two_threads(monkeypatch):
    """Torch with two threads, whatever the machine has."""
    monkeypatch.setattr(torch, "set_num_threads", set_num_threads)
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def test_both_go_on_at_the_same_time_with_half_of_the_threads(two_threads):
    second, met = SecondThread(True, math.inf), threading.Event()
    with second.sharing():
        wait = second.begin(lambda number: (met.wait(10.0), torch.get_num_threads(), number), 7)
        assert torch.get_num_threads() == 1
        met.set()
        assert wait() == (True, 1, 7)
    assert torch.get_num_threads() == 2


def test_what_fails_there_fails_here(two_threads):
    second = SecondThread(True, math.inf)
    with pytest.raises(ZeroDivisionError), second.sharing():
        second.begin(lambda: 1 / 0)()
    assert torch.get_num_threads() == 2


def test_without_it_things_are_done_at_once(two_threads):
    second, done = SecondThread(False, math.inf), []
    with second.sharing():
        assert torch.get_num_threads() == 2
        wait = second.begin(done.append, 1)
        assert done == [1] and wait() is None


def test_weights_are_the_same_to_the_bit_with_one_thread_and_with_two(two_threads):
    def trained():
        ppo = make(num_mini_batches=2, desired_kl=0.02)
        roll(ppo)
        roll(ppo)
        return ppo

    beside = trained()
    assert any(thread.name.startswith("second thread") for thread in threading.enumerate())
    torch.set_num_threads(1)
    alone = trained()
    for one, other in zip(alone.policy.parameters(), beside.policy.parameters(), strict=True):
        assert torch.equal(one, other)
    assert {name: value.item() for name, value in alone.metrics().items()} == {
        name: value.item() for name, value in beside.metrics().items()
    }


@pytest.mark.parametrize(("work", "number"), [(0.0, 1), (5.9e7, 1), (6.1e7, 2), (2.0e8, 4), (math.inf, 4)])
def test_each_has_as_many_threads_as_its_work_is_worth_and_half_of_them_at_most(two_threads, work, number):
    torch.set_num_threads(9)
    with SecondThread(True, work).sharing():
        assert torch.get_num_threads() == number
    assert torch.get_num_threads() == 9


def test_no_work_is_worth_more_threads_than_there_are(two_threads):
    assert [threads_worth(work) for work in (1e7, 3e7, 7e7, math.inf)] == [1, 1, 2, 2]
    with pytest.raises(ZeroDivisionError), limited_threads(1):
        assert torch.get_num_threads() == 1 / 0
    assert torch.get_num_threads() == 2


def test_a_small_training_is_the_same_to_the_bit_with_any_number_of_threads(two_threads):
    """Products of matrices are summed otherwise by 3 threads or 8: the work is not worth them."""
    robots, widths, groups = 512, {"policy": 48}, {"policy": ["policy"], "critic": ["policy"]}

    def trained(num_threads):
        torch.set_num_threads(num_threads)
        torch.manual_seed(0)
        policy = ActorCritic(widths, groups, 12, actor_hidden_dims=[128, 64], critic_hidden_dims=[128, 64])
        ppo = PPO(policy, RolloutStorage(3, robots, widths, 12), num_learning_epochs=1, num_mini_batches=1)
        ppo.start_rollout()
        for _ in range(3):
            ppo.act({"policy": torch.randn(robots, 48)})
            ppo.process_env_step(torch.randn(robots), torch.rand(robots) < 0.1, {})
        ppo.update({"policy": torch.randn(robots, 48)})
        return [ppo.storage.rollout.values.clone(), *policy.parameters()]

    alone = trained(1)
    for num_threads in (2, 3, 8):
        for one, other in zip(alone, trained(num_threads), strict=True):
            assert torch.equal(one, other)
