"""Settings without effect: which they are, that they have none, and that whoever sets one is told."""

import functools
import inspect
import operator
import sys
from typing import Any

import pytest
import torch

import legged_gym
from legged_gym.config.idle import idle_part, idle_settings, reason_of
from legged_gym.config.io import is_section
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.quantities import Terms
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.envs.sight.sight_config import OVERRULED
from legged_gym.runs.stages import stage_settings, wanted_stages
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.sim.placing import place
from legged_gym.tasks import TASKS, Task, all_tasks, get_cfgs, make_env
from legged_gym.utils.seeding import set_seed
from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic
from tests.config.schema import assign, fields, read


def idle_of(task: str, **changes: Any) -> dict[str, str]:
    env_cfg, train_cfg = get_cfgs(task)
    for key, value in changes.items():
        assign(
            train_cfg if key.startswith("train__") else env_cfg, key.removeprefix("train__").replace("__", "."), value
        )
    return dict(idle_settings(env_cfg)) | dict(idle_settings(train_cfg, "train."))


@pytest.mark.parametrize("task", TASKS)
def test_every_name_is_a_setting_or_a_section(task: str) -> None:
    cfgs = get_cfgs(task)
    for key in idle_of(task):
        assert read(cfgs[key.startswith("train.")], key.removeprefix("train.")) is not NotImplemented


def test_what_turns_a_setting_off() -> None:
    assert idle_of("go2_flat")["terrain.num_rows"] == "terrain.mesh_type is plane"
    assert "terrain.num_rows" not in idle_of("go2_rough")
    assert "domain_rand.push_interval_s" not in idle_of("go2_rough")
    off = idle_of("go2_rough", domain_rand__push_robots=False, train__algorithm__schedule="fixed")
    assert off["domain_rand.max_push_vel_xy"] == "domain_rand.push_robots is off"
    assert off["train.algorithm.desired_kl"] == "train.algorithm.schedule is fixed"
    assert off["train.algorithm.entropy_anneal"] == "train.algorithm.final_entropy_factor is 1"
    assert "train.algorithm.entropy_anneal" not in idle_of("go2_flat", train__algorithm__final_entropy_factor=0.5)
    none = idle_of("go2_flat", train__algorithm__final_entropy_factor=0.5, train__algorithm__entropy_coef=0.0)
    for name in ("final_entropy_factor", "entropy_anneal"):
        assert none[f"train.algorithm.{name}"] == "train.algorithm.entropy_coef is 0"
    assert idle_of("go2_blind")["commands.resampling_time"] == "commands.agile is on: hold_time holds"
    assert idle_of("go2_blind")["commands.min_norm"] == "commands.agile is on: dead_zone holds"
    unsteered = idle_of("go2_blind", commands__heading_command=False)
    assert unsteered["commands.free_share"] == "commands.heading_command is off"
    turning = idle_of("go2_blind", commands__slow_share=0.0)
    assert "commands.slow_part" not in turning  # half of the turns on the spot are slow, too
    unhurried = idle_of("go2_blind", commands__slow_share=0.0, commands__turning_share=0.0)
    assert unhurried["commands.slow_part"] == "commands.slow_share and commands.turning_share are 0"
    assert "train.student" in idle_of("go2_perceptive", train__runner__stage="teacher")
    assert "train.algorithm" in idle_of("go2_perceptive", train__runner__stage="student")
    assert idle_of("go2_flat")["control.actuator.network_file"] == "control.actuator.model is pd"
    assert "control.actuator.network_file" not in idle_of("anymal_c_flat")


def test_what_is_drawn_for_each_robot_in_its_place() -> None:
    names = {"friction": "terrain.static_friction", "dof_armature": "asset.armature"}
    names |= {name: f"asset.{name}" for name in ("dof_friction", "dof_damping")}
    for switch, name in names.items():
        for is_on in (True, False):
            idle = idle_of("go2_rough", **{f"domain_rand__randomize_{switch}": is_on})
            assert idle.get(name) == (f"domain_rand.randomize_{switch} is on" if is_on else None)


@pytest.mark.parametrize("is_blind", [True, False])
def test_what_is_of_observations_that_a_training_does_not_read(is_blind: bool) -> None:
    student = ["proprioception"] if is_blind else ["proprioception", "depth"]
    privileged = {} if is_blind else {"privileged": ["privileged"]}
    groups = {"policy": ["policy"], "skill": ["skill"], "student": student, **privileged}
    idle = resolve_settings(*get_cfgs("a1_distill"), asked=[Asked({"train.obs_groups": groups})]).idle()
    assert ("train.student.channels" in idle) == is_blind
    assert idle.get("depth_camera") == ("no group observes depth_image" if is_blind else None)
    assert idle.get("observations.depth") == ("train.obs_groups does not name it" if is_blind else None)
    assert ("train.student.decoder_dims" in idle) == ("train.distillation.reconstruction_coef" in idle) == is_blind
    assert "observations.skill" not in idle and "train.student.hidden_dims" not in idle


def test_frames_of_observations_that_a_training_does_not_read() -> None:
    asked = {"train.obs_groups.critic": ["policy", "heights"], "observation_history": {"policy": 4, "critic": 3}}
    idle = resolve_settings(*get_cfgs("qmini"), asked=[Asked(asked)]).idle()
    told = {"observations.critic", "observation_history.critic"}
    assert told <= idle.keys() and {idle[key] for key in told} == {"train.obs_groups does not name it"}
    assert "observation_history.policy" not in idle
    assert dict(idle_part("observation_history", idle)).keys() == {"observation_history.critic"}
    assert "observation_history.critic" not in resolve_settings(*get_cfgs("qmini")).idle()


def test_what_somebody_from_elsewhere_may_read_is_not_idle(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A class that learns, a robot, or who calls `make`."""

    class Cfg(Go2FlatCfg):
        class depth_camera(DepthCameraCfg):
            shape = [6, 8]

        class observations(Go2FlatCfg.observations):
            seen: Terms = ["depth_image"]

    def idle(makes_all: bool = False, **learner: str) -> set[str]:
        asked = [Asked({f"train.{section}.class_name": name for section, name in learner.items()})]
        settings = resolve_settings(Cfg, Go2FlatCfgPPO, asked=asked)
        settings.makes_all = makes_all
        return {"depth_camera", "observations.seen"} & settings.idle().keys()

    assert idle() == idle(policy="rsl_rl.modules:ActorCritic") == {"depth_camera", "observations.seen"}
    assert not idle(makes_all=True)
    for section, base in (("policy", ActorCritic), ("algorithm", PPO)):
        monkeypatch.setattr(sys.modules[__name__], "Own", type("Own", (base,), {"__module__": __name__}), raising=False)
        assert not idle(**{section: f"{__name__}:Own"})

    monkeypatch.setitem(TASKS, "looking", Task(LeggedRobot, Cfg, Go2FlatCfgPPO, "a Go2 that looks"))
    env = legged_gym.make("looking", num_envs=1, device="cpu", **{"depth_camera.shape": [4, 4]})
    assert env.get_observations()["seen"].shape == (1, 16)
    env.close()
    assert "has no effect" not in caplog.text


def test_a_setting_within_a_section_that_is_idle() -> None:
    idle = {"noise.noise_scales": "off", "commands.max_curriculum": "no curriculum"}
    assert reason_of("noise.noise_scales.dof_pos", idle) == "off"
    assert reason_of("commands.max_curriculum", idle) == "no curriculum"
    assert reason_of("noise.noise", idle) is None and reason_of("noise", idle) is None


def test_bounds_on_ground_that_there_is_not() -> None:
    bounds = {"level": [1.0, 1.0, 1.0], "gap": [1.0, 0.5, 1.0], "legged_gym.terrain.obstacles:gap": [1.0, 0.5, 1.0]}
    idle = idle_of("go2_blind", commands__bounds_on=bounds)
    told = {key: reason for key, reason in idle.items() if "bounds_on" in key}
    place = "legged_gym.terrain.obstacles:gap"
    assert told == {
        "commands.bounds_on.gap": "the map has no gap",
        f"commands.bounds_on.{place}": f"the map has no {place}",
    }
    assert dict(idle_part("commands.bounds_on", idle)) == told
    assert dict(idle_part("commands.bounds_on.gap", idle)) == {"commands.bounds_on.gap": "the map has no gap"}
    assert not dict(idle_part("commands.bounds_on.level", idle))
    flat = idle_of("go2_blind", terrain__mesh_type="plane")
    assert flat["commands.bounds_on.level"] == "terrain.mesh_type is plane"
    off = idle_of("go2_blind", commands__agile=False, terrain__mesh_type="plane")
    assert off["commands.bounds_on"] == "commands.agile is off" and "commands.bounds_on.level" not in off


def test_who_always_goes_straight_ahead_is_told_nothing_else() -> None:
    idle = idle_of("go2_blind", commands__straight_share=1.0)
    for name in ("free_share", "slow_share", "turning_share", "standing_fraction", "hold_time"):
        assert idle[f"commands.{name}"] == "commands.straight_share is 1"


@pytest.mark.parametrize("task", TASKS)
def test_the_rewards_that_are_said_to_read_a_setting_are_those_whose_formulas_do(task: str) -> None:
    robot, cfg = all_tasks()[task].env_class, get_cfgs(task)[0]
    tables = (vars(base).get("_read_by", {}) for base in reversed(type(cfg.rewards).__mro__))
    table: dict[str, tuple[str, ...]] = functools.reduce(operator.or_, tables)
    rewards = [name for name in dir(robot) if name.startswith("_reward_")]
    for setting, readers in table.items():
        words = {f"rewards.{setting}", *BY_OTHER_NAMES.get(setting, ())}
        reading = {name.removeprefix("_reward_") for name in rewards if any(w in formula(robot, name) for w in words)}
        assert reading == {*readers} & {name.removeprefix("_reward_") for name in rewards}, setting


BY_OTHER_NAMES = {"soft_dof_pos_limit": ["self.soft_dof_pos_limits"], "style_on_crossings": ["self._style()"]}
"""What formulas read in the place of a setting."""


def formula(robot: type, name: str) -> str:
    """The text of a method, with that of those it calls of base classes."""
    text = ""
    for base in robot.__mro__:
        if name in vars(base):
            text += (part := inspect.getsource(vars(base)[name]))
            if "super()" not in part:
                break
    return text


def test_a_robot_with_another_formula_says_what_it_reads() -> None:
    """Parkour's reads `control.max_torque`."""
    assert idle_of("a1_field")["rewards.soft_torque_limit"] == "no reward of this robot reads it"
    assert "rewards.soft_torque_limit" not in idle_of("go2_rough", rewards__scales__torque_limits=-1.0)
    assert "rewards.style_on_crossings" not in idle_of("go2_sight")
    scales = ("lin_vel_z", "ang_vel_xy", "orientation", "uneven_duty", "flight")
    unstyled = idle_of("go2_sight", **{f"rewards__scales__{name}": 0.0 for name in scales})
    assert unstyled["rewards.style_on_crossings"] == f"rewards.scales.{' and .'.join(scales)} are 0"


@pytest.mark.parametrize(("scale", "is_idle"), [(1.0, False), (0.0, True)])
def test_a_reward_from_elsewhere_may_read_any_setting(scale: float, is_idle: bool) -> None:
    class Cfg(Go2FlatCfg):
        class rewards(Go2FlatCfg.rewards):
            class scales(Go2FlatCfg.rewards.scales):
                own: float = scale

    assert ("rewards.soft_torque_limit" in dict(idle_settings(Cfg()))) == is_idle


def test_what_is_of_other_dynamics() -> None:
    hard, soft = idle_of("a1_climb"), idle_of("a1_climb", parkour__dynamics="soft")
    for name in ("harder_below", "easier_above"):
        assert hard[f"parkour.{name}"] == "parkour.dynamics is hard: levels follow the distance"
        assert f"parkour.{name}" not in soft
        unmoved = idle_of("a1_climb", parkour__dynamics="soft", terrain__curriculum=False)
        assert unmoved[f"parkour.{name}"] == "terrain.curriculum is off"
    assert soft["domain_rand.obs_delay_range"] == "parkour.dynamics is soft: measurements come in time"
    assert "domain_rand.obs_delay_range" not in hard


def test_what_is_of_ways_across_where_there_are_none() -> None:
    field = idle_of("a1_field")
    names = ("crossing.speed", "crossing.patience", "rewards.style_on_crossings", "rewards.scales.progress")
    for name in names:
        assert field[name] == "no terrain type of the map has a way across, and crossing.share_elsewhere is 0"
        assert name not in idle_of("a1_climb")
    assert not {"crossing", "crossing.share_elsewhere"} & field.keys()
    assert not {*names} & idle_of("a1_field", crossing__share_elsewhere=0.1).keys()
    plane = idle_of("go2_sight", terrain__mesh_type="plane")
    for name in ("crossing", "rewards.style_on_crossings", "rewards.scales.progress"):
        assert plane[name] == "terrain.mesh_type is plane"


def test_commands_that_robots_on_a_way_across_are_not_given_by() -> None:
    names = {f"commands.{name}" for name in OVERRULED}
    assert names <= idle_of("a1_climb").keys() and names <= idle_of("a1_distill").keys()
    assert names <= idle_of("go2_sight", crossing__share_elsewhere=1.0).keys()
    assert names <= idle_of("go2_sight", terrain__terrain_proportions={"gap": 1.0}).keys()
    assert not names & idle_of("go2_sight").keys() and not names & idle_of("a1_field").keys()
    assert not names & idle_of("a1_climb", terrain__terrain_proportions={"climb_track": 1.0, "level": 1.0}).keys()
    by_hand = idle_of("a1_climb", commands__heading_command=False)
    assert "commands.ranges.lin_vel_x" not in by_hand
    student = idle_of("go2_perceptive_sight", commands__agile=False, terrain__terrain_proportions={"gap": 1.0})
    assert not names & student.keys()  # it begins on flat ground


def test_speeds_at_obstacles_that_there_are_not() -> None:
    leaps = {"terrain__terrain_proportions": {"leap_track": 1.0}}
    idle = idle_of("a1_distill", **leaps)
    others = {f"crossing.speeds.{kind}" for kind in ("climb", "crawl", "tilt")}
    assert {name for name in idle if name.startswith("crossing.")} == {"crossing.speed", *others}
    assert idle["crossing.speeds.climb"] == "no track of the map has a block climb"
    slow = idle_of("a1_distill", crossing__speeds={"climb": [1.0, 1.0]}, **leaps)
    assert "crossing.speed" not in slow and "crossing.speeds.climb" in slow
    assert idle_of("a1_distill")["crossing.speed"] == "crossing.speeds has all obstacles of the map"
    assert "crossing.speed" not in idle_of("a1_distill", crossing__share_elsewhere=0.5, terrain__terrain_proportions={
        "leap_track": 1.0, "level": 1.0,
    })  # fmt: skip
    blocks = {"terrain__terrain_proportions": {"track": 1.0}, "terrain__track": ["climb", "crawl"]}
    assert {"crossing.speeds.leap", "crossing.speeds.tilt"} == {
        name for name in idle_of("a1_distill", **blocks) if name.startswith("crossing.speeds")
    }


def test_what_is_of_blocks_that_do_not_stand_in_the_map() -> None:
    lengths = {"climb": (0.1, 0.2), "crawl": (0.1, 0.2)}
    idle = idle_of("a1_climb", terrain__lengths=lengths)
    assert idle["terrain.track"] == "terrain.terrain_proportions has no track"
    assert idle["terrain.lengths.crawl"] == "no track of the map has a block crawl"
    assert "terrain.lengths.climb" not in idle
    track = {"terrain__terrain_proportions": {"track": 1.0}, "terrain__track": ["climb"], "terrain__lengths": lengths}
    idle = idle_of("a1_climb", **track)
    assert "terrain.track" not in idle and "terrain.lengths.climb" not in idle and "terrain.lengths.crawl" in idle


def test_depth_of_holes_that_there_are_not() -> None:
    for task in ("go2_rough", "a1_climb", "a1_field"):
        assert idle_of(task)["terrain.hole_depth"] == "no terrain type of the map has holes"
    for task in ("go2_sight", "a1_leap", "a1_distill"):
        assert "terrain.hole_depth" not in idle_of(task)
    track = {"terrain__terrain_proportions": {"track": 1.0}}
    assert "terrain.hole_depth" in idle_of("a1_climb", **track, terrain__track=["climb", "crawl"])
    assert "terrain.hole_depth" not in idle_of("a1_climb", **track, terrain__track=["climb", "leap"])


def test_first_levels_where_all_are_drawn() -> None:
    idle = idle_of("go2_rough", terrain__curriculum=False)
    assert idle["terrain.max_init_terrain_level"] == "terrain.curriculum is off: robots begin on all levels"


def test_what_joints_share_where_nothing_of_them_is_drawn() -> None:
    assert "domain_rand.same_for_all_joints" in idle_of("go2_rough")
    for name in ("friction", "damping", "armature"):
        idle = idle_of("go2_rough", **{f"domain_rand__randomize_dof_{name}": True})
        assert "domain_rand.same_for_all_joints" not in idle


@pytest.mark.parametrize(
    ("stage", "idle"),
    [
        ("all", {"terrain.track"}),
        ("soft", {"terrain.track", "domain_rand.obs_delay_range"}),
        ("hard", {"terrain.track", "parkour.harder_below"}),
    ],
)
def test_what_has_an_effect_in_a_stage_that_is_trained_is_not_idle(stage: str, idle: set[str]) -> None:
    values = {"terrain.track": ["climb"], "domain_rand.obs_delay_range": [1, 1], "parkour.harder_below": 1.0}
    settings = resolve_settings(*get_cfgs("a1_climb"), asked=[Asked({**values, "train.runner.stage": stage})])
    settings.stages = stage_settings(settings, wanted_stages(settings.train_cfg))
    assert settings.idle().keys() & values.keys() == idle


def changed(value: Any) -> Any:
    """Another value that a declaration takes."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value // 2
    if isinstance(value, float):
        return value / 2
    if isinstance(value, list | tuple):
        return type(value)(changed(item) for item in value)
    return {name: changed(item) for name, item in value.items()} if isinstance(value, dict) else value


def rollout(cfg: Any, task: str) -> list[torch.Tensor]:
    cfg.env.num_envs, cfg.sim.engine, cfg.sim.num_threads = 4, "mujoco", 1
    env = make_env(task, cfg, "cpu", set_seed(1))
    seen = []
    for step in range(6):
        observations, rewards, *_ = env.step(torch.full((4, env.num_actions), 0.1 * step))
        seen += [*observations.values(), rewards.clone()]
    env.close()
    return seen


@pytest.mark.parametrize("task", ["go2_flat", "mini_cheetah", "a1_climb", "a1_field"])
def test_settings_that_are_called_idle_have_no_effect(task: str) -> None:
    plain, other = get_cfgs(task)[0], get_cfgs(task)[0]
    for cfg in (plain, other):
        cfg.domain_rand.push_robots = cfg.noise.add_noise = False
        if hasattr(cfg, "crossing"):
            cfg.terrain.num_rows = cfg.terrain.num_cols = 2
        else:
            cfg.commands.heading_command = False
    idle, count = dict(idle_settings(other)), 0
    for key, _ in fields(other):
        value = read(other, key)
        if reason_of(key, idle) is not None and key != "terrain.terrain_proportions":
            assert not is_section(value)
            assign(other, key, changed(value))
            count += 1
    assert count > 30
    assert all(torch.equal(a, b) for a, b in zip(rollout(plain, task), rollout(other, task), strict=True))


def test_whoever_sets_one_is_told(caplog: pytest.LogCaptureFixture) -> None:
    env = legged_gym.make("go2_flat", num_envs=2, device="cpu", **{"terrain.num_rows": 3, "sim.dt": 0.004})
    env.close()
    told = [record.getMessage() for record in caplog.records if "no effect" in record.getMessage()]
    assert told == ["make() terrain.num_rows has no effect: terrain.mesh_type is plane"]


@pytest.mark.parametrize(
    ("engine", "idle"),
    [(engine, ["sim.solver_iterations", "sim.max_contacts"]) for engine in ("isaacgym", "mujoco")],
)
def test_what_an_engine_does_not_read_is_told(caplog: pytest.LogCaptureFixture, engine: str, idle: list[str]) -> None:
    values = {"sim.num_threads": 1, "sim.solver_iterations": 6, "sim.max_contacts": 30}
    settings = resolve_settings(*get_cfgs("go2_flat"), asked=[Asked(values, source="make()")])
    place(settings, engine, "cpu")
    told = [record.getMessage() for record in caplog.records]
    assert told == [f"make() {key} has no effect: the engine is {engine}" for key in idle]


def test_what_a_cpu_does_not_fuse_is_told(caplog: pytest.LogCaptureFixture) -> None:
    values = {"env.torch_compile": True, "train.algorithm.torch_compile": True, "train.algorithm.use_graphs": True}
    settings = resolve_settings(*get_cfgs("go2_flat"), asked=[Asked(values, source="--set")])
    place(settings, "mujoco", "cpu")
    assert caplog.messages == [
        "--set env.torch_compile has no effect: the environments are on the CPU",
        "--set train.algorithm.torch_compile has no effect: the learner is on the CPU",
        "--set train.algorithm.use_graphs has no effect: the learner is on the CPU",
    ]
