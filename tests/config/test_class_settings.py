"""Settings of chosen classes, which no configuration declares."""

import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.overrides import read_overrides
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.envs.go2.go2_perceptive_config import Go2PerceptiveCfgPPO
from legged_gym.utils.errors import UserError

RECURRENT = "train.policy.class_name=ActorCriticRecurrent"


def resolve(*texts, stored=None, train_cfg=Go2FlatCfgPPO):
    return resolve_settings(Go2FlatCfg, train_cfg, stored, None, [Asked(read_overrides(texts))])


def test_settings_of_the_chosen_class_can_be_set_in_any_order():
    policy = resolve("train.policy.rnn_type=lstm", "train.policy.rnn_hidden_size=64", RECURRENT).train_cfg.policy
    assert (policy.class_name, policy.rnn_type, policy.rnn_hidden_size) == ("ActorCriticRecurrent", "lstm", 64)
    assert "rnn_num_layers" not in class_to_dict(policy)  # what nobody asks for stays with the class
    assert resolve("train.algorithm.use_graphs=off").train_cfg.algorithm.use_graphs is False
    assert not hasattr(Go2FlatCfgPPO.policy, "rnn_type")
    student = resolve("train.student.class_name=mine:Student", train_cfg=Go2PerceptiveCfgPPO).train_cfg.student
    assert student.class_name == "mine:Student"


def test_what_the_class_does_not_take_is_refused_with_the_nearest():
    faults = {
        ("train.policy.rnn_type=lstm",): "train.policy.rnn_type: unknown key",
        (
            RECURRENT,
            "train.policy.rnn_typ=lstm",
        ): "train.policy.rnn_typ: unknown key; did you mean train.policy.rnn_type?",
        (
            RECURRENT,
            "train.policy.rnn_hidden_size=wide",
        ): "train.policy.rnn_hidden_size: expected an integer, got 'wide'",
        ("train.policy.class_name=Recurrent", "train.policy.rnn_type=lstm"): "unknown policy 'Recurrent', did you mean",
        ("train.policy.class_name=no_such:Policy", "train.policy.rnn_type=lstm"): "cannot import 'no_such'",
    }
    for texts, message in faults.items():
        with pytest.raises(UserError) as error:
            resolve(*texts)
        assert message in str(error.value) and "\n" not in str(error.value)


def test_a_checkpoint_keeps_them():
    stored = class_to_dict(
        resolve(RECURRENT, "train.policy.rnn_type=lstm", "train.policy.rnn_hidden_size=64").train_cfg
    )
    stored["policy"]["forgotten"] = 1
    settings = resolve(stored={"env": class_to_dict(Go2FlatCfg), "train": stored})
    policy = settings.train_cfg.policy
    assert (policy.class_name, policy.rnn_type, policy.rnn_hidden_size) == ("ActorCriticRecurrent", "lstm", 64)
    assert settings.unknown == ["train.policy.forgotten"] and settings.missing == []
