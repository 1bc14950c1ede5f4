from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.policy import OnnxPolicy
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.utils.errors import UserError
from tests.deploy.policies import WritePolicy, go2_metadata

MEMORY = {"h_in": [2, 1, 5]}


def test_clips_its_actions(write_policy: WritePolicy) -> None:
    weights = np.zeros((3, 12))
    weights[0, 0], weights[1, 1] = 1.0, 50.0
    policy = OnnxPolicy(write_policy(go2_metadata(clip_actions=20.0), weights, bias=0.5))
    np.testing.assert_allclose(policy.act(np.array([2.0, -1.0, 0.0]))[:3], [2.5, -20.0, 0.5])


def test_carries_its_hidden_state_until_it_is_reset(write_policy: WritePolicy) -> None:
    policy = OnnxPolicy(write_policy(go2_metadata(hidden_state=MEMORY), memory=True))
    assert [policy.act(np.zeros(3))[0] for _ in range(3)] == [0.0, 1.0, 2.0]
    policy.reset()
    assert policy.act(np.zeros(3))[0] == 0.0


def test_actions_that_are_not_finite_are_an_error(write_policy: WritePolicy) -> None:
    policy = OnnxPolicy(write_policy(weights=np.eye(3, 12)))
    with pytest.raises(UserError, match="the actions of policy.onnx are not finite: it cannot walk without a map"):
        policy.act(np.array([0.0, np.nan, 0.0]))
    with pytest.raises(UserError, match="not finite$"):
        OnnxPolicy(write_policy(bias=np.inf)).act(np.zeros(3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 1}, "policy.onnx: its metadata has format 1, this program reads 2; export the policy again"),
        ({"asset": {"file": 3}, "observations": [{"name": "x"}]}, "its metadata lacks 'width'"),
        ({"action_scale": "a"}, "its metadata is faulty .*'a'"),
        ({"control": None}, "its metadata is faulty"),
        (
            {"hidden_state": MEMORY},
            "not the whole policy: it maps obs to actions, its metadata tells of h_in, obs to actions, h_out",
        ),
        ({"observations": go2_metadata()["observations"] * 2}, "reads 3 observations, its metadata describes 6"),
        ({"history": 5}, "reads 3 observations, its metadata describes 15"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(
    write_policy: WritePolicy, changes: dict[str, Any], message: str
) -> None:
    path = write_policy(go2_metadata(**changes))
    with pytest.raises(UserError, match=message):
        OnnxPolicy(path)


def test_files_without_the_later_settings_mean_what_they_meant(write_policy: WritePolicy) -> None:
    metadata = go2_metadata()
    for section, name in (
        ("init_state", "dof_pos_noise"), ("init_state", "tilt_noise"), ("commands", "dead_zone"),
        ("domain_rand", "same_for_all_joints"),
    ):  # fmt: skip
        del metadata[section][name]
    del metadata["termination"]
    parsed = OnnxPolicy(write_policy(metadata)).metadata
    assert (parsed.init_state["dof_pos_noise"], parsed.init_state["tilt_noise"]) == ({}, 0.0)
    assert parsed.commands["dead_zone"] == [0.0, 0.0, 0.0] and not parsed.domain_rand["same_for_all_joints"]
    assert (parsed.history, parsed.gait_clock) == (1, {})
    assert parsed.termination == class_to_dict(LeggedRobotCfg.termination)


def test_files_that_are_no_policies_are_refused(write_policy: WritePolicy, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="policy not found: .*missing.onnx"):
        OnnxPolicy(tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(UserError, match="text.onnx is no ONNX model: "):
        OnnxPolicy(tmp_path / "text.onnx")
    with pytest.raises(UserError, match="policy.onnx has no metadata of its robot"):
        OnnxPolicy(write_policy({}))
    path = write_policy()
    model = onnx.load(path)
    onnx.helper.set_model_props(model, {"author": "somebody else"})
    onnx.save(model, path)
    with pytest.raises(UserError, match="its metadata is not of this project"):
        OnnxPolicy(path)
