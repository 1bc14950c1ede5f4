"""Drives that are no PD: the second graph that comes with a controller."""

from pathlib import Path

import numpy as np

from legged_gym.deploy.session import fits, load_session, shapes
from legged_gym.utils.errors import UserError


class Drives:
    """Maps joint targets to torques, once a physics step; keeps what the drives remember."""

    def __init__(self, path: Path, num_joints: int) -> None:
        """Load a file.

        Args:
            path: ONNX file written beside a controller.
            num_joints: D.

        Raises:
            UserError: the file is missing, is no ONNX, or is not for these joints.
        """
        self._session = load_session(path, "the drives' file")
        joints = [num_joints]
        inputs, outputs = shapes(self._session.get_inputs()), shapes(self._session.get_outputs())
        size = inputs.get("state_in", [0])
        expected = (
            {"joint_targets": joints, "dof_pos": joints, "dof_vel": joints, "state_in": size},
            {"torques": joints, "state_out": size},
        )
        for found, needed in zip((inputs, outputs), expected, strict=True):
            if found.keys() != needed.keys() or not all(fits(found[name], needed[name]) for name in needed):
                raise UserError(f"{path.name} is not the drives of {num_joints} joints: it has {found}, not {needed}")
        self._zeros = np.zeros([length if isinstance(length, int) else 0 for length in size], dtype=np.float32)
        self.reset()

    def reset(self) -> None:
        """Forget: an episode begins."""
        self._state = self._zeros

    def torques(self, targets: np.ndarray, dof_pos: np.ndarray, dof_vel: np.ndarray) -> np.ndarray:
        """Let one physics step pass.

        Args:
            targets: joint targets [D], rad.
            dof_pos: joint angles [D], rad.
            dof_vel: joint velocities [D], rad/s.

        Returns:
            Torques within the drives' limits [D], N m.
        """
        feed = {"joint_targets": targets, "dof_pos": dof_pos, "dof_vel": dof_vel}
        feed = {name: value.astype(np.float32) for name, value in feed.items()} | {"state_in": self._state}
        torques, state = self._session.run(["torques", "state_out"], feed)
        self._state = np.asarray(state)
        return np.asarray(torques)
