"""Environments that work off a plan: tiles, commands, noise and outcomes of the trials."""

from typing import Any

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.envs.base.commands import HEADING
from legged_gym.envs.perceptive.perceptive_sight_robot import PerceptiveSightRobot
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.tasks import get_cfgs
from legged_gym.utils.seeding import set_seed
from studies.belief import rollout
from studies.belief.cells import Cell, cells
from studies.belief.jobs import Batch
from studies.belief.robot import CrossingTrialRobot, TrialRobot, trial_robot
from tests.studies.belief.conftest import small_cfg


class Standing:
    """A policy for robots that hold their pose, with known measures."""

    def __init__(self, env: TrialRobot) -> None:
        self.measures = torch.zeros(env.num_envs, 3)
        self.actions = torch.zeros(env.num_envs, 12)

    def act(self, obs: Any) -> torch.Tensor:
        return self.actions


def test_trials_run_on_the_tiles_of_their_jobs_and_go_straight_ahead(make: Any) -> None:
    env = make(small_cfg(num_envs=6))
    env.assign(cells(["student"], ["discrete", "stairs_up"], [0, 1], ["none"], 4))
    jobs = env.batch.jobs
    steps: list[torch.Tensor] = []

    def watch(step: int) -> None:
        job = env.queue.job
        x, y = env.terrain.env_origins[jobs.level[job], jobs.column[job], :2].T
        assert env.env_origins[:, 0].tolist() == pytest.approx(x.tolist())
        assert env.env_origins[:, 1].tolist() == pytest.approx(y.tolist())
        fresh = env.episode_length_buf == 0
        heading = torch.atan2(env.heading[:, 1], env.heading[:, 0])
        torch.testing.assert_close(env.commands[fresh, HEADING], heading[fresh])
        assert (env.commands[:, 0] >= 0.5).all() and (env.commands[:, 1] == 0.0).all()
        steps.append(job.clone())

    totals = rollout.run(env, Standing(env), watch)  # type: ignore[arg-type]
    counts = torch.stack(steps).flatten().bincount(minlength=17)
    assert (counts[:16] == 20).all()  # 0.4 s each
    assert torch.equal(totals[:, rollout.STEPS], counts.float())
    assert (totals[:16, rollout.FELL] + totals[:16, rollout.LEFT] == 0.0).all()


def test_a_robot_observes_the_commands_of_its_trial(make: Any) -> None:
    """They are the critic's first term; legged_gym scales velocities by 2 and the yaw rate by 0.25."""
    env = make(small_cfg(num_envs=4))
    env.assign(cells(["student"], ["discrete"], [0], ["none"], 4))
    obs = env.reset()
    assert (env.commands[:, 0] >= 0.5).all()
    torch.testing.assert_close(obs["critic"][:, :3], env.commands[:, :3] * torch.tensor([2.0, 2.0, 0.25]))


def test_falls_and_successes_are_told_apart_and_counted_for_their_cell(make: Any) -> None:
    """Robots of level 1 are carried off their tile, those on stairs are thrown on their backs."""
    env = make(small_cfg(num_envs=4))
    env.assign(cells(["student"], ["slope_up", "stairs_up"], [0, 1], ["none"], 3))
    jobs, multi_policy = env.batch.jobs, Standing(env)
    stairs = env.terrain.type_names.index("stairs_up")

    def watch(step: int) -> None:
        multi_policy.measures[:, 0] = jobs.level[env.queue.job] + 1.0
        now = env.episode_length_buf == 3
        carried = now & (jobs.level[env.queue.job] == 1)
        thrown = now & (jobs.column[env.queue.job] >= stairs) & ~carried
        root = env.root_states.clone()
        root[carried, 0] = env.env_origins[carried, 0] + 4.2
        root[carried, 2] += 2.0
        root[thrown, 3:7] = torch.tensor([1.0, 0.0, 0.0, 0.0])
        env.sim.reset(carried | thrown, root, env.dof_pos.clone(), env.dof_vel.clone())

    records = rollout.summarize(env.batch, rollout.run(env, multi_policy, watch))  # type: ignore[arg-type]
    found = {(r["terrain"], r["level"]): (r["trials"], r["successes"], r["falls"], r["steps"]) for r in records}
    assert found == {
        ("slope_up", 0): (3, 0, 0, 60),
        ("slope_up", 1): (3, 3, 0, 12),
        ("stairs_up", 0): (3, 0, 3, 12),
        ("stairs_up", 1): (3, 3, 0, 12),
    }
    assert [r["action_error"] for r in records] == [2.0, 2.0, 1.0, 1.0]
    assert all(r["action_error_se"] == pytest.approx(0.0) for r in records)


def test_standard_error_of_a_mean_over_steps() -> None:
    """Two trials of 10 and 30 steps with errors 1 and 2: mean 1.75; residuals 10 - 17.5 and 60 - 52.5."""
    batch = Batch(None, {Cell("student", "gap", 2, "none"): 2}, {"student": 2})  # type: ignore[arg-type]
    totals = torch.tensor([[10.0, 1.0, 5.0, 10.0, 1.0, 0.0], [60.0, 3.0, 15.0, 30.0, 0.0, 1.0], [9.0] * 6])
    (record,) = rollout.summarize(batch, totals)
    assert record["action_error"] == pytest.approx(1.75) and record["height_error"] == pytest.approx(0.1)
    assert record["gate"] == pytest.approx(0.5) and record["steps"] == 40
    assert record["action_error_se"] == pytest.approx((2 * 7.5**2) ** 0.5 / 40)
    assert (record["successes"], record["falls"], record["trials"], record["level"]) == (1, 1, 2, 2)


def test_each_environment_sees_the_noise_of_its_job(make: Any) -> None:
    """The error of the map is that of the job's condition, and changes when the job does, or its time has come."""
    cfg = small_cfg(num_envs=30)
    cfg.terrain.difficulty_range, cfg.terrain.terrain_proportions = (0.0, 0.0), {"pit": 1.0}
    cfg.terrain.sizes = {"pit": (0.0, 1.0)}  # flat ground
    env = make(cfg)
    env.assign(
        cells(["a"], ["pit"], [0], ["none"], 20)
        | cells(["b"], ["pit"], [0], ["large"], 20)
        | cells(["c"], ["pit"], [0], ["none to large"], 20)
    )
    env.batch.jobs.switch_step.fill_(10)
    errors: list[torch.Tensor] = []

    def watch(step: int) -> None:
        error = (env.map_heights - env.foot_heights).flatten(1).square().mean(dim=1).sqrt()
        for rows in env.queue.rows[:1]:
            assert (error[rows] == 0.0).all()
        changing = env.queue.rows[2]
        late = env.episode_length_buf[changing] >= 10
        errors.append(error[env.queue.rows[1]])
        assert ((error[changing] > 0.02) == (late & (env.queue.job[changing] < env.queue.idle))).all()

    rollout.run(env, Standing(env), watch)  # type: ignore[arg-type]
    # Standard deviations of a height: 0.6 * (0.3, 0.1, 0.1) for point, foot and episode.
    assert torch.stack(errors)[:40].square().mean().sqrt() == pytest.approx(0.6 * 0.11**0.5, rel=0.1)


def test_robots_on_ground_to_cross_are_sent_across_and_may_be_stuck() -> None:
    """One that makes no way for 3 s neither falls nor leaves its tile; without a map every sample is NaN."""
    cfg, _ = get_cfgs("go2_perceptive_sight")
    cfg.env.num_envs, cfg.sim.engine = 4, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.crossing.patience = 1, 2, 0.1
    cfg.terrain.terrain_proportions = {"gap": 1.0, "level": 1.0}
    set_fields(evaluation_settings(cfg) | {"env.episode_length_s": 0.3}, cfg)
    set_seed(1)
    env = trial_robot(PerceptiveSightRobot)(cfg, "cpu", 1)
    assert isinstance(env, CrossingTrialRobot)
    env.assign(cells(["student"], ["gap", "level"], [0], ["none", "no map"], 1))
    jobs = env.batch.jobs
    gap = env.terrain.type_names.index("gap")
    seen: list[tuple[bool, bool]] = []

    def watch(step: int) -> None:
        job = env.queue.job
        crossing = jobs.column[job] == gap
        busy = job < 4
        assert torch.equal(env.crossing.active[busy], crossing[busy])
        assert (env.commands[busy & crossing, 0] >= 0.7).all() and (env.commands[:, 1] == 0.0).all()
        blind = env.map_heights.isnan().flatten(1).all(dim=1)
        seen.extend(zip(jobs.missing[job][busy].tolist(), blind[busy].tolist(), strict=True))

    totals = rollout.run(env, Standing(env), watch)  # type: ignore[arg-type]
    assert all(missing == blind for missing, blind in seen) and {missing for missing, _ in seen} == {False, True}
    steps = {env.batch.jobs.column[i].item(): totals[i, rollout.STEPS].item() for i in range(4)}
    assert steps[gap] < 15 == steps[1 - gap]  # 0.3 s
    assert (totals[:4, rollout.FELL] == 0.0).all() and (totals[:4, rollout.LEFT] == 0.0).all()
    env.close()
