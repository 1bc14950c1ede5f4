"""Looking on at a training: it takes the same way, and goes on whatever happens to the viewer."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.address import Address
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing.web import training_view
from legged_gym.viewing.web.messages import Event, Kind
from legged_gym.viewing.web.training_view import TrainingView, looking_on
from tests.viewing.web.stub_viewer import StubViewer

STEPS, ITERATIONS = 4, 2


@pytest.fixture
def training():
    """A small one, begun anew at each call: runner and environment."""
    envs = []

    def begin():
        env_cfg, train_cfg = get_cfgs("go2_rough")
        env_cfg.env.num_envs, env_cfg.sim.engine = 10, "mujoco"
        env_cfg.terrain.num_rows, env_cfg.terrain.num_cols = 3, 5
        train_cfg.runner.num_steps_per_env = STEPS
        train_cfg.policy.actor_hidden_dims = train_cfg.policy.critic_hidden_dims = [8]
        set_seed(1)
        env = make_env("go2_rough", env_cfg, "cpu", 1)
        envs.append(env)
        return make_runner(env, train_cfg, None, "cpu"), env

    yield begin
    for env in envs:
        env.close()


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setattr(training_view, "WebViewer", StubViewer)


def test_training_takes_the_same_way_as_without(training):
    weights = []
    for looks in (False, True):
        runner, env = training()
        with looking_on(runner, env, "title", Address() if looks else None) as view:
            runner.learn(ITERATIONS)
        weights.append(torch.cat([value.flatten() for value in runner.policy.parameters()]))
        assert looks == (view is not None)
        if view is not None:
            assert len(view._viewer.frames) == STEPS * ITERATIONS // 2  # read in one step, shown in the next
            assert not view._viewer.is_open and not view._viewer.scene.paced and view._viewer.scene.yields
            assert ("iteration", "1") in view._viewer.frames[-1].facts
    assert torch.equal(*weights)


def test_any_robot_can_be_looked_at(training):
    runner, env = training()
    view = TrainingView(runner, env, "title", Address())
    view._viewer.events = [Event(Kind.ROBOT, 7)]
    runner.on_step()
    runner.on_step()
    assert view._viewer.frames[-1].robots[0] == 7
    view._viewer.events = [Event(Kind.ROBOT, 10), Event(Kind.ROBOT, -1)]
    runner.on_step()
    assert view._frames.robot == 7
    env.terrain_curriculum.levels.copy_(torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0]))
    # Two robots to a column; those of the fourth are 6 and 7, on levels 0 and 1.
    kind = env.terrain.type_names[3]
    assert kind not in env.terrain.type_names[:3] and kind != env.terrain.type_names[4]
    before = env.terrain_curriculum.types.clone()
    view._viewer.events = [Event(Kind.PLACE, (kind, 0))]
    runner.on_step()
    assert view._frames.robot == 6
    view._viewer.events = [Event(Kind.PLACE, (kind, 2))]
    runner.on_step()
    assert view._frames.robot == 7
    view._viewer.events = [Event(Kind.PLACE, ("no such", 2))]
    runner.on_step()
    assert view._frames.robot == 7 and torch.equal(env.terrain_curriculum.types, before)
    view.close()


def test_nobody_looks_so_nothing_is_read(training, monkeypatch):
    runner, env = training()
    view = TrainingView(runner, env, "title", Address())
    view._viewer.wants_frame = False
    monkeypatch.setattr(view._frames, "read", lambda: pytest.fail("read for nobody"))
    runner.on_step()
    view.close()


def test_a_viewer_that_ends_does_not_end_the_training(training, caplog):
    caplog.set_level(logging.WARNING)
    runner, env = training()
    calls = []
    runner.on_step = lambda: calls.append(1)
    view = TrainingView(runner, env, "title", Address())
    view._viewer.is_open = False
    for _ in range(3):
        runner.on_step()
    assert caplog.messages == ["training is not shown any more: the viewer has ended"]
    assert len(calls) == 3  # a film, which looked on before, still does
    view.close()
    runner.on_step()
    assert len(calls) == 4


def test_a_fault_in_looking_on_is_told_once(training, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    runner, env = training()
    view = TrainingView(runner, env, "title", Address())
    monkeypatch.setattr(view._frames, "_signals", lambda: {}["no such"])
    runner.on_step()
    runner.on_step()
    assert caplog.messages == ["training is not shown any more: 'no such'"]
    view.close()


def test_numbers_are_awaited_on_their_own_device(monkeypatch):
    """On that of torch's current one an event says nothing of the copy."""
    recorded: list[str] = []
    event = SimpleNamespace(record=recorded.append, query=lambda: False)
    cuda = SimpleNamespace(Event=lambda: event, current_stream=lambda device: f"stream of {device}")
    host = SimpleNamespace(copy_=lambda numbers, non_blocking: None)
    monkeypatch.setattr(training_view, "torch", SimpleNamespace(cuda=cuda, empty=lambda *_, **__: host))
    numbers: Any = SimpleNamespace(is_cuda=True, device=torch.device("cuda:1"), shape=(1,), dtype=torch.float32)
    assert not training_view._Copy(numbers).is_here
    assert recorded == ["stream of cuda:1"]
