"""Run the trials of a plan, and count what comes of them."""

from collections.abc import Callable

import torch

from studies.belief.cells import Record
from studies.belief.jobs import Batch
from studies.belief.multi_policy import ACTION_ERROR, GATE, HEIGHT_ERROR, MultiPolicy
from studies.belief.policies import TEACHER
from studies.belief.robot import TrialRobot

STEPS, FELL, LEFT = 3, 4, 5
"""Columns of `run`'s totals, after those of `MultiPolicy.measures`."""
CHECK_INTERVAL = 25
"""Control steps between two questions to the device whether all trials have ended."""


@torch.no_grad()
def run(env: TrialRobot, multi_policy: MultiPolicy, watch: Callable[[int], None] = lambda step: None) -> torch.Tensor:
    """Run all trials that `env` was assigned.

    Args:
        env: before its first step.
        multi_policy: drives it.
        watch: called in each step between the policies' actions and the physics.

    Returns:
        For each job of `env.batch`, sums over its steps [J + 1, 6]: the three measures, steps, whether the robot
        fell, and whether it left its tile, which is success.
    """
    jobs = len(env.batch.jobs.level)
    totals = torch.zeros(jobs, 6, device=env.device)
    obs = env.reset()
    step = 0
    while step % CHECK_INTERVAL or not env.queue.finished():
        actions = multi_policy.act(obs)
        watch(step)
        job, in_time = env.queue.job.clone(), env.episode_length_buf + 1 < env.max_episode_length
        obs, _, dones, _ = env.step(actions)
        fell = dones & ~env.time_out_buf & ~env.stuck
        left = dones & env.time_out_buf & in_time
        outcome = torch.stack((torch.ones_like(dones), fell, left), dim=1)
        totals.index_add_(0, job, torch.cat((multi_policy.measures, outcome.float()), dim=1))
        step += 1
    return totals


def summarize(batch: Batch, totals: torch.Tensor) -> list[Record]:
    """One record for each cell of a batch, from the totals of its jobs [J + 1, 6]."""
    totals, records, start = totals.double().cpu(), [], 0
    for cell, trials in batch.cells.items():
        rows = totals[start : start + trials]
        start += trials
        steps = rows[:, STEPS].sum()
        means = rows[:, :3].sum(dim=0) / steps
        # Trials are independent, their steps are not: standard error of a ratio of sums over trials.
        residuals = rows[:, ACTION_ERROR] - means[ACTION_ERROR] * rows[:, STEPS]
        measures = {
            "action_error": means[ACTION_ERROR].item(),
            "action_error_se": (residuals.square().sum().sqrt() / steps).item(),
            "height_error": means[HEIGHT_ERROR].item(),
            "gate": means[GATE].item(),
        }
        if cell.policy == TEACHER:
            measures = dict.fromkeys(measures)
        outcome = {
            "trials": trials,
            "successes": int(rows[:, LEFT].sum()),
            "falls": int(rows[:, FELL].sum()),
            "steps": int(steps),
        }
        records.append({**vars(cell), **outcome, **measures})
    return records
