"""Drive modes of joints and joints that follow others, by their laws, on every engine."""

import dataclasses
import math
from pathlib import Path

import pytest
import torch

from legged_gym.config.io import instantiate
from legged_gym.sim.config import ControlCfg
from legged_gym.sim.drives import plan_drives
from legged_gym.sim.joint_values import by_joint
from legged_gym.utils.errors import UserError
from robust_parallel.urdf import Joint, Mimic
from tests.sim.robots import MakeSim, place
from tests.urdf.toys import AXIS, LIMIT, TRUNK, inertial, joint, leg, link, origin, write

INERTIA, ARMATURE = 0.004, 0.01
"""Of a wheel about its axle, and of its rotor, kg m^2."""


def wheel(name: str, limit: str = '<limit effort="5" velocity="50"/>') -> str:
    """On its axle along y."""
    spot = origin("0 0.2 0")
    return link(name, inertial(0.3, INERTIA)) + joint(f"{name}_axle", "trunk", name, "continuous", spot, AXIS, limit)


def stand(tmp_path: Path, *content: str) -> dict:
    """A trunk with joints, welded to the world."""
    return {"file": str(write(tmp_path, TRUNK, *content)), "foot_name": "None", "fix_base_link": True}


def test_each_mode_keeps_its_law(make: MakeSim, tmp_path: Path):
    """Four wheels whose drives differ, for one physics step, against the implicit Euler step of each law."""
    dt, stiffness, damping = 0.005, 3.0, 0.2
    control = {
        "drive_modes": {"2": "velocity", "3": "torque", "4": "passive", "5": "held"},
        "stiffness": {"": stiffness}, "damping": {"": damping}, "decimation": 1,
    }  # fmt: skip
    sim = make(1, asset=stand(tmp_path, *map(wheel, "12345")), control=control, sim={"dt": dt})
    assert sim.drive_modes == ["position", "velocity", "torque", "passive", "held"]
    place(sim, joints=[0.5] * 5)
    sim.step(torch.tensor([[0.8, 10.0, 0.7, 9.0, 0.8]]))
    inertia = INERTIA + ARMATURE
    servo = stiffness * 0.3 * dt / (inertia + damping * dt)
    wheel_speed = damping * 10.0 * dt / (inertia + damping * dt)
    expected = torch.tensor([[servo, wheel_speed, 0.7 * dt / inertia, 0.0, servo]])
    torch.testing.assert_close(sim.dof_vel, expected, rtol=1e-4, atol=1e-6)
    for _ in range(200):
        sim.step(torch.tensor([[0.8, 10.0, 9.0, 0.0, 0.8]]))
    assert sim.dof_vel[0, 1].item() == pytest.approx(10.0, rel=1e-3)  # no load: the speed that was asked for
    assert sim.torques[0, 2].item() == pytest.approx(5.0)  # the effort limit
    assert sim.dof_pos[0, 4].item() == pytest.approx(0.8, abs=2e-3)


def test_a_randomized_wheel_still_turns_as_fast_as_it_is_told(make: MakeSim, tmp_path: Path):
    control = {"drive_modes": {"": "velocity"}, "stiffness": {"": 3.0}, "damping": {"": 0.2}}
    sim = make(2, asset=stand(tmp_path, wheel("1")), control=control)
    sim.randomize("stiffness", sim.read("stiffness") * 3.0)
    sim.randomize("damping", sim.read("damping") * torch.tensor([[1.0], [0.5]]))
    place(sim, joints=[0.0])
    for _ in range(200):
        sim.step(torch.full((2, 1), 4.0))
    torch.testing.assert_close(sim.dof_vel, torch.full((2, 1), 4.0), rtol=1e-3, atol=0.0)


def test_a_weak_motor_gives_less_torque(make: MakeSim, tmp_path: Path):
    control = {"drive_modes": {"": "torque"}, "stiffness": {"": 3.0}, "damping": {"": 0.2}, "decimation": 1}
    sim = make(2, asset=stand(tmp_path, wheel("1")), control=control)
    for field in sim.drive_fields:
        sim.randomize(field, sim.read(field) * torch.tensor([[1.0], [0.5]]))
    place(sim, joints=[0.0])
    sim.step(torch.full((2, 1), 2.0))
    torch.testing.assert_close(sim.torques, torch.tensor([[2.0], [1.0]]))
    sim.step(torch.full((2, 1), 100.0))
    torch.testing.assert_close(sim.torques, torch.tensor([[5.0], [2.5]]))


def test_a_joint_that_mimics_another(make: MakeSim, tmp_path: Path):
    """It starts where it belongs, stays there while the leader is driven, and has no torque of its own."""
    mimic = '<mimic joint="left_hip" multiplier="-0.5" offset="0.2"/>'
    content = leg("left", 0.1), leg("right", -0.1, joint_content=AXIS + LIMIT + mimic)
    sim = make(2, asset=stand(tmp_path, *content), control={"stiffness": {"": 20.0}, "damping": {"": 1.0}})
    assert sim.drive_modes == ["position", "mimic"]
    place(sim, joints=[0.4, 0.0])
    torch.testing.assert_close(sim.dof_pos, torch.tensor([[0.4, 0.0]] * 2), atol=1e-6, rtol=0.0)
    for _ in range(100):
        sim.step(torch.tensor([[-0.6, 7.0]] * 2))
        torch.testing.assert_close(sim.dof_pos[:, 1], 0.2 - 0.5 * sim.dof_pos[:, 0], atol=0.01, rtol=0.0)
    assert sim.dof_pos[0, 0].item() == pytest.approx(-0.6, abs=0.1)
    assert not sim.torques[:, 1].any() and not any(sim.failure_counts().values())


@pytest.mark.parametrize("option", ["drive_modes", "stiffness", "damping", "action_scales"])
def test_a_joint_that_mimics_another_has_no_drive_of_its_own(option: str):
    cfg = instantiate(ControlCfg)
    leader, follower = (Joint(name, "revolute", "trunk", f"{name}_leg") for name in ("left", "right"))
    joints = [leader, dataclasses.replace(follower, mimic=Mimic("left"))]
    cfg.stiffness, cfg.damping = {"": 20.0}, {"": 1.0}
    assert plan_drives(cfg, joints).modes == ["position", "mimic"]
    setattr(cfg, option, {**getattr(cfg, option), "right": "held" if option == "drive_modes" else 2.0})
    with pytest.raises(UserError, match=f"control.{option}: joint 'right' has no drive: .* it follows 'left'"):
        plan_drives(cfg, joints)


def test_many_joints_that_mimic_leave_the_contacts_their_constraints(make: MakeSim, tmp_path: Path):
    """The engine's rows for contacts are not taken by couplings: a free robot lands on its feet."""
    mimic = '<mimic joint="left_hip" multiplier="-1"/>'
    tails = [
        link(f"t{i}", inertial(0.05, 1e-4)) + joint(f"j{i}", "trunk", f"t{i}", "revolute", AXIS, LIMIT, mimic)
        for i in range(8)
    ]
    path = write(tmp_path, TRUNK, leg("left", 0.1), leg("right", -0.1), *tails)
    gains = {"stiffness": {"": 20.0}, "damping": {"": 1.0}}
    sim = make(1, asset={"file": str(path)}, control=gains, sim={"max_constraints": 20})
    targets = place(sim, height=0.24, joints=[0.0] * 10)
    for _ in range(10):
        sim.step(targets)
    assert sim.contact_forces[0, :, 2].sum() > 5.0 and not any(sim.failure_counts().values())


@pytest.mark.parametrize(
    "control, told",
    [
        ({"drive_modes": {"hips": "held"}}, "control.drive_modes: no joint has 'hips' in its name"),
        ({"stiffness": {"left": 1.0}}, "control.stiffness: joint 'right_hip' matches none of its keys: left"),
        ({"drive_modes": {"left": "velocity"}, "damping": {"right": 1.0}}, "control.damping: joint 'left_hip' matches"),
        ({"drive_modes": {"left": "velocity"}, "damping": {"": 0.0}}, "control.damping: joint 'left_hip' is driven by"),
    ],
)
def test_wrong_modes_are_told(make: MakeSim, tmp_path: Path, control: dict, told: str):
    gains = {"stiffness": {"": 20.0}, "damping": {"": 1.0}}
    with pytest.raises(UserError, match=told):
        make(1, asset=stand(tmp_path, leg("left", 0.1), leg("right", -0.1)), control=gains | control)


def test_modes_that_an_actuator_model_does_not_have(make: MakeSim, tmp_path: Path):
    actuator = type("actuator", (), {"model": "delayed_pd", "delay_range": [0, 0], "network_file": ""})
    gains = {"stiffness": {"": 20.0}, "damping": {"": 1.0}, "actuator": actuator}
    asset = stand(tmp_path, leg("left", 0.1), leg("right", -0.1))
    sim = make(1, asset=asset, control=gains | {"drive_modes": {"left": "passive"}})
    place(sim, joints=[0.3, 0.3])
    sim.step(torch.zeros(1, 2))
    assert sim.torques[0, 0] == 0.0 and not math.isclose(float(sim.torques[0, 1]), 0.0)
    told = "joint 'left_hip': the actuator model 'delayed_pd' has no drive mode 'velocity'; 'pd' has"
    with pytest.raises(UserError, match=told):
        make(1, asset=asset, control=gains | {"drive_modes": {"left": "velocity"}})


def test_a_whole_name_means_this_joint_alone():
    names = ["wheel", "wheel_arm", "leg"]
    assert by_joint("control.damping", {"": 0.5, "wheel_arm": 2.0, "wheel": 1.0}, names) == [1.0, 2.0, 0.5]
    with pytest.raises(UserError, match="joint 'wheel_arm' matches none of its keys: wheel, leg"):
        by_joint("control.damping", {"wheel": 1.0, "leg": 2.0}, names)


@pytest.mark.parametrize(("stiffness", "is_told"), [(2400.0, False), (2600.0, True), (0.0, False)])
def test_a_drive_that_only_switches_is_told_of(
    stiffness: float, is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """25 N m from 0.01 rad on are 2500 N m/rad."""
    joints = [Joint("hip", "revolute", "base", "leg", effort=25.0), Joint("free", "revolute", "leg", "foot")]
    control = instantiate(ControlCfg)
    control.stiffness, control.damping = {"": stiffness}, {"": 0.5}
    plan_drives(control, joints)
    told = "control.stiffness = 2600 takes all 25 N m of joint hip from an error of 0.0096 rad on"
    assert caplog.messages == ([told] if is_told else [])
