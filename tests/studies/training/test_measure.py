"""One training, judged on the way; and one that is told to stop."""

import copy
import json
import math
import signal
from types import SimpleNamespace

import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.sim.devices import Placement
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from studies.training import judging, measure
from studies.training.point import Point

SMALL = {"env.num_envs": 8, "train.algorithm.num_learning_epochs": 1, "env.episode_length_s": 1.0}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A look at each iteration, and eight trials of a second."""
    settings = judging.evaluation_settings
    monkeypatch.setattr(judging, "evaluation_settings", lambda cfg: settings(cfg) | {"env.episode_length_s": 1.0})
    monkeypatch.setattr(measure, "LOOK", 1)


def results(point):
    """What is known at each time that the point is judged."""
    return [copy.deepcopy(result) for result in measure.measure(point)]


def test_a_policy_is_judged_once_for_marks_that_are_reached_together():
    point = Point("small", "go2_flat", 1, SMALL, samples=(192.0, 300.0, 384.0), trials=8)
    first, result = results(point)
    assert [judged["marks"] for judged in result["judged"]] == [["192 samples"], ["300 samples", "384 samples"]]
    assert [judged["iteration"] for judged in result["judged"]] == [1, 2]
    assert [step["samples"] for step in result["trace"]] == [192, 384]
    assert all(0.0 < step["error"] < 3.0 and 0.0 <= step["age"] <= 1.0 for step in result["trace"])
    assert all(judged["episodes"] == 8 and judged["lin_vel_error"] > 0.0 for judged in result["judged"])
    assert result["judged"][0]["lin_vel_error"] != result["judged"][1]["lin_vel_error"]
    assert result["num_envs"] == 8 and result["settings"] == SMALL and result["sharing"] == 1
    assert first["judged"] == result["judged"][:1] and first["trace"] == result["trace"][:1]
    assert (first["finished"], result["finished"]) == (False, True)


def test_a_training_goes_on_as_if_it_had_not_been_judged():
    once, twice = (
        results(Point("small", "go2_flat", 1, SMALL, samples=samples, trials=8))[-1]
        for samples in ((384.0,), (192.0, 384.0))
    )
    assert once["trace"][1]["error"] == twice["trace"][1]["error"]
    assert once["judged"][0]["lin_vel_error"] == twice["judged"][1]["lin_vel_error"]


@pytest.fixture
def runner(monkeypatch):
    """Pretends to collect 100 samples in 3 s and to learn of them in 2 s."""
    monkeypatch.setattr(measure, "_course", lambda _: {})
    runner = SimpleNamespace(
        iteration=0, num_steps_per_env=10, env=SimpleNamespace(num_envs=10), timings=[], stopped_by=None
    )

    def learn(count, init_at_random_ep_len):
        assert init_at_random_ep_len == (runner.iteration == 0)
        runner.iteration += count
        runner.timings += count * [(3.0, 2.0)]

    runner.learn = learn
    return runner


@pytest.mark.parametrize(
    ("samples", "seconds", "marks"),
    [
        (
            (100.0, 300.0, 900.0),
            (12.0, 20.0),
            {1: ["100 samples"], 3: ["300 samples", "12 seconds"], 4: ["20 seconds"]},
        ),
        ((200.0, 100.0), (), {1: ["100 samples"], 2: ["200 samples"]}),
        ((), (6.0,), {2: ["6 seconds"]}),
    ],
)
def test_seconds_end_a_training_and_samples_where_there_are_none(runner, samples, seconds, marks):
    trace = []
    reached = list(measure._reached(Point("a", "go2_flat", 1, {}, samples, seconds), runner, trace))
    assert {mark["iteration"]: mark["marks"] for mark, _ in reached} == marks
    assert [is_last for _, is_last in reached] == (len(marks) - 1) * [False] + [True]
    assert [place["seconds"] for place in trace] == [5.0 * (i + 1) for i in range(max(marks))]


def test_one_that_shares_its_gpu_is_judged_by_samples(monkeypatch):
    asked = []
    monkeypatch.setattr(measure, "_reached", lambda point, *_: iter(asked.append(point) or ()))
    point = Point("small", "go2_flat", 1, SMALL, samples=(192.0,), seconds=(1.0,))
    for sharing in (1, 2):
        assert list(measure.measure(point, sharing=sharing)) == []
    assert asked == [point, Point("small", "go2_flat", 1, SMALL, samples=(192.0,))]


def test_all_are_judged_on_their_tasks_own_ground(monkeypatch):
    """Whatever they are trained on."""
    made = []
    monkeypatch.setattr(judging, "make_env", lambda task, env_cfg, *_: made.append(env_cfg))
    monkeypatch.setattr(judging, "make_runner", lambda *_: None)
    env_cfg, train_cfg = get_cfgs("go2_rough")
    trained = class_to_dict({"env": env_cfg, "train": train_cfg})
    trained["env"]["terrain"]["step_height"] = [0.05, 0.3]
    trained["env"]["rewards"]["scales"]["command_progress"] = 0.75
    judging.Judge(Point("hard", "go2_rough", 1), trained, Placement("mujoco", "cpu", "cpu"))
    judging.Judge(Point("hard", "go2_rough", 1), trained, Placement("mujoco_warp", "cuda:0", "cuda:0"))
    judged, judged_on_gpu = made
    assert tuple(judged.terrain.step_height) == (0.05, 0.18)
    assert judged.rewards.scales.command_progress == 0.75
    assert judged.env.num_envs == 10 * 7 * 20  # slopes up and down are two types each
    assert judged_on_gpu.env.num_envs == 10 * 7 * 100
    assert trained["env"]["terrain"]["step_height"] == [0.05, 0.3]


def test_a_policy_is_judged_alike_at_every_mark():
    env_cfg, train_cfg = get_cfgs("go2_flat")
    point = Point("a", "go2_flat", 1, trials=8)
    judge = judging.Judge(point, class_to_dict({"env": env_cfg, "train": train_cfg}), Placement("mujoco", "cpu", "cpu"))
    first, other = ({name: value.clone() for name, value in judge._runner.policy.state_dict().items()} for _ in "ab")
    other["actor.0.weight"].mul_(3.0)
    error, changed, again = (judge(state)["lin_vel_error"] for state in (first, other, first))
    assert error == again != changed
    judge.env.close()


def test_a_training_that_is_told_to_stop_ends(monkeypatch):
    runner = SimpleNamespace(iteration=0, stopped_by=None)
    runner.learn = lambda *_, **__: setattr(runner, "stopped_by", signal.SIGTERM)
    runner.policy = SimpleNamespace(state_dict=lambda: {})
    monkeypatch.setattr(measure, "make_env", lambda *_: SimpleNamespace(num_envs=8))
    monkeypatch.setattr(measure, "Judge", lambda *_: lambda *_: {})
    monkeypatch.setattr(measure, "make_runner", lambda *_: runner)
    with pytest.raises(SystemExit) as ended:
        list(measure.measure(Point("small", "go2_flat", 1, SMALL, samples=(1.0,))))
    assert ended.value.code == 128 + signal.SIGTERM


def test_whether_policies_can_be_judged_is_seen_before_the_first_iteration(monkeypatch):
    def fail(env, policy, num_steps):
        raise UserError(f"no {num_steps} steps here")

    monkeypatch.setattr(judging, "run_trials", fail)
    monkeypatch.setattr(measure, "_reached", lambda *_: pytest.fail("it trains"))
    with pytest.raises(UserError, match="no 10 steps here"):
        results(Point("small", "go2_flat", 1, SMALL, samples=(192.0,), trials=8))


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_training_that_is_to_have_a_gpu_does_not_go_to_the_cpu():
    with pytest.raises(UserError, match="cuda.*CUDA GPU"):
        next(measure.measure(Point("small", "go2_flat", 1, SMALL, samples=(192.0,)), device="cuda"))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_written_as_null(value):
    env = SimpleNamespace(
        commands=torch.full((2, 3), value), base_lin_vel=torch.zeros(2, 3), episode_length_buf=torch.ones(2), dt=0.02
    )
    runner = SimpleNamespace(env=env, algorithm=SimpleNamespace(metrics=lambda: {"loss": value, "rate": 1.0}))
    assert measure._course(runner) == {"loss": None, "rate": 1.0, "error": None, "age": pytest.approx(0.02)}


def test_marks_of_an_earlier_training_are_kept_until_there_are_as_many(tmp_path, monkeypatch):
    """The earlier one had two judgements of three marks, and was cut. The new one has a mark at each judgement."""
    out, seen = tmp_path / "out.json", []
    out.write_text(json.dumps({"judged": [{"marks": ["1 samples"]}, {"marks": ["2 samples", "3 seconds"]}]}))

    def trained(point, device, sharing):
        assert (device, sharing) == ("cpu", 1)
        for number in range(1, 5):
            yield {"number": number, "judged": number * [{"marks": ["x"]}], "finished": False}
            seen.append(json.loads(out.read_text()).get("number"))

    monkeypatch.setattr(measure, "measure", trained)
    flags = [f"--out={out}", "--device=cpu", "--point", Point("a", "go2_flat", 1).to_json()]
    measure.main(flags)
    assert seen == [None, None, 3, 4]
    out.write_text("{")
    measure.main(flags)
    assert seen[4:] == [1, 2, 3, 4]
    out.write_text(json.dumps({"judged": 9 * [{"marks": ["x"]}]}))
    monkeypatch.setattr(measure, "measure", lambda *_: [{"judged": [], "finished": True}])
    measure.main(flags)
    assert json.loads(out.read_text())["finished"]
