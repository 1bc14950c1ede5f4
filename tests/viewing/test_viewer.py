"""The viewer without its window: what keys do to the robots."""

import logging

import pytest
import torch

from legged_gym.tasks import get_cfgs, make_env
from tests.opengl import opengl_fault

if opengl_fault():
    pytest.skip(f"no OpenGL: {opengl_fault()}", allow_module_level=True)

from legged_gym.viewing import viewer  # noqa: E402 - needs OpenGL to be imported


class StubWindow:
    """Keeps what it is given."""

    def __init__(self, robots, asset, terrain, dt, on_key, own_letters):
        self.press = on_key
        self.shown = None

    def show(self, text, markers, picture):
        self.shown = text
        assert markers == [] and picture is None
        return True


@pytest.fixture
def env():
    cfg, _ = get_cfgs("go2_flat")
    cfg.env.num_envs, cfg.sim.engine = 2, "mujoco"
    env = make_env("go2_flat", cfg, "cpu", 1)
    yield env
    env.close()


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setattr(viewer, "RobotWindow", StubWindow)


def test_keys_are_told_and_steer_all_robots(env, caplog):
    caplog.set_level(logging.INFO)
    screen = viewer.Viewer(env, steers=True)
    assert caplog.messages[-1].splitlines()[:2] == [
        "keys in the window:",
        "  W / S, Up / Down            faster / slower, backwards",
    ]
    for letter in "WWQ":
        screen._window.press(ord(letter))
    screen.before_step()
    assert torch.allclose(env.commands[:, :3], torch.tensor([0.2, 0.0, 0.1]))
    assert screen.show() and "+0.2 m/s, +0.0 m/s, +0.1 rad/s" in screen._window.shown[1]


def test_r_begins_one_new_episode_of_every_robot(env):
    screen = viewer.Viewer(env, steers=False)
    commands = env.commands[:, :2].clone()
    ends = []
    for step in range(4):
        if step == 1:
            screen._window.press(ord("R"))
        screen.before_step()
        assert step > 1 or torch.equal(env.commands[:, :2], commands)
        _, _, dones, extras = env.step(torch.zeros(2, 12))
        ends.append((dones.tolist(), extras["time_outs"].tolist(), env.episode_length_buf.tolist()))
    yes, no = [True, True], [False, False]
    assert ends == [(no, no, [1, 1]), (yes, yes, [0, 0]), (no, no, [1, 1]), (no, no, [2, 2])]
