"""The environment of the evaluation: perceptive robots that work off a queue of trials."""

from typing import Any

import torch

from legged_gym.envs.base.commands import Commands
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.envs.perceptive.perceptive_sight_robot import PerceptiveSightRobot
from legged_gym.envs.sight.sight_commands import SightCommands
from studies.belief.cells import Plan
from studies.belief.faults import MapFaults
from studies.belief.jobs import Batch, JobQueue, make_batch


def straight_ahead(commands: Commands) -> Commands:
    """Commands that keep the heading that a robot has at its start."""
    commands.keeps_heading = True
    return commands


class TrialRobot(PerceptiveRobot):
    """A `PerceptiveRobot` whose episodes are the trials of a plan: tile, noise and faults of the map are each job's.

    Its configuration has the `evaluation.trials.evaluation_settings`; no trial runs before `assign`.
    """

    def _make_commands(self) -> Commands:
        return straight_ahead(Commands(self.cfg, self.num_envs, self.dt, self.device))

    def _init_buffers(self) -> None:
        super()._init_buffers()
        self.map_faults = MapFaults(self.terrain, self.map_heights)
        self.map_pose = None  # what is wrong with a map is each job's
        self.batch = self._lay_out({})
        self.queue = JobQueue([], self.num_envs, self.device)

    def _lay_out(self, plan: Plan) -> Batch:
        sections: Any = self.cfg  # a section is a class to a type checker, and an instance of it here
        return make_batch(plan, self.terrain, sections.map_noise, self.dt, self.max_episode_length, self.device)

    def assign(self, plan: Plan) -> None:
        """Take up a plan, once and before the first step; the next `reset` begins its first trials.

        Args:
            plan: cells of this map, of no more policies than there are environments.
        """
        self.batch = self._lay_out(plan)
        self.queue = JobQueue(list(self.batch.counts.values()), self.num_envs, self.device)
        self.map_noise.factor.fill_(1.0)
        self.map_noise.fix(torch.zeros_like(self.map_noise.parameters))

    def _begin_episodes(self) -> None:
        self.queue.advance(self.reset_buf)
        jobs = self.batch.jobs
        self.assign_terrain(jobs.level[self.queue.job], jobs.column[self.queue.job])
        super()._begin_episodes()

    def _measure_map(self) -> torch.Tensor:
        jobs, step = self.batch.jobs.of(self.queue.job), self.episode_length_buf
        late = (step >= jobs.switch_step)[:, None]
        self.map_noise.parameters.copy_(torch.where(late, jobs.later_z, jobs.first_z))
        self.map_noise.missing.copy_(jobs.missing)
        super()._measure_map()
        self.map_faults.apply(self.map_heights, self.map_points, step, jobs)
        return self.map_heights


class CrossingTrialRobot(TrialRobot, PerceptiveSightRobot):
    """The same on ground to cross."""

    def _make_commands(self) -> Commands:
        return straight_ahead(SightCommands(self.cfg, self.num_envs, self.dt, self.device, self.crossing))


def trial_robot(env_class: type) -> type[TrialRobot]:
    """The environment of the trials of a task's robots."""
    return CrossingTrialRobot if issubclass(env_class, PerceptiveSightRobot) else TrialRobot
