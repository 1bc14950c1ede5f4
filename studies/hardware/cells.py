"""The trials of the suite: one setting of the hardware each."""

import copy
from dataclasses import dataclass
from typing import Any

from legged_gym.actuators.models import ENGINE_PD
from legged_gym.config.layers import set_fields
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.terrain.columns import column_types
from legged_gym.terrain.kinds import KINDS
from legged_gym.utils.errors import UserError

DELAYS = (0.0, 0.02, 0.03, 0.04)
"""Times by which targets come late, s: always the same in a trial."""
TORSIONAL_FRICTIONS = (0.0, 0.005, 0.01, 0.02)
"""Friction of the contacts against turning, m. A patch of 1 cm radius, pressed evenly, has 2/3 of it: 0.007 m."""
TURN = (0.0, 0.0, 0.8)
"""Command of the robots that turn on the spot, m/s, m/s, rad/s."""
PLANE, OWN = "plane", "own"
"""Ground of a trial: a plane, or the task's own."""
DELAYED_PD = "delayed_pd"


@dataclass(frozen=True)
class Cell:
    """Trials under one setting; what is None is as in the policy's training."""

    ground: str
    delay: float | None = None
    """Time by which targets come late, s."""
    torsional_friction: float | None = None
    """m"""
    command: tuple[float, float, float] | None = None
    """Of all robots; None: drawn, as evaluate.py draws it."""

    def settings(self, cfg: Any, trials: int) -> dict[str, Any]:
        """What the trials are made with.

        Args:
            cfg: the policy's training configuration of the environment.
            trials: their number.

        Returns:
            Settings by dotted key.

        Raises:
            UserError: targets cannot come late to these drives.
        """
        on_plane = self.ground == PLANE
        own: dict[str, Any] = {"terrain.mesh_type": "plane"} if on_plane else _small_map(cfg.terrain, trials)
        if self.delay is not None:
            own |= _late(cfg, self.delay)
        if self.torsional_friction is not None:
            own["asset.torsional_friction"] = self.torsional_friction
            own["domain_rand.randomize_torsional_friction"] = False
        changed = copy.deepcopy(cfg)
        set_fields(own, changed)
        return evaluation_settings(changed, self.command) | own


def all_cells() -> list[Cell]:
    """Late targets on a plane and on the task's own ground, and turning on the spot."""
    late = [Cell(ground, delay) for ground in (PLANE, OWN) for delay in DELAYS]
    return late + [Cell(PLANE, torsional_friction=friction, command=TURN) for friction in TORSIONAL_FRICTIONS]


def _small_map(terrain: Any, trials: int) -> dict[str, Any]:
    """As many columns of each terrain type as have a trial on each level: boxes that nobody treads on take time."""
    shares = {kind: len(KINDS.get(kind, (kind,))) for kind, share in terrain.terrain_proportions.items() if share > 0}
    types = column_types(terrain.terrain_proportions, terrain.num_cols)
    columns = sum(shares.values()) * max(trials // (terrain.num_rows * sum(shares.values())), 1)
    if columns >= terrain.num_cols or {*column_types(shares, columns)} != {*types}:
        return {}
    return {"terrain.terrain_proportions": shares, "terrain.num_cols": columns}


def _late(cfg: Any, delay: float) -> dict[str, Any]:
    model = cfg.control.actuator.model
    if model not in (ENGINE_PD, DELAYED_PD):
        raise UserError(f"--suite=hardware: targets come late to PD drives alone, not to {model!r}")
    steps = round(delay / cfg.sim.dt)
    return {
        "control.actuator.model": DELAYED_PD,
        "control.actuator.delay_range": [steps, steps],
        "domain_rand.randomize_action_delay": False,
    }
