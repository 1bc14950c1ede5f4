import pytest
import torch

from rsl_rl.storage import SequenceStorage
from rsl_rl.utils.errors import ConfigError

T, N = 6, 5


def filled(num_steps=T, state=()):
    """Return a storage and what was written to it."""
    storage = SequenceStorage(num_steps, N, {"a": 3, "b": 1}, 2, state)
    data = {name: torch.randn(num_steps, N, width) for name, width in {"a": 3, "b": 1, "actions": 2}.items()}
    data["dones"] = (torch.rand(num_steps, N) < 0.3).float()
    fill(storage, data)
    return storage, data


def fill(storage, data):
    storage.begin(storage.initial_state)
    for t in range(storage.num_steps):
        for name, group in storage.current.obs.items():
            group.copy_(data[name][t])
        storage.current.actions.copy_(data["actions"][t])
        storage.current.dones.copy_(data["dones"][t])
        storage.commit()


def fields(steps):
    return {**steps.obs, "actions": steps.actions, "dones": steps.dones}


def test_a_chunk_is_a_window_of_chosen_environments():
    storage, data = filled()
    samples, start = torch.tensor([4, 0]), torch.zeros(1, dtype=torch.long)
    for first in (0, 2, 4):
        start.fill_(first)  # the same tensors each time, as a graph has it
        chunk = fields(storage.gather(start, 2, samples))
        assert chunk.keys() == data.keys()
        for name, values in data.items():
            torch.testing.assert_close(chunk[name], values[first : first + 2, [4, 0]], rtol=0, atol=0, msg=name)


def test_a_chunk_is_a_copy():
    storage, data = filled()
    chunk = storage.gather(torch.tensor([0]), 2, torch.tensor([1]))
    chunk.obs["a"].zero_()
    torch.testing.assert_close(storage.rollout.obs["a"], data["a"], rtol=0, atol=0)


def test_a_new_rollout_overwrites_the_old_one_in_place():
    storage, _ = filled()
    kept = storage.rollout.obs["a"].data_ptr()
    _, data = filled()
    fill(storage, data)
    assert storage.rollout.obs["a"].data_ptr() == kept
    for name, values in data.items():
        torch.testing.assert_close(fields(storage.rollout)[name], values, rtol=0, atol=0, msg=name)


def test_the_state_before_the_rollout_is_kept():
    state = (torch.randn(2, N, 3), torch.randn(1, N, 4))
    storage, _ = filled(state=state)
    later = tuple(torch.randn_like(part) for part in state)
    storage.begin(later)
    for kept, part in zip(storage.initial_state, later, strict=True):
        torch.testing.assert_close(kept, part, rtol=0, atol=0)
        part.zero_()
        assert kept.abs().sum() > 0


def test_each_epoch_divides_the_environments_anew():
    storage, _ = filled()
    batches = list(storage.mini_batches(num_epochs=3, num_mini_batches=2))
    assert [len(batch) for batch in batches] == [2] * 6
    epochs = [torch.cat(batches[i : i + 2]).tolist() for i in (0, 2, 4)]
    assert all(len(set(epoch)) == 4 and set(epoch) <= set(range(N)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_what_cannot_be_divided_is_refused():
    storage, _ = filled()
    assert [storage.num_chunks(length) for length in (1, 2, 3, 6)] == [6, 3, 2, 1]
    with pytest.raises(ConfigError, match="num_steps_per_env is 6, no multiple of the chunk length 4"):
        storage.num_chunks(4)
    with pytest.raises(ConfigError, match="chunk length 0"):
        storage.num_chunks(0)
    with pytest.raises(ConfigError, match="num_mini_batches is 6, but there are 5 environments"):
        storage.mini_batch_size(6)


def test_who_begins_with_a_state_that_is_not_finite_is_left_out():
    storage, _ = filled(state=(torch.zeros(1, N, 4),))
    storage.initial_state[0][0, 3, 1] = torch.nan
    storage.leave_out_faulty(())
    assert storage.stand_ins.tolist() == [0, 1, 2, 2, 4] and storage.num_left_out == T
