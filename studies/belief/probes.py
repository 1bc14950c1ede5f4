"""Part 4, probes: what a robot believes, and does, where its map contradicts the ground."""

from typing import Any

import torch

from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.evaluation.statistics import rate
from studies.belief import maps
from studies.belief.cells import Cell, Plan, Record
from studies.belief.conditions import CONDITIONS
from studies.belief.multi_policy import GATE, MultiPolicy
from studies.belief.policies import LABELS, STUDENT, TEACHER
from studies.belief.robot import TrialRobot
from studies.belief.traces import NEVER, Trace, aligned, contradictions, example, revision
from studies.tables import number, percent, table

PROBES: dict[str, Cell] = {
    probe: Cell(STUDENT, probe, level, condition)
    for probe, level, condition in (
        (maps.STEP_UP, maps.STEP, "none"),
        (maps.GHOST_STEP, maps.FLAT, "none"),
        (maps.HIDDEN_STEP, maps.STEP, "none"),
        (maps.STAIRS, maps.HIGH, "none"),
        (maps.RANDOM_HEIGHTS, maps.HIGH, "none"),
        (maps.SLIP, maps.FLAT, "drift"),
    )
}
"""The probes by name, as the student walks them. `STEP_UP` and `STAIRS`, whose map is right, are the controls of the
others."""
SPEED = 0.6
"""Commanded forward velocity, m/s."""
EPISODE = 12.0
"""Time of a trial, s: enough to leave the tile."""
SLIPPERY = 0.2
"""Friction coefficient of `SLIP` from the moment on at which its map begins to drift."""


def prepare(cfg: PerceptiveCfg) -> None:
    """Turn an evaluation's configuration into that of the probes, in place."""
    maps.probes(cfg.terrain)  # pyright: ignore[reportArgumentType] - sections are classes to a type checker
    cfg.init_state.position_noise = 0.0
    cfg.commands.ranges.lin_vel_x = [SPEED, SPEED]
    cfg.env.episode_length_s = EPISODE


def plan(policies: list[str], trials: int) -> Plan:
    """Every policy on every probe."""
    return {
        Cell(policy, probe.terrain, probe.level, probe.condition): trials
        for policy in policies
        for probe in PROBES.values()
    }


def begin(env: TrialRobot, trials: Plan) -> None:
    """Show the robots the wrong map, and assign the trials: one to each environment."""
    env.terrain.type_names = list(maps.PROBE_COLUMNS)
    env.use_map(maps.believed(env.terrain))
    env.assign(trials)


class Watch:
    """Makes the ground slippery when its time has come, and records a `Trace`."""

    def __init__(self, env: TrialRobot, multi_policy: MultiPolicy) -> None:
        """Allocate.

        Args:
            env: environments that `begin` was called on.
            multi_policy: drives them.
        """
        self._env, self._multi_policy = env, multi_policy
        steps, n, feet = env.max_episode_length, env.num_envs, len(env.feet_indices)

        def buffer(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
            return torch.zeros(steps, n, *shape, dtype=dtype, device=env.device)

        heights = (buffer(feet) for _ in range(4))
        contact, on_tile = (buffer(feet, dtype=torch.bool) for _ in range(2))
        alive = buffer(dtype=torch.bool)
        self.trace = Trace(*heights, contact=contact, on_tile=on_tile, gate=buffer(), alive=alive)
        self._slip_step = round(CONDITIONS["drift"].switch_time / env.dt)
        self._inner = env.cfg.foot_scan.counts[0]
        inner_radius = torch.linalg.vector_norm(env.foot_scan.points[: self._inner], dim=1).max()
        self._reach = torch.tensor(env.terrain.tile_size, device=env.device) / 2.0 - inner_radius
        """How far from its tile's centre a foot may be with the inner circle of its samples on the tile [2], m."""

    def __call__(self, step: int) -> None:
        """Record the state that the policies now act on."""
        env, trace = self._env, self.trace
        if step >= len(trace.ground):
            return
        if step == self._slip_step:
            slips = env.batch.jobs.drift[env.queue.job] > 0.0
            env.set_friction(torch.where(slips, SLIPPERY, env.domain_rand.friction))
        trace.ground[step] = self._under_feet(env.foot_heights)
        trace.seen[step] = self._under_feet(env.map_heights)
        trace.decoded[step] = self._under_feet(self._multi_policy.heights)
        trace.foot[step] = env.feet_positions[..., 2]
        trace.contact[step] = env.feet_contact
        offset = env.feet_positions[..., :2] - env.env_origins[:, None, :2]
        trace.on_tile[step] = (offset.abs() <= self._reach).all(dim=-1)
        trace.gate[step] = self._multi_policy.measures[:, GATE]
        trace.alive[step] = env.queue.job != env.queue.idle

    def _under_feet(self, samples: torch.Tensor) -> torch.Tensor:
        return samples[..., : self._inner].mean(dim=-1)


def summarize(env: TrialRobot, multi_policy: MultiPolicy, trace: Trace, records: list[Record]) -> dict[str, Any]:
    """Falls of every policy, beliefs of every student, and one trial of the student, by probe; plain data."""
    result: dict[str, Any] = {probe: {"policies": {}} for probe in PROBES}
    start = 0
    for record in records:
        probe, policy, trials = record["terrain"], record["policy"], record["trials"]
        rows = slice(start, start + trials)
        start += trials
        entry: dict[str, Any] = {
            "falls": rate(record["falls"], trials)._asdict(),
            "success": rate(record["successes"], trials)._asdict(),
        }
        if policy != TEACHER:
            part = trace.of(rows)
            touch = contradictions(part)
            first = touch == touch.amin(dim=1, keepdim=True)
            entry["first foot"] = revision(part, torch.where(first, touch, NEVER))
            entry["later feet"] = revision(part, torch.where(first, NEVER, touch))
            if policy == STUDENT:
                result[probe] |= {"aligned": aligned(part, touch, env.dt), "example": example(part, touch, env.dt)}
        result[probe]["policies"][policy] = entry
    return result


def report(summary: dict[str, Any]) -> str:
    """Tables of the summary."""
    lines, beliefs = [], []
    for probe, result in summary.items():
        for name, entry in result["policies"].items():
            lines.append([f"{probe}: {LABELS[name]}", percent(entry["falls"], True), percent(entry["success"], True)])
            for feet in ("first foot", "later feet"):
                revised = entry.get(feet, {"touches": 0})
                if revised["touches"]:
                    beliefs.append([f"{probe}: {LABELS[name]}, {feet}", *_belief(revised)])
    texts = [table("probes", ["", "falls, %", "left the tile, %"], lines)]
    if beliefs:
        title = "beliefs at the first touch that contradicts the map: errors under the foot (cm) before and after"
        header = ["", "touches", "revised, %", "median steps", "map", "decoded", "map after", "decoded after"]
        texts.append(table(title, header, beliefs))
    return "\n\n".join(texts)


def _belief(revised: dict[str, Any]) -> list[str]:
    errors = ("map_error_before", "error_before", "map_error_after", "error_after")
    return [
        str(revised["touches"]),
        number(revised["revised"], 0, 100.0),
        number(revised["steps"], 0),
        *(number(revised[key], 1, 100.0) for key in errors),
    ]
