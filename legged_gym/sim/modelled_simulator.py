"""What engines share whose robots are read from a `RobotModel`: all that it says of joints, bodies and drives."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch

from legged_gym.actuators.factory import make_actuator
from legged_gym.sim.config import ControlCfg, SimCfg
from legged_gym.sim.joint_mirror import body_mirror, joint_mirror
from legged_gym.sim.overlaps import warn_of_overlaps
from legged_gym.sim.robot_model import RobotModel
from legged_gym.sim.simulator import Simulator
from legged_gym.utils.errors import UserError


class ModelledSimulator(Simulator):
    """A `Simulator` whose constructor begins with `_take_over`."""

    robot: RobotModel
    """The robot as it is compiled for MuJoCo: its kinematics and nominal values."""
    _is_closed = False

    def _take_over(
        self, robot: RobotModel, control: ControlCfg, sim: SimCfg, num_envs: int, device: str | torch.device
    ) -> None:
        """Set what the contract promises of a robot, and what drives its joints.

        Raises:
            UserError: the actuator model's settings do not fit it or the robot.
        """
        self.robot, self.num_envs, self.device = robot, num_envs, torch.device(device)
        self.physics_dt, self.decimation = sim.dt, control.decimation
        self.dof_names, self.body_names, self.roles = robot.dof_names, robot.body_names, robot.roles
        self.drive_modes, self.mimics = robot.drive_modes, robot.mimics
        self.joint_mirror, self.body_mirror = joint_mirror(robot), body_mirror(robot)
        self.dof_pos_limits = self._tensor(robot.dof_pos_limits)
        self.dof_vel_limits = self._tensor(robot.dof_vel_limits)
        self.torque_limits = self._tensor(robot.torque_limits)
        gains = robot.stiffness, robot.damping, robot.torque_limits
        self._use_actuator(make_actuator(control.actuator, *gains, num_envs, self.device, sim.dt))

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._free()

    @abstractmethod
    def _free(self) -> None:
        """`close` for the first time."""

    def _require_open(self) -> None:
        if self._is_closed:
            raise UserError("the engine is closed")

    def warn_of_overlaps(self, dof_pos: Sequence[float]) -> None:
        warn_of_overlaps(self.robot, dof_pos)

    def _tensor(self, values: np.ndarray) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self.device)
