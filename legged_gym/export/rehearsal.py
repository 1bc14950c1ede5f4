"""A controller file against the environment: both get the same readings, and must give the same joint targets."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
import torch

from legged_gym.config.layers import set_fields
from legged_gym.envs.base.clocked_robot import ClockedRobot
from legged_gym.envs.base.nominal import nominal_settings
from legged_gym.interface.controller import PRESENT, SENSORS, Controller
from legged_gym.tasks import make_env
from legged_gym.utils.errors import UserError
from rsl_rl.modules import Policy
from rsl_rl.modules.memory import clear_state

TOLERANCE = 1.0e-4
"""Largest difference of an output: rad (or N m), an action, m, or a share; as a share of the largest value of a robot's
output where that is beyond 1.

In single precision a network's outputs round as the largest of them does: where a policy reads 325 heights, one action
differs by up to 1.8e-4 (as a share of itself beyond 1), and none by more than 5e-5 of the robot's largest.
"""
ROBOTS, STEPS = 4, 125
"""Robots of a rehearsal, and its control steps."""
EPISODE_STEPS = 60
"""Control steps of an episode: so few that episodes end within a rehearsal."""
MAP_REACH = 1.5
"""Half side of the square map that a robot is given, m: beyond the farthest sample."""

Arrays = dict[str, np.ndarray]


def make_rehearsal(task: str, env_cfg: Any) -> Any:
    """A small environment to read a controller's declarations from and to check it against.

    It is on MuJoCo C and the CPU, nothing in it is random but commands, beginnings and terrain, its gait clocks begin
    as a controller's does, and measurements come in time: a controller is given readings, however old they are.

    Args:
        task: the task's name.
        env_cfg: the environment's configuration in training; left as it is.
    """
    cfg = copy.deepcopy(env_cfg)
    small = {"sim.engine": "mujoco", "env.num_envs": ROBOTS, "domain_rand.randomize_obs_delay": False}
    small["domain_rand.randomize_motor_zero"] = False  # of the robot's encoders: a controller is told what they read
    small["env.episode_length_s"] = EPISODE_STEPS * cfg.control.decimation * cfg.sim.dt
    set_fields(nominal_settings(cfg) | small, cfg)
    env = make_env(task, cfg, "cpu", seed=1)
    if isinstance(env, ClockedRobot):
        env.gait_clock.keep_to_first_gait()
    return env


def _readings(env: Any, controller: Controller) -> dict[str, torch.Tensor]:
    """A controller's inputs as the environment has them now [N, ...], without map and memory."""
    needed = controller.input_names
    sources = SENSORS | PRESENT
    present = {name: getattr(env.readings, reading) for name, reading in sources.items() if name in needed}
    if "base_quat" in needed:
        present["base_quat"] = env.root_states[:, 3:7]
    for name in controller.privileged:
        present[name] = env.observations.terms[name].compute(env.readings)
    return present


class Driver(Protocol):
    """Whatever drives one robot."""

    reads_map: bool

    def begin(self) -> None:
        """An episode begins."""

    def step(self, readings: Arrays) -> Arrays:
        """A controller's outputs by name for its inputs without the memory."""
        ...


class ControllerFile:
    """A written controller of one robot, which remembers for it."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        inputs = {node.name: node.shape for node in self._session.get_inputs()}
        self._outputs = [node.name for node in self._session.get_outputs()]
        self._zeros = np.zeros(inputs["state_in"], dtype=np.float32)
        self.reads_map = "height_map" in inputs
        self.begin()

    def begin(self) -> None:
        """An episode begins."""
        self._state = self._zeros

    def step(self, readings: Arrays) -> Arrays:
        """The outputs by name for the inputs without the memory."""
        values = self._session.run(self._outputs, {**readings, "state_in": self._state})
        outputs = {name: np.asarray(value) for name, value in zip(self._outputs, values, strict=True)}
        self._state = outputs["state_out"]
        return outputs


def map_around(terrain: Any, position: np.ndarray) -> Arrays:
    """The inputs of a controller that show it the ground around a place [2], m: whole cells of the terrain's map."""
    scale, origin, shape = terrain.horizontal_scale, np.array(terrain.origin_xy), terrain.heights.shape
    reach = int(np.ceil(MAP_REACH / scale))
    first = np.clip(np.floor((position - origin) / scale).astype(int) - reach, 0, np.array(shape) - 2)
    last = np.clip(first + 2 * reach + 2, 2, shape)
    return {
        "height_map": np.ascontiguousarray(terrain.heights[first[0] : last[0], first[1] : last[1]]),
        "map_origin": (origin + first * scale).astype(np.float32),
        "map_resolution": np.array([scale], dtype=np.float32),
    }


def check_controller(path: Path, env: Any, policy: Policy, controller: Controller) -> float:
    """Check a controller file as `check_drivers` does; it is removed if it fails.

    Returns:
        The largest difference of an output.

    Raises:
        UserError: the file does not act like the policy.
    """
    try:
        return check_drivers([ControllerFile(path) for _ in range(env.num_envs)], env, policy, controller)
    except UserError as error:
        path.unlink()
        raise UserError(f"{path.name} was not exported: {error}") from error


@torch.no_grad()
def check_drivers(
    drivers: Sequence[Driver], env: Any, policy: Policy, controller: Controller, steps: int = STEPS
) -> float:
    """Let controllers drive the robots of an environment, and the policy tell what it would have done.

    A controller remembers for itself; the policy sees the environment's observations. That the controllers drive
    matters: were each side to go on from its own last action, a policy that is about to take a step would make a
    hundred times more of their rounding errors.

    Args:
        drivers: one for each robot: controller files.
        env: of `make_rehearsal`.
        policy: the original, on any device.
        controller: what the files were written from.
        steps: number of control steps.

    Returns:
        The largest difference of an output.

    Raises:
        UserError: it is above `TOLERANCE`, or a controller sees a fault in what the environment gives it.
    """
    policy = copy.deepcopy(policy).cpu().eval()
    groups, state = policy.actor_input.groups, policy.initial_state(env.num_envs)
    observations, largest = env.reset(), 0.0
    for _ in range(steps):
        outputs = _run(drivers, _readings(env, controller), env.terrain)
        inference, state = policy.infer({name: observations[name] for name in groups}, state)
        expected = controller.shown(inference.told())
        observations, _, ended, _ = env.step(outputs["actions"])
        expected["joint_targets"] = env.joint_targets
        for name, value in expected.items():
            difference = difference_of(outputs[name], value.view_as(outputs[name]))
            if not difference <= TOLERANCE:
                limits = f"{difference:.1e} (allowed: {TOLERANCE:.0e})"
                raise UserError(f"its output {name} differs from the environment's by {limits}")
            largest = max(largest, difference)
        state = clear_state(state, ended)
        for driver, over in zip(drivers, ended.tolist(), strict=True):
            if over:
                driver.begin()
    return largest


def difference_of(values: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference of two outputs [N, ...], as a share of a robot's largest one where that is beyond 1."""
    difference, size = (tensor.abs().flatten(start_dim=1).amax(dim=1) for tensor in (values - expected, expected))
    return float((difference / size.clamp(min=1.0)).max())


def _run(drivers: Sequence[Driver], readings: dict[str, torch.Tensor], terrain: Any) -> dict[str, torch.Tensor]:
    """One step of every robot's controller: outputs [N, ...] by name."""
    rows = []
    for robot, driver in enumerate(drivers):
        given = {name: value[robot].numpy() for name, value in readings.items()}
        if driver.reads_map:
            given |= map_around(terrain, given["base_pos"][:2])
        rows.append(driver.step(given))
    if not all(row["ok"].all() for row in rows):
        raise UserError("it takes the readings of the environment for a fault")
    return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
