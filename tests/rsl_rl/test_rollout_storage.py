import math

import pytest
import torch

from robust_parallel.errors import UserError
from rsl_rl.storage import RolloutStorage
from rsl_rl.storage.storage import stand_ins
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError


def fill(storage, **columns):
    storage.begin(storage.initial_state)
    for t in range(storage.num_steps):
        for name, values in columns.items():
            getattr(storage.current, name).copy_(values[t])
        storage.commit()


def test_advantages_by_hand():
    storage = RolloutStorage(3, 2, {"policy": 1}, 1)
    rewards = torch.tensor([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    values = torch.tensor([[0.5, 0.5], [1.0, 1.0], [1.5, 1.5]])
    dones = torch.tensor([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])  # environment 1 ends with its second step
    fill(storage, rewards=rewards, values=values, dones=dones)
    storage.compute_returns(torch.tensor([2.0, 2.0]), gamma=0.5, lam=0.5)
    # delta = (1.0, 1.75, 2.5); with the end in environment 1: (1.0, 2 - 1, 2.5). Decay 0.25.
    expected = torch.tensor([[1.59375, 1.25], [2.375, 1.0], [2.5, 2.5]])
    torch.testing.assert_close(storage.rollout.advantages, expected)
    torch.testing.assert_close(storage.rollout.returns, expected + values)


def test_what_is_not_finite_cuts_the_recursion():
    """The third step of environment 0 has no reward: the second ends with the value of the state before it."""
    storage = RolloutStorage(4, 2, {"policy": 1}, 1)
    rewards = torch.ones(4, 2)
    rewards[2, 0] = torch.nan
    fill(storage, rewards=rewards, values=torch.full((4, 2), 2.0), dones=torch.zeros(4, 2))
    storage.compute_returns(torch.tensor([2.0, 2.0]), gamma=0.5, lam=1.0)
    # delta = 1 + 0.5 * 2 - 2 = 0 everywhere else, so that all other advantages are 0.
    assert storage.rollout.advantages.isnan().tolist() == [[False] * 2, [False] * 2, [True, False], [False] * 2]
    assert storage.rollout.advantages.nan_to_num().abs().sum() == 0.0
    storage.leave_out_faulty()
    assert storage.num_left_out == 1 and storage.rollout.advantages.isfinite().all()
    drawn = torch.cat(list(storage.mini_batches(num_epochs=1, num_mini_batches=2)))
    assert sorted(drawn.tolist()) == [0, 1, 2, 3, 3, 5, 6, 7]  # 4, the third step of environment 0, is not
    assert storage.gather(drawn).rewards.isfinite().all()


@pytest.mark.parametrize(("done", "before"), [(1.0, 0.0), (0.0, math.nan)])
def test_a_value_that_is_not_finite_spoils_the_step_that_led_to_it_and_no_other_episode(done, before):
    storage = RolloutStorage(4, 1, {"policy": 1}, 1)
    values = torch.tensor([[1.0], [1.0], [torch.nan], [1.0]])
    fill(storage, rewards=torch.ones(4, 1), values=values, dones=torch.tensor([[0.0], [done], [0.0], [0.0]]))
    storage.compute_returns(torch.ones(1), gamma=0.9, lam=0.95)
    advantages = storage.rollout.advantages.flatten().tolist()
    assert advantages == pytest.approx([0.9, before, math.nan, 0.9], nan_ok=True)  # 1 + 0.9 - 1, and 1 - 1 at a done


def test_with_memory_a_whole_sequence_stands_in_for_a_faulty_one():
    storage = RolloutStorage(2, 3, {"policy": 1}, 1, (torch.arange(3.0).view(1, 3, 1),))
    values = torch.tensor([[1.0, torch.inf, 3.0], [4.0, 5.0, 6.0]])
    fill(storage, values=values, advantages=torch.tensor([[1.0, torch.nan, 3.0], [5.0, 6.0, 7.0]]))
    storage.leave_out_faulty()
    assert storage.num_left_out == 2
    batch = storage.gather(storage.stand_ins)
    assert batch.values.tolist() == [[1.0, 1.0, 3.0], [4.0, 4.0, 6.0]]
    assert batch.state[0].flatten().tolist() == [0, 0, 2]
    storage.normalize_advantages(Distributed())
    sound = torch.tensor([1.0, 1.0, 3.0, 5.0, 5.0, 7.0])
    expected = ((sound - sound.mean()) / sound.std(correction=0)).view(2, 3)
    torch.testing.assert_close(storage.rollout.advantages, expected)


def test_what_may_be_unknown_is_no_fault():
    storage = RolloutStorage(1, 3, {"felt": 2, "seen": 2}, 1, may_be_unknown=["seen"])
    storage.begin()
    storage.current.obs["felt"].zero_()
    storage.current.obs["seen"].fill_(math.nan)
    storage.current.obs["felt"][1, 0] = math.inf
    storage.commit()
    storage.compute_returns(torch.zeros(3), 0.9, 0.9)
    storage.leave_out_faulty()
    assert storage.stand_ins.tolist() == [0, 0, 2]
    assert storage.num_left_out == 1


def test_faults_of_a_rollout_are_not_those_of_the_next():
    storage = RolloutStorage(1, 3, {"policy": 1}, 1)
    fill(storage, rewards=torch.tensor([[1.0, torch.nan, 3.0]]))
    storage.leave_out_faulty()
    assert storage.stand_ins.tolist() == [0, 0, 2]
    fill(storage, rewards=torch.ones(1, 3))
    storage.leave_out_faulty()
    assert storage.stand_ins.tolist() == [0, 1, 2] and storage.num_left_out == 1


@pytest.mark.parametrize(
    ("sound", "expected"),
    [([1, 1, 1], [0, 1, 2]), ([0, 1, 0, 0, 1], [4, 1, 1, 1, 4]), ([0, 0], [0, 1])],
)
def test_stand_ins(sound, expected):
    assert stand_ins(torch.tensor(sound, dtype=torch.bool)).tolist() == expected


def test_normalized_advantages():
    storage = RolloutStorage(4, 5, {"policy": 1}, 1)
    advantages = torch.randn(4, 5) * 3 + 7
    fill(storage, advantages=advantages)
    storage.normalize_advantages(Distributed())
    expected = (advantages - advantages.mean()) / advantages.std(correction=0)
    torch.testing.assert_close(storage.rollout.advantages, expected)


def test_every_field_comes_back_from_its_place():
    storage = RolloutStorage(3, 4, {"a": 3, "b": 5}, 2)
    columns = {name: torch.randn(3, 4, 2) for name in ("actions", "mean", "std")}
    columns |= {name: torch.randn(3, 4) for name in ("log_prob", "values", "rewards", "dones", "advantages", "returns")}
    obs = {"a": torch.randn(3, 4, 3), "b": torch.randn(3, 4, 5)}
    storage.begin()
    for t in range(3):
        for name in obs:
            storage.current.obs[name].copy_(obs[name][t])
        for name, values in columns.items():
            getattr(storage.current, name).copy_(values[t])
        storage.commit()
    samples = torch.tensor([11, 0, 6])  # steps 2, 0, 1 of environments 3, 0, 2
    batch = storage.gather(samples)
    for name, values in columns.items():
        torch.testing.assert_close(getattr(batch, name), values.flatten(0, 1)[samples], rtol=0, atol=0)
    for name, values in obs.items():
        torch.testing.assert_close(storage.rollout.obs[name], values, rtol=0, atol=0)
        torch.testing.assert_close(batch.obs[name], values.flatten(0, 1)[samples], rtol=0, atol=0)


def test_each_epoch_is_a_new_permutation_of_all_samples():
    storage = RolloutStorage(3, 4, {"policy": 1}, 1)
    batches = list(storage.mini_batches(num_epochs=2, num_mini_batches=3))
    assert [len(batch) for batch in batches] == [4] * 6
    first, second = torch.cat(batches[:3]), torch.cat(batches[3:])
    assert sorted(first.tolist()) == sorted(second.tolist()) == list(range(12))
    assert first.tolist() != second.tolist()


def test_with_memory_samples_are_whole_sequences_and_their_state():
    state = (torch.randn(2, 4, 3), torch.randn(1, 4, 5))
    storage = RolloutStorage(3, 4, {"policy": 1}, 1, state)
    values = torch.randn(3, 4)
    fill(storage, values=values)
    assert storage.num_samples == 4
    batch = storage.gather(torch.tensor([2, 0]))
    torch.testing.assert_close(batch.values, values[:, [2, 0]])
    for part, whole in zip(batch.state, state, strict=True):
        torch.testing.assert_close(part, whole[:, [2, 0]])


def test_a_new_rollout_overwrites_the_old_one():
    storage = RolloutStorage(2, 1, {"policy": 1}, 1)
    fill(storage, rewards=torch.tensor([[1.0], [2.0]]))
    fill(storage, rewards=torch.tensor([[3.0], [4.0]]))
    assert storage.rollout.rewards.tolist() == [[3.0], [4.0]]


def test_too_many_mini_batches():
    with pytest.raises(ConfigError, match="num_mini_batches is 9, but there are 8 samples"):
        RolloutStorage(2, 4, {"policy": 1}, 1).mini_batch_size(9)


def test_a_rollout_that_no_memory_holds_is_refused_at_once() -> None:
    with pytest.raises(UserError, match=r"a rollout of 10000 steps of 1000000 environments .* GiB, cpu has"):
        RolloutStorage(10_000, 1_000_000, {"policy": 48}, 12)
