import json
from types import SimpleNamespace

import pytest
import torch

from legged_gym.config.io import class_to_dict, dict_to_class
from legged_gym.export.metadata import actor_terms, check_deployable, policy_metadata
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from rsl_rl.modules import ActorCriticRecurrent


def term(name, width, privileged=False):
    return {"name": name, "width": width, "scale": 0.25, "needs": "IMU", "privileged": privileged}


LAYOUT = {
    "joint_names": ["a", "b"],
    "default_dof_pos": [0.1, -1.5],
    "action_scale": 0.25,
    "clip_actions": 100.0,
    "clip_observations": 50.0,
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
    check_deployable(actor_terms(LAYOUT, ["policy", "scan"]))
    with pytest.raises(UserError, match="observes base_lin_vel, contact, which a robot cannot measure"):
        check_deployable(actor_terms(LAYOUT, ["policy", "critic"]))


def make_policy(group):
    widths = {"policy": 5, "critic": 7}
    return ActorCriticRecurrent(widths, {"policy": [group], "critic": ["critic"]}, 2, rnn_hidden_size=6)


def make_env(gains, torque_limits):
    noise = {"gyro": 0.1, "joints": 1 / 3, "base_lin_vel": 0.0, "contact": 0.0}
    return SimpleNamespace(
        layout=LAYOUT,
        observations=SimpleNamespace(
            terms={name: SimpleNamespace(noise=value, sensed=name == "joints") for name, value in noise.items()}
        ),
        sim=SimpleNamespace(read=lambda field: gains[field], drive_fields=tuple(gains)),
        torque_limits=torch.tensor(torque_limits),
    )


def test_metadata_survives_json_bit_by_bit():
    gains = {"stiffness": torch.tensor([[20.1, 20.2]]), "damping": torch.tensor([[0.5, 0.7]])}
    env = make_env(gains, [23.7, 35.55])
    cfg = class_to_dict(get_cfgs("go2_perceptive")[0])
    cfg["sim"]["dt"], cfg["control"]["decimation"] = 1 / 300, 3
    metadata = policy_metadata(env, make_policy("policy"), "walk", cfg, "abc")
    assert json.loads(json.dumps(metadata)) == metadata
    gyro, joints = LAYOUT["observations"]["policy"]
    gyro, joints = {**gyro, "noise": 0.1, "sensed": False}, {**joints, "noise": 1 / 3, "sensed": True}
    assert metadata["observations"] == [gyro, joints]
    assert torch.equal(torch.tensor(metadata["stiffness"]), gains["stiffness"][0])
    assert metadata["damping"] == gains["damping"][0].tolist()
    assert metadata["torque_limits"] == env.torque_limits.tolist()
    assert (metadata["joint_names"], metadata["default_dof_pos"]) == (["a", "b"], [0.1, -1.5])
    assert (metadata["action_scale"], metadata["control_dt"], metadata["config_hash"]) == (0.25, 0.02, "abc")
    assert (metadata["clip_actions"], metadata["clip_observations"], metadata["deployable"]) == (100.0, 50.0, True)
    assert (metadata["physics_dt"], metadata["decimation"], metadata["task"]) == (1 / 300, 3, "walk")
    assert metadata["hidden_state"] == {"h_in": [1, 1, 6]}
    assert policy_metadata(env, make_policy("critic"), "walk", cfg, "abc")["deployable"] is False


def test_metadata_rebuilds_the_sections_that_a_simulation_reads():
    for task, has_map in (("go2_perceptive", True), ("go2_flat", False)):
        env_cfg, _ = get_cfgs(task)
        env_cfg.asset.armature, env_cfg.sim.gravity, env_cfg.control.stiffness = 0.1, (0.0, 0.1, -9.7), {"hip": 1 / 3}
        env = make_env({"stiffness": torch.zeros(1, 2), "damping": torch.zeros(1, 2)}, [0.0, 0.0])
        metadata = json.loads(
            json.dumps(policy_metadata(env, make_policy("policy"), task, class_to_dict(env_cfg), "abc"))
        )
        for name in ("asset", "control", "sim", "terrain", "init_state", "commands", "domain_rand", "normalization"):
            rebuilt, unknown = dict_to_class(metadata[name], getattr(get_cfgs(task)[0], name))
            assert not unknown and class_to_dict(rebuilt) == class_to_dict(getattr(env_cfg, name))
        assert ("map_noise" in metadata) is has_map


def test_history_is_that_of_the_actors_group():
    env = make_env({}, [0.0, 0.0])
    cfg = class_to_dict(get_cfgs("go2_flat")[0])
    assert policy_metadata(env, make_policy("policy"), "walk", cfg, "abc")["history"] == 1
    env.layout = {**LAYOUT, "history": {"policy": 5, "critic": 3}}
    assert policy_metadata(env, make_policy("policy"), "walk", cfg, "abc")["history"] == 5
    policy = make_policy("policy")
    policy.actor_input.groups = ("policy", "scan")
    with pytest.raises(UserError, match="observes policy, scan; one with a history can be exported if it is alone"):
        policy_metadata(env, policy, "walk", cfg, "abc")


def test_drives_without_gains_have_none_in_the_metadata():
    env = make_env({}, [23.7, 35.55])
    cfg = class_to_dict(get_cfgs("go2_flat")[0])
    metadata = policy_metadata(env, make_policy("policy"), "walk", cfg, "abc")
    assert metadata["stiffness"] is None and metadata["damping"] is None
    assert metadata["torque_limits"] == env.torque_limits.tolist()
