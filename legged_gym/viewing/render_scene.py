"""The model that is drawn: a robot's visual shapes, a patch of terrain, light and sky. It is never stepped."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import mujoco
import numpy as np

from legged_gym.sim.config import AssetCfg
from legged_gym.sim.robot_model import asset_path, load_robot_spec
from legged_gym.sim.terrain_model import TerrainLike, steep_rise
from legged_gym.terrain.boxes import Boxes, box_ceiling, box_ground
from robust_parallel.physics.height_field import height_range

_PATCH_SIZE = 12.0
"""Side of the drawn part of a height field, m: a whole map has millions of triangles."""
SNAP = 2.0
"""The patch moves by multiples of this, m, two squares of its texture, so that the pattern stays on the ground."""
_HIDDEN_GROUP = 3
_BASE_THICKNESS = 0.5
_GROUND_COLOUR = (0.54, 0.51, 0.46, 1.0)
_CEILING_COLOUR = (0.40, 0.48, 0.60, 0.45)
"""What hangs over a robot must not hide it."""


def build_scene(asset: AssetCfg, terrain: TerrainLike, width: int, height: int, fast: bool) -> mujoco.MjModel:
    """Compile what is drawn, for pictures of the given size in pixels; `fast`: no shadows, no smoothed edges."""
    spec = load_robot_spec(asset_path(asset), visuals=True)
    if any(geom.contype == 0 for geom in spec.geoms):
        for geom in spec.geoms:
            geom.group = 0 if geom.contype == 0 else _HIDDEN_GROUP
    base = spec.worldbody.first_body()
    base.add_freejoint()
    base.add_light(
        mode=mujoco.mjtCamLight.mjCAMLIGHT_TRACKCOM,
        type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        pos=[-7.0, 5.0, 18.0],
        dir=[0.35, -0.25, -0.9],
        diffuse=[0.75, 0.73, 0.68],
        specular=[0.25, 0.25, 0.25],
        castshadow=not fast,
    )
    _add_materials(spec)
    add_ground(spec, terrain, _PATCH_SIZE, {"material": "ground", "group": 0})
    visual = spec.visual
    visual.global_.offwidth, visual.global_.offheight = width, height
    visual.global_.fovy = 45.0
    visual.quality.shadowsize = 4096
    visual.quality.offsamples = 0 if fast else 4
    visual.headlight.ambient = [0.38, 0.39, 0.42]
    visual.headlight.diffuse = [0.22, 0.22, 0.24]
    visual.headlight.specular = [0.0, 0.0, 0.0]
    visual.rgba.fog = [0.78, 0.85, 0.92, 1.0]
    visual.rgba.haze = [0.78, 0.85, 0.92, 1.0]
    # Distances in the map section are multiples of the model's extent.
    spec.stat.extent, spec.stat.center = 1.0, [0.0, 0.0, 0.0]
    visual.map.znear, visual.map.zfar = 0.02, 60.0
    visual.map.fogstart, visual.map.fogend = 0.45 * _PATCH_SIZE, 0.85 * _PATCH_SIZE
    visual.map.shadowclip = _PATCH_SIZE
    return spec.compile()


def _add_materials(spec: mujoco.MjSpec) -> None:
    spec.add_texture(
        name="sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.42, 0.62, 0.85],
        rgb2=[0.80, 0.86, 0.92],
        width=256,
        height=1536,
    )
    spec.add_texture(
        name="ground",
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_CHECKER,
        rgb1=[0.56, 0.53, 0.48],
        rgb2=[0.48, 0.46, 0.42],
        mark=mujoco.mjtMark.mjMARK_EDGE,
        markrgb=[0.42, 0.40, 0.37],
        width=512,
        height=512,
    )
    ground = spec.add_material(name="ground", texrepeat=[1.0, 1.0], texuniform=True, specular=0.05, shininess=0.1)
    ground.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "ground"


def add_ground(
    spec: mujoco.MjSpec, terrain: TerrainLike, side: float, look: Mapping[str, Any] = MappingProxyType({})
) -> None:
    """Put into a scene what a `TerrainPatch` of it draws.

    Args:
        spec: the scene.
        terrain: the map.
        side: of the patch, m.
        look: attributes of the geometry.
    """
    if terrain.is_plane:
        spec.worldbody.add_geom(name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0.0, 0.0, 1.0], **look)
        return
    cells = round(side / terrain.horizontal_scale)
    rows_x, cols_y = (min(cells + 1, size) for size in terrain.heights.shape)
    low, elevation = height_range(terrain.heights)
    half = [0.5 * (count - 1) * terrain.horizontal_scale for count in (rows_x, cols_y)]
    spec.add_hfield(
        name="ground",
        nrow=cols_y,
        ncol=rows_x,
        size=[*half, elevation, _BASE_THICKNESS],
        userdata=np.zeros(rows_x * cols_y),
    )
    spec.worldbody.add_geom(
        name="ground", type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname="ground", pos=[0.0, 0.0, low], **look
    )


class PosedRobot:
    """The one robot of a scene, put into the poses of any number of robots."""

    def __init__(self, model: mujoco.MjModel, joint_names: Sequence[str]):
        self.model = model
        self.data = mujoco.MjData(model)
        self._joints = [int(model.joint(name).qposadr[0]) for name in joint_names]

    def pose(self, root: np.ndarray, joints: np.ndarray) -> None:
        """Take a pose: base state [13], joint angles [D]."""
        qpos = self.data.qpos
        qpos[:3] = root[:3]
        qpos[3:7] = np.roll(root[3:7], 1)  # xyzw -> wxyz
        qpos[self._joints] = joints
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def add_to(self, scene: mujoco.MjvScene, options: mujoco.MjvOption) -> None:
        """Draw the robot as it is posed now, if there is room."""
        if scene.ngeom + self.model.ngeom <= scene.maxgeom:
            dynamic = mujoco.mjtCatBit.mjCAT_DYNAMIC.value
            mujoco.mjv_addGeoms(self.model, self.data, options, mujoco.MjvPerturb(), dynamic, scene)


class TerrainPatch:
    """The window of a map that is drawn; it moves when the robot leaves its middle.

    The height field is part of the model; vertical faces and ceilings are boxes, which every scene is given anew.
    """

    def __init__(
        self, model: mujoco.MjModel, terrain: TerrainLike, ceiling_colour: tuple[float, ...] = _CEILING_COLOUR
    ) -> None:
        """Take the scene of `add_ground`, its map, and the colour of what hangs over that."""
        self._ceiling_colour = ceiling_colour
        self._model = model
        self._terrain = terrain
        self._low, self._elevation = height_range(terrain.heights)
        self._shape = int(model.hfield_ncol[0]), int(model.hfield_nrow[0])
        self._start: tuple[int, int] | None = None
        model.geom("ground").sameframe[:] = mujoco.mjtSameFrame.mjSAMEFRAME_NONE  # compiled where it will not stay
        self._boxes: list[tuple[Boxes, tuple[float, ...]]] = []

    def follow(self, position: np.ndarray) -> bool:
        """Move the window to a world position [3]; whether it moved, so that it must be uploaded again."""
        terrain = self._terrain
        scale = terrain.horizontal_scale
        step = max(round(SNAP / scale), 1)
        start = tuple(
            int(
                np.clip(
                    round(((position[k] - terrain.origin_xy[k]) / scale - count / 2) / step) * step, 0, size - count
                )
            )
            for k, (count, size) in enumerate(zip(self._shape, terrain.heights.shape, strict=True))
        )
        if start == self._start:
            return False
        self._start = start
        (x, y), (rows_x, cols_y) = start, self._shape
        window = slice(x, x + rows_x), slice(y, y + cols_y)
        corner = np.array(start) * scale + np.array(terrain.origin_xy)
        ground = box_ground(terrain.heights[window], steep_rise(terrain), scale, corner)
        self._boxes = [(ground.boxes, _GROUND_COLOUR)]
        if terrain.ceiling is not None:
            self._boxes.append((box_ceiling(terrain.ceiling[window], scale, corner), self._ceiling_colour))
        self._model.hfield_data[:] = ((ground.field.T - self._low) / self._elevation).ravel()
        self._model.geom("ground").pos[:2] = corner + (np.array(self._shape) - 1) / 2 * scale
        return True

    def add_to(self, scene: mujoco.MjvScene) -> None:
        """Draw the window's boxes, or those there is room for."""
        for boxes, colour in self._boxes:
            for centre, half in zip((boxes.low + boxes.high) / 2.0, (boxes.high - boxes.low) / 2.0, strict=True):
                geom = new_geom(scene, mujoco.mjtGeom.mjGEOM_BOX, colour)
                if geom is not None:
                    geom.pos[:], geom.size[:], geom.specular = centre, half, 0.05


def new_geom(scene: mujoco.MjvScene, shape: Any, colour: Sequence[float]) -> Any:
    """The next free shape of a scene; None if it is full."""
    if scene.ngeom >= scene.maxgeom:
        return None
    geom = scene.geoms[scene.ngeom]
    scene.ngeom += 1
    mujoco.mjv_initGeom(geom, shape, np.zeros(3), np.zeros(3), np.eye(3).ravel(), np.array(colour, np.float32))
    return geom
