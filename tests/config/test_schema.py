"""Over the fields of every task: what its declaration refuses is refused in one line, what it takes can be built."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from legged_gym.config.checks import check_config
from legged_gym.config.fields import describe
from legged_gym.tasks import TASKS, get_cfgs, make_env
from legged_gym.utils.errors import UserError
from tests.config.schema import assign, fields, fitting, read, unfitting

FIELDS = {
    (prefix, task): dict(fields(cfg))
    for task in TASKS
    for prefix, cfg in zip(("", "train."), get_cfgs(task), strict=True)
}


def drawn_field(data: st.DataObject) -> tuple[str, Any, str, Any]:
    """Prefix, a fresh configuration, a key and its declaration."""
    prefix, task = data.draw(st.sampled_from(list(FIELDS)))
    key = data.draw(st.sampled_from(list(FIELDS[prefix, task])))
    return prefix, get_cfgs(task)[prefix == "train."], key, FIELDS[prefix, task][key]


def test_every_field_of_every_task_is_declared() -> None:
    assert [key for declared in FIELDS.values() for key, hint in declared.items() if hint is None] == []


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_value_beyond_a_declaration_is_refused_by_name_in_one_line(data: st.DataObject) -> None:
    prefix, cfg, key, hint = drawn_field(data)
    assign(cfg, key, data.draw(unfitting(hint, read(cfg, key))))
    with pytest.raises(UserError) as error:
        check_config(cfg, prefix)
    assert f"{prefix}{key} = " in str(error.value) and "\n" not in str(error.value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_value_within_a_declaration_is_taken_unless_it_contradicts_another(data: st.DataObject) -> None:
    prefix, cfg, key, hint = drawn_field(data)
    assign(cfg, key, data.draw(fitting(hint, read(cfg, key))))
    try:
        check_config(cfg, prefix)
    except UserError as error:
        assert f"must be {describe(hint)}" not in str(error)  # another bound may say "must be at most"


SIZES = ("env.num_envs", "env.num_envs_cpu", "observation_history", "sim.num_threads")
"""Fields whose large values take more memory than a test has."""


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
def test_what_is_taken_can_be_built_and_stepped_or_is_refused_in_one_line(data: st.DataObject) -> None:
    cfg, _ = get_cfgs("go2_flat")
    declared = FIELDS["", "go2_flat"]
    for key in data.draw(st.lists(st.sampled_from([key for key in declared if key not in SIZES]), max_size=3)):
        assign(cfg, key, data.draw(fitting(declared[key], read(cfg, key))))
    cfg.env.num_envs = 2
    assume(cfg.control.decimation < 50 and cfg.terrain.mesh_type == "plane" and cfg.sim.solver_iterations < 50)
    try:
        env = make_env("go2_flat", cfg, "cpu", 1)
    except UserError as error:
        assert "\n" not in str(error)
        return
    for _ in range(2):
        observations, *_ = env.step(torch.zeros(2, env.num_actions))
    assert all(torch.isfinite(group).all() for group in observations.values())


def test_the_tables_of_the_docs_are_those_of_the_declarations() -> None:
    path = Path(__file__).parents[2] / "docs" / "settings.py"
    spec = importlib.util.spec_from_file_location("settings", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert path.with_suffix(".md").read_text() == module.document(), "run python docs/settings.py"
