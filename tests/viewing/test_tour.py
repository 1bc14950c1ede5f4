"""The film that play.py makes by itself: what is shown, and when the camera goes on."""

from types import SimpleNamespace

import pytest
import torch

import legged_gym
from legged_gym.config.checks import check_config
from legged_gym.config.layers import set_fields
from legged_gym.tasks import TASKS, get_cfgs, make_env
from legged_gym.viewing import playing, tour


def toured(task: str, num_envs: int = 4096):
    """A task's configuration with the settings of its film."""
    cfg, _ = get_cfgs(task)
    cfg.env.num_envs = num_envs
    set_fields(playing.calm_settings(cfg), cfg)
    set_fields(tour.tour_settings(cfg), cfg)
    return cfg


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("go2_rough", ["stairs_up", "stairs_down", "discrete", "slope", "rough_slope"]),
        ("go2_sight", ["stepping_stones", "beams", "gap", "hurdles", "pit", "platform"]),
        ("go2_climb", ["climb_track"]),
    ],
)
def test_a_film_shows_what_the_task_is_about(task: str, kinds: list[str]):
    cfg = toured(task)
    assert list(cfg.terrain.terrain_proportions) == kinds
    assert cfg.env.num_envs == 6 and cfg.terrain.num_cols == 12
    low, high = get_cfgs(task)[0].terrain.difficulty_range
    assert cfg.terrain.difficulty_range == pytest.approx((low + 0.4 * (high - low), high))


def test_robots_go_ahead_as_fast_as_the_task_lets_them():
    rough, qmini, sight = (toured(task) for task in ("go2_rough", "qmini", "go2_sight"))
    assert rough.commands.ranges.lin_vel_x == [1.0, 1.0] and rough.commands.ranges.ang_vel_yaw == [0.0, 0.0]
    most = get_cfgs("qmini")[0].commands.ranges.lin_vel_x[1]
    assert most < 1.0 and qmini.commands.ranges.lin_vel_x == [most, most]
    assert sight.crossing.speed == [1.0, 1.0] and sight.commands.heading_command
    assert toured("go2_flat").commands.ranges.ang_vel_yaw == [-0.5, 0.5]


def test_ways_across_are_gone_as_fast_and_as_often_as_was_trained():
    speeds = {name: toured(f"go2_{name}").crossing.speed for name in ("crawl", "tilt", "leap", "climb")}
    assert speeds == {"crawl": [0.8, 0.8], "tilt": [0.6, 0.6], "leap": [1.0, 1.0], "climb": [1.0, 1.0]}
    assert toured("go2_sight").crossing.share_elsewhere == 1.0
    assert toured("go2_field").crossing.share_elsewhere == 0.0  # it never trained to get across


@pytest.mark.parametrize("task", TASKS)
def test_every_task_can_be_filmed(task: str):
    check_config(toured(task))


def test_each_robot_has_ground_of_its_own_far_from_the_others():
    env = make_env("go2_rough", toured("go2_rough"), "cpu", 1)
    robots = tour.stops(env)
    types = [env.terrain.type_names[env.terrain_curriculum.types[robot]] for robot in robots]
    assert types == ["stairs_up", "stairs_down", "discrete", "slope_up", "slope_down", "rough_slope_down"]
    assert len(set(robots)) == 6
    position = env.root_states[robots, :2]
    apart = torch.cdist(position, position) + 1e3 * torch.eye(len(robots))
    assert apart.min() >= 2 * 8.0  # each leaves its tile 4 m from the middle
    env.close()


def test_a_single_robot_is_on_the_first_kind():
    env = legged_gym.make(
        "go2_rough", num_envs=1, device="cpu", **{"terrain.num_cols": 2, "terrain.num_rows": 1}
    )  # not a film's settings: two columns, of which the robot has the first
    assert tour.stops(env) == [0]
    env.close()
    assert list(toured("go2_rough", num_envs=1).terrain.terrain_proportions) == ["stairs_up"]


class Recorder:
    """Notes what is filmed: the robot, and the camera's direction."""

    robots = [0, 2]
    camera = None

    def __init__(self):
        self.frames, self.closed, self.index = [], False, 0

    def follow(self, index):
        self.index = index

    def show(self):
        self.frames.append((self.robots[self.index], round(self.camera.azimuth)))
        return True

    def close(self):
        self.closed = True


@pytest.fixture
def env():
    length = torch.zeros(3, dtype=torch.long)
    heading = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    return SimpleNamespace(dt=1.0, episode_length_buf=length, max_episode_length=20, heading=heading)


def run(env, screen, steps):
    """Episodes of 20 steps at most, as an environment counts them."""
    for _ in range(steps):
        screen.show()
        env.episode_length_buf += 1
        env.episode_length_buf[env.episode_length_buf >= env.max_episode_length] = 0


def test_each_robot_is_followed_in_turn_from_a_beginning(env):
    recorder = Recorder()
    screen = tour.Tour(env, recorder)
    run(env, screen, 6)  # five steps of 1 s, and the one that lets all begin anew
    assert [robot for robot, _ in recorder.frames] == [0] * 5
    assert env.episode_length_buf.tolist() == [0, 0, 0]
    run(env, screen, 3)
    assert recorder.frames[5:] == [(2, 160)] * 3  # 70 degrees from its heading along y
    env.episode_length_buf[2] = 0  # it fell: the film goes on with the first
    run(env, screen, 2)
    assert [robot for robot, _ in recorder.frames[8:]] == [0] and recorder.frames[8][1] == 70
    screen.close()
    assert recorder.closed


def test_the_camera_turns_after_the_robot_the_short_way(env):
    env.dt, env.max_episode_length = 0.1, 100
    env.heading[0] = torch.tensor([-1.0, 0.1])  # nearly 180 degrees
    recorder = Recorder()
    screen = tour.Tour(env, recorder)
    run(env, screen, 1)
    first = recorder.frames[0][1]
    env.heading[0] = torch.tensor([-1.0, -0.1])  # across the end of the circle, 11 degrees on
    run(env, screen, 30)
    turned = recorder.frames[-1][1] - first
    assert 10 <= turned <= 12
