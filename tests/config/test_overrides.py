from typing import Annotated

import pytest

from legged_gym.config.fields import Bounds
from legged_gym.config.io import instantiate
from legged_gym.config.overrides import apply_overrides, fit_value, read_overrides
from legged_gym.utils.errors import UserError


class EnvCfg:
    class env:
        num_envs = 8

    class rewards:
        only_positive_rewards = True

        class scales:
            torques = -1e-5
            tracking_lin_vel = 1.0

    class control:
        stiffness = {"hip": 20.0, "calf": 30.0}

    class commands:
        lin_vel_x = [-1.0, 1.0]
        sizes = (1, 2)
        name = "walk"
        source = None


class TrainCfg:
    seed = 1

    class algorithm:
        gamma = 0.99


def apply(*texts):
    env_cfg, train_cfg = instantiate(EnvCfg), instantiate(TrainCfg)
    apply_overrides(env_cfg, train_cfg, read_overrides(texts))
    return env_cfg, train_cfg


def test_each_type_of_field():
    env, train = apply(
        "env.num_envs=64",
        "rewards.scales.torques=-1e-4",
        "rewards.scales.tracking_lin_vel=2",
        "rewards.only_positive_rewards=off",
        "commands.lin_vel_x=[-2, 1e-1]",
        "commands.sizes=[3, 4]",
        "commands.name=a=b",
        "commands.source={x: 1}",
        "train.algorithm.gamma=.98",
        "train.seed=7",
    )
    assert env.env.num_envs == 64
    assert env.rewards.scales.torques == -1e-4
    assert env.rewards.scales.tracking_lin_vel == 2.0 and isinstance(env.rewards.scales.tracking_lin_vel, float)
    assert env.rewards.only_positive_rewards is False
    assert env.commands.lin_vel_x == [-2.0, 0.1] and isinstance(env.commands.lin_vel_x[0], float)
    assert env.commands.sizes == (3, 4)
    assert env.commands.name == "a=b"
    assert env.commands.source == {"x": 1}
    assert (train.algorithm.gamma, train.seed) == (0.98, 7)
    assert EnvCfg.env.num_envs == 8


def test_dict_fields_whole_and_by_entry():
    env, _ = apply("control.stiffness.hip=25")
    assert env.control.stiffness == {"hip": 25.0, "calf": 30.0}
    env, _ = apply("control.stiffness={joint: 1e1}")
    assert env.control.stiffness == {"joint": 10.0}
    assert EnvCfg.control.stiffness == {"hip": 20.0, "calf": 30.0}


def test_a_key_has_one_value():
    env, _ = apply("env.num_envs=2", "env.num_envs = 2")
    assert env.env.num_envs == 2
    with pytest.raises(UserError, match=r"--set env\.num_envs is both 1 and 2: leave one of them out"):
        apply("env.num_envs=1", "env.num_envs=2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("env.num_env=4", "unknown key; did you mean env.num_envs"),
        ("num_envs=4", "unknown key; did you mean env.num_envs"),
        ("algorithm.gamma=.9", "did you mean train.algorithm.gamma"),
        ("reward.scales.torque=0", "did you mean rewards.scales.torques"),
        ("control.stiffness.hips=1", "did you mean control.stiffness.hip"),
        ("control.stiffness.wheel=1", r"no such entry, it has hip, calf; give the whole table, control\.stiffness={"),
        ("control.stiffness={hip:20}", "a space is missing after the colon of hip:20"),
        ("zzz=1", "unknown key$"),
        ("train.algorithm.mirroring=both", "unknown key$"),
        ("headless=true", "unknown key$"),
        ("rewards.scales=1", "is a section; set one of its fields, such as rewards.scales.torques"),
        ("train=1", "is a section"),
        ("env.num_envs.x=1", "unknown key"),
        ("env.num_envs", "expected key=value"),
        ("=3", "expected key=value"),
        ("env.num_envs=4.5", "expected an integer"),
        ("env.num_envs=true", "expected an integer"),
        ("env.num_envs=", "expected an integer"),
        ("rewards.scales.torques=small", "expected a number"),
        ("rewards.scales.torques=nan", "not a number"),
        ("rewards.only_positive_rewards=2", "expected true or false"),
        ("commands.lin_vel_x=1", "expected a list"),
        ("commands.lin_vel_x=[a, b]", "expected a number"),
        ("commands.lin_vel_x=[[1], 2]", "expected float"),
        ("commands.lin_vel_x=[1", "not valid YAML"),
        ("commands.lin_vel_x=" + "[" * 5000, "not valid YAML"),
        ("control.stiffness=[1]", "expected a dict"),
        ("commands.source=&a [*a]", r"commands.source: \*, an alias of YAML, has no place in a setting"),
    ],
)
def test_refusals_name_key_and_remedy(text, message):
    with pytest.raises(UserError, match=message) as error:
        apply(text)
    assert "\n" not in str(error.value)


class OfTwoKinds:
    class asset:
        armature: float | dict[str, float] = 0.01
        feet: str | list[str] = "foot"
        push: Annotated[float, Bounds(0, 9)] | list[float] = 1.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("armature={hip: 1e-1, knee: 0}", {"hip": 0.1, "knee": 0}),
        ("armature=1e-3", 0.001),
        ("feet=[left, right]", ["left", "right"]),
        ("feet=left", "left"),
        ("push=[1, 2e0]", [1, 2.0]),
    ],
)
def test_fields_of_two_kinds_take_each(text, value):
    env_cfg = instantiate(OfTwoKinds)
    apply_overrides(env_cfg, instantiate(TrainCfg), read_overrides([f"asset.{text}"]))
    name = text.partition("=")[0]
    assert getattr(env_cfg.asset, name) == value
    setattr(env_cfg.asset, name, value)  # and back
    default = getattr(OfTwoKinds.asset, name)
    apply_overrides(env_cfg, instantiate(TrainCfg), {f"asset.{name}": default})
    assert getattr(env_cfg.asset, name) == default


def test_entries_of_tables_in_tables():
    class Nested(EnvCfg):
        conditions = {"near": {"share": 0.5, "z": [0.0]}}

    env_cfg = instantiate(Nested)
    apply_overrides(env_cfg, instantiate(TrainCfg), {"conditions.near.share": "0.25"})
    assert env_cfg.conditions == {"near": {"share": 0.25, "z": [0.0]}}
    with pytest.raises(UserError, match=r"conditions\.near\.shar: no such entry; did you mean conditions\.near\.share"):
        apply_overrides(env_cfg, instantiate(TrainCfg), {"conditions.near.shar": 1})


class Optional:
    class part:
        rate: float | None = None
        limit: float | None = 0.5
        name: str | None = None
        names: str | list[str] | None = "a"
        free = None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rate=1e-4", 1e-4),
        ("rate=null", None),
        ("limit=null", None),
        ("limit=1e-4", 1e-4),
        ("name=1e5", "1e5"),
        ("name=walk", "walk"),
        ("names=[b, c]", ["b", "c"]),
        ("names=null", None),
        ("free=1e-4", 1e-4),
    ],
)
def test_fields_that_may_be_none(text: str, value: object) -> None:
    cfg = instantiate(Optional)
    apply_overrides(cfg, instantiate(TrainCfg), read_overrides([f"part.{text}"]))
    found = getattr(cfg.part, text.partition("=")[0])
    assert found == value and type(found) is type(value)


def test_the_numbers_of_an_empty_dict_are_read_as_such() -> None:
    assert fit_value("sizes", "{gap: [1e-1, 1], word: held}", {}) == {"gap": [0.1, 1], "word": "held"}
