"""The drives of a robot as an ONNX file beside its controller's, where they are not a PD law."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from legged_gym.actuators.actuator import Actuator
from legged_gym.actuators.factory import make_actuator
from legged_gym.actuators.one_robot import OneRobotDrives
from legged_gym.export.onnx_file import write_onnx
from legged_gym.utils.errors import UserError

TOLERANCE = 1.0e-5
"""Largest difference of a torque, as a share of the largest limit."""
STEPS = 200
"""Physics steps that a file is checked over."""


def nominal_drives(env: Any) -> Actuator | None:
    """The drives of one robot of an environment (see `rehearsal.make_rehearsal`); None for a PD law.

    Targets that come late do so by the middle of the delays that training drew.
    """
    settings, robot, sim = copy.deepcopy(env.cfg.control.actuator), env.sim.robot, env.sim
    settings.delay_range = [sum(settings.delay_range) // 2] * 2
    gains = robot.stiffness, robot.damping, robot.torque_limits
    actuator = make_actuator(settings, *gains, 1, torch.device("cpu"), sim.physics_dt)
    if actuator is not None:
        actuator.reset(torch.ones(1, dtype=torch.bool), torch.zeros(1, len(robot.dof_names)))
    return actuator


def write_drives(actuator: Actuator, path: Path, metadata: Mapping[str, Any]) -> None:
    """Write the drives of one robot, and check the file against them.

    Args:
        actuator: of `nominal_drives`; it is run.
        path: file to write.
        metadata: plain data by name.

    Raises:
        UserError: the file cannot be written, or acts differently; it is removed.
    """
    drives = OneRobotDrives(actuator)
    inputs = drives.example_inputs()
    write_onnx(drives, inputs, drives.input_names, drives.output_names, path, metadata)
    difference = _largest_difference(path, actuator, drives)
    if not difference <= TOLERANCE:
        path.unlink()
        raise UserError(f"{path.name} was not exported: its torques differ by {difference:.1e} of the largest limit")


def _largest_difference(path: Path, actuator: Actuator, drives: OneRobotDrives) -> float:
    """Largest difference of torque over random motions, as a share of the largest torque limit."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    num_dof = actuator.torques.shape[1]
    rng = np.random.default_rng(0)
    state = np.zeros(drives.state.size, dtype=np.float32)
    pose = rng.normal(0.0, 0.3, num_dof).astype(np.float32)
    actuator.reset(torch.ones(1, dtype=torch.bool), torch.from_numpy(pose)[None])
    largest = 0.0
    for step in range(STEPS):
        targets, noise, velocity = rng.normal(0.0, (0.3, 0.1, 3.0), (num_dof, 3)).T.astype(np.float32)
        dof_pos = pose + (noise if step else 0.0 * noise)
        given = {"joint_targets": targets, "dof_pos": dof_pos, "dof_vel": velocity, "state_in": state}
        torques, state = (np.asarray(output) for output in session.run(list(drives.output_names), given))
        actuator.compute(*(torch.from_numpy(given[name])[None] for name in ("joint_targets", "dof_pos", "dof_vel")))
        largest = np.maximum(largest, np.abs(torques - actuator.torques[0].numpy()).max())  # NaN stays NaN
    return float(largest) / float(actuator.parameters["torque_limits"].max())
