import math

import pytest

from legged_gym.config.io import instantiate
from legged_gym.config.overrides import apply_overrides, read_overrides
from legged_gym.sweeps import space as spaces
from legged_gym.sweeps.optuna_backend import distribution
from legged_gym.sweeps.space import Choices, Range, check_space, combination, num_combinations, overrides, read_space
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError


class EnvCfg:
    class env:
        num_envs = 8

    class rewards:
        only_positive_rewards = True

        class scales:
            torques = -1e-5

    class control:
        stiffness = {"hip": 20.0, "calf": 30.0}


class TrainCfg:
    seed = 1

    class algorithm:
        gamma = 0.99
        schedule = "adaptive"

    class policy:
        actor_hidden_dims = [512, 256]


def configs():
    return instantiate(EnvCfg), instantiate(TrainCfg)


def read(**entry):
    return read_space({"env_cfg.x": entry})["env_cfg.x"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"value": 3}, Choices((3,))),
        ({"value": [8, 8], "distribution": "constant"}, Choices(("[8, 8]",))),
        ({"values": ["a", 1, 0.5, True, None, [1, 2]]}, Choices(("a", 1, 0.5, True, None, "[1, 2]"))),
        ({"values": [1, 2, [3]], "distribution": "categorical"}, Choices((1, 2, "[3]"))),
        ({"min": 1, "max": 4}, Range(1, 4, 1)),
        ({"min": 1, "max": 4, "distribution": "int_uniform"}, Range(1, 4, 1)),
        ({"min": 0.5, "max": 4}, Range(0.5, 4.0)),
        ({"min": 0, "max": 4, "distribution": "uniform"}, Range(0.0, 4.0)),
        ({"min": 0, "max": 10, "q": 5, "distribution": "q_uniform"}, Range(0, 10, 5)),
        ({"min": 0, "max": 1, "q": 0.25, "distribution": "q_uniform"}, Range(0.0, 1.0, 0.25)),
        ({"min": 0.001, "max": 0.1, "distribution": "log_uniform_values"}, Range(0.001, 0.1, None, True)),
        ({"min": 2, "max": 64, "q": 1, "distribution": "q_log_uniform_values"}, Range(2, 64, 1, True)),
    ],
)
def test_each_distribution(entry, expected):
    found = read(**entry)
    assert found == expected
    if isinstance(expected, Range):
        assert found.integer == expected.integer
    distribution(found)  # Optuna takes it


def test_the_limits_of_log_uniform_are_exponents():
    found = read(min=-2, max=0, distribution="log_uniform")
    assert (found.low, found.high, found.log) == (math.exp(-2), 1.0, True)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "expected an object"),
        ({}, "needs value, values, or min and max"),
        ({"min": 1}, "needs value, values, or min and max"),
        ({"values": []}, "at least one value"),
        ({"values": 3}, "values must be a list"),
        ({"values": [1, 2, 1]}, "values has 1 twice"),
        ({"values": [1, 2, 1.0]}, "values has 1.0 twice"),
        ({"values": [[3], "a", [3]]}, r"values has \[3\] twice"),
        ({"values": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, "twice"),
        ({"min": 2, "max": 1}, "min must be less than max"),
        ({"min": 1, "max": 1}, "min must be less than max"),
        ({"min": "1", "max": 2}, "min must be a number, not '1'"),
        ({"min": True, "max": 2}, "min must be a number"),
        ({"min": 0.0, "max": math.inf}, "max must be a number"),
        ({"min": 0.5, "max": 2, "distribution": "int_uniform"}, "takes integers"),
        ({"min": 0, "max": 1, "distribution": "log_uniform_values"}, "must be positive"),
        ({"min": 0, "max": 1, "q": 0, "distribution": "q_uniform"}, "q must be positive"),
        (
            {"min": 1, "max": 1000, "distribution": "log_uniform"},
            r"e\^1000 is no number; .*log_uniform_values the values",
        ),
        ({"min": 1, "max": 9, "q": 2, "distribution": "q_log_uniform_values"}, "takes integers and q = 1"),
        ({"mu": 0, "sigma": 1, "distribution": "normal"}, "'normal' is not supported; there are constant, .*uniform"),
        ({"min": 1, "max": 2, "distribution": "inv_log_uniform"}, "'inv_log_uniform' is not supported"),
        ({"values": [1, 2], "probabilities": [0.1, 0.9]}, "categorical takes values, not probabilities, values"),
        ({"min": 0.1, "max": 1, "q": 0.1}, "uniform takes min and max, not max, min, q"),
        ({"parameters": {"a": {"value": 1}}}, "dotted keys instead of nested parameters"),
    ],
)
def test_refused_parameters(entry, message):
    with pytest.raises(UserError, match=f"parameter env_cfg.x: .*{message}") as error:
        read_space({"env_cfg.x": entry})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("parameters", [None, {}, [1]])
def test_parameters_there_must_be(parameters):
    with pytest.raises(UserError, match="expected an object with at least one entry"):
        read_space(parameters)


def test_values_become_settings_that_the_configuration_takes():
    space = read_space(
        {
            "env_cfg.env.num_envs": {"min": 4, "max": 8},
            "env_cfg.rewards.scales.torques": {"min": -1e-4, "max": -1e-6},
            "env_cfg.rewards.only_positive_rewards": {"values": [True, False]},
            "env_cfg.control.stiffness.hip": {"values": [20, 25.5]},
            "train_cfg.algorithm.schedule": {"values": ["fixed", "adaptive"]},
            "train_cfg.policy.actor_hidden_dims": {"values": [[64], [128, 64]]},
            "train_cfg.seed": {"value": 7},
        }
    )
    check_space(space, *configs())
    values = {key: parameter.probes()[-1] for key, parameter in space.items()}
    env_cfg, train_cfg = configs()
    apply_overrides(env_cfg, train_cfg, read_overrides(overrides(values)))
    assert (env_cfg.env.num_envs, env_cfg.rewards.scales.torques) == (8, -1e-6)
    assert env_cfg.rewards.only_positive_rewards is False
    assert env_cfg.control.stiffness == {"hip": 25.5, "calf": 30.0}
    assert (train_cfg.algorithm.schedule, train_cfg.policy.actor_hidden_dims, train_cfg.seed) == (
        "adaptive",
        [128, 64],
        7,
    )
    assert spaces.first_values(space)["train_cfg.policy.actor_hidden_dims"] == "[64]"


@pytest.mark.parametrize(
    ("key", "entry", "message"),
    [
        ("train_cfg.algorithm.gama", {"value": 1}, "no such field; did you mean train_cfg.algorithm.gamma"),
        ("algorithm.gamma", {"value": 1}, "did you mean train_cfg.algorithm.gamma"),
        ("rewards.scales.torque", {"value": 1}, "did you mean env_cfg.rewards.scales.torques"),
        ("env_cfg.control.stiffness.hips", {"value": 1}, "did you mean env_cfg.control.stiffness.hip"),
        ("env_cfg.rewards.scales", {"value": 1}, "no such field"),
        ("env_cfg.env.num_envs", {"min": 1.0, "max": 8.0}, "expected an integer, got '1.0'"),
        ("env_cfg.env.num_envs", {"values": [4, 8.5]}, "expected an integer, got '8.5'"),
        ("train_cfg.algorithm.gamma", {"values": [0.9, "high"]}, "expected a number, got 'high'"),
        ("env_cfg.rewards.only_positive_rewards", {"min": 0.0, "max": 1.0}, "expected true or false"),
        ("train_cfg.policy.actor_hidden_dims", {"values": [[8], 8]}, "expected a list"),
        ("train_cfg.policy.actor_hidden_dims", {"values": [[8.5]]}, "expected an integer"),
    ],
)
def test_keys_and_types_are_those_of_the_configuration(key, entry, message):
    with pytest.raises(UserError, match=f"parameter {key}: .*{message}") as error:
        check_space(read_space({key: entry}), *configs())
    assert "\n" not in str(error.value) and "--set" not in str(error.value)


def test_a_grid_has_each_combination_once():
    space = read_space(
        {
            "env_cfg.a": {"values": ["x", [1]]},
            "env_cfg.b": {"min": 1, "max": 3},
            "env_cfg.c": {"min": 0, "max": 0.3, "q": 0.1, "distribution": "q_uniform"},
            "env_cfg.d": {"value": 5},
        }
    )
    assert num_combinations(space) == 2 * 3 * 4
    found = [tuple(combination(space, index).values()) for index in range(24)]
    assert found[0] == ("x", 1, 0.0, 5) and found[23] == ("[1]", 3, pytest.approx(0.3), 5)
    assert len(set(found)) == 24
    with pytest.raises(UserError, match="parameter env_cfg.e: a grid needs values"):
        num_combinations(read_space({"env_cfg.e": {"min": 0.0, "max": 1.0}}))


def test_a_grid_ends_at_its_end():
    """Three times 0.1 is 0.30000000000000004, which a field whose bound is 0.3 does not take."""
    assert Range(0.0, 0.3, 0.1).grid() == (0.0, 0.1, 0.2, 0.3)
    assert Range(1, 6, 2).grid() == (1, 3, 5)


def test_a_grid_without_an_end_is_refused():
    space = read_space({"train_cfg.algorithm.gamma": {"distribution": "q_uniform", "min": 0.1, "max": 0.9, "q": 1e-12}})
    with pytest.raises(UserError, match="a grid of 800000000001 values never ends"):
        num_combinations(space)


def test_a_value_beyond_its_fields_bounds_is_refused_before_anything_is_trained():
    space = read_space({"train_cfg.algorithm.learning_rate": {"min": 1e-4, "max": 50.0}})
    with pytest.raises(UserError, match=r"train\.algorithm\.learning_rate = 50\.0 must be"):
        check_space(space, *get_cfgs("go2_flat"))


def test_parameters_without_an_effect_are_refused():
    idle = {"train_cfg.algorithm.entropy_anneal": {"values": [[0.1, 0.2], [0.3, 0.4]]}}
    with pytest.raises(UserError, match="entropy_anneal has no effect: train.algorithm.final_entropy_factor is 1"):
        check_space(read_space(idle), *get_cfgs("go2_flat"))
    check_space(read_space({**idle, "train_cfg.algorithm.final_entropy_factor": {"value": 0.5}}), *get_cfgs("go2_flat"))


@pytest.mark.parametrize("stage", ["all", "soft", "hard"])
def test_a_parameter_of_one_stage_is_refused_where_that_is_not_trained(stage: str) -> None:
    env_cfg, train_cfg = get_cfgs("a1_climb")
    train_cfg.runner.stage = stage
    space = read_space({"env_cfg.parkour.harder_below": {"values": [50.0, 80.0]}})
    if stage == "hard":
        with pytest.raises(UserError, match="harder_below has no effect: parkour.dynamics is hard"):
            check_space(space, env_cfg, train_cfg)
    else:
        check_space(space, env_cfg, train_cfg)


def test_a_step_beyond_the_range_leaves_one_value():
    with pytest.raises(UserError, match="q = 5 leaves one value between min and max"):
        read_space({"train_cfg.algorithm.gamma": {"distribution": "q_uniform", "q": 5, "min": 0.9, "max": 0.99}})


@pytest.mark.parametrize(("others", "is_told"), [({}, True), ({"env_cfg.sim.dt": {"min": 0.001, "max": 0.002}}, False)])
def test_a_value_that_contradicts_all_others_is_told(caplog, others, is_told):
    """Contacts must last two steps of physics: 0.006 s are too short for steps of 5 ms, not for shorter ones."""
    space = read_space({"env_cfg.sim.contact_time_constant": {"min": 0.006, "max": 0.02}, **others})
    check_space(space, *map(instantiate, get_cfgs("go2_flat")))
    told = "parameter env_cfg.sim.contact_time_constant: trainings with 0.006 fail: sim.contact_time_constant = 0.006 s"
    assert (told in caplog.text) == is_told and len(caplog.messages) == is_told
