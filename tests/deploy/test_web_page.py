"""A policy as a static page: the files, and that its world is the one of sim2sim."""

import errno
import json
import os
from pathlib import Path

import mujoco
import numpy as np
import pytest

pytest.importorskip("mjviser")

from legged_gym.deploy import web_page
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.web_page import PACKAGES, VENDOR, page_terrain, portable, write_page
from legged_gym.sim.robot_model import build_robot_model
from legged_gym.utils.errors import UserError
from tests.deploy.policies import WriteController, go2_metadata


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """What npm would bring, without its content."""
    for part, names in VENDOR.items():
        for name in names:
            path = tmp_path / "node_modules" / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
    return tmp_path / "node_modules"


def test_all_that_a_visitor_needs_is_there(write_controller: WriteController, packages: Path, tmp_path: Path) -> None:
    policy, page = write_controller(), tmp_path / "page"
    write_page(policy, "stairs_up", page, packages)
    assert {path.name for path in page.iterdir()} == {
        "index.html", "page.js", "steering.js", "policy.onnx", "world.xml", "world.json", "heights.bin", "bodies.json",
        "vendor",
    }  # fmt: skip
    (tmp_path / "folder").mkdir()
    assert page.stat().st_mode == (tmp_path / "folder").stat().st_mode  # a server of another account may read it
    assert {path.name for path in (page / "vendor").iterdir()} == {name for names in VENDOR.values() for name in names}
    world = json.loads((page / "world.json").read_text())
    heights = np.fromfile(page / "heights.bin", np.float32).reshape(world["map"]["rows"], world["map"]["cols"])
    terrain = page_terrain(Controller(policy).metadata, "stairs_up")
    assert np.array_equal(heights, terrain.heights) and set(terrain.type_names) == {"stairs_up"}
    x, y, z = world["start"]
    i, j = np.rint((np.array([x, y]) - world["map"]["origin"]) / world["map"]["resolution"]).astype(int)
    assert heights[i, j] + 0.2 < z < heights[i, j] + 0.6
    model = mujoco.MjModel.from_xml_path(str(page / "world.xml"))
    assert mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY, world["base"]) == "base"
    assert model.opt.disableflags & mujoco.mjtDisableBit.mjDSBL_NATIVECCD.value  # as in sim2sim
    bodies = json.loads((page / "bodies.json").read_text())
    assert len(bodies) >= 13 and all(len(body["vertices"]) == len(body["colours"]) for body in bodies)
    assert max(bodies[0]["faces"]) < len(bodies[0]["vertices"]) / 3


def test_the_world_moves_as_the_one_that_it_is_of(write_controller: WriteController) -> None:
    metadata = Controller(write_controller()).metadata
    terrain = page_terrain(metadata, "plane")
    built = build_robot_model(
        metadata.asset, metadata.control, metadata.sim, terrain, contact_sensors=False, contact_pairs=True, boxes=True
    )
    xml = portable(built.spec.to_xml())
    assert " input=" not in xml
    states = []
    for model in (built.model, mujoco.MjModel.from_xml_string(xml)):
        data = mujoco.MjData(model)
        data.qpos[2] = 0.4
        data.qpos[7:] = data.ctrl[:] = metadata.default_dof_pos
        mujoco.mj_step(model, data, nstep=100)
        states.append(data.qpos.copy())
    assert np.allclose(*states, atol=1e-5) and 0.2 < states[0][2] < 0.4


def test_what_a_page_cannot_do_is_refused(
    write_controller: WriteController, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = write_controller()
    with pytest.raises(UserError, match="cannot write to .*onnx"):
        write_page(policy, "plane", policy, packages)
    with pytest.raises(UserError, match="unknown terrain 'stair_up'; did you mean stairs_up?"):
        write_page(policy, "stair_up", tmp_path / "page", packages)
    (packages / "@mujoco/mujoco/mujoco.wasm").unlink()
    with pytest.raises(UserError, match=r"mujoco.wasm is missing: npm install @mujoco/mujoco@3\.14\.0 "):
        write_page(policy, "plane", tmp_path / "page", packages)
    monkeypatch.setattr(web_page.shutil, "which", lambda name: None)
    with pytest.raises(UserError, match="a page needs npm, which is not here"):
        write_page(policy, "plane", tmp_path / "page", None)
    seeing = write_controller(go2_metadata(readings={"base_lin_vel": [3]}), name="privileged.onnx")
    with pytest.raises(UserError, match="privileged.onnx reads base_lin_vel, which a page has not"):
        write_page(seeing, "plane", tmp_path / "page", packages)
    assert set(PACKAGES) == {"@mujoco/mujoco", "onnxruntime-web", "three"}


def test_a_page_that_fails_leaves_the_last_one_as_it_was(
    write_controller: WriteController, packages: Path, tmp_path: Path
) -> None:
    policy, page = write_controller(), tmp_path / "page"
    write_page(policy, "plane", page, packages)
    before = {path.name: path.read_bytes() for path in page.iterdir() if path.is_file()}
    (packages / "three/build/three.core.js").unlink()
    with pytest.raises(UserError, match="three.core.js is missing"):
        write_page(policy, "stairs_up", page, packages)
    assert {path.name: path.read_bytes() for path in page.iterdir() if path.is_file()} == before


def test_a_disk_that_is_full_is_told_and_leaves_no_half_of_a_page(
    write_controller: WriteController, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy, page = write_controller(), tmp_path / "page"

    def fill(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(web_page.shutil, "copyfile", fill)
    with pytest.raises(UserError, match="cannot write to .*page: No space left on device"):
        write_page(policy, "plane", page, packages)
    assert list(page.iterdir()) == []


def test_a_folder_of_other_files_is_left_alone(
    write_controller: WriteController, packages: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "index.html").write_text("my own page")
    with pytest.raises(UserError, match="site holds other files"):
        write_page(write_controller(), "plane", site, packages)
    with pytest.raises(UserError, match="cannot write to"):
        write_page(write_controller(), "plane", site / "index.html", packages)
    assert (site / "index.html").read_text() == "my own page"
