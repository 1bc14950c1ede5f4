"""Recorded rollouts as files: what they hold, and how images that stay the same for some steps are kept once."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from robust_parallel.saved import is_iteration
from rsl_rl.modules.memory import State
from rsl_rl.storage.sequence_storage import SequenceStorage
from rsl_rl.utils import checkpoint
from rsl_rl.utils.held import holding, is_new

KEYS = ("schema", "policy_iteration", "collector", "number", "obs", "actions", "dones", "state")
"""What a file holds."""


class HeldValues:
    """Values [T, N, W] of which most rows are those of the step before: a camera's images.

    They are in half precision if it holds them to within ``HALF_HOLDS``, as it does all values below 1.
    """

    HALF_HOLDS = 0.0003

    def __init__(self, changed: torch.Tensor, rows: torch.Tensor) -> None:
        """Take what :meth:`pack` made of them.

        Args:
            changed: Where a row is not that of the step before [T, N] bool.
            rows: Those rows, step after step [M, W], in half or in single precision.

        Raises:
            ValueError: They do not belong together.
        """
        _require("changed", changed, torch.bool)
        _require("rows", rows, torch.half, torch.float)
        if not changed[0].all() or int(changed.sum()) != len(rows):
            raise ValueError("its images are not as many as it says")
        self._changed, self._rows = changed, rows
        self._index = holding(changed)

    @staticmethod
    def pack(values: torch.Tensor) -> "torch.Tensor | dict[str, torch.Tensor]":
        """Return values [T, N, W] as a file holds them: as they are where more than half of the rows change."""
        changed = is_new(values)
        if changed[1:].float().mean() > 0.5:
            return values.cpu()
        rows = values[changed]
        halves = rows.half()
        closely = torch.allclose(halves.float(), rows, rtol=0.0, atol=HeldValues.HALF_HOLDS, equal_nan=True)
        return {"changed": changed.cpu(), "rows": (halves if closely else rows).cpu()}

    @property
    def shape(self) -> tuple[int, ...]:
        """T, N and W."""
        return *self._changed.shape, self._rows.shape[1]

    def __getitem__(self, columns: torch.Tensor) -> torch.Tensor:
        """Return the values of some robots [T, n, W]."""
        return self._rows[self._index[:, columns]].float()


class PlainValues:
    """Values [T, N, W] as they are."""

    def __init__(self, values: torch.Tensor) -> None:
        """Take a group.

        Raises:
            ValueError: They are no plain numbers.
        """
        _require("observations", values, torch.float)
        self._values = values

    @property
    def shape(self) -> tuple[int, ...]:
        """T, N and W."""
        return tuple(self._values.shape)

    def __getitem__(self, columns: torch.Tensor) -> torch.Tensor:
        """Return the values of some robots [T, n, W]."""
        return self._values[:, columns]


@dataclass(frozen=True)
class Trajectories:
    """Successive steps of N robots, and what the student remembered before the first: complete in itself."""

    policy_iteration: int
    """Of the student that acted."""
    collector: str
    """Who recorded them."""
    number: int
    """How many it recorded before."""
    obs: Mapping[str, HeldValues | PlainValues]
    """Observation groups before the actions [T, N, W]."""
    actions: torch.Tensor
    """Labels [T, N, A]."""
    dones: torch.Tensor
    """1 where an episode ended with that step [T, N]."""
    state: State
    """Hidden state of the student before the first step, tensors [L, N, H]."""

    @property
    def num_envs(self) -> int:
        """Number of robots N."""
        return self.dones.shape[1]

    def copy_to(self, storage: SequenceStorage, columns: torch.Tensor, first: int) -> None:
        """Write some robots' steps, and the state before them, into a rollout.

        Args:
            storage: The rollout.
            columns: Which robots [n], long.
            first: The rollout's robot in whose place the first comes; the others follow.
        """
        places = slice(first, first + len(columns))
        for name, values in self.obs.items():
            storage.rollout.obs[name][:, places].copy_(values[columns])
        storage.rollout.actions[:, places].copy_(self.actions[:, columns])
        storage.rollout.dones[:, places].copy_(self.dones[:, columns])
        for kept, part in zip(storage.initial_state, self.state, strict=True):
            kept[:, places].copy_(part[:, columns])


def schema_of(
    storage: SequenceStorage, layout: Mapping[str, Any] | None, teachers: Mapping[str, str]
) -> dict[str, Any]:
    """Return what recorder and reader have to agree on, as plain data: sizes of all tensors, and what they mean.

    Args:
        storage: A rollout.
        layout: What the observations mean.
        teachers: Whose actions the labels are: the fingerprint of each skill's.
    """
    return {
        "num_steps": storage.num_steps,
        "obs": {name: group.shape[-1] for name, group in storage.rollout.obs.items()},
        "num_actions": storage.rollout.actions.shape[-1],
        "state": [[part.shape[0], part.shape[2]] for part in storage.initial_state],
        "layout": layout,
        "teachers": dict(teachers),
    }


def save(path: Path, storage: SequenceStorage, schema: Mapping[str, Any], iteration: int, who: str, number: int) -> int:
    """Write a complete rollout, whole or not at all, and return the size of the file in bytes.

    Robots that were left out are written as what stands in for them: one state that is not finite spoils a file.

    Raises:
        CheckpointError: It could not be written.
    """
    rollout, state, robots = storage.rollout, storage.initial_state, storage.stand_ins
    if (robots != torch.arange(len(robots), device=robots.device)).any():
        rollout = rollout.map(lambda field: field.index_select(1, robots))
        state = tuple(part.index_select(1, robots) for part in state)
    content = {
        "schema": dict(schema),
        "policy_iteration": iteration,
        "collector": who,
        "number": number,
        "obs": {name: HeldValues.pack(group) for name, group in rollout.obs.items()},
        "actions": rollout.actions.cpu(),
        "dones": (rollout.dones != 0).cpu(),
        "state": [part.cpu() for part in state],
    }
    checkpoint.save(path, content)
    with contextlib.suppress(OSError):  # a trainer may have taken it away already
        return path.stat().st_size
    return 0


def load(path: Path, schema: Mapping[str, Any]) -> Trajectories:
    """Read what :func:`save` wrote. No code in a file is run, its checksums are compared.

    Raises:
        CheckpointError: There is no such file, it is damaged, or it was recorded with another schema.
    """
    data = checkpoint.load(path, required=KEYS)
    checkpoint.check_same(path, "schema", data["schema"], schema)
    with checkpoint.restoring(path, "recorded steps"):
        who = data["collector"], data["policy_iteration"], data["number"]
        if not isinstance(who[0], str) or not is_iteration(who[1]) or not is_iteration(who[2]):
            raise ValueError(f"it is of the collector {who[0]!r}, iteration {who[1]!r} and number {who[2]!r}")
        _require("actions", data["actions"], torch.float)
        _require("dones", data["dones"], torch.bool)
        for part in data["state"]:
            _require("state", part, torch.float)
            if not part.isfinite().all():
                raise ValueError("its state is not finite")
        obs = {name: _values(data["obs"][name]) for name in schema["obs"]}
        found = Trajectories(
            int(data["policy_iteration"]), str(data["collector"]), int(data["number"]), obs, data["actions"],
            data["dones"].float(), tuple(data["state"]),
        )  # fmt: skip
        _check_shapes(path, found, schema)
        if found.num_envs < 1:
            raise ValueError("it is of no robot")
    return found


def _require(name: str, value: Any, *kinds: torch.dtype) -> None:
    """See that a value takes as much memory as it took in its file, and can be copied to a rollout.

    Raises:
        ValueError: It is no plain tensor of one of these kinds of numbers.
    """
    if not isinstance(value, torch.Tensor) or value.dtype not in kinds or value.layout != torch.strided:
        raise ValueError(f"{name} is no plain tensor of {' or '.join(map(str, kinds))}")
    if not value.is_contiguous():
        raise ValueError(f"{name} has gaps or is folded")


def _values(stored: Any) -> HeldValues | PlainValues:
    return HeldValues(stored["changed"], stored["rows"]) if isinstance(stored, dict) else PlainValues(stored)


def _check_shapes(path: Path, found: Trajectories, schema: Mapping[str, Any]) -> None:
    steps, n = schema["num_steps"], found.num_envs
    expected = {
        **{name: (steps, n, width) for name, width in schema["obs"].items()},
        "actions": (steps, n, schema["num_actions"]),
        "dones": (steps, n),
        "state": [(layers, n, width) for layers, width in schema["state"]],
    }
    shapes = {
        **{name: tuple(values.shape) for name, values in found.obs.items()},
        "actions": tuple(found.actions.shape),
        "dones": tuple(found.dones.shape),
        "state": [tuple(part.shape) for part in found.state],
    }
    checkpoint.check_same(path, "shape", shapes, expected)
