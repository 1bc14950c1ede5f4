"""A controller file with its memory: sensor readings in, joint targets out."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.deploy.metadata import parse
from legged_gym.deploy.session import fits, load_session, shapes
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

STATE_IN, STATE_OUT = "state_in", "state_out"


class Controller:
    """Maps the readings of one robot to its joint targets, once a control step."""

    def __init__(self, path: Path) -> None:
        """Load a file.

        Args:
            path: ONNX file written by play.py.

        Raises:
            UserError: the file is missing, is no ONNX, or is not a controller of this project.
        """
        self._session = load_session(path, "policy")
        self.path = path
        self.metadata = parse(self._session.get_modelmeta().custom_metadata_map, path.name)
        """What the file says of its robot."""
        self._check()
        self._inputs = {name: shape for name, shape in self.metadata.inputs.items() if name != STATE_IN}
        self.readings = list(self._inputs)
        """Names of the readings that a step takes."""
        self._names = [node.name for node in self._session.get_outputs()]
        self.reset()

    def reset(self) -> None:
        """Forget: an episode begins."""
        self._state = np.zeros(self.metadata.state_size, dtype=np.float32)
        self.ok = True
        """False: a reading of the last step, or what the network made of it, was not finite."""
        self.outputs: dict[str, np.ndarray] = {}
        """Every output of the last step by name."""

    def step(self, readings: Mapping[str, np.ndarray]) -> np.ndarray:
        """Let a control step begin.

        Args:
            readings: by name, in SI units; more than are taken may be there. Not finite ones give the last targets
                again, and `ok` is false; in a height map NaN is the unknown ground.

        Returns:
            Joint targets [D], rad (or N m, as the metadata's `target` says).

        Raises:
            UserError: a reading is missing, is no array of numbers, or has another shape.
        """
        feed = {name: self._reading(readings, name) for name in self.readings}
        values = self._session.run(self._names, {**feed, STATE_IN: self._state})
        self.outputs = {name: np.asarray(value) for name, value in zip(self._names, values, strict=True)}
        self._state, self.ok = self.outputs[STATE_OUT], bool(self.outputs["ok"].all())
        return self.outputs["joint_targets"]

    def _reading(self, readings: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        if name not in readings:
            raise UserError(f"{self.path.name} needs the reading {name!r}{nearest(name, readings)}")
        try:
            with np.errstate(over="ignore"):  # what single precision does not hold is infinite, and refused as such
                value = np.asarray(readings[name], dtype=np.float32)
        except (TypeError, ValueError):
            raise UserError(
                f"the reading {name!r} is no array of numbers, but {type(readings[name]).__name__}"
            ) from None
        is_small = name == "height_map" and min(value.shape, default=0) < 2
        if is_small or not fits(list(value.shape), self._inputs[name]):
            raise UserError(
                f"the reading {name!r} has the shape {list(value.shape)}, {self.path.name} takes {self._inputs[name]}"
            )
        return value

    def _check(self) -> None:
        """The graph must have the inputs and outputs that the metadata tells of, for its joints and rates."""
        data, name = self.metadata, self.path.name
        joints, state = [len(data.joint_names)], [data.state_size]
        inputs, outputs = shapes(self._session.get_inputs()), shapes(self._session.get_outputs())
        of_joints = ("dof_pos", "dof_vel", "present_dof_pos", "present_dof_vel")
        per_joint = {reading: joints for reading in of_joints if reading in inputs}
        self._check_tensors("input", inputs, data.inputs, {STATE_IN: state, **per_joint})
        self._check_tensors("output", outputs, data.outputs, {"joint_targets": joints, STATE_OUT: state, "ok": [1]})
        if ("height_map" in inputs) != (data.map is not None):
            raise UserError(f"{name} is not the whole controller: a height map and its view go together")
        if not np.isclose(data.control_dt, data.decimation * data.physics_dt, rtol=1e-6):
            raise UserError(
                f"{name}: its control step of {data.control_dt} s is not {data.decimation} physics steps of "
                f"{data.physics_dt} s"
            )

    def _check_tensors(
        self, kind: str, found: dict[str, list[Any]], told: dict[str, list[Any]], needed: dict[str, list[int]]
    ) -> None:
        """Inputs or outputs found in the graph against those that the metadata tells of, and those that must be."""
        name = self.path.name
        for node in (*needed, *told, *found):
            if node not in found or node not in told:
                place = "graph" if node not in found else "metadata"
                raise UserError(f"{name} is not the whole controller: its {place} has no {kind} {node!r}")
            expected = needed.get(node, told[node])
            if not fits(found[node], told[node]) or not fits(found[node], expected):
                shown = told[node] if fits(found[node], expected) else expected
                raise UserError(f"{name}: its {kind} {node!r} has the shape {found[node]}, not {shown}")
