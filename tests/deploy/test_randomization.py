"""What a draw writes into a Go2's model, against hand values; that robot and environment then move alike is tested with
the observation."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import json
from typing import Any

import mujoco
import numpy as np
import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.metadata import parse
from legged_gym.deploy.randomization import Randomization
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from tests.deploy.policies import go2_metadata

RANGES = {
    "randomize_friction": "friction_range",
    "randomize_torsional_friction": "torsional_friction_range",
    "randomize_base_mass": "added_mass_range",
    "randomize_base_com": "com_displacement_range",
    "randomize_motor_strength": "motor_strength_range",
    "randomize_motor_zero": "motor_zero_range",
    "randomize_dof_friction": "dof_friction_range",
    "randomize_dof_damping": "dof_damping_range",
    "randomize_dof_armature": "dof_armature_range",
    "randomize_obs_delay": "obs_delay_range",
    "randomize_action_delay": "action_delay_range",
}
EVERYTHING = dict.fromkeys((*RANGES, "randomize_gains"), True)


@pytest.fixture(params=[True, False], ids=["pairs", "geoms"])
def built(request: pytest.FixtureRequest) -> RobotModel:
    metadata = parse({key: json.dumps(value) for key, value in go2_metadata().items()}, "test.onnx")
    metadata.terrain.mesh_type = "plane"
    return build_robot_model(
        metadata.asset, metadata.control, metadata.sim, Terrain(metadata.terrain, 1), True, contact_pairs=request.param
    )


def settings(**changes: Any) -> dict[str, Any]:
    """A `domain_rand` section with everything off but these."""
    section = class_to_dict(LeggedRobotCfg.domain_rand)
    return {name: False if isinstance(value, bool) else value for name, value in section.items()} | changes


def draw(built: RobotModel, **changes: Any) -> Randomization:
    randomization = Randomization(settings(**changes), built)
    randomization.draw(np.random.default_rng(0), mujoco.MjData(built.model))
    return randomization


def test_the_body(built: RobotModel) -> None:
    model, base = built.model, built.base_id
    inertia, reaction = model.body_inertia[base].copy(), model.body_invweight0[base, 0]
    assert model.body_mass[base] == pytest.approx(6.921)
    assert model.body_ipos[base] == pytest.approx([0.021112, 0.0, -0.005366])
    weight = model.body_mass.sum()
    draw(
        built,
        randomize_friction=True,
        friction_range=[0.3, 0.3],
        randomize_torsional_friction=True,
        torsional_friction_range=[0.02, 0.02],
        randomize_base_mass=True,
        added_mass_range=[2.0, 2.0],
        randomize_base_com=True,
        com_displacement_range=[0.03, 0.03],
    )
    friction = model.pair_friction[:, :2] if built.contact_pairs else model.geom_friction[built.geom_ids, 0]
    assert (friction == 0.3).all() and friction.size
    torsional = model.pair_friction[:, 2] if built.contact_pairs else model.geom_friction[built.geom_ids, 1]
    assert (torsional == 0.02).all() and torsional.size
    assert model.geom_friction[built.terrain_geom_id, 0] == 1.0
    assert model.body_mass[base] == pytest.approx(8.921)
    assert model.body_inertia[base] == pytest.approx(inertia * 8.921 / 6.921)
    assert model.body_ipos[base] == pytest.approx([0.051112, 0.03, 0.024634])
    # What follows from the masses has been computed anew: the body's subtree, and how easily it is accelerated.
    assert model.body_subtreemass[base] == pytest.approx(weight + 2.0)
    assert model.body_invweight0[base, 0] == pytest.approx(reaction * weight / (weight + 2.0), rel=0.05)


def test_a_range_for_each_axis_and_one_draw_for_all_joints(built: RobotModel) -> None:
    model, com = built.model, built.model.body_ipos[built.base_id].copy()
    draw(
        built,
        randomize_base_com=True,
        com_displacement_range=[[0.01, 0.02], [-0.03, -0.02], [0.0, 0.0]],
        randomize_dof_friction=True,
        randomize_dof_damping=True,
        randomize_dof_armature=True,
        same_for_all_joints=True,
    )
    x, y, z = model.body_ipos[built.base_id] - com
    assert 0.01 <= x <= 0.02 and -0.03 <= y <= -0.02 and z == 0.0
    for values in (model.dof_frictionloss[6:], model.dof_damping[6:], model.dof_armature[6:]):
        assert len(np.unique(values)) == 1 and len(values) == 12
    assert 0.005 <= model.dof_armature[6] <= 0.03


def test_the_drives(built: RobotModel) -> None:
    """Gains of 20 N m/rad and 0.5 N m s/rad, limits of 23.7 and 35.55 N m."""
    draw(
        built,
        randomize_gains=True,
        stiffness_factor_range=[1.1, 1.1],
        damping_factor_range=[0.8, 0.8],
        randomize_motor_strength=True,
        motor_strength_range=[0.9, 0.9],
    )
    model = built.model
    assert model.actuator_gainprm[:, 0] == pytest.approx(20.0 * 1.1 * 0.9)
    assert model.actuator_biasprm[:, 1] == pytest.approx(-20.0 * 1.1 * 0.9)
    assert model.actuator_biasprm[:, 2] == pytest.approx(-0.5 * 0.8 * 0.9)
    assert model.actuator_forcerange[:3, 1] == pytest.approx([0.9 * 23.7, 0.9 * 23.7, 0.9 * 35.55])
    assert model.actuator_forcerange[:, 0] == pytest.approx(-model.actuator_forcerange[:, 1])


def test_the_joints_and_what_is_measured(built: RobotModel) -> None:
    drawn = draw(
        built,
        randomize_dof_friction=True,
        dof_friction_range=[0.1, 0.1],
        randomize_dof_damping=True,
        dof_damping_range=[0.2, 0.2],
        randomize_dof_armature=True,
        dof_armature_range=[0.03, 0.03],
        randomize_motor_zero=True,
        motor_zero_range=[-0.02, -0.02],
        randomize_obs_delay=True,
        obs_delay_range=[3, 3],
        randomize_action_delay=True,
        action_delay_range=[2, 2],
    )
    model = built.model
    for values, expected in ((model.dof_frictionloss, 0.1), (model.dof_damping, 0.2), (model.dof_armature, 0.03)):
        assert (values[6:] == expected).all() and (values[:6] == 0.0).all()  # a free base has none of it
    assert (drawn.motor_zero == -0.02).all() and len(drawn.motor_zero) == 12 and drawn.obs_delay == 3
    assert drawn.draw_action_delay() == 2


def test_what_is_off_stays_nominal_and_each_draw_starts_from_it(built: RobotModel) -> None:
    def constants() -> list[np.ndarray]:
        arrays = [getattr(built.model, name) for name in dir(built.model) if not name.startswith("_")]
        return [array.copy() for array in arrays if isinstance(array, np.ndarray) and array.dtype == float]

    nominal = constants()
    assert draw(built).obs_delay == draw(built).draw_action_delay() == 0
    for before, after in zip(nominal, constants(), strict=True):
        np.testing.assert_array_equal(before, after)
    drawn = Randomization(settings(**EVERYTHING), built)
    data = mujoco.MjData(built.model)
    drawn.draw(np.random.default_rng(1), data)
    first = constants()
    drawn.draw(np.random.default_rng(2), data)
    assert any((a != b).any() for a, b in zip(first, constants(), strict=True))
    drawn.draw(np.random.default_rng(1), data)
    for before, after in zip(first, constants(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_draws_fill_their_ranges(built: RobotModel) -> None:
    chosen: dict[str, Any] = settings(**EVERYTHING, obs_delay_range=[0, 2])
    drawn, data = Randomization(chosen, built), mujoco.MjData(built.model)
    model, seen = built.model, []
    for seed in range(300):
        drawn.draw(np.random.default_rng(seed), data)
        friction = model.pair_friction[0, 0] if built.contact_pairs else model.geom_friction[built.geom_ids[0], 0]
        mass, length = model.body_mass[built.base_id] - 6.921, model.body_ipos[built.base_id, 1]
        strength = model.actuator_forcerange[4, 1] / 23.7
        joint = (model.dof_frictionloss[8], model.dof_damping[8], model.dof_armature[8])
        torsional = model.pair_friction[0, 2] if built.contact_pairs else model.geom_friction[built.geom_ids[0], 1]
        late = (drawn.obs_delay, drawn.draw_action_delay())
        seen.append((friction, torsional, mass, length, strength, drawn.motor_zero[3], *joint, *late))
    for values, name in zip(np.array(seen).T, RANGES.values(), strict=True):
        low, high = chosen[name]
        margin = 0.03 * (high - low)
        assert low <= values.min() + 1e-9 and values.min() <= low + margin, name
        assert high - margin <= values.max() <= high + 1e-9, name
    assert {delay for *_, delay, _ in seen} == {0, 1, 2} and {delay for *_, delay in seen} == {0, 1, 2, 3, 4}
    assert len(set(drawn.motor_zero)) == 12  # each joint has its own


def test_a_base_of_negative_mass_is_refused(built: RobotModel) -> None:
    """The Go2's base weighs 6.921 kg; MuJoCo takes a negative mass, and the robot flies apart."""
    Randomization(settings(randomize_base_mass=True, added_mass_range=[-6.9, 0.0]), built)
    Randomization(settings(randomize_base_mass=False, added_mass_range=[-7.0, 0.0]), built)
    with pytest.raises(UserError, match=r"added_mass_range = \[-7.0, 0.0\] kg .* the base weighs 6.921 kg"):
        Randomization(settings(randomize_base_mass=True, added_mass_range=[-7.0, 0.0]), built)
