"""A controller file and its robot as a static page: whoever opens it runs both in the own browser."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import copy
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import mujoco
import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.deploy.commands import AXES
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.hardware import punctual
from legged_gym.deploy.metadata import Metadata
from legged_gym.deploy.tiles import PLANE
from legged_gym.sim.robot_model import RobotModel, asset_path, build_robot_model
from legged_gym.terrain.kinds import GENERATORS, KINDS
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder
from legged_gym.viewing.web.robot_mesh import RobotMeshes

PACKAGES = {"@mujoco/mujoco": "3.14.0", "onnxruntime-web": "1.30.0", "three": "0.187.0"}
"""Packages of npm, and the versions that a page was tried with."""
VENDOR = {
    "@mujoco/mujoco": ("mujoco.js", "mujoco.wasm"),
    "onnxruntime-web/dist": (
        "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm",
    ),
    "three/build": ("three.module.js", "three.core.js"),
}  # fmt: skip
"""What a page needs of them."""
LEVELS, EDGE = 4, 2.0
"""Terrain levels of a page, and the width of the flat border around them, m."""
KNOWN = {
    "gyro", "gravity", "command", "dof_pos", "dof_vel", "state_in",
    "height_map", "map_origin", "map_resolution", "base_pos", "base_quat",
}  # fmt: skip
"""Readings that a page can give."""
_WORLD = "world.json"
"""What every page has, and hardly another folder."""
_PLANE = 40.0
"""Side of the plane that is drawn, m."""
_STATIC = Path(__file__).parents[1] / "viewing" / "web"


def write_page(policy: Path, terrain: str, folder: Path, packages: Path | None) -> None:
    """Write a page: all of its files, or none.

    Args:
        policy: controller file.
        terrain: type of the ground, or `plane`.
        folder: where to; made if there is none, and an older page there is replaced.
        packages: folder `node_modules` that has the packages; None: npm is asked for them.

    Raises:
        UserError: the controller, the ground or the folder cannot be used, or npm is missing or fails.
    """
    _require_room(folder)
    controller = Controller(policy)
    metadata = punctual(controller.metadata)
    unknown = [name for name in metadata.inputs if name not in KNOWN]
    if unknown or metadata.drives_file or metadata.target != "position":
        what = f"reads {unknown[0]}" if unknown else "is not for PD drives with position targets"
        raise UserError(f"{policy.name} {what}, which a page has not")
    output_folder(folder)
    ground = page_terrain(metadata, terrain)
    built = build_robot_model(
        metadata.asset, metadata.control, metadata.sim, ground, contact_sensors=False, contact_pairs=True, boxes=True
    )
    built.spec.option.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_NATIVECCD)  # as in Robot
    try:
        with tempfile.TemporaryDirectory(dir=folder) as temporary:  # of the same disk: what is written there has room
            page = Path(temporary, "page")
            page.mkdir()
            _write(page, controller, ground, built)
            add_packages(page / "vendor", packages)
            _move(page, folder)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error


def _move(page: Path, folder: Path) -> None:
    """Move a page's files into a folder, in the place of those of an older one."""
    (folder / "vendor").mkdir(exist_ok=True)
    for path in [path for path in page.rglob("*") if path.is_file()]:
        path.replace(folder / path.relative_to(page))


def _require_room(folder: Path) -> None:
    """See that nothing but an older page is in a folder.

    Raises:
        UserError: something is.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _WORLD).is_file():
        raise UserError(f"{folder} holds other files, and a page would replace some: name another folder with --out")


def _write(folder: Path, controller: Controller, ground: Terrain, built: RobotModel) -> None:
    """Write what is of this project into a folder."""
    (folder / "world.xml").write_text(portable(built.spec.to_xml()))
    world, heights = describe(controller, ground, built)
    (folder / _WORLD).write_text(json.dumps(world))
    heights.astype(np.float32).tofile(folder / "heights.bin")
    (folder / "bodies.json").write_text(json.dumps(bodies(controller.metadata, built)))
    shutil.copyfile(controller.path, folder / "policy.onnx")
    for path in (_STATIC / "steering.js", _STATIC / "static" / "index.html", _STATIC / "static" / "page.js"):
        shutil.copyfile(path, folder / path.name)


def page_terrain(metadata: Metadata, kind: str) -> Terrain:
    """Some levels of one terrain type in a row, or a plane.

    Raises:
        UserError: no such terrain.
    """
    known = (PLANE, *GENERATORS)
    if kind not in known:
        raise UserError(f"unknown terrain {kind!r}{nearest(kind, known) or '; there are ' + ', '.join(known)}")
    cfg = copy.copy(metadata.terrain)
    cfg.mesh_type = "plane" if kind == PLANE else "heightfield"
    if kind != PLANE:
        group, kinds = next((group, kinds) for group, kinds in KINDS.items() if kind in kinds)
        cfg.terrain_proportions = {group: 1.0}
        cfg.num_rows, cfg.num_cols, cfg.border_size = LEVELS, len(kinds), EDGE
    return Terrain(cfg, seed=1)


def portable(xml: str) -> str:
    """A model that MuJoCo 4 has written as MuJoCo 3 reads it: its actuators know no `input`; theirs is a position."""
    return re.sub(r' input="pos(?:ition)?"', "", xml)


def describe(controller: Controller, ground: Terrain, built: RobotModel) -> tuple[dict[str, object], np.ndarray]:
    """What the page must know, and the heights of its ground [R, C], m."""
    metadata = controller.metadata
    heights, origin, resolution = ground.heights, ground.origin_xy, ground.horizontal_scale
    if ground.is_plane:
        heights, resolution = np.zeros((int(_PLANE) + 1, int(_PLANE) + 1)), 1.0
        origin = (-_PLANE / 2.0, -_PLANE / 2.0)
    start = ground.env_origins[0, 0, :2] if not ground.is_plane else np.zeros(2)
    height = Ground(ground).highest(start, 0.5) + metadata.init_state["pos"][2]
    rows, cols = heights.shape
    half = [resolution * (count - 1) / 2.0 - 0.5 for count in (rows, cols)]
    ranges = metadata.commands["ranges"]
    world = {
        "title": controller.path.name,
        "start": [float(start[0]), float(start[1]), float(height)],
        "default_dof_pos": metadata.default_dof_pos.tolist(),
        "control_dt": metadata.control_dt,
        "decimation": metadata.decimation,
        "inputs": list(metadata.inputs),
        "state_size": metadata.state_size,
        "limits": [ranges[name] for name in AXES],
        "base": built.base_id,
        "half": half,
        "map": {"rows": rows, "cols": cols, "origin": [float(part) for part in origin], "resolution": resolution},
    }
    return world, heights


def bodies(metadata: Metadata, built: RobotModel) -> list[dict[str, object]]:
    """The robot's meshes, each with the number of its body."""
    meshes = RobotMeshes(asset_path(metadata.asset), metadata.joint_names)
    found = []
    for name, mesh in zip(meshes.names, meshes.meshes, strict=True):
        visual: Any = mesh.visual
        visual = visual.to_color() if hasattr(visual, "to_color") else visual
        colours = visual.vertex_colors[:, :3]
        found.append(
            {
                "id": built.model.body(name).id,
                "vertices": np.round(mesh.vertices, 5).ravel().tolist(),
                "faces": mesh.faces.ravel().tolist(),
                "colours": colours.ravel().tolist(),
            }
        )
    return found


def add_packages(folder: Path, packages: Path | None) -> None:
    """Put what a page needs of npm's packages into a folder.

    Raises:
        UserError: npm is missing or fails, or a file is not there.
    """
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        modules = packages or _install(Path(temporary))
        for part, names in VENDOR.items():
            for name in names:
                path = modules / part / name
                if not path.is_file():
                    raise UserError(f"{path} is missing: npm install {' '.join(_wanted())}")
                shutil.copyfile(path, folder / name)


def _wanted() -> list[str]:
    return [f"{name}@{version}" for name, version in PACKAGES.items()]


def _install(folder: Path) -> Path:
    if shutil.which("npm") is None:
        raise UserError("a page needs npm, which is not here: install Node.js, or name a folder with --packages")
    command = ["npm", "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", *_wanted()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise UserError(f"npm failed: {' '.join(done.stderr.split())[:300]}")
    return folder / "node_modules"
