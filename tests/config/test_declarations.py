"""Configurations in code whose classes are no configurations: told in one line, before anything is built."""

import json
import logging

import pytest
import torch

from legged_gym.config.checks import misnamed
from legged_gym.config.idle import idle_settings
from legged_gym.config.io import class_to_dict, instantiate, load_json
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO, Go2RoughCfg
from legged_gym.tasks import TASKS
from legged_gym.utils.errors import UserError
from rsl_rl.runners.training_config import tell_unread


def resolve(env_cfg=Go2FlatCfg, train_cfg=Go2FlatCfgPPO, **values):
    return resolve_settings(env_cfg, train_cfg, asked=[Asked(values)])


class PlainSection(Go2FlatCfg):
    class sim:
        dt = 0.01


class TableSection(Go2FlatCfg):
    sim = {"dt": 0.01}  # pyright: ignore[reportAssignmentType]


class OtherSection(Go2FlatCfg):
    class sim(Go2FlatCfg.control):
        dt = 0.01


class Function(Go2FlatCfg):
    class commands(Go2FlatCfg.commands):
        resampling_time = lambda self: 5.0  # noqa: E731


class Property(Go2FlatCfg):
    class commands(Go2FlatCfg.commands):
        @property
        def resampling_time(self):
            return 5.0


class NoValue(Go2FlatCfg):
    class commands(Go2FlatCfg.commands):
        mine: float


class NoType(Go2FlatCfg):
    class commands(Go2FlatCfg.commands):
        mine: "nonsense" = 1.0  # noqa: F821  # pyright: ignore[reportUndefinedVariable]


@pytest.mark.parametrize(
    ("env_cfg", "says"),
    [
        (PlainSection, r"sim lacks engine, .*: derive it, as class sim\(Go2FlatCfg.sim\)"),
        (TableSection, r"sim lacks engine, .*: derive it, as class sim\(Go2FlatCfg.sim\)"),
        (OtherSection, r"sim lacks engine, .*: derive it, as class sim\(Go2FlatCfg.sim\)"),
        (Function, r"Function.commands.resampling_time is a function; it must be a value"),
        (Property, r"Property.commands.resampling_time is a property; it must be a value"),
        (NoValue, "commands.mine is declared, but has no value"),
        (NoType, "commands: a type that it declares cannot be read"),
    ],
)
def test_what_is_no_section_or_no_value(env_cfg, says):
    with pytest.raises(UserError, match=says):
        resolve(env_cfg)


def test_a_class_in_the_place_of_its_name():
    class Train(Go2FlatCfgPPO):
        class runner(Go2FlatCfgPPO.runner):
            class_name = Go2FlatCfg  # pyright: ignore[reportAssignmentType]

    with pytest.raises(UserError, match="runner.class_name is a type; it must be a value"):
        resolve(train_cfg=Train)


def test_fields_that_nobody_declares_are_named_once(caplog):
    class Mistyped(Go2FlatCfg):
        class sim(Go2FlatCfg.sim):
            timestep_of_a_test = 0.01

    with caplog.at_level(logging.WARNING):
        resolve(Mistyped)
        resolve(Mistyped)
    assert caplog.text.count("declared nowhere, so that only its kind is checked: sim.timestep_of_a_test") == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"control.stiffness": {"joint": 0.0}}, "without any, drives follow no position"),
        ({"domain_rand.randomize_gains": True, "domain_rand.stiffness_factor_range": [0.0, 0.0]}, "leaves no robot"),
        (
            {"domain_rand.randomize_motor_strength": True, "domain_rand.motor_strength_range": [0.0, 0.0]},
            "motor_strength_range = .* leaves no robot a torque",
        ),
        ({"commands.min_norm": 19.0}, "commands.min_norm = 19 m/s is beyond all of commands.ranges"),
        ({"commands.dead_zone": [9.0, 9.0, 9.0]}, "holds all of commands.ranges"),
        ({"rewards.scales.torques": 1e300}, r"must be a number from -1e\+09 to 1e\+09"),
    ],
)
def test_settings_that_leave_nothing_to_learn(values, says):
    with pytest.raises(UserError, match=says):
        resolve(**values)


def test_stairs_without_a_step():
    with pytest.raises(UserError, match="terrain.step_width = 50 m: no step fits into the 2.5 m"):
        resolve(Go2RoughCfg, **{"terrain.step_width": 50.0})


def idle(**values) -> dict[str, str]:
    return dict(idle_settings(resolve(Go2RoughCfg, **values).env_cfg))


def test_what_is_of_ground_that_does_not_stand_in_the_map():
    only_stairs = idle(**{"terrain.terrain_proportions": {"stairs_up": 1.0}})
    assert {"terrain.slope", "terrain.roughness", "terrain.obstacle_height"} <= only_stairs.keys()
    assert "terrain.step_height" not in only_stairs
    assert "terrain.sizes.gap" in idle(**{"terrain.sizes": {"gap": [0.4, 0.4]}})
    assert "terrain.max_init_terrain_level" in idle(**{"terrain.max_init_terrain_level": 50})
    assert "terrain.max_init_terrain_level" not in idle()


def test_two_values_of_one_name(tmp_path):
    with pytest.raises(UserError, match="--set control.stiffness: 'joint' stands in it twice"):
        resolve(**{"control.stiffness": "{joint: 20, joint: 30}"})
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"a": 1, "b": 2}).replace("b", "a"))
    with pytest.raises(UserError, match="'a' stands in it twice"):
        load_json(path)


@pytest.mark.parametrize("value", [torch.tensor(5.0), (number for number in range(3)), {1, 2}])
def test_what_is_no_plain_data_in_the_place_of_a_value(value):
    class Cfg(Go2FlatCfg):
        class commands(Go2FlatCfg.commands):
            resampling_time = value

    with pytest.raises(UserError, match="commands.resampling_time is a .*; it must be a value"):
        resolve(Cfg)
    cfg = instantiate(Go2FlatCfg)
    cfg.commands.resampling_time = value
    with pytest.raises(UserError, match="commands.resampling_time is a .*; it must be a value"):
        resolve(cfg)


def test_a_learner_knows_all_that_shipped_tasks_set(caplog):
    for task in TASKS.values():
        tell_unread(settings := class_to_dict(task.train_cfg), settings["runner"])
    assert not caplog.messages


class Misnamed(Go2FlatCfg):
    class controll(Go2FlatCfg.control):
        decimation = 2

    class commands(Go2FlatCfg.commands):
        resampling_tim = 5.0


def test_what_may_be_misnamed_is_told_once(caplog):
    resolve(Misnamed)
    resolve(Misnamed)
    assert caplog.text.count("section controll derives from control, which stays as it was: did you mean that?") == 1
    assert (
        "declared nowhere, so that only its kind is checked: commands.resampling_tim (did you mean resampling_time?"
        in (caplog.text)
    )


def test_no_shipped_section_is_misnamed():
    for task in TASKS.values():
        assert not [*misnamed(instantiate(task.env_cfg)), *misnamed(instantiate(task.train_cfg))]
