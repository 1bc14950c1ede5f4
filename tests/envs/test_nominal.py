"""Robots of a trained policy's kind: the nearest to the nominal one, by numbers reckoned by hand."""

from pathlib import Path
from typing import Any

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.envs.base.nominal import nominal_settings
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.paths import in_project
from tests.config.schema import assign

SWITCHES = {
    "torsional_friction_range": "randomize_torsional_friction", "com_displacement_range": "randomize_base_com",
    "stiffness_factor_range": "randomize_gains",
}  # fmt: skip


def held(name: str, span: Any, task: str = "go2_flat", **changes: Any) -> Any:
    """The range that a range of `domain_rand` becomes; None: it is switched off."""
    cfg = get_cfgs(task)[0]
    for key, value in changes.items():
        assign(cfg, key.replace("__", "."), value)
    switch = SWITCHES.get(name, f"randomize_{name.removesuffix('_range')}")
    set_fields({f"domain_rand.{switch}": True, f"domain_rand.{name}": span}, cfg)
    settings = nominal_settings(cfg)
    assert settings[f"domain_rand.{switch}"] == (f"domain_rand.{name}" in settings)
    return settings.get(f"domain_rand.{name}")


@pytest.mark.parametrize(
    ("name", "span", "value"),
    [
        ("friction_range", [0.2, 0.4], [0.4, 0.4]),  # the ground's coefficient is 1
        ("friction_range", [1.25, 1.5], [1.25, 1.25]),
        ("friction_range", [0.5, 1.0], None),
        ("com_displacement_range", [0.05, 0.1], [0.05, 0.05]),
        ("com_displacement_range", [-0.1, 0.0], None),
        (
            "com_displacement_range",
            [[0.05, 0.15], [-0.1, 0.1], [-0.05, -0.02]],
            [[0.05, 0.05], [0.0, 0.0], [-0.02, -0.02]],
        ),
        ("com_displacement_range", [[-0.05, 0.15], [-0.1, 0.1], [-0.05, 0.05]], None),
        ("motor_zero_range", [0.01, 0.02], [0.01, 0.01]),
        ("motor_zero_range", [-0.02, -0.01], [-0.01, -0.01]),
        ("dof_friction_range", [0.2, 0.3], [0.2, 0.2]),  # a Go2's joints have none by its description
        ("dof_friction_range", [0.0, 0.3], None),
        ("dof_damping_range", [0.1, 0.3], [0.1, 0.1]),
        ("dof_armature_range", [0.02, 0.03], [0.02, 0.02]),  # they have 0.01
        ("dof_armature_range", [0.001, 0.005], [0.005, 0.005]),
        ("action_delay_range", [1, 3], [1, 1]),
    ],
)
def test_a_range_that_leaves_out_the_nominal_value(name: str, span: Any, value: Any) -> None:
    assert held(name, span) == value


def test_what_is_nominal_is_the_configurations() -> None:
    assert held("friction_range", [0.2, 0.4], terrain__static_friction=0.3) is None
    assert held("torsional_friction_range", [0.02, 0.03], asset__torsional_friction=0.01) == [0.02, 0.02]
    assert held("dof_friction_range", [0.2, 0.3], asset__dof_friction=0.4) == [0.3, 0.3]
    assert held("dof_damping_range", [0.2, 0.3], asset__dof_damping=0.25) is None


def test_joints_that_differ_share_a_value() -> None:
    """A Mini Cheetah's: 0.002268 in hip and thigh, 0.005484 in the knee, 0.00334 in the mean."""
    armature = "dof_armature_range"
    assert held(armature, [0.002, 0.006], "mini_cheetah") is None
    assert held(armature, [0.003, 0.005], "mini_cheetah") == pytest.approx([0.00334, 0.00334])
    assert held(armature, [0.004, 0.006], "mini_cheetah") == [0.004, 0.004]


def test_friction_of_the_description(tmp_path: Path) -> None:
    text = in_project(get_cfgs("go2_flat")[0].asset.file).read_text()
    file = tmp_path / "go2.urdf"
    file.write_text(text.replace("<limit ", '<dynamics friction="0.25" damping="0.0"/><limit '))
    assert held("dof_friction_range", [0.1, 0.2], asset__file=str(file)) == [0.2, 0.2]
    assert held("dof_friction_range", [0.1, 0.3], asset__file=str(file)) is None


def test_gains_are_held_together() -> None:
    cfg = get_cfgs("go2_flat")[0]
    cfg.domain_rand.randomize_gains, cfg.domain_rand.stiffness_factor_range = True, [1.1, 1.3]
    settings = nominal_settings(cfg)
    assert settings["domain_rand.stiffness_factor_range"] == [1.1, 1.1]
    assert settings["domain_rand.damping_factor_range"] == [1.0, 1.0]


def test_all_robots_are_alike() -> None:
    cfg = get_cfgs("go2_flat")[0]
    cfg.env.num_envs, cfg.sim.engine, cfg.sim.num_threads = 3, "mujoco", 1
    rand = cfg.domain_rand
    rand.friction_range, rand.randomize_motor_zero, rand.motor_zero_range = [0.2, 0.4], True, [0.01, 0.02]
    rand.randomize_base_com, rand.com_displacement_range = True, [[0.05, 0.1], [-0.1, 0.1], [-0.1, 0.1]]
    set_fields(nominal_settings(cfg), cfg)
    drawn = (env := make_env("go2_flat", cfg, "cpu", 1)).domain_rand
    torch.testing.assert_close(drawn.friction, torch.full((3,), 0.4))
    torch.testing.assert_close(drawn.motor_zero, torch.full((3, 12), 0.01))
    set_fields({"domain_rand.randomize_base_com": False}, cfg)
    env.close()
    plain = make_env("go2_flat", cfg, "cpu", 1)
    torch.testing.assert_close(drawn.base_com - plain.domain_rand.base_com, torch.tensor([[0.05, 0.0, 0.0]] * 3))
    plain.close()
