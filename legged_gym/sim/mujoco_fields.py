"""Where the randomizable fields of the simulator contract lie in a MuJoCo C batch."""

from collections.abc import Callable

import numpy as np
from mujoco.batch import Batch

from legged_gym.sim.model_fields import check_field
from legged_gym.sim.robot_model import RobotModel

_Views = list[tuple[np.ndarray, np.ndarray | float]]
_INERTIAL_FIELDS = ("base_mass", "base_com", "dof_armature")
"""Constants of the model follow from these: `set_const` has to run."""
_GAINS = ("stiffness", "damping")
_CONTACT_FIELDS = ("friction", "torsional_friction")
"""The same in every geometry of a robot."""


class BatchFields:
    """Reads and writes model parameters of each simulation of a batch.

    A parameter becomes the simulation's own when it is first written; until then all share the model's.
    """

    def __init__(self, batch: Batch, robot: RobotModel):
        self._batch = batch
        self._robot = robot

    def write(self, field: str, values: np.ndarray, rows: np.ndarray) -> None:
        """Set a field of the simulations `rows` [n], sorted ids, from values [n, ...]."""
        for view, factor in self._views(field, self._batch.expand):
            view[rows] = values.reshape(values.shape + (1,) * (view.ndim - values.ndim)) * factor
        if field in _GAINS and self._robot.wheels.size:
            wheels = np.ix_(rows, self._robot.wheels)
            gain, bias = self._batch.expand("actuator_gainprm"), self._batch.expand("actuator_biasprm")
            gain[:, :, 0][wheels] = -bias[:, :, 2][wheels]
        if field in _INERTIAL_FIELDS:
            self._batch.set_const(rows)

    def read(self, field: str) -> np.ndarray:
        """A field of all simulations [N, ...]."""
        view, factor = self._views(field, self._shared)[0]
        return view.reshape(self._batch.nsim, -1)[:, 0] if field in _CONTACT_FIELDS else view / factor

    def _shared(self, name: str) -> np.ndarray:
        """An array of the model, a row a simulation, without making it the simulations' own."""
        own = self._batch.expanded(name)
        shared = getattr(self._robot.model, name)
        return np.broadcast_to(shared, (self._batch.nsim, *shared.shape)) if own is None else own

    def _views(self, field: str, array: Callable[[str], np.ndarray]) -> _Views:
        """The parts of the model's arrays that hold a field, and the factors its values take there."""
        robot = self._robot
        check_field(field, robot)
        base, joints = robot.base_id, robot.joint_dof
        match field:
            case "friction":
                return self._friction_views(array, slice(0, 2), 0)
            case "torsional_friction":
                return self._friction_views(array, 2, 1)
            case "base_mass":
                inertia_per_mass = robot.model.body_inertia[base] / robot.model.body_mass[base]
                return [(array("body_mass")[:, base], 1.0), (array("body_inertia")[:, base], inertia_per_mass)]
            case "base_com":
                return [(array("body_ipos")[:, base], 1.0)]
            case "stiffness":
                return [(array("actuator_gainprm")[:, :, 0], 1.0), (array("actuator_biasprm")[:, :, 1], -robot.servos)]
            case "damping":
                return [(array("actuator_biasprm")[:, :, 2], -1.0)]
            case "torque_limits":
                limits = array("actuator_forcerange")
                return [(limits[:, :, 1], 1.0), (limits[:, :, 0], -1.0)]
            case "dof_friction":
                return [(array("dof_frictionloss")[:, joints], 1.0)]
            case _:
                return [(array(field)[:, joints], 1.0)]

    def _friction_views(self, array: Callable[[str], np.ndarray], of_pair: slice | int, of_geom: int) -> _Views:
        """A friction coefficient where it stands for pairs and for geometries, of those that touch."""
        robot, views = self._robot, []
        if robot.contact_pairs:
            views.append((array("pair_friction")[:, :, of_pair], 1.0))
        if robot.has_boxes or not robot.contact_pairs:
            geoms = slice(robot.geom_ids[0], robot.geom_ids[-1] + 1)
            views.append((array("geom_friction")[:, geoms, of_geom], 1.0))
        return views
