"""Two computations at the same time."""

import threading

import pytest
import torch

from rsl_rl.utils.second_thread import SecondThread
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
    second, met = SecondThread(True), threading.Event()
    with second.sharing():
        wait = second.begin(lambda number: (met.wait(10.0), torch.get_num_threads(), number), 7)
        assert torch.get_num_threads() == 1
        met.set()
        assert wait() == (True, 1, 7)
    assert torch.get_num_threads() == 2


def test_what_fails_there_fails_here(two_threads):
    second = SecondThread(True)
    with pytest.raises(ZeroDivisionError), second.sharing():
        second.begin(lambda: 1 / 0)()
    assert torch.get_num_threads() == 2


def test_without_it_things_are_done_at_once(two_threads):
    second, done = SecondThread(False), []
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
