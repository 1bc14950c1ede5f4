"""The model that is drawn: a robot's visual shapes on a window of its ground. It is never stepped."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence

import mujoco
import numpy as np

from isaacgym.assets import Asset
from isaacgym.grids import Grid
from isaacgym.meshes import Box
from isaacgym.params import PlaneParams
from robust_parallel.physics.height_field import height_range
from robust_parallel.physics.model_parts import GROUND
from robust_parallel.urdf import compile_spec, to_spec

Array = np.ndarray

CAMERA = "camera"
SHAPES, VISUALS, GROUNDS = 0, 1, 2
"""Groups of geometries: of collisions, of what is seen, of the ground."""
_POINTS = 256
"""Heights along a side of the window: a whole map has millions of triangles."""
_AHEAD = 0.25
"""How far ahead of the camera the window's middle is, in its sides."""
_SLACK = 0.1
"""How far the window may be off before it is moved, in its sides."""


def build_scenery(asset: Asset, ground: PlaneParams | Grid | None, boxes: Sequence[Box]) -> mujoco.MjModel:
    """Compile what is drawn, with one camera, which looks along -z of a body that can be put anywhere.

    Raises:
        UserError: MuJoCo refuses it.
    """
    spec = to_spec(asset.robot, visuals=True)
    seen = any(geom.contype == 0 for geom in spec.geoms)
    for geom in spec.geoms:
        geom.group = VISUALS if geom.contype == 0 or not seen else SHAPES
    base = spec.body(asset.body_names[0])
    base.add_freejoint()
    eye = spec.worldbody.add_body(name=CAMERA, mocap=True)
    eye.add_camera(name=CAMERA)
    spec.worldbody.add_light(
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL, pos=[0.0, 0.0, 20.0], dir=[0.35, -0.25, -0.9],
        diffuse=[0.7, 0.7, 0.7], specular=[0.2, 0.2, 0.2], castshadow=False,
    )  # fmt: skip
    _add_looks(spec)
    if isinstance(ground, Grid):
        _add_window(spec, ground)
    elif ground is not None:
        spec.worldbody.add_geom(
            name=GROUND, type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0.0, 0.0, 1.0],
            pos=[0.0, 0.0, -ground.distance / ground.normal.z], material=GROUND, group=GROUNDS,
        )  # fmt: skip
    for box in boxes:
        spec.worldbody.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, size=box.half, pos=box.centre, material=GROUND, group=GROUNDS
        )
    spec.visual.quality.offsamples = 0  # several samples a pixel would put depths off its middle
    spec.stat.extent, spec.stat.center = 1.0, [0.0, 0.0, 0.0]  # distances of planes are multiples of it
    return compile_spec(spec, asset.robot.path)


def _add_looks(spec: mujoco.MjSpec) -> None:
    """The sky, and a pattern of squares of 0.5 m on the ground."""
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX, builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.45, 0.6, 0.8], rgb2=[0.8, 0.85, 0.9], width=64, height=384,
    )  # fmt: skip
    spec.add_texture(
        name=GROUND, type=mujoco.mjtTexture.mjTEXTURE_2D, builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=[0.5, 0.5, 0.5], rgb2=[0.4, 0.4, 0.4], width=256, height=256,
    )  # fmt: skip
    material = spec.add_material(name=GROUND, texrepeat=[1.0, 1.0], texuniform=True, specular=0.1)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = GROUND


def _add_window(spec: mujoco.MjSpec, ground: Grid) -> None:
    rows, cols = (min(_POINTS, size) for size in ground.heights.shape)
    low, elevation = height_range(ground.heights)
    half = [0.5 * (count - 1) * ground.cell for count in (rows, cols)]
    spec.add_hfield(name=GROUND, nrow=cols, ncol=rows, size=[*half, elevation, 1.0], userdata=np.zeros(rows * cols))
    spec.worldbody.add_geom(
        name=GROUND, type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname=GROUND, pos=[0.0, 0.0, low], material=GROUND,
        group=GROUNDS,
    )  # fmt: skip


class Window:
    """The part of a map that is drawn; it moves with the camera."""

    def __init__(self, model: mujoco.MjModel, ground: Grid) -> None:
        """Of a model that `build_scenery` made for this ground."""
        self._model, self._ground = model, ground
        self._low, self._elevation = height_range(ground.heights)
        self._shape = np.array([int(model.hfield_ncol[0]), int(model.hfield_nrow[0])])
        self._start: Array | None = None
        model.geom(GROUND).sameframe[:] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE  # compiled where it is not going to be

    def follow(self, place: Array, ahead: Array) -> bool:
        """Move to where a camera looks from a place [2], m, in a direction [2]; whether that changed the model."""
        cell, shape = self._ground.cell, self._shape
        middle = place + _AHEAD * shape * cell * ahead
        start = np.rint((middle - self._ground.corner) / cell - shape / 2).astype(int)
        start = np.clip(start, 0, self._ground.heights.shape - shape)
        if self._start is not None and (np.abs(start - self._start) <= _SLACK * shape).all():
            return False
        self._start = start
        (i, j), (rows, cols) = start, shape
        heights = self._ground.heights[i : i + rows, j : j + cols]
        self._model.hfield_data[:] = ((heights.T - self._low) / self._elevation).ravel()
        self._model.geom(GROUND).pos[:2] = self._ground.corner + (start + 0.5 * (shape - 1)) * cell
        return True
