"""Networks that remember for themselves, against the policy and its observations as the environment keeps them."""

from pathlib import Path

import pytest
import torch

from legged_gym.export import stateful_file
from legged_gym.export.parity import Recorder, Recording
from legged_gym.export.stateful_file import export_stateful
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.errors import UserError
from legged_gym.utils.seeding import set_seed
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent, EstimatorActorCritic, Policy

FRAMES, WIDTH = 3, 5


def make_policy(rnn_type: str | None = None, frames: int = FRAMES) -> Policy:
    torch.manual_seed(0)
    widths, groups = {"policy": frames * WIDTH, "critic": 4}, {"policy": ["policy"], "critic": ["critic"]}
    settings = {"actor_hidden_dims": [16], "critic_hidden_dims": [8], "empirical_normalization": True}
    if rnn_type is None:
        return ActorCritic(widths, groups, 2, **settings)
    return ActorCriticRecurrent(widths, groups, 2, rnn_type=rnn_type, rnn_hidden_size=6, rnn_num_layers=2, **settings)


def record(frames: int = FRAMES, steps: int = 12, robots: int = 4) -> Recording:
    """Random frames, kept side by side as an environment does; every robot's episode ends once."""
    newest = torch.randn(steps, robots, WIDTH)
    dones = torch.zeros(steps, robots, dtype=torch.bool)
    dones[torch.arange(robots) + 3, torch.arange(robots)] = True
    observations = torch.zeros(steps, robots, frames * WIDTH)
    for robot in range(robots):
        begun = 0
        for step in range(steps):
            past = [newest[max(step - age, begun), robot] for age in range(frames)]
            observations[step, robot] = torch.cat(past)
            begun = step + 1 if dones[step, robot] else begun
    return Recording({"policy": observations}, dones)


@pytest.mark.parametrize("rnn_type", [None, "gru", "lstm"])
@pytest.mark.parametrize("frames", [1, FRAMES])
def test_it_remembers_what_the_policy_does(tmp_path: Path, rnn_type: str | None, frames: int) -> None:
    policy, recording = make_policy(rnn_type, frames), record(frames)
    assert export_stateful(policy, frames, tmp_path / "policy.pt", recording) < 1e-5
    module = torch.jit.load(str(tmp_path / "policy.pt"))
    observations, state = recording.observations["policy"], policy.initial_state(1)
    for step in range(4):  # robot 0, until its episode ends
        actions = module(observations[step, :1, :WIDTH])
        with torch.no_grad():
            expected, state = policy.act_inference({"policy": observations[step, :1]}, state)
        assert actions.shape == (1, 2)
        torch.testing.assert_close(actions, expected, atol=1e-5, rtol=0.0)


def test_its_history_is_the_environments(tmp_path: Path) -> None:
    """A robot with a history, whose episodes end on the way."""
    cfg, train = get_cfgs("qmini")
    cfg.env.num_envs, cfg.sim.engine, cfg.env.episode_length_s = 3, "mujoco", 0.3
    set_seed(1)
    env = make_env("qmini", cfg, "cpu", 1)
    frames, widths = cfg.observation_history["policy"], {n: v.shape[1] for n, v in env.get_observations().items()}
    policy = EstimatorActorCritic(widths, train.obs_groups, env.num_actions)
    recorder, observations = Recorder(40), env.reset()
    for _ in range(40):
        seen = {"policy": observations["policy"]}
        observations, _, dones, _ = env.step(policy.act_inference(seen)[0].detach())
        recorder.record(seen, dones)
    env.close()
    recording = recorder.finish()
    assert recording.dones.any(dim=0).all() and frames > 1
    assert export_stateful(policy, frames, tmp_path / "policy.pt", recording) < 1e-5


def test_a_reset_forgets(tmp_path: Path) -> None:
    export_stateful(make_policy("gru"), FRAMES, tmp_path / "policy.pt", record())
    module, frames = torch.jit.load(str(tmp_path / "policy.pt")), torch.randn(5, 1, WIDTH)
    first = [module(frame) for frame in frames]
    assert not torch.equal(module(frames[0]), first[0])
    module.reset()
    for frame, expected in zip(frames, first, strict=True):
        assert torch.equal(module(frame), expected)


def test_several_robots_do_not_mix(tmp_path: Path) -> None:
    export_stateful(make_policy("gru"), FRAMES, tmp_path / "policy.pt", record())
    module, frames = torch.jit.load(str(tmp_path / "policy.pt")), torch.randn(5, 3, WIDTH)
    together = torch.stack([module(frame) for frame in frames])
    module.reset()
    alone = torch.stack([module(frame[:1]) for frame in frames])
    torch.testing.assert_close(together[:, :1], alone, atol=1e-6, rtol=0.0)


def test_a_file_that_acts_differently_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stateful_file, "TOLERANCE", -1.0)
    with pytest.raises(UserError, match="policy.pt was not exported: its actions differ"):
        export_stateful(make_policy(), FRAMES, tmp_path / "policy.pt", record())
    assert list(tmp_path.iterdir()) == []
