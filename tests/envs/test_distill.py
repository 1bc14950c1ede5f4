"""The robots of a student of skills: which skill is needed, what it is commanded, what the student is told."""

import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.envs.parkour.course import KINDS, Course
from legged_gym.envs.parkour.distill_config import DistillCfg
from legged_gym.envs.parkour.distill_robot import DistillRobot
from legged_gym.envs.parkour.parkour_config import ORACLE
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.terrain.tracks import BLOCKS
from tests.envs.conftest import MakeEnv, zero_actions
from tests.envs.test_parkour import CPU, place, track_of


@pytest.fixture
def robots(make: MakeEnv) -> DistillRobot:
    """Four, one for each skill, on two levels; 6 x 8 pixels."""

    def change(cfg) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.border_size = 2, 4, 0.0
        cfg.terrain.terrain_proportions = dict.fromkeys(cfg.terrain.terrain_proportions, 0.25)  # a column of each
        cfg.depth_camera.shape = [6, 8]
        cfg.init_state.position_noise = cfg.init_state.yaw_noise = cfg.init_state.velocity_noise = 0.0

    env = make("a1_distill", 4, change=change)
    assert isinstance(env, DistillRobot)
    return env


def test_the_skill_is_that_of_the_obstacle_and_stays_behind_the_last_one() -> None:
    """A gap from 1.175 m on, 0.5 m wide, then a plateau from 2.675 m on; a robot is past 0.4 m behind their ends."""
    course = Course(track_of("leap", "climb", leap=(0.5, 0.5), climb=(0.3, 0.3)), 1, CPU)
    first = torch.zeros(1, dtype=torch.long)
    for _ in range(2):  # the second episode begins anew
        course.begin(torch.ones(1, dtype=torch.bool), first, first)
        for along, skill in ((0.0, "leap"), (2.0, "leap"), (2.1, "climb"), (9.0, "climb")):
            course.look(torch.tensor([along]))
            assert KINDS[int(course.skill.argmax())] == skill and course.skill.sum() == 1.0
    assert course.obstacle[0, 1] == 1.0  # while the obstacle itself is none


def test_without_obstacles_there_is_no_skill() -> None:
    course = Course(track_of(), 1, CPU)
    course.look(torch.zeros(1))
    course.begin(torch.ones(1, dtype=torch.bool), torch.zeros(1, dtype=torch.long), torch.zeros(1, dtype=torch.long))
    course.look(torch.zeros(1))
    assert KINDS[int(course.skill.argmax())] == "none"


def test_each_robot_has_its_camera_and_tracks_as_hard_as_its_teachers() -> None:
    """Those that Robot Parkour Learning published of the A1 and of the Go2; a Go2 climbs higher."""
    for robot, pitch, reach in (("a1", 2.5, 1.5), ("go2", 23.0, 3.0)):
        cfg = get_cfgs(f"{robot}_distill")[0]
        assert cfg.depth_camera.rotation[1] == pitch and cfg.depth_camera.range[1] == reach
        for skill, block in BLOCKS.items():
            own = f"{skill}_track", (block.size.easy, block.size.hard)
            hardest = [terrain.sizes.get(*own)[1] for terrain in (cfg.terrain, get_cfgs(f"{robot}_{skill}")[0].terrain)]
            assert hardest[0] == hardest[1]


def test_robots_are_commanded_what_their_teachers_know(robots: DistillRobot) -> None:
    trained = {skill: get_cfgs(f"a1_{skill}")[0] for skill in ("climb", "leap", "crawl", "tilt")}
    skills = [KINDS[int(column)] for column in robots.course.skill.argmax(dim=1)]
    assert sorted(skills) == sorted(trained)
    robots.step(zero_actions(robots))
    for skill, speed in zip(skills, robots.commands[:, 0].tolist(), strict=True):
        lowest, highest = DistillCfg.crossing.speeds[skill]
        assert lowest <= speed <= highest
        assert trained[skill].crossing.speed[0] <= lowest and highest <= trained[skill].crossing.speed[1]
    # Drawn once for a command, the speed keeps its place in the range.
    before = robots.commands[:, 0].clone()
    robots.step(zero_actions(robots))
    torch.testing.assert_close(robots.commands[:, 0], before)


def test_teachers_see_what_they_learned_with_and_the_student_neither_velocity_nor_command(robots: DistillRobot) -> None:
    for _ in range(4):
        obs, *_ = robots.step(torch.rand(4, 12))
    layout = robots.layout["observations"]
    assert [term["name"] for term in layout["policy"]] == ORACLE and obs["policy"].shape[1] == 81
    felt, teacher = obs["proprioception"], obs["policy"][:, :48]
    hidden = [0, 1, 2, 9, 10, 11]
    assert felt.shape[1] == 48 and (felt[:, hidden] == 0.0).all() and (teacher[:, hidden] != 0.0).any()
    seen = [column for column in range(48) if column not in hidden]
    torch.testing.assert_close(felt[:, seen], teacher[:, seen])  # as late, and as exact
    assert not any(term["privileged"] for group in ("proprioception", "depth") for term in layout[group])
    assert obs["depth"].shape[1] == 48 and obs["skill"].shape[1] == len(KINDS)


def test_a_wall_is_seen_at_its_distance(robots: DistillRobot) -> None:
    """The middle of the image looks ahead, a little down: onto a plateau that is higher than the camera."""
    climber = [KINDS[int(column)] for column in robots.course.skill.argmax(dim=1)].index("climb")
    robots.assign_terrain(torch.ones(4, dtype=torch.long), robots.terrain_curriculum.types)
    robots.reset()
    height = robots.course.obstacle[climber, 7].item()
    face = robots.course.obstacle[climber, 0].item() + robots.root_states[climber, 0].item()
    place(robots, [0.0, 0.0, height - 0.1])
    camera = robots.depth_camera
    assert camera is not None
    camera.look(torch.ones(4, dtype=torch.bool), robots.root_states[:, :7])
    where = robots.root_states[climber, 0] + 0.27
    assert camera.images[climber, 3, 4].item() == pytest.approx(face - where.item(), abs=0.06)


@pytest.mark.parametrize("is_blind", [True, False])
def test_a_camera_is_simulated_where_a_training_reads_it(is_blind: bool) -> None:
    cfg, train_cfg = get_cfgs("a1_distill")
    cfg.env.num_envs, cfg.sim.engine = 2, "mujoco"
    cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.border_size = 1, 4, 0.0
    cfg.depth_camera.shape = [6, 8]
    cfg.noise.groups, cfg.observation_history = ["proprioception", "depth"], {"proprioception": 2, "depth": 2}
    if is_blind:
        train_cfg.obs_groups = {**train_cfg.obs_groups, "student": ["proprioception"]}
    env = make_env("a1_distill", cfg, "cpu", 1, train_cfg)
    widths = {name: group.shape[1] for name, group in env.step(zero_actions(env))[0].items()}
    env.close()
    assert (env.depth_camera is None) == is_blind
    seen = {} if is_blind else {"depth": 2 * 6 * 8}
    assert widths == {"policy": 81, "skill": 5, "proprioception": 2 * 48, "privileged": 3 + 6 + 1 + 8 + 2, **seen}
    assert "depth" in class_to_dict(cfg.observations)  # what checkpoints keep
