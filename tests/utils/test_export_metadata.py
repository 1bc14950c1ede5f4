import json
from types import SimpleNamespace

import pytest
import torch

from legged_gym.utils.errors import UserError
from legged_gym.utils.export_metadata import actor_terms, check_deployable, policy_metadata


def term(name, width, privileged=False):
    return {"name": name, "width": width, "scale": 0.25, "needs": "IMU", "privileged": privileged}


LAYOUT = {
    "joint_names": ["a", "b"],
    "default_dof_pos": [0.1, -1.5],
    "action_scale": 0.25,
    "control_dt": 0.02,
    "observations": {
        "policy": [term("gyro", 3), term("joints", 2)],
        "scan": [term("height_scan", 7)],
        "critic": [term("base_lin_vel", 3, privileged=True), term("contact", 4, privileged=True)],
    },
}


def test_terms_follow_the_actors_groups():
    names = [term["name"] for term in actor_terms(LAYOUT, ["scan", "policy"])]
    assert names == ["height_scan", "gyro", "joints"]


def test_privileged_terms_are_named():
    check_deployable(LAYOUT, ["policy", "scan"])
    with pytest.raises(UserError, match="observes base_lin_vel, contact, which a robot cannot measure"):
        check_deployable(LAYOUT, ["policy", "critic"])


def test_metadata_survives_json_bit_by_bit():
    gains = {"stiffness": torch.tensor([[20.1, 20.2]]), "damping": torch.tensor([[0.5, 0.7]])}
    env = SimpleNamespace(
        layout=LAYOUT,
        sim=SimpleNamespace(read=lambda field: gains[field]),
        cfg=SimpleNamespace(normalization=SimpleNamespace(clip_actions=100.0, clip_observations=50.0)),
    )
    metadata = policy_metadata(env, ["policy"], "abc")
    assert json.loads(json.dumps(metadata)) == metadata
    assert metadata["observations"] == LAYOUT["observations"]["policy"]
    assert torch.equal(torch.tensor(metadata["stiffness"]), gains["stiffness"][0])
    assert metadata["damping"] == gains["damping"][0].tolist()
    assert (metadata["joint_names"], metadata["default_dof_pos"]) == (["a", "b"], [0.1, -1.5])
    assert (metadata["action_scale"], metadata["control_dt"], metadata["config_hash"]) == (0.25, 0.02, "abc")
    assert (metadata["clip_actions"], metadata["clip_observations"], metadata["deployable"]) == (100.0, 50.0, True)
    assert policy_metadata(env, ["critic"], "abc")["deployable"] is False
