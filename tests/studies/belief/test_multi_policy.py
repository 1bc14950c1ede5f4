"""Policies side by side: each acts as if alone, and is measured against the teacher."""

from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.utils.errors import UserError
from rsl_rl.utils.errors import CheckpointError
from studies.belief.cells import cells
from studies.belief.multi_policy import ACTION_ERROR, GATE, HEIGHT_ERROR, MultiPolicy, shuffled
from studies.belief.policies import LABELS, find_policies
from tests.studies.belief.conftest import TASK, small_cfg


@pytest.fixture
def env(make: Any) -> Any:
    return make(small_cfg(num_envs=14, episode=0.12))


def multi_policy_of(env: Any, policies: Path, names: list[str], condition: str = "small") -> MultiPolicy:
    env.assign(cells(names, ["discrete"], [0], [condition], 20))
    return MultiPolicy({name: file.build(env) for name, file in find_policies(policies, TASK).items()}, env)


def test_each_policy_acts_on_its_rows_as_if_alone(env: Any, policies: Path) -> None:
    """Also over the ends of episodes, where the memory begins anew."""
    multi_policy = multi_policy_of(env, policies, list(LABELS))
    states = {name: multi_policy.policies[name].initial_state(2) for name in LABELS}
    teacher = multi_policy.policies["teacher"]
    obs = env.reset()
    for _ in range(9):  # an episode has 6 steps
        actions = multi_policy.act(obs)
        labels, _ = teacher.act_inference(obs)
        fresh = env.episode_length_buf == 0
        for name, rows in zip(LABELS, env.queue.rows, strict=True):
            policy, own = multi_policy.policies[name], {group: value[rows] for group, value in obs.items()}
            if name == "teacher":
                torch.testing.assert_close(actions[rows], labels[rows])
                assert (multi_policy.measures[rows] == 0.0).all()
                continue
            state = tuple(part * ~fresh[rows][:, None] for part in states[name])
            inference, states[name] = policy.infer(own, state)
            torch.testing.assert_close(actions[rows], inference.actions)
            distance = torch.linalg.vector_norm(inference.actions - labels[rows], dim=1)
            torch.testing.assert_close(multi_policy.measures[rows, ACTION_ERROR], distance.square())
            assert inference.decoded_heights is not None
            gate = torch.zeros(2) if inference.gate is None else inference.gate.mean(dim=1)
            error = (inference.decoded_heights - own["exteroceptive_clean"]).square().mean(dim=1)
            torch.testing.assert_close(multi_policy.measures[rows, HEIGHT_ERROR], error)
            torch.testing.assert_close(multi_policy.measures[rows, GATE], gate)
            torch.testing.assert_close(multi_policy.heights[rows].flatten(1), inference.decoded_heights)
        obs, *_ = env.step(actions)
    assert (multi_policy.measures[env.queue.rows[-1], GATE] == 0.0).all()  # blind
    assert (multi_policy.measures[env.queue.rows[1], GATE] > 0.0).all()


def test_a_memory_that_is_reset_knows_nothing_of_the_past(env: Any, policies: Path) -> None:
    multi_policy = multi_policy_of(env, policies, ["student"], "large, reset memory")
    env.batch.jobs.reset_period.fill_(2)
    policy, obs = multi_policy.policies["student"], env.reset()
    for step in range(5):
        actions = multi_policy.act(obs)
        forgetful, _ = policy.act_inference(obs, policy.initial_state(14))
        assert torch.allclose(actions, forgetful, atol=1e-6) == (step % 2 == 0)
        obs, *_ = env.step(actions)


def test_shuffling_moves_the_masked_rows_alone() -> None:
    mask = torch.arange(1000) % 3 == 0
    order = shuffled(mask)
    assert sorted(order.tolist()) == list(range(1000))
    place = torch.arange(1000)
    assert torch.equal(order[~mask], place[~mask])
    assert (order[mask] % 3 == 0).all() and (order[mask] != place[mask]).float().mean() > 0.97
    assert not torch.equal(shuffled(mask), order)


def test_a_shuffled_memory_is_that_of_another_robot(env: Any, policies: Path) -> None:
    multi_policy = multi_policy_of(env, policies, ["student"], "none, shuffled memory")
    policy, obs = multi_policy.policies["student"], env.reset()
    state = policy.initial_state(14)
    for step in range(3):
        actions = multi_policy.act(obs)
        own, state = policy.act_inference(obs, state)
        assert torch.allclose(actions, own, atol=1e-7) == (step == 0)  # at first all memories are empty
        obs, *_ = env.step(actions)


def test_missing_and_foreign_policies(env: Any, policies: Path, tmp_path: Path, caplog: Any) -> None:
    with pytest.raises(UserError, match="no teacher to evaluate: there is no file .*go2_perceptive_teacher.pt"):
        find_policies(tmp_path, TASK)
    for name in ("teacher", "student", "blind"):
        (tmp_path / f"{TASK}_{name}.pt").write_bytes((policies / f"{TASK}_{name}.pt").read_bytes())
    found = find_policies(tmp_path, TASK)
    assert list(found) == ["teacher", "student", "blind"]
    assert "gru_none, mlp_gate, mlp_none, noisy_mlp" in caplog.text
    assert [name for name, file in found.items() if file.sees_noisy_map(env.cfg)] == ["student"]
    env.action_map.scale = 0.5
    with pytest.raises(CheckpointError, match="another layout: action_scale is 0.25 there, 0.5 here"):
        found["student"].build(env)
    (tmp_path / f"{TASK}_blind.pt").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="blind.pt is no checkpoint"):
        find_policies(tmp_path, TASK)
