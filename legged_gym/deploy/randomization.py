"""What differs from one robot to the next, drawn for a trial as the policy's training draws it for an environment."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from typing import Any

import mujoco
import numpy as np

from legged_gym.sim.added_mass import check_added_mass
from legged_gym.sim.robot_model import RobotModel

_ARRAYS = (
    "pair_friction", "geom_friction", "body_mass", "body_inertia", "body_ipos", "actuator_gainprm", "actuator_biasprm",
    "actuator_forcerange", "dof_frictionloss", "dof_damping", "dof_armature",
)  # fmt: skip
"""Arrays of the model that are written to."""


class Randomization:
    """Draws what the policy's training randomizes and writes it into the robot's model.

    Pushes and external forces are left out, as evaluate.py leaves them out.
    """

    def __init__(self, settings: dict[str, Any], robot: RobotModel) -> None:
        """Take note of the nominal robot.

        Args:
            settings: the `domain_rand` section of the policy's task.
            robot: whose model is written to.

        Raises:
            UserError: the base may come to weigh nothing.
        """
        if settings["randomize_base_mass"]:
            check_added_mass(settings["added_mass_range"], float(robot.model.body_mass[robot.base_id]))
        self._settings, self._robot = settings, robot
        self._nominal = {name: getattr(robot.model, name).copy() for name in _ARRAYS}
        self.motor_zero = np.zeros(len(robot.dof_names))
        """Encoder reading minus true joint angle [D], rad."""
        self.obs_delay = 0
        """Age of the proprioceptive measurements, control steps."""
        self._action_delays = settings["action_delay_range"] if settings["randomize_action_delay"] else [0, 0]

    def draw(self, rng: np.random.Generator, data: mujoco.MjData) -> None:
        """Make another robot of the nominal one.

        Args:
            rng: source of randomness.
            data: of the model; its state is lost.
        """
        model = self._robot.model
        for name, values in self._nominal.items():
            getattr(model, name)[:] = values
        self._rng = rng
        self._draw_body(model)
        self._draw_drives(model)
        self._draw_joints(model)
        self._draw_measurements()
        mujoco.mj_setConst(model, data)

    def _draw_body(self, model: mujoco.MjModel) -> None:
        robot, base = self._robot, self._robot.base_id
        if self._is_on("friction"):
            model.pair_friction[:, :2] = model.geom_friction[robot.geom_ids, 0] = self._uniform("friction_range")
        if self._is_on("torsional_friction"):
            torsional = self._uniform("torsional_friction_range")
            model.pair_friction[:, 2] = model.geom_friction[robot.geom_ids, 1] = torsional
        if self._is_on("base_mass"):
            factor = 1.0 + self._uniform("added_mass_range") / model.body_mass[base]
            model.body_mass[base] *= factor
            model.body_inertia[base] *= factor
        if self._is_on("base_com"):
            low, high = np.array(self._settings["com_displacement_range"]).reshape(-1, 2).T
            model.body_ipos[base] += self._rng.uniform(low, high, 3)

    def _draw_drives(self, model: mujoco.MjModel) -> None:
        """A weaker motor gives less of every torque, at its limit too."""
        joints = len(self._robot.dof_names)
        if self._is_on("gains") and model.actuator_biasprm.any():  # other drives than the engine's PD have none here
            stiffness = self._uniform("stiffness_factor_range", joints)
            model.actuator_gainprm[:, 0] *= stiffness
            model.actuator_biasprm[:, 1] *= stiffness
            model.actuator_biasprm[:, 2] *= self._uniform("damping_factor_range", joints)
        if self._is_on("motor_strength"):
            strength = self._uniform("motor_strength_range", joints)
            model.actuator_gainprm[:, 0] *= strength
            model.actuator_biasprm[:, 1:3] *= strength[:, None]
            model.actuator_forcerange[:] *= strength[:, None]

    def _draw_joints(self, model: mujoco.MjModel) -> None:
        count = None if self._settings["same_for_all_joints"] else len(self._robot.dof_names)
        for name, array in (("friction", "dof_frictionloss"), ("damping", "dof_damping"), ("armature", "dof_armature")):
            if self._is_on(f"dof_{name}"):
                getattr(model, array)[self._robot.joint_dof] = self._uniform(f"dof_{name}_range", count)

    def _draw_measurements(self) -> None:
        if self._is_on("motor_zero"):
            self.motor_zero = self._uniform("motor_zero_range", len(self._robot.dof_names))
        if self._is_on("obs_delay"):
            low, high = self._settings["obs_delay_range"]
            self.obs_delay = int(self._rng.integers(low, high + 1))

    @property
    def longest_action_delay(self) -> int:
        """Physics steps."""
        return self._action_delays[1]

    def draw_action_delay(self) -> int:
        """Physics steps until the targets of the next control step reach the drives."""
        low, high = self._action_delays
        return low if low == high else int(self._rng.integers(low, high + 1))

    def _is_on(self, name: str) -> bool:
        return self._settings[f"randomize_{name}"]

    def _uniform(self, name: str, size: int | None = None) -> Any:
        """A number, or an array of a size, of a range of the settings."""
        low, high = self._settings[name]
        return self._rng.uniform(low, high, size)
