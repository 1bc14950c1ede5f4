"""The measurement, on a few robots, and what is told of one."""

import dataclasses

import pytest

from legged_gym.diagnosis import training
from legged_gym.runs.known import KNOWN
from legged_gym.sim.devices import Placement
from legged_gym.tasks import get_cfgs

FLAT = KNOWN["go2_flat"][0]
SPEED = training.Speed(
    task="go2_flat",
    stage=None,
    placement=Placement("mujoco_warp", "cuda:0", "cuda:0"),
    num_envs=4096,
    physics=1.25e6,
    environment=1.0e6,
    training=819_200.0,
    step_time=0.005,
    pools={"sim.max_contacts": 0.25, "sim.max_constraints": 0.5},
    failures={},
    memory=2.5,
    total_memory=8.0,
    known=FLAT,
)


def told(**changes):
    return {finding.name.strip(): finding for finding in training.tell(dataclasses.replace(SPEED, **changes))}


def test_the_expected_time_is_that_of_the_known_iterations():
    found = told()
    assert found["until good"].value.startswith("0:00:44: 370 iterations gave 0.060 m/s")  # 370 x 24 x 0.005 s
    assert found["steps/s"].value == "819,200 training, 1,000,000 environment, 1,250,000 physics (0.80 of it)"
    unknown = told(known=None)["until good"]
    assert unknown.state == "note" and unknown.value.endswith("0:00:44")  # 36.4 M samples at 819200 each second
    assert "take" not in told(known=None, task="nobody")["until good"].value


def test_robots_that_surely_fit_are_a_power_of_two_below_the_share_of_memory():
    assert SPEED.most_robots == 8192  # 4096 x 0.9 x 8 / 2.5 = 11796
    assert told()["robots"].value.endswith("8192 surely fit")
    large = told(total_memory=80.0)["robots"].value
    assert large.endswith("65536 surely fit, 8192 on a GPU of 8 GiB")  # 4096 x 0.9 x 80 / 2.5 = 117965
    assert told(total_memory=80.0, memory=7.0)["robots"].value.endswith("4096 on a GPU of 8 GiB")
    assert told(memory=None, total_memory=None)["robots"].value == "choose 4096, for which the time is known"


def test_pools_that_are_full_or_have_failed():
    assert told()["contact pools"].state == "ok"
    assert told(pools={"sim.max_contacts": 0.9})["contact pools"].advice == "nearly full: raise the setting"
    failed = told(failures={"contact_overflow": 3})["contact pools"]
    assert failed.state == "warning" and failed.advice.startswith("3 robots failed by contact overflow")
    assert told(pools={}, failures={"engine_error": 1})["failures"].state == "warning"
    assert "contact pools" not in told(pools={})


def test_a_measurement(monkeypatch):
    def small(task):
        env_cfg, train_cfg = get_cfgs(task)
        env_cfg.env.num_envs_cpu = 4
        train_cfg.runner.num_steps_per_env = 4
        return env_cfg, train_cfg

    monkeypatch.setattr(training, "get_cfgs", small)
    speed = training.measure("go2_flat", "cpu", budget=0.2)
    assert speed.num_envs == 4 and speed.known is None and speed.most_robots is None
    assert speed.physics > speed.environment > 0.0  # of the same steps; training was timed at another time
    assert speed.training == pytest.approx(4 / speed.step_time)
    assert speed.failures == {} and speed.pools == {}


def test_of_a_task_with_stages_the_first_is_measured(monkeypatch):
    def small(task):
        env_cfg, train_cfg = get_cfgs(task)
        env_cfg.env.num_envs_cpu, env_cfg.terrain.num_rows, env_cfg.terrain.num_cols = 4, 2, 2
        train_cfg.runner.num_steps_per_env = 4
        return env_cfg, train_cfg

    monkeypatch.setattr(training, "get_cfgs", small)
    speed = training.measure("go2_perceptive", "cpu", budget=0.1)
    assert speed.stage == "teacher" and next(training.tell(speed)).value == "4 robots, mujoco on cpu, teacher"
    assert speed.as_many_samples == pytest.approx(2800 * 24 * 4096 / speed.training)
