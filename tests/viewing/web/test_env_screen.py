"""A played environment in the browser: what the user does there happens to the robots."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from legged_gym.scripts.programs.play import switch
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web import env_screen
from legged_gym.viewing.web.env_screen import EnvScreen, beside
from legged_gym.viewing.web.messages import Event, Kind, Notice, Policies
from rsl_rl.utils.errors import CheckpointError
from tests.viewing.web.stub_viewer import StubViewer

POLICIES = Path(__file__).parents[3] / "resources" / "policies"


@pytest.fixture(scope="module")
def env():
    cfg, _ = get_cfgs("go2_rough")
    cfg.env.num_envs, cfg.sim.engine = 3, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.curriculum = 4, 5, False
    torch.manual_seed(0)
    env = make_env("go2_rough", cfg, "cpu", 1)
    yield env
    env.close()


@pytest.fixture
def loaded():
    return []


@pytest.fixture
def screen(env, loaded, tmp_path, monkeypatch):
    def load(path):
        if path.name == "model_1.pt":
            raise CheckpointError("it is of another task")
        loaded.append(path.name)

    monkeypatch.setattr(env_screen, "WebViewer", StubViewer)
    for name in ("model_1.pt", "model_20.pt", "model_3.pt"):
        (tmp_path / name).touch()
    screen = EnvScreen(env, "title", True, Address(), tmp_path / "model_3.pt", load, 3)
    screen._controls.speed = np.inf
    return screen


def play(screen, env, *events):
    """One control step, before which the user did something."""
    screen._viewer.events += events
    is_open = screen.show()
    screen.before_step()
    env.step(torch.zeros(env.num_envs, 12))
    return is_open


def test_the_user_steers_all_robots(screen, env):
    assert screen._viewer.scene.limits == [list(env.cfg.commands.ranges.lin_vel_x)] + [
        list(bounds) for bounds in (env.cfg.commands.ranges.lin_vel_y, env.cfg.commands.ranges.ang_vel_yaw)
    ]
    screen._viewer.events.append(Event(Kind.STEER, [0.4, -0.1, 0.2]))
    screen.show()
    screen.before_step()
    assert torch.allclose(env.commands[:, :3], torch.tensor([0.4, -0.1, 0.2]).expand(3, 3))


def test_a_robot_goes_on_on_the_tile_that_was_chosen_and_stays_there(screen, env):
    kind = env.terrain.type_names[3]
    play(screen, env, Event(Kind.ROBOT, 1), Event(Kind.PLACE, (kind, 2)))
    others = env.env_origins[[0, 2]].clone()
    for _ in range(3):  # also when later episodes end
        assert torch.allclose(
            env.env_origins[1], torch.as_tensor(env.terrain.env_origins[2, env.terrain.type_names.index(kind)])
        )
        assert screen._frames.robot == 1 and screen._viewer.frames[-1].robots[0] == 1
        env.episode_length_buf[1] = env.max_episode_length
        play(screen, env)
    assert torch.equal(env.env_origins[[0, 2]], others)
    play(screen, env, Event(Kind.PLACE, ("no such", 1)), Event(Kind.ROBOT, 7))
    play(screen, env, Event(Kind.PLACE, (kind, 99)))
    assert screen._frames.robot == 1


def test_a_new_episode_is_one_of_every_robot(screen, env):
    play(screen, env)
    play(screen, env, Event(Kind.RESTART))
    assert env.episode_length_buf.tolist() == [0, 0, 0]
    play(screen, env)
    assert env.episode_length_buf.tolist() == [1, 1, 1]


def test_policies_are_switched_and_those_that_do_not_fit_are_told(screen, env, loaded, tmp_path):
    assert screen._viewer.scene.checkpoints == ["model_3.pt", "model_20.pt", "model_1.pt"]
    play(screen, env, Event(Kind.CHECKPOINT, "model_20.pt"))
    assert loaded == ["model_20.pt"]
    assert screen._viewer.told == [
        Notice("the policy is that of model_20.pt"), Policies(["model_20.pt", "model_3.pt", "model_1.pt"]),
    ]  # fmt: skip
    play(screen, env, Event(Kind.CHECKPOINT, "model_1.pt"))
    assert loaded == ["model_20.pt"]
    assert screen._viewer.told[2:] == [Notice("it is of another task", True), screen._viewer.told[1]]
    play(screen, env, Event(Kind.CHECKPOINT, "../model_3.pt"))
    assert loaded == ["model_20.pt"] and screen._viewer.told[-1].is_error


def test_new_checkpoints_are_found(screen, env, tmp_path):
    (tmp_path / "model_40.pt").touch()
    screen._look_for_policies()
    screen._look_for_policies()
    assert screen._viewer.told == [Policies(["model_3.pt", "model_40.pt", "model_20.pt", "model_1.pt"])]
    assert [path.name for path in beside(tmp_path / "model_1.pt")][:2] == ["model_1.pt", "model_40.pt"]


def test_ends_when_the_user_or_the_viewer_does(screen, env):
    assert play(screen, env)
    assert not play(screen, env, Event(Kind.END))
    screen._controls.ended = False
    screen.close()
    assert not play(screen, env)


def test_a_viewer_that_dies_while_the_program_is_paused_ends_it_too(screen, env):
    screen._controls.paused = True
    screen.close()
    assert not play(screen, env)


def test_a_checkpoint_of_another_task_is_refused_though_its_weights_fit():
    loaded = []
    runner = SimpleNamespace(load_for_inference=lambda path, policy: loaded.append(path.name))
    load = switch("go2_flat", runner, None)
    load(POLICIES / "go2_flat.pt")
    with pytest.raises(UserError, match="a1_flat.pt is of the task 'a1_flat', not of 'go2_flat'"):
        load(POLICIES / "a1_flat.pt")
    assert loaded == ["go2_flat.pt"]
