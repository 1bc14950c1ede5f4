"""The queue of trials: its layout, and that every job is done once."""

import random
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.sensors.map_conditions import LARGE, SMALL
from studies.belief.cells import Cell, Plan, cells, merged
from studies.belief.conditions import CONDITIONS
from studies.belief.jobs import NEVER, Batch, JobQueue, divide, make_batch

TERRAIN: Any = SimpleNamespace(type_names=["slope_up", "discrete", "discrete"])


def batch(plan: Plan) -> Batch:
    return make_batch(plan, TERRAIN, MapNoiseCfg(), 0.02, 1000, "cpu")


def test_environments_are_divided_in_proportion() -> None:
    assert divide(10, [30, 60, 10]) == [slice(0, 3), slice(3, 9), slice(9, 10)]
    assert divide(7, [3, 4]) == [slice(0, 3), slice(3, 7)]
    assert divide(3, [1, 100, 1]) == [slice(0, 1), slice(1, 2), slice(2, 3)]
    assert divide(4, []) == []


@pytest.mark.parametrize("counts", [[7], [5, 40, 1], [12, 12]])
def test_every_job_is_done_once_by_the_rows_of_its_policy(counts: list[int]) -> None:
    queue, draw = JobQueue(counts, 8, "cpu"), random.Random(0)
    assert queue.finished()
    queue.advance(torch.ones(8, dtype=torch.bool))
    done: list[int] = []
    bounds = [sum(counts[: index + 1]) for index in range(len(counts))]
    for _ in range(1000):
        ended = torch.tensor([draw.random() < 0.4 for _ in range(8)])
        for worker, rows in enumerate(queue.rows):
            for row in range(rows.start, rows.stop):
                job = int(queue.job[row])
                assert job == sum(counts) or bounds[worker] - counts[worker] <= job < bounds[worker]
                done += [job] if ended[row] and job < sum(counts) else []
        queue.advance(ended)
        if queue.finished():
            break
    assert sorted(done) == list(range(sum(counts)))


def test_jobs_stand_by_policy_the_hardest_first_over_all_columns_of_their_type() -> None:
    plan = cells(["student", "blind"], ["discrete", "slope_up"], [0, 3], ["none"], 3)
    found = batch(plan)
    assert found.counts == {"student": 12, "blind": 12}
    assert [(cell.policy, cell.terrain, cell.level) for cell in found.cells][:3] == [
        ("student", "discrete", 3), ("student", "slope_up", 3), ("student", "discrete", 0),
    ]  # fmt: skip
    assert found.jobs.level.tolist() == ([3] * 6 + [0] * 6) * 2 + [0]
    assert found.jobs.column.tolist() == ([1, 2, 1, 0, 0, 0] * 4) + [0]
    part = found.jobs.of(torch.tensor([0, 7]))
    assert part.level.tolist() == [3, 0] and part.first_z.shape == (2, 8)


def test_conditions_become_parameters_of_the_robots_size() -> None:
    plan = {Cell("student", "discrete", 0, name): 1 for name in CONDITIONS}
    jobs = batch(plan).jobs
    row = {name: index for index, name in enumerate(CONDITIONS)}
    assert jobs.first_z[row["none"]].tolist() == [0.0] * 8
    expected = [0.6 * value for value in SMALL]
    expected[5] = SMALL[5]  # a probability has no size
    assert jobs.first_z[row["small"]].tolist() == pytest.approx(expected)
    torch.testing.assert_close(jobs.first_z[row["large x 2"]], 2 * jobs.first_z[row["large"]])
    assert jobs.first_z[row["none to large"]].tolist() == [0.0] * 8
    torch.testing.assert_close(jobs.later_z[row["none to large"]], jobs.first_z[row["large"]])
    assert jobs.switch_step[row["none to large"]] == 250
    assert jobs.later_z[row["large"], 1] == pytest.approx(0.6 * LARGE[1])
    assert jobs.refresh_period[row["stale map"]] == 2.5 and jobs.refresh_period[row["none"]] == 1.0
    assert jobs.dropped[row["20 % dropped"]] == pytest.approx(0.2)
    assert jobs.cell_offset[row["cell offsets"]] == pytest.approx(0.05)
    assert jobs.drift[row["drift"]] == pytest.approx(0.001) and jobs.switch_step[row["drift"]] == 100
    assert jobs.reset_period[row["large, reset memory"]] == 25 and jobs.reset_period[row["large"]] == NEVER
    assert [name for name in CONDITIONS if jobs.shuffled[row[name]]] == [
        "none, shuffled memory", "large, shuffled memory",
    ]  # fmt: skip


def test_training_noise_is_drawn_twice_from_the_trainings_conditions() -> None:
    jobs = batch({Cell("student", "discrete", 0, "training"): 2000}).jobs
    outliers = {0.05: 0.6, 0.02: 0.3, 0.3: 0.1}  # the conditions' probabilities of an outlier, and their own
    for z in (jobs.first_z[:-1], jobs.later_z[:-1]):
        for outlier, probability in outliers.items():
            share = (z[:, 5] == torch.tensor(outlier)).float().mean().item()
            assert share == pytest.approx(probability, abs=0.04)
    assert (jobs.first_z != jobs.later_z).any(dim=1)[:-1].float().mean() == pytest.approx(0.54, abs=0.04)
    assert (jobs.switch_step[:-1] == 500).all()


def test_a_cell_that_two_parts_want_is_measured_once_and_blind_ones_under_no_noise() -> None:
    first = cells(["student", "blind"], ["gap"], [0], ["none", "large"], 4)
    second = cells(["student"], ["gap"], [0], ["large"], 9)
    assert merged([first, second], ["blind"]) == {
        Cell("student", "gap", 0, "none"): 4,
        Cell("student", "gap", 0, "large"): 9,
        Cell("blind", "gap", 0, "none"): 4,
    }
