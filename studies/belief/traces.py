"""What feet, map and belief did during a probe."""

import math
from dataclasses import dataclass

import torch

CONTRADICTION = 0.06
"""Difference of map and ground under a foot from which its touch contradicts the map, m: half a step."""
TOLERANCE = 0.03
"""A decoded height this close to the ground is right, m."""
WINDOW = 10
"""Control steps before and after a touch over which errors are averaged."""
NEVER = 2**31
"""Control step of what did not happen."""
ALIGNED = range(-50, 101)
EXAMPLE = range(-75, 126)
"""Control steps around a touch that figures show."""


@dataclass
class Trace:
    """What was recorded of some environments; T control steps.

    Heights of the ground under a foot are means over the inner circle of its samples, relative to the foot, m
    [T, N, F].
    """

    ground: torch.Tensor
    """Height as it is."""
    seen: torch.Tensor
    """Height as the robot's map says."""
    decoded: torch.Tensor
    """Height as the policy decodes it from its belief."""
    foot: torch.Tensor
    """Height of the foot itself in the world, m [T, N, F]."""
    contact: torch.Tensor
    """Whether a foot touches the ground [T, N, F] bool."""
    on_tile: torch.Tensor
    """Whether the inner circle of a foot's samples lies on the trial's own tile [T, N, F] bool."""
    gate: torch.Tensor
    """Mean gate alpha [T, N]."""
    alive: torch.Tensor
    """Whether the trial is still going on [T, N] bool."""

    def of(self, rows: slice) -> "Trace":
        """The trace of some of the environments."""
        return Trace(**{name: value[:, rows] for name, value in vars(self).items()})


def contradictions(trace: Trace) -> torch.Tensor:
    """Control step at which each foot first touches ground that its map has elsewhere [N, F]; `NEVER`: it did not.

    A foot that reaches over the edge of its trial's tile is not counted there: a neighbour has a map of its own.
    """
    wrong = (trace.seen - trace.ground).abs() > CONTRADICTION
    return _first(trace.contact & wrong & trace.on_tile & trace.alive[..., None])


def revision(trace: Trace, touch: torch.Tensor) -> dict[str, float | int | None]:
    """How beliefs change when feet touch what contradicts the map.

    Args:
        trace: of N environments.
        touch: control step of each foot's touch [N, F], or `NEVER`.

    Returns:
        `touches`: their number; `revised`: share of them after which the decoded height under the foot came within
        `TOLERANCE` of the ground; `steps`: median number of control steps to that, None if more than half never did;
        mean absolute errors in the `WINDOW` before and after, m: of the map and of the decoded height.
    """
    step = torch.arange(len(trace.ground), device=touch.device)[:, None, None]
    error = (trace.decoded - trace.ground).abs()
    alive = trace.alive[..., None]
    right = _first((error <= TOLERANCE) & (step >= touch) & alive)
    touched = touch < NEVER
    count = int(touched.sum())
    if count == 0:
        return {"touches": 0}
    waits = torch.where(right < NEVER, right - touch, NEVER)[touched].sort().values
    median = int(waits[(count - 1) // 2])
    before = alive & (step >= touch - WINDOW) & (step < touch)
    after = alive & (step > touch) & (step <= touch + WINDOW)
    map_error = (trace.seen - trace.ground).abs()
    return {
        "touches": count,
        "revised": (waits < NEVER).double().mean().item(),
        "steps": median if median < NEVER else None,
        "map_error_before": _mean(map_error, before),
        "map_error_after": _mean(map_error, after),
        "error_before": _mean(error, before),
        "error_after": _mean(error, after),
    }


def aligned(trace: Trace, touch: torch.Tensor, dt: float) -> dict[str, list]:
    """Mean errors under the first foot to touch, m, and mean gate, by the time since the touch, s.

    Trials that have ended, or not begun, at a step are left out of its mean.
    """
    first, foot = touch.min(dim=1)
    trials = torch.nonzero(first < NEVER).flatten()
    result: dict[str, list] = {"time": [], "trials": [], "map_error": [], "error": [], "gate": []}
    for offset in ALIGNED:
        step = first[trials] + offset
        inside = (step >= 0) & (step < len(trace.ground))
        at, n = step[inside], trials[inside]
        alive = trace.alive[at, n]
        at, n = at[alive], n[alive]
        if len(n) == 0:
            continue
        ground = trace.ground[at, n, foot[n]]
        result["time"].append(round(offset * dt, 3))
        result["trials"].append(len(n))
        result["map_error"].append(_rounded((trace.seen[at, n, foot[n]] - ground).abs().mean()))
        result["error"].append(_rounded((trace.decoded[at, n, foot[n]] - ground).abs().mean()))
        result["gate"].append(_rounded(trace.gate[at, n].mean()))
    return result


def example(trace: Trace, touch: torch.Tensor, dt: float) -> dict[str, list]:
    """One foot around its touch in one trial, the one that goes on longest after it; heights in m."""
    first, foot = touch.min(dim=1)
    length = trace.alive.sum(dim=0)
    trial = int((length - torch.where(first < NEVER, first, math.inf)).argmax())
    leg, middle = int(foot[trial]), int(first[trial])
    if middle == NEVER:
        trial, leg, middle = int(length.argmax()), 0, int(length.max()) // 2
    start, stop = max(0, middle + EXAMPLE.start), min(int(length[trial]), middle + EXAMPLE.stop)
    window = (slice(start, stop), trial, leg)
    height = trace.foot[window]
    return {
        "time": [round((step - middle) * dt, 3) for step in range(start, stop)],
        "foot": _series(height),
        "ground": _series(height + trace.ground[window]),
        "map": _series(height + trace.seen[window]),
        "decoded": _series(height + trace.decoded[window]),
        "gate": _series(trace.gate[start:stop, trial]),
        "contact": trace.contact[window].int().tolist(),
    }


def _first(mask: torch.Tensor) -> torch.Tensor:
    """Index of the first True along the first dimension, or `NEVER`."""
    return torch.where(mask.any(dim=0), mask.int().argmax(dim=0), NEVER)


def _mean(values: torch.Tensor, mask: torch.Tensor) -> float | None:
    return values[mask].mean().item() if mask.any() else None


def _rounded(value: torch.Tensor) -> float:
    return round(value.item(), 4)


def _series(values: torch.Tensor) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
