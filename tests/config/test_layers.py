"""Defaults < checkpoint < mode < what was asked for."""

from typing import Any

import pytest

from legged_gym.config.layers import CHECKPOINT, DEFAULT, MODE, Asked, resolve_settings, set_fields
from legged_gym.utils.errors import UserError


class EnvCfg:
    class env:
        num_envs = 8
        length = 20.0

    class terrain:
        kind = "rough"
        sizes = (1, 2)
        shares = {"stairs": 0.5, "slope": 0.5}


class TrainCfg:
    seed = 1

    class runner:
        run_name = ""


STORED = {
    "env": {"env": {"num_envs": 64}, "terrain": {"kind": "steps", "sizes": [3, 4], "gone": 1}, "old": {"x": 1}},
    "train": {"seed": 5, "runner": {"run_name": "a"}},
}


def flat_ground(env_cfg: Any, train_cfg: Any) -> dict[str, Any]:
    """A mode whose needs depend on the terrain."""
    return {"env.length": 5.0 if env_cfg.terrain.kind == "plane" else 9.0, "env.num_envs": 2, "train.seed": 7}


def test_each_layer_holds_over_those_before_it():
    defaults = resolve_settings(EnvCfg, TrainCfg)
    assert (defaults.env_cfg.env.num_envs, defaults.train_cfg.seed) == (8, 1)
    assert defaults.source("env.num_envs") == DEFAULT

    stored = resolve_settings(EnvCfg, TrainCfg, STORED)
    assert (stored.env_cfg.env.num_envs, stored.train_cfg.seed, stored.env_cfg.terrain.sizes) == (64, 5, (3, 4))
    assert stored.source("env.num_envs") == stored.source("train.seed") == CHECKPOINT

    moded = resolve_settings(EnvCfg, TrainCfg, STORED, flat_ground)
    assert (moded.env_cfg.env.num_envs, moded.env_cfg.env.length, moded.train_cfg.seed) == (2, 9.0, 7)
    assert [moded.source(key) for key in ("env.num_envs", "train.seed", "terrain.kind")] == [MODE, MODE, CHECKPOINT]

    flags = [Asked({"env.num_envs": "3", "train.seed": 4}), Asked({"train.seed": 0}, source="--seed")]
    asked = resolve_settings(EnvCfg, TrainCfg, STORED, flat_ground, flags)
    assert (asked.env_cfg.env.num_envs, asked.train_cfg.seed, asked.train_cfg.runner.run_name) == (3, 0, "a")
    assert (asked.source("env.num_envs"), asked.source("train.seed")) == ("--set", "--seed")
    assert (EnvCfg.env.num_envs, TrainCfg.seed) == (8, 1)


def test_a_mode_sees_what_was_asked_and_holds_over_none_of_it():
    plane = Asked({"terrain.kind": "plane"})
    assert resolve_settings(EnvCfg, TrainCfg, mode=flat_ground, asked=[plane]).env_cfg.env.length == 5.0
    both = Asked({"terrain.kind": "plane", "env.length": 1})
    assert resolve_settings(EnvCfg, TrainCfg, mode=flat_ground, asked=[both]).env_cfg.env.length == 1.0


def test_what_a_checkpoint_lacks_and_what_it_has_too_much_of():
    settings = resolve_settings(EnvCfg, TrainCfg, STORED)
    assert settings.unknown == ["terrain.gone", "old"]
    assert settings.missing == ["env.length", "terrain.shares"]
    assert settings.source("env.length") == DEFAULT
    assert settings.value("env.length") == EnvCfg.env.length and settings.value("train.seed") == 5
    assert settings.value("terrain.shares.slope") == 0.5 and settings.value("terrain.shares.none") is None
    assert resolve_settings(EnvCfg, TrainCfg).missing == []


def test_plain_values_are_checked_as_texts_are():
    asked = Asked({"env.length": 3, "terrain.shares": {"stairs": 1}, "terrain.sizes": [5]}, source="make()")
    cfg = resolve_settings(EnvCfg, TrainCfg, asked=[asked]).env_cfg
    assert (cfg.env.length, cfg.terrain.shares, cfg.terrain.sizes) == (3.0, {"stairs": 1.0}, (5,))
    for values, message in (
        ({"env.num_envs": 2.5}, r"^make\(\) env.num_envs: expected an integer, got '2.5'$"),
        ({"env.num_envs": None}, "expected an integer, got 'None'"),
        ({"terrain.kind": 3}, "terrain.kind: expected a text, got 3"),
        ({"terrain.sizes": 3}, "expected a list, got 3"),
        ({"env.lenght": 3}, r"make\(\) env.lenght: unknown key; did you mean env.length\?"),
    ):
        with pytest.raises(UserError, match=message):
            resolve_settings(EnvCfg, TrainCfg, asked=[Asked(values, source="make()")])


def test_a_program_cannot_set_what_is_no_field():
    cfg = resolve_settings(EnvCfg, TrainCfg).env_cfg
    for key in ("env.lenght", "terrain"):
        with pytest.raises(KeyError, match=key):
            set_fields({key: 1}, cfg)
    set_fields({"env.length": 1.5}, cfg)
    assert cfg.env.length == 1.5
