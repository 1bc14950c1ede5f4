"""MuJoCo C and MuJoCo Warp, on its CPU device, move robots alike behind the same calls."""

from pathlib import Path

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from tests.isaacgym.worlds import World, world

pytest.importorskip("mujoco_warp")

GO2 = (Path(__file__).parents[2] / "resources/robots/go2/urdf/go2.urdf").read_text()
STANCE = torch.tensor([0.0, 0.8, -1.5] * 4)
COUNT = 3


def stand(folder: Path, ground: bool) -> World:
    """Go2s of different friction a little above the ground, with their joints in the stance."""

    def differ(gym, asset, index):
        shapes = gym.get_asset_rigid_shape_properties(asset)
        for shape in shapes:
            shape.friction = 0.5 + 0.5 * index
        gym.set_asset_rigid_shape_properties(asset, shapes)

    made = world(folder, GO2, count=COUNT, height=0.36, ground=ground, spread=differ)
    if not ground:
        heights = np.random.default_rng(0).integers(-4, 4, (40, 40))
        vertices, triangles = convert_heightfield_to_trimesh(heights, 0.1, 0.005)
        mesh = gymapi.TriangleMeshParams()
        mesh.transform.p = gymapi.Vec3(-2.0, -2.0, 0.0)
        made.gym.add_triangle_mesh(made.sim, vertices.flatten(), triangles.flatten(), mesh)
    heavy = made.gym.get_actor_rigid_body_properties(made.envs[2], 0)
    heavy[0].mass += 2.0
    made.gym.set_actor_rigid_body_properties(made.envs[2], 0, heavy, recomputeInertia=True)
    made.prepare()
    made.joints.view(COUNT, 12, 2)[..., 0] = STANCE
    made.set_joints()
    return made


def hold(made: World, steps: int) -> torch.Tensor:
    """Drive the joints to the stance by torques, as a fork does; the first robot is reset on the way, as forks do.

    Returns the mean upward force on each robot in the last 80 steps [N], N.
    """
    joints, up = made.joints.view(COUNT, 12, 2), torch.zeros(COUNT)
    for step in range(steps):
        made.set_torques((30.0 * (STANCE - joints[..., 0]) - 0.8 * joints[..., 1]).contiguous())
        made.gym.simulate(made.sim)
        made.gym.refresh_dof_state_tensor(made.sim)
        made.gym.refresh_net_contact_force_tensor(made.sim)
        if step >= steps - 80:
            up += made.contacts.view(COUNT, -1, 3)[..., 2].sum(dim=1) / 80
        if step == 40:
            made.gym.refresh_actor_root_state_tensor(made.sim)
            joints[0, :, 0], joints[0, :, 1] = 0.9 * STANCE, 0.0
            made.roots[0, 2], made.roots[0, 7:] = 0.42, 0.0
            row = gymtorch.unwrap_tensor(torch.tensor([0], dtype=torch.int32)), 1
            made.gym.set_dof_state_tensor_indexed(made.sim, gymtorch.unwrap_tensor(made.joints), *row)
            made.gym.set_actor_root_state_tensor_indexed(made.sim, gymtorch.unwrap_tensor(made.roots), *row)
    made.refresh()
    return up


@pytest.mark.parametrize("ground", [True, False], ids=["plane", "mesh"])
def test_go2s_land_and_stand_alike(tmp_path, monkeypatch, ground):
    made = []
    for name in ("mujoco", "mujoco_warp"):
        monkeypatch.setenv("ISAACGYM_ENGINE", name)
        made.append(stand(tmp_path, ground))
    on_c, on_warp = made
    for each in made:
        hold(each, 41)
    assert on_warp.roots == pytest.approx(on_c.roots, abs=0.02)
    assert on_warp.bodies[:, :7] == pytest.approx(on_c.bodies[:, :7], abs=0.01)
    weight = 9.81 * (15.019 + torch.tensor([0.0, 0.0, 2.0]))
    for each in made:
        assert hold(each, 200) == pytest.approx(weight, rel=0.05)
    assert on_warp.roots[:, :7] == pytest.approx(on_c.roots[:, :7], abs=0.03)
