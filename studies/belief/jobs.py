"""The trials to run as a queue on the device: an environment whose trial has ended takes the next one by itself."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch

from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.sensors.map_conditions import NO_NOISE, MapNoiseParameters
from legged_gym.terrain.terrain import Terrain
from studies.belief.cells import Plan
from studies.belief.conditions import CONDITIONS, Condition

NEVER = 2**31
"""A control step that no episode reaches."""
MEMORY_PERIOD = 0.5
"""Time between two resets of a memory that is `reset`, s."""


@dataclass
class Jobs:
    """What each trial is; tensors of J rows, a row a trial."""

    level: torch.Tensor
    column: torch.Tensor
    """Row and column of the tile [J]."""
    first_z: torch.Tensor
    later_z: torch.Tensor
    """Parameters of the map's noise before and from `switch_step` on [J, 8]; lengths are the robot's, m."""
    switch_step: torch.Tensor
    """Control step at which the noise changes [J]."""
    cell_offset: torch.Tensor
    dropped: torch.Tensor
    refresh_period: torch.Tensor
    missing: torch.Tensor
    drift: torch.Tensor
    """Faults of the map as in `Condition`, each [J]; the drift in m a control step."""
    reset_period: torch.Tensor
    """Control steps between two resets of the policy's memory [J]."""
    shuffled: torch.Tensor
    """Whether the policy's memory is another robot's [J], bool."""

    def of(self, index: torch.Tensor) -> "Jobs":
        """The rows that each environment [N] works on."""
        return Jobs(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


@dataclass
class Batch:
    """A plan laid out as jobs: those of one policy stand together, those of one cell too."""

    jobs: Jobs
    """The trials, and one row more: the last one is of environments without work."""
    cells: Plan
    """The plan's cells in the order of the jobs."""
    counts: dict[str, int]
    """Number of jobs of each policy, in their order."""


def make_batch(
    plan: Plan, terrain: Terrain, noise: MapNoiseCfg, control_dt: float, max_steps: int, device: torch.device | str
) -> Batch:
    """Lay out a plan. The trials of a cell are spread over the columns of its terrain type.

    Args:
        plan: cells and their numbers of trials.
        terrain: the map.
        noise: the training's conditions, of which `z = None` draws.
        control_dt: s.
        max_steps: control steps of the longest episode.
        device: of the jobs.
    """
    draw = random.Random(0)
    policies = list(dict.fromkeys(cell.policy for cell in plan))
    hardest_first = sorted(plan, key=lambda cell: -cell.level)  # so that the last trials are short ones
    ordered = {cell: plan[cell] for policy in policies for cell in hardest_first if cell.policy == policy}
    rows = []
    for cell, trials in ordered.items():
        columns = [index for index, name in enumerate(terrain.type_names) if name == cell.terrain]
        condition = CONDITIONS[cell.condition]
        for trial in range(trials):
            column = columns[trial % len(columns)]
            rows.append(_row(cell.level, column, condition, noise, control_dt, max_steps, draw))
    rows.append(_row(0, 0, CONDITIONS["none"], noise, control_dt, max_steps, draw))
    jobs = Jobs(**{key: torch.tensor([row[key] for row in rows], device=device) for key in rows[0]})
    counts = {policy: sum(n for cell, n in ordered.items() if cell.policy == policy) for policy in policies}
    return Batch(jobs, ordered, counts)


def _row(
    level: int,
    column: int,
    condition: Condition,
    noise: MapNoiseCfg,
    control_dt: float,
    max_steps: int,
    draw: random.Random,
) -> dict[str, Any]:
    """One job, by the names of `Jobs`' fields."""
    switch_step = round(condition.switch_time / control_dt)
    if condition.z is None:
        shares = [kind["probability"] for kind in noise.conditions.values()]
        first, later = (tuple(kind["z"]) for kind in draw.choices(list(noise.conditions.values()), shares, k=2))
        condition = replace(condition, z=first, later_z=later)
        switch_step = max_steps // 2
    first = condition.z or NO_NOISE
    later = condition.later_z or first
    return {
        "level": level,
        "column": column,
        "first_z": MapNoiseParameters(*first).scaled(noise.length_scale),
        "later_z": MapNoiseParameters(*later).scaled(noise.length_scale),
        "switch_step": switch_step,
        "cell_offset": condition.cell_offset,
        "dropped": condition.dropped,
        "refresh_period": condition.refresh_period,
        "missing": condition.missing,
        "drift": condition.drift * control_dt,
        "reset_period": round(MEMORY_PERIOD / control_dt) if condition.memory == "reset" else NEVER,
        "shuffled": condition.memory == "shuffled",
    }


class JobQueue:
    """Hands jobs to environments, without host synchronization.

    Each policy drives rows of its own, as many as its share of the jobs, and works off its jobs in order.
    """

    def __init__(self, counts: Sequence[int], num_envs: int, device: torch.device | str) -> None:
        """Divide the environments.

        Args:
            counts: number of jobs of each policy; they stand one after the other.
            num_envs: N, at least one a policy.
            device: of the tensors.
        """
        self.idle = sum(counts)
        """The job of an environment that has none: the row after the last job."""
        self.job = torch.full((num_envs,), self.idle, device=device)
        """Job of each environment [N]."""
        self.rows = divide(num_envs, counts)
        """Environments of each policy."""
        ends = [sum(counts[: index + 1]) for index in range(len(counts))]
        self._ends = ends
        self._next = torch.tensor([end - count for end, count in zip(ends, counts, strict=True)], device=device)

    def advance(self, ended: torch.Tensor) -> None:
        """Give the environments whose trial has ended [N] bool their next one."""
        for worker, (rows, end) in enumerate(zip(self.rows, self._ends, strict=True)):
            order = ended[rows].cumsum(0)
            fresh = self._next[worker] + order - 1
            fresh = torch.where(fresh < end, fresh, self.idle)
            self.job[rows] = torch.where(ended[rows], fresh, self.job[rows])
            self._next[worker] += order[-1]

    def finished(self) -> bool:
        """Whether every trial has ended (host read)."""
        return bool((self.job == self.idle).all())


def divide(num_envs: int, counts: Sequence[int]) -> list[slice]:
    """Neighbouring rows in proportion to counts, at least one each; all rows are given away."""
    total, rows, start = sum(counts), [], 0
    for index, count in enumerate(counts):
        left, share = num_envs - start, count / max(total, 1)
        size = left if index + 1 == len(counts) else round(left * share)
        size = min(max(size, 1), left - (len(counts) - index - 1))
        rows.append(slice(start, start + size))
        start, total = start + size, total - count
    return rows
