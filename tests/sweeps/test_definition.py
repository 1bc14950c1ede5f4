import copy
import json

import pytest

from legged_gym.scripts.sweep import SWEEP_CONFIG
from legged_gym.sweeps.definition import parse_definition, read_definition
from legged_gym.utils.errors import UserError

SWEEP = {
    "method": "random",
    "metric": {"name": "Train/mean_reward", "goal": "maximize"},
    "run_cap": 5,
    "parameters": {"train_cfg.algorithm.gamma": {"values": [0.9, 0.99]}, "train_cfg.seed": {"min": 1, "max": 3}},
}


def parse(**changes):
    data = copy.deepcopy(SWEEP) | changes
    return parse_definition({key: value for key, value in data.items() if value is not None})


def test_all_entries():
    found = parse(early_terminate={"type": "hyperband", "min_iter": 10, "eta": 2})
    assert (found.method, found.metric, found.goal, found.run_cap) == ("random", "Train/mean_reward", "maximize", 5)
    assert list(found.space) == ["train_cfg.algorithm.gamma", "train_cfg.seed"]
    assert found.early_terminate is not None
    assert (found.early_terminate.type, found.early_terminate.settings) == ("hyperband", {"min_iter": 10, "eta": 2})
    assert parse(metric={"name": "Loss/kl"}).goal == "minimize"


@pytest.mark.parametrize(
    ("method", "run_cap", "expected"),
    [("random", 5, 5), ("bayes", None, None), ("grid", None, 6), ("grid", 5, 5), ("grid", 50, 6)],
)
def test_number_of_candidates(method, run_cap, expected):
    assert parse(method=method, run_cap=run_cap).num_candidates == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "genetic"}, "method must be one of grid, random, bayes, not 'genetic'"),
        ({"method": None}, "method must be one of"),
        ({"metric": None}, "metric: expected an object with name, goal"),
        ({"metric": "Loss/kl"}, "metric: expected an object"),
        ({"metric": {"goal": "maximize"}}, "metric: needs a name"),
        ({"metric": {"name": "Loss/kl", "goal": "up"}}, "metric: goal must be one of minimize, maximize"),
        ({"metric": {"name": "Loss/kl", "gaol": "maximize"}}, "metric: unknown entry 'gaol'; did you mean goal"),
        ({"run_cap": 0}, "run_cap must be a positive integer, not 0"),
        ({"run_cap": True}, "run_cap must be a positive integer"),
        ({"runcap": 3}, "unknown entry 'runcap'; did you mean run_cap"),
        ({"program": "train.py"}, "the sweep: unknown entry 'program'"),
        ({"parameters": None}, "parameters: expected an object"),
        ({"method": "grid", "parameters": {"env_cfg.x": {"min": 0.0, "max": 1.0}}}, "a grid needs values"),
        ({"early_terminate": {"type": "median_stop"}}, "early_terminate: type must be one of hyperband, median"),
        ({"early_terminate": ["hyperband"]}, "early_terminate: type must be one of"),
        ({"early_terminate": {"type": "hyperband"}}, "either min_iter, or max_iter and s"),
        ({"early_terminate": {"type": "hyperband", "max_iter": 9}}, "either min_iter, or max_iter and s"),
        ({"early_terminate": {"type": "hyperband", "max_iter": 9, "s": 2, "min_iter": 3}}, "either min_iter"),
        ({"early_terminate": {"type": "hyperband", "min_iter": 9.5}}, "min_iter must be a positive integer, not 9.5"),
        ({"early_terminate": {"type": "median", "eta": 3}}, "early_terminate: unknown entry 'eta'"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(UserError, match=message) as error:
        parse(**changes)
    assert "\n" not in str(error.value)


def test_the_file(tmp_path):
    path = tmp_path / "sweep.json"
    with pytest.raises(UserError, match="cannot read .*sweep.json: No such file"):
        read_definition(path)
    for text in (b'{"method": "grid",', b"\xff\xfe", b""):
        path.write_bytes(text)
        with pytest.raises(UserError, match=r"sweep\.json is not valid JSON"):
            read_definition(path)
    path.write_text("[]")
    with pytest.raises(UserError, match=r"sweep\.json: the sweep: expected an object"):
        read_definition(path)
    path.write_text(json.dumps(SWEEP))
    assert read_definition(path) == parse()


def test_the_example_is_a_sweep():
    assert read_definition(SWEEP_CONFIG).num_candidates == 30
