"""A robot as meshes, body by body, and where its bodies are in given poses."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np
import trimesh
from mjviser.conversions import merge_geoms

from legged_gym.sim.robot_model import load_robot_spec


class RobotMeshes:
    """One robot's visual shapes, or, if it has none, its collision shapes."""

    def __init__(self, urdf: Path, joint_names: Sequence[str]) -> None:
        """Read a robot.

        Args:
            urdf: its description.
            joint_names: of the poses' joint angles [D].

        Raises:
            UserError: the description is faulty.
        """
        spec = load_robot_spec(urdf, visuals=True)
        if any(geom.contype == 0 for geom in spec.geoms):
            for geom in [geom for geom in spec.geoms if geom.contype != 0]:
                spec.delete(geom)
        spec.worldbody.first_body().add_freejoint()
        self._model = spec.compile()
        self._data = mujoco.MjData(self._model)
        self._joints = [int(self._model.joint(name).qposadr[0]) for name in joint_names]
        owners = self._model.geom_bodyid
        self._bodies = sorted(set(owners.tolist()))
        self.meshes: list[trimesh.Trimesh] = [
            merge_geoms(self._model, np.flatnonzero(owners == body).tolist()) for body in self._bodies
        ]
        """One of each body that has a shape [B]."""
        self.names: list[str] = [self._model.body(body).name for body in self._bodies]

    def feet(self, names: Sequence[str], positions: np.ndarray) -> np.ndarray:
        """Where bodies of the first robot are [F, 3], m; NaN of those that have no shape.

        Args:
            names: of the bodies [F], whole or without `_foot`.
            positions: of all bodies, see `place`.
        """
        found = np.full((len(names), 3), np.nan)
        for row, foot in enumerate(names):
            for body in {foot, f"{foot}_foot"}.intersection(self.names):
                found[row] = positions[self.names.index(body), 0]
        return found

    def place(self, roots: np.ndarray, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the bodies of K robots are.

        Args:
            roots: base position and orientation, xyzw [K, 7].
            joints: [K, D], rad.

        Returns:
            Positions [B, K, 3], m, and orientations, wxyz [B, K, 4].
        """
        data, count = self._data, len(roots)
        positions, quats = np.empty((len(self._bodies), count, 3)), np.empty((len(self._bodies), count, 4))
        for robot in range(count):
            data.qpos[:3] = roots[robot, :3]
            data.qpos[3:7] = np.roll(roots[robot, 3:7], 1)
            data.qpos[self._joints] = joints[robot]
            mujoco.mj_kinematics(self._model, data)
            positions[:, robot], quats[:, robot] = data.xpos[self._bodies], data.xquat[self._bodies]
        return positions, quats
