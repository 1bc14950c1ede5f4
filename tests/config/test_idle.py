"""Settings without effect: which they are, that they have none, and that whoever sets one is told."""

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
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.sim.placing import place
from legged_gym.tasks import TASKS, Task, get_cfgs, make_env
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


@pytest.mark.parametrize("task", ["go2_flat", "mini_cheetah"])
def test_settings_that_are_called_idle_have_no_effect(task: str) -> None:
    plain, other = get_cfgs(task)[0], get_cfgs(task)[0]
    for cfg in (plain, other):
        cfg.domain_rand.push_robots = cfg.noise.add_noise = cfg.commands.heading_command = False
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
