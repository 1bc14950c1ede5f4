"""The whole way from one robot's sensor readings to its joint targets, as a module that can be traced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import torch
from torch import nn

from legged_gym.config.suggest import nearest
from legged_gym.interface import gait_clock
from legged_gym.interface.action import ActionMap
from legged_gym.interface.commands import asks_for_motion
from legged_gym.interface.history import begin, push
from legged_gym.interface.observations import ObservationTerm, frame
from legged_gym.interface.readings import Readings
from legged_gym.interface.state_vector import StateVector
from legged_gym.interface.terms import ERROR_HISTORY, VELOCITY_HISTORY
from legged_gym.utils.errors import UserError

SENSORS = {
    "gyro": "base_ang_vel",
    "gravity": "projected_gravity",
    "command": "commands",
    "dof_pos": "dof_pos",
    "dof_vel": "dof_vel",
    "depth_image": "depth_image",
    "base_pos": "base_pos",
}
"""Inputs that are readings as they are: the input's name and the reading's."""
PRESENT = {"present_dof_pos": "dof_pos", "present_dof_vel": "dof_vel"}
"""Inputs that are joint readings in time, and those readings: targets are held by the joints as they are now, however
late the policy is told of them."""
MAP_INPUTS = ("height_map", "map_origin", "map_resolution", "base_pos", "base_quat")
"""Inputs that the ground is seen by."""
NEEDS: dict[str, tuple[str, ...]] = {
    **{reading: (name,) for name, reading in SENSORS.items()},
    "default_dof_pos": (),
    "actions": (),
    "last_actions": (),
    "dof_pos_errors": ("dof_pos",),
    "dof_vel_history": ("dof_vel",),
    "gait_phase": ("command",),
    "scan_heights": MAP_INPUTS,
    "foot_heights": (*MAP_INPUTS, "dof_pos"),
    "privileged": (),
}
"""What a controller makes each reading of, besides its memory."""
HIDDEN = ("h", "c")
"""Names of the tensors that a network remembers: of a GRU the first, of an LSTM both."""
TOLD = ("actions", "estimate", "belief", "decoded_heights", "gate")
"""What is shown of what a policy tells."""
LENGTHS = {"gravity": (0.1, 3.0), "base_quat": (0.9, 1.1)}
"""Shortest and longest of inputs that are unit vectors: of gravity with the largest noise that training may have, and
no accelerometer's 9.81."""
_MAY_BE_NAN = ("height_map", "state_in")
"""Inputs that are no fault when they are not finite: unknown ground, and a memory, which then counts as none."""


class ActingPolicy(Protocol):
    """What a controller needs of a policy; `rsl_rl.modules.Policy` has it."""

    def infer(self, obs: Any, state: tuple[torch.Tensor, ...]) -> tuple[Any, tuple[torch.Tensor, ...]]:
        """Everything that the policy tells (`told()`: tensors by name) for groups [N, width], and its next state."""
        ...

    def initial_state(self, num_envs: int) -> tuple[torch.Tensor, ...]:
        """Its state at the start of an episode, tensors [L, N, H]."""
        ...


class Clock(nn.Module):
    """The gait clock of a controller; its stride begins with the first call that asks for motion."""

    offsets: torch.Tensor
    dead_zone: torch.Tensor

    def __init__(self, strides: float, offsets: Sequence[float], dead_zone: Sequence[float]) -> None:
        """Set the clock.

        Args:
            strides: that pass in a control step.
            offsets: of the L legs, strides.
            dead_zone: commands that ask for no motion, m/s, m/s, rad/s.
        """
        super().__init__()
        self.strides = strides
        self.register_buffer("offsets", torch.tensor(offsets))
        self.register_buffer("dead_zone", torch.tensor(dead_zone))


@dataclass(frozen=True)
class ControllerParts:
    """What a controller is made of, besides its policy; everything is on the CPU."""

    terms: Sequence[ObservationTerm]
    """Observation terms of a frame of the network's input, in order."""
    reads: frozenset[str]
    """The readings that their formulas use."""
    groups: Mapping[str, int]
    """Widths of the observation groups that make the input; with several frames there is one group."""
    frames: int
    """Frames side by side in the input, newest first."""
    clip: float
    """Bound of every scaled observation."""
    action_map: ActionMap
    clock: Clock | None = None
    """The legs' clock, if a term reads it."""
    view: nn.Module | None = None
    """What sees the ground, if a term reads it: a `sensors.GroundView`."""
    estimate_scale: Sequence[float] = ()
    """Factors by which the columns of the policy's estimate are observed."""
    hold: nn.Module | None = None
    """Bounds of the joint targets: an `interface.target_hold.TargetHold`; reads the inputs `PRESENT`."""
    num_feet: int = 0
    """Feet around which a student tells the ground."""
    image_shape: tuple[int, int] = (0, 0)
    """Rows and columns of the depth image, if a term reads it."""


class Controller(nn.Module):
    """Maps readings and memory of one robot, without a batch dimension, to joint targets and the next memory.

    The formulas of the observations, the meaning of the actions and the histories are those that the environment
    evaluates. A reading, or an answer of the network, that is not finite never gets through, nor does a direction that
    is no unit vector: `ok` tells of it, the joint targets are the last good ones, and nothing of the call is
    remembered. A memory that is not finite is none: an episode begins.
    """

    def __init__(self, policy: ActingPolicy, parts: ControllerParts) -> None:
        """Put policy and parts together.

        Raises:
            UserError: a term uses a reading that no controller has.
        """
        super().__init__()
        for name in sorted(parts.reads - NEEDS.keys()):
            raise UserError(f"an observation uses the reading {name!r}, which no controller has{nearest(name, NEEDS)}")
        self.policy, self.action_map, self.clock, self.view = policy, parts.action_map, parts.clock, parts.view
        self.hold, self.parts = parts.hold, parts
        self.terms = [_given(term) if term.privileged else term for term in parts.terms]
        self.privileged = {term.name: term.width for term in self.terms if term.privileged}
        self.width = sum(term.width for term in self.terms)
        self.scale: torch.Tensor
        self.estimate_scale: torch.Tensor
        self.register_buffer("scale", torch.tensor([factor for term in self.terms for factor in term.factors]))
        self.register_buffer("estimate_scale", torch.tensor(list(parts.estimate_scale)))
        needed = {name for reading in parts.reads for name in NEEDS[reading]}
        needed |= PRESENT.keys() if parts.hold is not None else set()
        order = (*(name for name in SENSORS if name not in MAP_INPUTS), *PRESENT, *MAP_INPUTS)
        self.input_names = (*(name for name in order if name in needed), *self.privileged, "state_in")
        """Names of the inputs, in order."""
        self.state = StateVector(self._remembered())
        with torch.no_grad():
            self.output_names = tuple(self._step(dict(zip(self.input_names, self.example_inputs(), strict=True))))
        """Names of the outputs, in order."""

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One control step: tensors in the order of `input_names` to tensors in the order of `output_names`."""
        return tuple(self._step(dict(zip(self.input_names, inputs, strict=True))).values())

    def example_inputs(self) -> tuple[torch.Tensor, ...]:
        """Inputs of a robot that begins an episode at rest."""
        num_dof = len(self.action_map.default_dof_pos)
        given = {
            "gyro": torch.zeros(3),
            "gravity": torch.tensor([0.0, 0.0, -1.0]),
            "command": torch.zeros(3),
            "dof_pos": self.action_map.default_dof_pos.clone(),
            "dof_vel": torch.zeros(num_dof),
            "present_dof_pos": self.action_map.default_dof_pos.clone(),
            "present_dof_vel": torch.zeros(num_dof),
            "depth_image": torch.ones(self.parts.image_shape),
            "height_map": torch.zeros(31, 21),
            "map_origin": torch.tensor([-1.5, -1.0]),
            "map_resolution": torch.tensor([0.1]),
            "base_pos": torch.tensor([0.0, 0.0, 0.4]),
            "base_quat": torch.tensor([0.0, 0.0, 0.0, 1.0]),
            "state_in": torch.zeros(self.state.size),
            **{name: torch.zeros(width) for name, width in self.privileged.items()},
        }
        return tuple(given[name] for name in self.input_names)

    def _remembered(self) -> dict[str, tuple[int, ...]]:
        """Shapes of what is to be remembered, as far as anything needs it."""
        num_dof, num_actions, reads = (
            len(self.action_map.default_dof_pos),
            self.action_map.num_actions,
            self.parts.reads,
        )
        hidden = [(part.shape[0], part.shape[2]) for part in self.policy.initial_state(1)]
        shapes = {
            "started": (1,),
            "joint_targets": (num_dof,),
            "actions": (num_actions,),
            "last_actions": (num_actions,) if "last_actions" in reads else None,
            "dof_pos_errors": (ERROR_HISTORY, num_dof) if "dof_pos_errors" in reads else None,
            "dof_vel_history": (VELOCITY_HISTORY, num_dof) if "dof_vel_history" in reads else None,
            "gait_cycle": (1,) if self.clock is not None else None,
            "moving": (1,) if self.clock is not None else None,
            "frames": (self.parts.frames, self.width) if self.parts.frames > 1 else None,
            **dict(zip(HIDDEN, hidden, strict=False)),
        }
        return {name: shape for name, shape in shapes.items() if shape is not None}

    def _step(self, given: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """All outputs by name."""
        state = given["state_in"]
        state = torch.where(torch.isfinite(state).all(), state, 0.0)
        memory = self.state.unpack(state)
        fresh = memory["started"][:, 0] == 0.0
        readings, following, seen = self._read(given, memory, fresh)
        observation = self._observe(readings, memory, following, fresh)
        shown = self.shown(self._act(observation, memory, following))
        actions = shown.pop("actions")
        targets = self.action_map.joint_targets(actions)
        if self.hold is not None:
            targets = self.hold(targets, *(given[name][None] for name in PRESENT))
        following.update(actions=actions, last_actions=memory["actions"], joint_targets=targets)

        next_state = self.state.pack(following)
        faults = [~torch.isfinite(given[name]).all() for name in self.input_names if name not in _MAY_BE_NAN]
        faults += [is_no_direction(given[name], *LENGTHS[name]) for name in self.input_names if name in LENGTHS]
        ok = ~torch.stack(faults).any() & torch.isfinite(next_state).all()
        rest = self.action_map.joint_targets(torch.zeros_like(actions))
        safe = torch.where(fresh[:, None], rest, memory["joint_targets"])
        return {
            "joint_targets": torch.where(ok, targets, safe)[0],
            "state_out": torch.where(ok, next_state, state),
            "ok": ok.reshape(1),
            "actions": torch.where(ok, actions, memory["actions"])[0],
            **seen,
            **{name: torch.where(ok, value, 0.0)[0] for name, value in shown.items()},
        }

    def _read(
        self, given: dict[str, torch.Tensor], memory: dict[str, torch.Tensor], fresh: torch.Tensor
    ) -> tuple[Readings, dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        """Everything that the formulas use, what the next call is to know of it, and the samples of the ground."""
        readings = Readings(default_dof_pos=self.action_map.default_dof_pos, actions=memory["actions"])
        following, seen = {"started": torch.ones_like(memory["started"])}, {}
        for name, reading in SENSORS.items():
            if name in given:
                setattr(readings, reading, given[name][None])
        readings.privileged = {name: given[name][None] for name in self.privileged}
        if "last_actions" in memory:
            readings.last_actions = memory["last_actions"]
        if "dof_pos_errors" in memory:
            error = memory["joint_targets"] - readings.dof_pos
            errors = begin(fresh, torch.zeros_like(error), push(error, memory["dof_pos_errors"]))
            following["dof_pos_errors"] = readings.dof_pos_errors = errors
        if "dof_vel_history" in memory:
            readings.dof_vel_history = begin(fresh, readings.dof_vel, memory["dof_vel_history"])
            following["dof_vel_history"] = push(readings.dof_vel, readings.dof_vel_history)
        if self.clock is not None:
            cycle = gait_clock.advanced(memory["gait_cycle"][:, 0], self.clock.strides, memory["moving"][:, 0])
            readings.gait_phase = gait_clock.phases(cycle, self.clock.offsets)
            following["gait_cycle"] = cycle[:, None]
            following["moving"] = asks_for_motion(given["command"][None], self.clock.dead_zone)[:, None].float()
        if self.view is not None:
            heights, seen["map_samples"] = self.view(given)
            setattr(readings, str(self.view.reading), heights)
        return readings, following, seen

    def _observe(
        self,
        readings: Readings,
        memory: dict[str, torch.Tensor],
        following: dict[str, torch.Tensor],
        fresh: torch.Tensor,
    ) -> torch.Tensor:
        """The network's input [1, frames * W]."""
        newest = frame(self.terms, readings, self.scale, self.parts.clip)
        if "frames" not in memory:
            return newest
        following["frames"] = begin(fresh, newest, push(newest, memory["frames"]))
        return following["frames"].flatten(1)

    def _act(
        self, observation: torch.Tensor, memory: dict[str, torch.Tensor], following: dict[str, torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """What the policy tells [1, ...] by name."""
        groups = dict(zip(self.parts.groups, observation.split(list(self.parts.groups.values()), dim=1), strict=True))
        hidden = tuple(memory[name][0][:, None] for name in HIDDEN if name in memory)
        inference, hidden = self.policy.infer(groups, hidden)
        following.update({name: part[:, 0][None] for name, part in zip(HIDDEN, hidden, strict=False)})
        return inference.told()

    def shown(self, told: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """What is shown of what a policy tells of N robots [N, ...], by name: actions clipped, the rest in SI units."""
        shown = {name: told[name] for name in TOLD if name in told}
        shown["actions"] = self.action_map.clipped(shown["actions"])
        if "estimate" in shown:
            shown["estimate"] = shown["estimate"] / self.estimate_scale
        if "decoded_heights" in shown:
            heights = shown["decoded_heights"]
            shown["decoded_heights"] = heights.view(len(heights), self.parts.num_feet, -1)
        return shown


def is_no_direction(vector: torch.Tensor, shortest: float, longest: float) -> torch.Tensor:
    """Whether a vector is too short or too long for one of a length of about 1, bool []."""
    length = vector.square().sum().sqrt()
    return (length < shortest) | (length > longest)


def _given(term: ObservationTerm) -> ObservationTerm:
    """A privileged term as a controller in a simulation has it: its value is an input."""
    return replace(term, compute=lambda readings: readings.privileged[term.name])
