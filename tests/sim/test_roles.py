"""Bodies and joints by their role: names that match exactly, in part, or not at all, and bodies that cannot touch."""

from pathlib import Path

import pytest

from legged_gym.sim.config import AssetCfg
from legged_gym.sim.roles import Roles, find_roles
from legged_gym.utils.errors import UserError
from robust_parallel.urdf import read_urdf
from tests.sim.robots import with_settings
from tests.urdf.toys import BALL, BOX, LEGS, TRUNK, inertial, joint, link, write

MOTORS = "".join(
    link(f"{side}_foot_motor", inertial(0.05, 1e-4), BALL)
    + joint(f"{side}_motor_mount", f"{side}_foot", f"{side}_foot_motor")
    for side in ("left", "right")
)


def roles(tmp_path: Path, *content: str, **settings) -> tuple[Roles, list[str]]:
    robot = read_urdf(write(tmp_path, *(content or (TRUNK, LEGS))))
    bodies = [part.name for part in robot.links]
    dofs = [described.name for described in robot.joints if described.kind != "fixed"]
    return find_roles(with_settings(AssetCfg, **settings), robot, bodies, dofs), bodies


def test_names_in_part_and_exactly(tmp_path: Path):
    for foot, expected in (
        ("foot", ["left_foot", "right_foot", "left_foot_motor", "right_foot_motor"]),
        ("left_foot", ["left_foot"]),
        (["right_foot", "left_foot"], ["right_foot", "left_foot"]),
        ("foot_motor", ["left_foot_motor", "right_foot_motor"]),
        ("None", []),
    ):
        found, bodies = roles(tmp_path, TRUNK, LEGS, MOTORS, foot_name=foot)
        assert [bodies[index] for index in found.feet] == expected


def test_a_body_that_two_names_choose_counts_once(tmp_path: Path):
    found, bodies = roles(tmp_path, penalize_contacts_on=["left", "foot"], foot_name=["left", "foot"])
    assert [bodies[index] for index in found.penalised] == ["left_leg", "left_foot", "right_foot"]
    assert [bodies[index] for index in found.feet] == ["left_foot", "right_foot"]  # a leg without a shape is no foot


@pytest.mark.parametrize(
    "base, terminating", [(link("base"), ["trunk", "head"]), (link("base", inertial(1.0, 0.01), BOX), ["base"])]
)
def test_the_root_stands_for_what_is_welded_to_it_where_it_has_no_shape(
    tmp_path: Path, base: str, terminating: list[str]
):
    head = link("head", BALL) + joint("neck", "trunk", "head") + link("eye") + joint("eye_mount", "head", "eye")
    content = base, joint("mount", "base", "trunk"), TRUNK, head, LEGS
    found, bodies = roles(tmp_path, *content, terminate_after_contacts_on=["base"])
    assert [bodies[index] for index in found.terminating] == terminating


def test_hips(tmp_path: Path):
    assert roles(tmp_path)[0].hips == [0, 1]
    assert roles(tmp_path, hip_name="right_hip")[0].hips == [1]
    assert roles(tmp_path, (TRUNK + LEGS).replace("_hip", "_haa"))[0].hips == []


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"foot_name": "paw"}, "asset.foot_name: no body has 'paw' in its name; bodies: trunk, left_leg"),
        ({"foot_name": ["left_foot", "rigth_foot"]}, "no body has 'rigth_foot' in its name; did you mean right_foot?"),
        ({"hip_name": "haa"}, "asset.hip_name: no joint has 'haa' in its name; joints: left_hip, right_hip"),
        ({"foot_name": "leg"}, "asset.foot_name: left_leg, right_leg cannot touch anything, having no <collision>"),
        ({"penalize_contacts_on": ["left_leg"]}, "penalize_contacts_on: left_leg cannot touch anything"),
    ],
)
def test_names_that_choose_nothing_of_use(tmp_path: Path, settings: dict, told: str):
    with pytest.raises(UserError) as error:
        roles(tmp_path, **settings)
    assert told in str(error.value) and "\n" not in str(error.value)
