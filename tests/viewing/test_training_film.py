"""When films are made of a training, of which robots, and what happens if they cannot be made."""

import logging
from types import SimpleNamespace

import pytest
import torch

from legged_gym.utils.errors import UserError
from legged_gym.viewing import training_film
from legged_gym.viewing.training_film import TrainingFilm


class StubRenderer:
    def __init__(self, sim, asset, terrain):
        pass

    def close(self):
        pass


class StubRecorder:
    """Counts its frames; fails at a given one, or, if that is negative, when it is closed after it."""

    made = []
    fails_at = 0

    def __init__(self, env, path, robots, fast):
        self.name, self.robots, self.fast = path.name, robots, fast
        self.shown, self.closed = 0, False
        self.made.append(self)

    def show(self):
        self.shown += 1
        if self.shown == self.fails_at:
            raise OSError("the disk is full\ndetails")

    def close(self):
        assert not self.closed
        if self.shown == -self.fails_at:
            raise OSError("the disk is full")
        self.closed = True


@pytest.fixture(autouse=True)
def stubs(monkeypatch, caplog):
    monkeypatch.setattr(training_film, "Renderer", StubRenderer)
    monkeypatch.setattr(training_film, "VideoRecorder", StubRecorder)
    monkeypatch.setattr(StubRecorder, "made", [])
    caplog.set_level(logging.INFO)


@pytest.fixture
def env():
    """Eight robots along a line; a clip of 4 s has 200 control steps."""
    root = torch.zeros(8, 13)
    root[:, 0] = torch.tensor([0.0, 1.0, 3.0, 6.0, 10.0, 15.0, 21.0, 28.0])
    cfg = SimpleNamespace(asset=None)
    return SimpleNamespace(
        dt=0.02, num_envs=8, sim=None, terrain=None, cfg=cfg, root_states=root, device=torch.device("cpu")
    )


def train(env, tmp_path, interval, last, first=0, num_steps=24, stop=1000):
    """Go through a training, or stop it early; returns name, frames and whether it was finished of each clip."""
    runner = SimpleNamespace(iteration=first, num_steps_per_env=num_steps, on_step=lambda: None)
    film = TrainingFilm(runner, env, tmp_path, interval, last)
    while runner.iteration < min(last, stop):
        for _ in range(num_steps):
            runner.on_step()
        runner.iteration += 1
    film.close()
    return [(clip.name, clip.shown, clip.closed) for clip in StubRecorder.made]


def test_a_clip_every_interval_and_one_of_the_last_seconds(env, tmp_path):
    # 200 steps are 8.3 iterations: the last clip begins 9 before the end.
    clips = train(env, tmp_path, 100, 260)
    assert clips == [(f"iteration_{number}.mp4", 200, True) for number in (100, 200, 251)]
    assert all(clip.fast for clip in StubRecorder.made)


def test_a_resumed_training_begins_with_the_next_multiple(env, tmp_path):
    assert [clip[0] for clip in train(env, tmp_path, 100, 350, first=100)] == [
        "iteration_200.mp4", "iteration_300.mp4", "iteration_341.mp4"
    ]  # fmt: skip


def test_clips_do_not_overlap(env, tmp_path):
    """One that is on stands for one that should begin, also the last."""
    clips = train(env, tmp_path, 5, 40)
    assert [clip[0] for clip in clips] == [
        "iteration_5.mp4",
        "iteration_15.mp4",
        "iteration_25.mp4",
        "iteration_35.mp4",
    ]
    assert [clip[1:] for clip in clips] == [(200, True)] * 3 + [(5 * 24, True)]


def test_a_training_shorter_than_a_clip_is_filmed_whole(env, tmp_path):
    assert train(env, tmp_path, 500, 3) == [("iteration_0.mp4", 72, True)]


def test_iterations_longer_than_a_clip_have_one_each(env, tmp_path):
    clips = train(env, tmp_path, 2, 5, num_steps=300)
    assert clips == [(f"iteration_{number}.mp4", 200, True) for number in (2, 4)]


def test_another_robot_each_time_and_those_around_it(env, tmp_path):
    train(env, tmp_path, 100, 260)
    # 0, 0.618 * 8 = 4.9 and 1.236 * 8 - 8 = 1.9.
    assert [clip.robots for clip in StubRecorder.made] == [[0, 1, 2, 3, 4, 5], [4, 3, 5, 2, 1, 0], [1, 0, 2, 3, 4, 5]]


def test_robots_in_one_place(env, tmp_path):
    env.root_states.zero_()
    train(env, tmp_path, 100, 260)
    assert [len(set(clip.robots)) for clip in StubRecorder.made] == [6, 6, 6]
    assert [clip.robots[0] for clip in StubRecorder.made] == [0, 4, 1]


def test_without_opengl_there_is_one_warning(env, tmp_path, monkeypatch, caplog):
    def fail(*_):
        raise UserError("cannot draw, OpenGL failed")

    monkeypatch.setattr(training_film, "Renderer", fail)
    assert train(env, tmp_path, 1, 30) == []
    assert caplog.messages == ["training is not filmed: cannot draw, OpenGL failed"]


def test_a_film_that_cannot_be_written_ends_filming_alone(env, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(StubRecorder, "fails_at", 3)
    assert train(env, tmp_path, 10, 30) == [("iteration_10.mp4", 3, False)]
    assert caplog.messages == ["training is not filmed any more: the disk is full"]


@pytest.mark.parametrize(("stop", "frames"), [(100, 200), (25, 5 * 24)], ids=["on its way", "at the end"])
def test_a_film_that_cannot_be_finished_ends_filming_alone(env, tmp_path, stop, frames, monkeypatch, caplog):
    monkeypatch.setattr(StubRecorder, "fails_at", -frames)
    assert train(env, tmp_path, 20, 100, stop=stop) == [("iteration_20.mp4", frames, False)]
    assert caplog.messages == ["training is not filmed any more: the disk is full"]
