"""What falls, swings, rests and slides, against values by hand."""

import math

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from tests.isaacgym.worlds import BALL, GRAVITY, PENDULUM, world

WEIGHT = 2.0 * GRAVITY


@pytest.fixture(params=["mujoco", "mujoco_warp"], autouse=True)
def engine(request, monkeypatch):
    """Every test runs on MuJoCo C and on MuJoCo Warp's CPU device."""
    monkeypatch.setenv("ISAACGYM_ENGINE", request.param)
    return request.param


def test_free_fall(tmp_path):
    """Semi-implicit Euler: v = g t, and the height is that of the velocities at the ends of the steps."""
    falling = world(tmp_path, BALL, count=3, height=50.0, ground=False).prepare()
    falling.run(100)
    assert falling.roots[:, 9] == pytest.approx(torch.full((3,), -GRAVITY * 0.5), abs=1e-4)
    fallen = GRAVITY * 0.005**2 * 100 * 101 / 2
    assert falling.roots[:, 2] == pytest.approx(torch.full((3,), 50.0 - fallen), abs=1e-4)
    assert not falling.contacts.any()
    assert falling.gym.get_sim_time(falling.sim) == pytest.approx(0.5)


def test_substeps_divide_the_step(tmp_path):
    falling = world(tmp_path, BALL, height=50.0, ground=False, dt=0.02, substeps=4).prepare()
    falling.run(25)
    assert falling.roots[0, 2] == pytest.approx(50.0 - GRAVITY * 0.005**2 * 100 * 101 / 2, abs=1e-4)


def test_a_pendulum_swings_in_its_period(tmp_path, engine):
    """T = 2 pi sqrt(I / m g l), small swings, I about the hinge."""
    if engine == "mujoco_warp":
        pytest.skip("thousands of steps")
    swinging = world(tmp_path, PENDULUM, ground=False, dt=0.001, fix_base_link=True).prepare()
    swinging.joints[0, 0] = 0.05
    swinging.set_joints()
    inertia = 2.0 * 0.5**2 + 1e-4
    period = 2.0 * math.pi * math.sqrt(inertia / (WEIGHT * 0.5))
    angles = []
    for _ in range(round(1.3 * period / 0.001)):
        swinging.run(1)
        angles.append(float(swinging.joints[0, 0]))
    crossings = [i for i in range(1, len(angles)) if angles[i - 1] > 0.0 >= angles[i]]
    assert crossings[0] * 0.001 == pytest.approx(period / 4, abs=0.003)
    assert crossings[-1] * 0.001 == pytest.approx(1.25 * period, abs=0.005)
    assert swinging.roots[0, 2] == 1.0 and not swinging.roots[0, 7:].any()


def test_a_torque_holds_a_pendulum_and_stays_until_it_is_set_again(tmp_path):
    held = world(tmp_path, PENDULUM, ground=False, fix_base_link=True).prepare()
    held.joints[0, 0] = 0.3
    held.set_joints()
    held.set_torques(torch.tensor([WEIGHT * 0.5 * math.sin(0.3)]))
    held.run(200)
    assert held.joints[0] == pytest.approx(torch.tensor([0.3, 0.0]), abs=1e-3)
    rod = held.bodies[1]
    assert rod[:7] == pytest.approx(torch.tensor([0.0, 0.0, 1.0, 0.0, math.sin(0.15), 0.0, math.cos(0.15)]), abs=1e-3)


def test_contact_force_is_weight(tmp_path):
    resting = world(tmp_path, BALL, count=2, height=0.1).prepare()
    resting.run(150)
    assert resting.contacts[:, 2] == pytest.approx(torch.full((2,), WEIGHT), rel=1e-3)
    assert resting.contacts[:, :2].abs().max() < 1e-3 * WEIGHT
    assert resting.roots[:, 2] == pytest.approx(torch.full((2,), 0.1), abs=2e-3)


def test_friction_of_a_pair_is_the_mean(tmp_path):
    """A box slides at 0.5 m/s; its shape has friction 0, 0.4 or 1.6, the ground 0.4."""

    def differ(gym, asset, index):
        shapes = gym.get_asset_rigid_shape_properties(asset)
        shapes[0].friction = torch.tensor([[0.0, 0.4, 1.6][index]])
        gym.set_asset_rigid_shape_properties(asset, shapes)

    sliding = world(tmp_path, BALL, count=3, height=0.1, friction=0.4, spread=differ).prepare()
    sliding.run(100)
    sliding.roots[:, 7] = 0.5
    sliding.set_roots()
    sliding.run(1)
    along, _, up = sliding.contacts.unbind(dim=1)
    assert -along / up == pytest.approx(torch.tensor([0.2, 0.4, 1.0]), rel=1e-3)


def test_deep_contacts_without_friction_stay_finite(tmp_path):
    """A box 2 cm in the ground, which with it has no friction at all: it is pushed out, straight up."""
    slippery = world(tmp_path, BALL, height=0.08, friction=0.0)
    shapes = slippery.gym.get_actor_rigid_shape_properties(slippery.envs[0], 0)
    shapes[0].friction = 0.0
    slippery.gym.set_actor_rigid_shape_properties(slippery.envs[0], 0, shapes)
    slippery.prepare()
    slippery.run(20)
    assert not any(slippery.sim.engine.failures.values())
    assert 0.09 < float(slippery.roots[0, 2]) < 0.2 and slippery.roots[0, :2].abs().max() < 1e-3


def test_masses_centres_and_inertias_differ_between_robots(tmp_path):
    """A pendulum with twice the mass at twice the length needs four times the torque to be held."""
    held = world(tmp_path, PENDULUM, count=3, ground=False, fix_base_link=True)
    heavy, far = (held.gym.get_actor_rigid_body_properties(held.envs[index], 0) for index in (1, 2))
    heavy[1].mass *= 2.0
    far[1].com += gymapi.Vec3(0.0, 0.0, -0.5)
    held.gym.set_actor_rigid_body_properties(held.envs[1], 0, heavy, recomputeInertia=True)
    held.gym.set_actor_rigid_body_properties(held.envs[2], 0, far, recomputeInertia=True)
    assert held.gym.get_actor_rigid_body_properties(held.envs[0], 0)[1].mass == pytest.approx(2.0)
    held.prepare()
    held.joints.view(3, 1, 2)[..., 0] = 0.3
    held.set_joints()
    held.set_torques(WEIGHT * 0.5 * math.sin(0.3) * torch.tensor([1.0, 2.0, 2.0]))
    held.run(100)
    assert held.joints[:, 0] == pytest.approx(torch.full((3,), 0.3), abs=1e-3)


@pytest.mark.parametrize("recompute", [True, False])
def test_a_frame_that_weighs_nothing_changes_nothing(tmp_path, recompute):
    """A sensor's frame that is kept as a body: forks multiply the masses and inertias of all bodies, its zeros, too."""
    frame = """<link name="imu"/><joint name="imu" type="fixed" dont_collapse="true">
      <parent link="rod"/><child link="imu"/><origin xyz="0.1 0 -1"/></joint></robot>"""
    with_frame = PENDULUM.replace("</robot>", frame)
    swinging = world(tmp_path, with_frame, ground=False, fix_base_link=True)
    properties = swinging.gym.get_actor_rigid_body_properties(swinging.envs[0], 0)
    assert properties[2].mass == 0.0 and properties[2].com == gymapi.Vec3()
    for body in properties:
        body.mass *= 1.5
        body.inertia.x *= 1.5
        body.inertia.y *= 1.5
        body.inertia.z *= 1.5
    swinging.gym.set_actor_rigid_body_properties(swinging.envs[0], 0, properties, recomputeInertia=recompute)
    swinging.prepare()
    swinging.joints[0, 0] = 0.3
    swinging.set_joints()
    swinging.set_torques(1.5 * WEIGHT * 0.5 * math.sin(0.3) * torch.ones(1))
    swinging.run(50)
    assert swinging.joints[0, 0] == pytest.approx(0.3, abs=1e-3)
    angle = torch.tensor(0.3)
    at = [0.1 * angle.cos() - angle.sin(), 0.0, 1.0 - 0.1 * angle.sin() - angle.cos()]
    assert swinging.bodies[2, :3] == pytest.approx(torch.tensor(at), abs=1e-3)
    assert not any(swinging.sim.engine.failures.values())


def test_an_inertia_of_any_axes(tmp_path):
    """Torque-free spin about a principal axis that lies across the body's own."""
    spinning = world(tmp_path, BALL, height=50.0, ground=False)
    body = spinning.gym.get_actor_rigid_body_properties(spinning.envs[0], 0)
    body[0].inertia.x.y = body[0].inertia.y.x = 0.004  # principal axes at 45 degrees in the xy plane
    spinning.gym.set_actor_rigid_body_properties(spinning.envs[0], 0, body)
    spinning.prepare()
    spinning.roots[0, 10:] = torch.tensor([1.0, 1.0, 0.0])
    spinning.set_roots()
    spinning.run(100)
    assert spinning.roots[0, 10:] == pytest.approx(torch.tensor([1.0, 1.0, 0.0]), abs=1e-4)
    spinning.roots[0, 10:] = torch.tensor([1.0, 0.0, 0.0])
    spinning.set_roots()
    spinning.run(100)
    assert spinning.roots[0, 11].abs() > 0.01


def test_joints_have_damping_friction_and_armature_of_their_own(tmp_path):
    """From rest under 1 N m: free, with armature, below dry friction, and with damping at its end speed."""
    driven = world(tmp_path, PENDULUM, count=4, ground=False, fix_base_link=True, disable_gravity=True)
    for env, (name, value) in zip(
        driven.envs[1:], (("armature", 1.0001), ("friction", 1.5), ("damping", 10.0)), strict=True
    ):
        properties = driven.gym.get_asset_dof_properties(driven.asset)
        properties[name][:] = torch.tensor([value])
        assert driven.gym.set_actor_dof_properties(env, 0, properties)
    driven.prepare()
    driven.set_torques(torch.ones(4))
    driven.run(100)
    speed = driven.joints[:, 1]
    assert speed[:2] == pytest.approx(torch.tensor([0.5 / 0.5001, 0.5 / 1.5002]), rel=0.01)
    assert abs(float(speed[2])) < 0.01 and float(speed[3]) == pytest.approx(0.1, rel=0.01)


@pytest.mark.parametrize("least", ["", "0.5"])
def test_a_least_armature_calms_torques_that_brake_too_much(tmp_path, monkeypatch, caplog, least):
    """Damping that a script computes makes of a speed (1 - damping dt / inertia) of it: -1.5, and with 0.5 -0.25."""
    monkeypatch.setenv("ISAACGYM_MIN_ARMATURE", least)
    braked = world(tmp_path, PENDULUM, count=2, ground=False, fix_base_link=True, disable_gravity=True)
    properties = braked.gym.get_asset_dof_properties(braked.asset)
    properties["armature"][:] = 1.0001
    braked.gym.set_actor_dof_properties(braked.envs[1], 0, properties)
    braked.prepare()
    assert ("armatures of 0.5 kg m^2 at least" in caplog.text) == bool(least)
    braked.joints[:, 1] = 0.1
    braked.set_joints()
    speeds = []
    for _ in range(4):
        braked.set_torques(-250.0 * braked.joints[:, 1])
        braked.run(1)
        speeds.append(braked.joints[:, 1].clone())
    inertia = 0.5001 + torch.tensor([0.5 if least else 0.0, 1.0001])
    expected = [0.1 * (1.0 - 250.0 * 0.005 / inertia) ** step for step in range(1, 5)]
    assert torch.stack(speeds) == pytest.approx(torch.stack(expected), abs=2e-4)
    assert braked.gym.get_actor_dof_properties(braked.envs[0], 0)["armature"] == 0.0  # what the script knows is its own


@pytest.mark.parametrize("wrong", ["much", "-1", "inf"])
def test_a_least_armature_is_a_number(tmp_path, monkeypatch, wrong):
    monkeypatch.setenv("ISAACGYM_MIN_ARMATURE", wrong)
    with pytest.raises(Exception, match="ISAACGYM_MIN_ARMATURE='.*'; an armature in kg m.2 is a number of at least 0"):
        world(tmp_path, PENDULUM, fix_base_link=True).prepare()


def test_properties_set_later_hold_from_the_next_step_on(tmp_path):
    resting = world(tmp_path, BALL, count=2, height=0.1).prepare()
    body = resting.gym.get_actor_rigid_body_properties(resting.envs[1], 0)
    body[0].mass = 5.0
    resting.gym.set_actor_rigid_body_properties(resting.envs[1], 0, body, recomputeInertia=True)
    resting.run(150)
    assert resting.contacts[:, 2] == pytest.approx(torch.tensor([2.0, 5.0]) * GRAVITY, rel=1e-3)
    params = resting.gym.get_sim_params(resting.sim)
    params.gravity = gymapi.Vec3(0.0, 0.0, -1.62)
    resting.gym.set_sim_params(resting.sim, params)
    resting.run(150)
    assert resting.contacts[:, 2] == pytest.approx(torch.tensor([2.0, 5.0]) * 1.62, rel=1e-2)


def test_a_robot_that_fails_is_held_and_counted_and_others_go_on(tmp_path, caplog):
    falling = world(tmp_path, BALL, count=2, height=50.0, ground=False).prepare()
    falling.run(1)
    before = falling.roots[1, :7].clone()
    falling.roots[1, 7] = float("nan")
    falling.set_roots()
    falling.run(1)
    assert falling.roots.isfinite().all() and falling.roots[1, :7] == pytest.approx(before)
    assert falling.roots[0, 9] == pytest.approx(-GRAVITY * 0.01, rel=1e-4)
    falling.run(60)  # a GPU is asked now and then
    assert falling.roots[1, 2] < before[2] - 0.3
    assert sum(falling.sim.engine.failures.values()) == 1 and "failed so far: 1" in caplog.text


def test_where_joints_start_is_what_bodies_show_and_failed_robots_are_put_back_to(tmp_path):
    held = world(tmp_path, PENDULUM, count=2, ground=False, fix_base_link=True)
    start = np.array([(0.3, 0.0)], gymapi.DofState.dtype)
    for env in held.envs:
        held.gym.set_actor_dof_states(env, 0, start, gymapi.STATE_ALL)
    held.prepare()
    turned = torch.tensor([0.0, math.sin(0.15), 0.0, math.cos(0.15)])
    assert held.bodies.view(2, 2, 13)[:, 1, 3:7] == pytest.approx(turned.expand(2, 4), abs=1e-6)
    held.joints[1, 1] = 1e5  # too fast
    held.set_joints()
    held.run(1)
    assert sum(held.sim.engine.failures.values()) == 1
    assert held.joints[1] == pytest.approx(torch.tensor([0.3, 0.0]), abs=1e-6)


def test_robots_of_different_environments_do_not_meet(tmp_path):
    resting = world(tmp_path, BALL, count=2, height=0.1).prepare()
    resting.run(100)
    assert resting.roots[:, :3] == pytest.approx(torch.tensor([[0.0, 0.0, 0.1]] * 2), abs=2e-3)


def test_the_order_of_the_set_calls_is_theirs(tmp_path):
    """A joint call leaves bases alone, a base call joints; only listed robots are set, out of the full tensors."""
    state = world(tmp_path, PENDULUM, count=3, ground=False).prepare()
    rows = torch.tensor([2, 0], dtype=torch.int32)
    state.joints[:, 0], state.roots[:, 0] = torch.tensor([0.1, 0.2, 0.3]), torch.tensor([1.0, 2.0, 3.0])
    listed = gymtorch.unwrap_tensor(rows), len(rows)
    state.gym.set_dof_state_tensor_indexed(state.sim, gymtorch.unwrap_tensor(state.joints), *listed)
    state.refresh()
    assert state.joints[:, 0] == pytest.approx(torch.tensor([0.1, 0.0, 0.3])) and not state.roots[:, 0].any()
    state.roots[:, 0] = torch.tensor([1.0, 2.0, 3.0])
    state.gym.set_actor_root_state_tensor_indexed(state.sim, gymtorch.unwrap_tensor(state.roots), *listed)
    state.refresh()
    assert state.joints[:, 0] == pytest.approx(torch.tensor([0.1, 0.0, 0.3]))
    assert state.roots[:, 0].tolist() == [1.0, 0.0, 3.0]


def test_tensors_change_by_refresh_alone_and_keep_their_storage(tmp_path):
    falling = world(tmp_path, BALL, height=1.0).prepare()
    pointer, velocity = falling.roots.data_ptr(), falling.roots[:, 9]
    falling.gym.simulate(falling.sim)
    assert velocity[0] == 0.0
    falling.refresh()
    assert velocity[0] < 0.0
    again = gymtorch.wrap_tensor(falling.gym.acquire_actor_root_state_tensor(falling.sim))
    assert again.data_ptr() == falling.roots.data_ptr() == pointer and not again.is_inference()


def test_what_was_not_acquired_can_be_refreshed(tmp_path):
    """legged_gym refreshes body states that it never asked for."""
    falling = world(tmp_path, BALL)
    falling.gym.prepare_sim(falling.sim)
    falling.gym.simulate(falling.sim)
    falling.refresh()
    assert falling.gym.refresh_force_sensor_tensor(falling.sim) and not falling.sim.tensors


def test_body_states_and_contacts_are_of_the_last_step(tmp_path):
    resting = world(tmp_path, BALL, height=0.1).prepare()
    resting.run(150)
    resting.roots[0, 2] = 5.0
    resting.set_roots()
    resting.refresh()
    assert resting.roots[0, 2] == 5.0
    assert resting.bodies[0, 2] == pytest.approx(0.1, abs=2e-3)
    assert resting.contacts[0, 2] == pytest.approx(WEIGHT, rel=1e-3)


def test_velocities_are_in_world_axes(tmp_path):
    """A box turned by 90 degrees about z that spins about its own x axis spins about the world's y axis."""
    turned = world(tmp_path, BALL, height=50.0, ground=False).prepare()
    half = math.sqrt(0.5)
    state = torch.tensor([0.0, 0.0, 50.0, 0.0, 0.0, half, half, 1.0, 0.0, 0.0, 0.0, 3.0, 0.0])
    turned.roots[0] = state
    turned.set_roots()
    turned.refresh()
    assert turned.roots[0] == pytest.approx(state, abs=1e-6)
    turned.run(20)
    assert turned.roots[0, 10:] == pytest.approx(torch.tensor([0.0, 3.0, 0.0]), abs=1e-4)
    assert turned.roots[0, 0] == pytest.approx(0.1, abs=1e-5)


def test_forces_on_bodies_act_in_the_next_step_alone(tmp_path):
    """4 N on 2 kg for 5 ms give 0.01 m/s; 1 N m on 0.01 kg m^2 gives 0.5 rad/s; the second box is turned by 90 degrees.

    The torque is in the boxes' own axes, as is the force with it.
    """
    pushed = world(tmp_path, BALL, count=2, height=50.0, ground=False, disable_gravity=True).prepare()
    half = math.sqrt(0.5)
    pushed.roots[1, 3:7] = torch.tensor([0.0, 0.0, half, half])
    pushed.set_roots()
    pushed.run(1)
    force = torch.tensor([[4.0, 0.0, 0.0], [4.0, 0.0, 0.0]])
    pushed.gym.apply_rigid_body_force_tensors(pushed.sim, gymtorch.unwrap_tensor(force), None, gymapi.ENV_SPACE)
    pushed.run(3)
    assert pushed.roots[:, 7:10] == pytest.approx(torch.tensor([[0.01, 0.0, 0.0]] * 2), abs=1e-6)
    torque = torch.tensor([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    handles = gymtorch.unwrap_tensor(force), gymtorch.unwrap_tensor(torque)
    pushed.gym.apply_rigid_body_force_tensors(pushed.sim, *handles, gymapi.LOCAL_SPACE)
    pushed.run(1)
    assert pushed.roots[:, 7:10] == pytest.approx(torch.tensor([[0.02, 0.0, 0.0], [0.01, 0.01, 0.0]]), abs=1e-6)
    assert pushed.roots[:, 10:] == pytest.approx(torch.tensor([[0.5, 0.0, 0.0], [0.0, 0.5, 0.0]]), abs=1e-5)


def test_forces_in_axes_of_bodies_follow_what_was_set_since_the_last_step(tmp_path):
    """Along x of boxes that were turned by 90 degrees about z just before: 4 N on 2 kg, 0.01 m/s along y."""
    turned = world(tmp_path, BALL, count=2, height=50.0, ground=False, disable_gravity=True).prepare()
    turned.roots[1, 3:7] = torch.tensor([0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)])
    turned.set_roots()
    force = gymtorch.unwrap_tensor(torch.tensor([[4.0, 0.0, 0.0], [4.0, 0.0, 0.0]]))
    turned.gym.apply_rigid_body_force_tensors(turned.sim, force, None, gymapi.LOCAL_SPACE)
    turned.run(1)
    assert turned.roots[:, 7:10] == pytest.approx(torch.tensor([[0.01, 0.0, 0.0], [0.0, 0.01, 0.0]]), abs=1e-6)


def test_joints_of_single_actors(tmp_path):
    """Where they start, and later the angle alone; torques are told as they were set."""
    swinging = world(tmp_path, PENDULUM, count=2, ground=False, fix_base_link=True)
    gym, (first, second) = swinging.gym, swinging.envs
    start = gym.get_actor_dof_states(second, 0, gymapi.STATE_ALL)
    start["pos"], start["vel"] = 0.4, 1.0
    gym.set_actor_dof_states(second, 0, start, gymapi.STATE_ALL)
    swinging.prepare()
    assert swinging.joints.tolist() == [[0.0, 0.0], [pytest.approx(0.4), 1.0]]
    start["pos"], start["vel"] = -0.2, 7.0
    gym.set_actor_dof_states(second, 0, start, gymapi.STATE_POS)
    swinging.refresh()
    assert swinging.joints[1].tolist() == [pytest.approx(-0.2), 1.0] and not swinging.joints[0].any()
    swinging.set_torques(torch.tensor([1.5, -0.5]))
    forces = gymtorch.wrap_tensor(gym.acquire_dof_force_tensor(swinging.sim))
    gym.refresh_dof_force_tensor(swinging.sim)
    assert forces.tolist() == [1.5, -0.5] and gym.get_actor_dof_forces(first, 0).tolist() == [1.5]
    assert gym.get_actor_dof_states(first, 0, gymapi.STATE_ALL)["vel"].tolist() == [0.0]


def test_force_sensors_feel_contacts_in_their_own_axes(tmp_path):
    """Of a box at rest: in its axes; turned by 90 degrees about x, so that the y axis is up; in the world's axes."""
    resting = world(tmp_path, BALL, count=0)
    gym = resting.gym
    turned = gymapi.Transform(r=gymapi.Quat.from_axis_angle(gymapi.Vec3(1.0, 0.0, 0.0), math.pi / 2))
    absolute = gymapi.ForceSensorProperties()
    absolute.use_world_frame = True
    for index, (pose, properties) in enumerate(((gymapi.Transform(), None), (turned, None), (turned, absolute))):
        assert gym.create_asset_force_sensor(resting.asset, 0, pose, properties) == index
    with pytest.raises(Exception, match="the asset has no body -1"):
        gym.create_asset_force_sensor(resting.asset, gym.find_asset_rigid_body_index(resting.asset, "foot"), turned)
    for _ in range(2):
        env = gym.create_env(resting.sim, gymapi.Vec3(), gymapi.Vec3(), 2)
        gym.create_actor(env, resting.asset, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 0.1)), "box", 0, 0)
    resting.prepare()
    sensors = gymtorch.wrap_tensor(gym.acquire_force_sensor_tensor(resting.sim)).view(2, 3, 6)
    resting.run(150)
    gym.refresh_force_sensor_tensor(resting.sim)
    expected = torch.tensor([[0.0, 0.0, WEIGHT], [0.0, WEIGHT, 0.0], [0.0, 0.0, WEIGHT]])
    assert sensors[..., :3] == pytest.approx(expected.expand(2, 3, 3), abs=0.1) and not sensors[..., 3:].any()


def test_a_box_that_slides_on_a_map_gains_no_energy(tmp_path):
    """Thrown at 0.5 m/s in a dozen places and directions, with up to 17 contacts each; friction 0.5."""
    thrown = world(tmp_path, BALL.replace("0.2 0.2 0.2", "0.2 0.2 0.1"), count=12, height=0.0499, ground=False)
    vertices, triangles = convert_heightfield_to_trimesh(np.zeros((100, 60), np.int16), 0.1, 0.005)
    mesh = gymapi.TriangleMeshParams()
    mesh.nb_vertices, mesh.nb_triangles, mesh.dynamic_friction = len(vertices), len(triangles), 0.0
    thrown.gym.add_triangle_mesh(thrown.sim, vertices.flatten(), triangles.flatten(), mesh)
    thrown.prepare()
    turn = torch.arange(12) * 0.05
    thrown.roots[:, 0], thrown.roots[:, 1], thrown.roots[:, 7] = 5.0 + torch.arange(12) * 0.0137, 3.03, 0.5
    thrown.roots[:, 5], thrown.roots[:, 6] = torch.sin(turn), torch.cos(turn)
    thrown.set_roots()
    for _ in range(60):
        thrown.run(1)
        height, speed, spin = thrown.roots[:, 2] - 0.0499, thrown.roots[:, 7:10], thrown.roots[:, 10:]
        energy = 0.5 * (2.0 * speed.square().sum(dim=1) + 0.01 * spin.square().sum(dim=1)) + WEIGHT * height
        assert energy.max() < 1.02 * 0.25
