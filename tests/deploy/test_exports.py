"""Real exports, of random weights: what the exporter writes is what is read here."""

from pathlib import Path

import numpy as np
import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.course import Tile
from legged_gym.deploy.scan import MapQuality
from legged_gym.deploy.trial import Bench, Setup
from legged_gym.export.metadata import policy_metadata
from legged_gym.export.network_files import export_onnx
from legged_gym.export.parity import Recording
from legged_gym.tasks import get_cfgs
from rsl_rl.modules import ActorCritic, Policy, StudentPolicy, TeacherActorCritic
from tests.envs.conftest import MakeEnv

FLAT, STEPS = Tile(0, 0, 0), 30


def random_policy(task: str, widths: dict[str, int]) -> Policy:
    settings = class_to_dict(get_cfgs(task)[1])
    groups, network = settings["obs_groups"], settings["policy"]
    network.pop("class_name")
    if "student" not in settings:
        return ActorCritic(widths, groups, 12, **network)
    student = groups.pop("student")
    return StudentPolicy(widths, student, TeacherActorCritic(widths, groups, 12, **network), **settings["student"])


def export(make: MakeEnv, task: str, path: Path) -> Policy:
    torch.manual_seed(0)
    env = make(task, 2)
    widths = {group: env.observations.group_width(group) for group in env.observations.groups}
    policy = random_policy(task, widths)
    seen = {group: torch.randn(4, 2, widths[group]) for group in policy.actor_input.groups}
    metadata = policy_metadata(env, policy, task, class_to_dict(env.cfg), "0" * 12)
    export_onnx(policy, path, Recording(seen, torch.zeros(4, 2, dtype=torch.bool)), metadata)
    return policy


def check_actions(bench: Bench, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file on its robot must act as the policy does on the same observations."""
    observations, actions = [], []
    act = bench.policy.act

    def record(observation: np.ndarray) -> np.ndarray:
        observations.append(observation)
        actions.append(act(observation))
        return actions[-1]

    monkeypatch.setattr(bench.policy, "act", record)
    bench.run(FLAT, lambda command: len(actions) < STEPS)
    state, inputs = policy.initial_state(1), policy.actor_input
    for observation, action in zip(observations, actions, strict=True):
        obs = torch.tensor(observation[None], dtype=torch.float32)
        groups = dict(zip(inputs.groups, obs.split(inputs.widths, dim=-1), strict=True))
        with torch.no_grad():
            expected, state = policy.act_inference(groups, state)
        np.testing.assert_allclose(action, expected[0].numpy(), atol=1e-5)
    assert len(actions) == STEPS and np.ptp(np.array(actions), axis=0).max() > 1e-3


def test_a_policy_of_joints_and_imu(make: MakeEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = export(make, "go2_flat_deploy", tmp_path / "policy.onnx")
    bench = Bench(Setup(tmp_path / "policy.onnx"))
    assert bench.terrain.is_plane and bench.metadata.task == "go2_flat_deploy"
    check_actions(bench, policy, monkeypatch)


def test_a_student_with_a_map_and_blind(make: MakeEnv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = export(make, "go2_perceptive", tmp_path / "policy.onnx")
    bench = Bench(Setup(tmp_path / "policy.onnx"))
    assert bench.metadata.hidden_state == {"h_in": (2, 1, 50)} and len(bench.metadata.foot_names) == 4
    check_actions(bench, policy, monkeypatch)
    assert np.isfinite(bench.observation.samples).all()
    blind = Bench(Setup(tmp_path / "policy.onnx", quality=MapQuality(missing=True)))
    check_actions(blind, policy, monkeypatch)
    assert np.isnan(blind.observation.samples[:, 2]).all()
