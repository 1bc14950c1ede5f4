"""Settings that no simulation has are refused, each in one line with its key."""

import contextlib
import functools
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legged_gym.config.checks import check_config
from legged_gym.config.io import field_names, is_section
from legged_gym.tasks import TASKS, get_cfgs, make_env
from legged_gym.utils.errors import UserError


def dotted(cfg: Any, prefix: str = "") -> Iterator[str]:
    """Names of all fields."""
    for name in field_names(cfg):
        value = getattr(cfg, name)
        yield from dotted(value, f"{prefix}{name}.") if is_section(value) else [f"{prefix}{name}"]


def assign(cfg: Any, key: str, value: Any) -> None:
    *sections, name = key.split(".")
    setattr(functools.reduce(getattr, sections, cfg), name, value)


def read(cfg: Any, key: str) -> Any:
    return functools.reduce(getattr, key.split("."), cfg)


@pytest.mark.parametrize("task", TASKS)
def test_every_task_passes(task: str) -> None:
    env_cfg, train_cfg = get_cfgs(task)
    check_config(env_cfg)
    check_config(train_cfg, "train.")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("control.decimation", 0, "control.decimation = 0 must be a whole number of at least 1"),
        ("sim.dt", 0.0, "sim.dt = 0.0 must be a number of at least 1e-05 and at most 0.05"),
        ("sim.dt", math.nan, "sim.dt = nan must be a number of at least 1e-05"),
        ("sim.contact_time_constant", 0.0, "sim.contact_time_constant"),
        ("sim.contact_time_constant", 0.009, "at least two steps of sim.dt, 0.01 s"),
        ("init_state.pos", [0.0, 0.0], "init_state.pos = .* 3 of them"),
        ("env.episode_length_s", 0.0, "env.episode_length_s"),
        ("env.episode_length_s", 0.01, "shorter than a control step, 0.02 s"),
        ("init_state.pos", [0.0, 0.0, -5.0], "in the ground"),
        ("init_state.pos", [0.0, 0.0, 0.0], "in the ground"),
        ("init_state.pos", [0.0, 0.0, 90.0], "is 90 m over the ground, a fall of seconds"),
        ("control.decimation", 200, "control.decimation = 200 and sim.dt = 0.005 s: a control step of 1 s is longer"),
        ("control.action_scale", 10000.0, "control.action_scale = 10000 must be at most 10 for drives by position"),
        ("control.action_scales", {"hip": 11.0}, "control.action_scales.hip = 11 must be at most 10"),
        ("commands.ranges.lin_vel_x", [-1.0, 50.0], "of at least -20 and at most 20"),
        ("termination.contact_force", 1e9, "at most 100000"),
        ("rewards.tracking_sigma", 1e6, "at most 100"),
        ("noise.noise_level", 100.0, "at most 10"),
        ("noise.noise_scales.dof_pos", 3.0, "at most 0.5"),
        ("terrain.border_size", 1e6, "at most 1000"),
        ("domain_rand.push_interval_s", 0.001, "push_interval_s = 0.001 s is shorter than a control step"),
        ("normalization.clip_actions", 1e-6, "at least 0.01"),
        ("init_state.position_noise", 4.1, "leads beyond tiles of terrain.terrain_length = 8 m"),
        ("commands.resampling_time", 0.01, "shorter than a control step, 0.02 s"),
        ("rewards.base_height_target", 6.0, "at most 5"),
        ("terrain.measured_points_x", [-21.0], "at most 20"),
        ("observations.policy", ["dof_pos", "dof_pos"], "none twice"),
        ("observations.critic", [], "1 to 1000 of them"),
        ("observation_history", {"policy": 10**9}, "at most 1000"),
        ("sim.gravity", (0.0, 0.0, 9.81), "of at least -30 and at most 0"),
        ("sim.gravity", (1.0, 0.0, -9.7), r"sim.gravity = \(1.0, 0.0, -9.7\) pulls sideways"),
        ("terrain.measured_points_x", [], "1 to 1000 of them"),
        ("control.stiffness", {"joint": 1e9}, "at most 10000"),
        ("normalization.clip_observations", 1e300, "clip_observations = 1e\\+300 must be a number of at least 0.01"),
        ("env.num_envs", 2.0, "env.num_envs = 2.0 must be a whole number"),
        ("commands.ranges.lin_vel_y", [1.0, -1.0], "commands.ranges.lin_vel_y = .* the lower and the upper end"),
        ("commands.resampling_time", 0.0, "commands.resampling_time"),
        ("commands.dead_zone", [0.1], "commands.dead_zone"),
        ("domain_rand.friction_range", [-0.5, 1.0], "domain_rand.friction_range = .* of at least 0"),
        ("domain_rand.dof_armature_range", [0.03, 0.01], "domain_rand.dof_armature_range"),
        ("domain_rand.com_displacement_range", [[0.0, 0.1]] * 2, "domain_rand.com_displacement_range"),
        ("domain_rand.obs_delay_range", [0.0, 1.0], "domain_rand.obs_delay_range"),
        ("rewards.tracking_sigma", 0.0, "rewards.tracking_sigma"),
        ("rewards.scales.torques", math.inf, "rewards.scales.torques = inf must be a number"),
        ("asset.armature", -0.01, "asset.armature"),
        ("control.stiffness", {"hip": -1.0}, "control.stiffness"),
        ("terrain.static_friction", -1.0, "terrain.static_friction"),
        ("terrain.terrain_proportions", {"gap": -0.1, "pit": 1.0}, "terrain.terrain_proportions"),
        ("noise.groups", ["polcy"], "noise.groups: there is no group 'polcy' of observations; did you mean policy"),
        ("normalization.clip_actions", 0.0, "normalization.clip_actions"),
        ("sim.engine", "mujoko", "sim.engine = 'mujoko' must be .* did you mean mujoco"),
        ("control.actuator.model", "delayd_pd", "did you mean delayed_pd"),
    ],
)
def test_faults_of_an_environments_settings(key: str, value: Any, words: str) -> None:
    cfg, _ = get_cfgs("go2_rough")
    assign(cfg, key, value)
    with pytest.raises(UserError, match=words) as error:
        check_config(cfg)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("algorithm.gamma", 0.0, "train.algorithm.gamma = 0.0 must be a number above 0 and at most 1"),
        ("algorithm.schedule", "adaptiv", "did you mean adaptive"),
        ("policy.actor_hidden_dims", [0], "train.policy.actor_hidden_dims"),
        ("policy.actor_hidden_dims", [10**9], "at most 16384"),
        ("runner.experiment_name", "a/b", "that can name a folder"),
        ("runner.run_name", "a\0b", "that can name a folder"),
        ("algorithm.learning_rate", 0.5, "at most 0.1"),
        ("policy.init_noise_std", 3.0, "train.policy.init_noise_std = 3 must lie within"),
        ("runner.save_interval", 0, "train.runner.save_interval"),
        ("seed", -2, "train.seed"),
    ],
)
def test_faults_of_a_trainings_settings(key: str, value: Any, words: str) -> None:
    _, cfg = get_cfgs("go2_rough")
    assign(cfg, key, value)
    with pytest.raises(UserError, match=words):
        check_config(cfg, "train.")


@pytest.mark.parametrize("task", ["go2_perceptive", "a1_distill"])
def test_every_student_imitates_at_a_rate_that_falls(task: str) -> None:
    _, cfg = get_cfgs(task)
    cfg.distillation.final_learning_rate, cfg.distillation.teacher_share = 0.01, 0.0
    assert dict(cfg.distillation.idle()) == {"teacher_until": "train.distillation.teacher_share is 0"}
    with pytest.raises(UserError, match=r"final_learning_rate = 0.01 is larger than learning_rate = 0.0005"):
        check_config(cfg, "train.")


@pytest.mark.parametrize("begins_at", [0.5, 1.0])
def test_a_students_noise_is_within_its_teachers_bounds(begins_at: float) -> None:
    _, cfg = get_cfgs("go2_perceptive")
    cfg.reinforcement.begins_at, cfg.policy.min_std = begins_at, 0.4
    words = r"train.reinforcement.init_noise_std = 0.3 must lie within train.policy.min_std = 0.4 and max_std = 2"
    with pytest.raises(UserError, match=words) if begins_at < 1.0 else contextlib.nullcontext():
        check_config(cfg, "train.")


@pytest.mark.parametrize(("iterations", "begins_at"), [(4, 0.76), (4, 0.75), (4, 1.0), (1, 0.1), (1, 1.0)])
def test_rewards_that_are_to_teach_a_student_begin_in_one_of_its_iterations(iterations: int, begins_at: float) -> None:
    """Four iterations begin at 0, 0.25, 0.5 and 0.75 of the training; a single one at 0 is a try."""
    _, cfg = get_cfgs("go2_perceptive")
    cfg.reinforcement.begins_at, cfg.student_curriculum.max_iterations = begins_at, iterations
    words = f"train.reinforcement.begins_at = {begins_at} comes after the last of the {iterations} iterations"
    with pytest.raises(UserError, match=words) if begins_at == 0.76 else contextlib.nullcontext():
        check_config(cfg, "train.")


def test_an_episode_is_no_longer_than_steps_can_be_counted() -> None:
    cfg, _ = get_cfgs("go2_flat")
    cfg.env.episode_length_s, cfg.sim.dt = 1.0e6, 1.0e-5
    with pytest.raises(UserError, match=r"1e\+06 s are more than 1.0e\+09 control steps of 4e-05 s"):
        check_config(cfg)


@pytest.mark.parametrize(("mode", "most"), [("velocity", 100), ("torque", 10000)])
def test_an_action_may_ask_for_more_where_it_asks_for_no_angle(mode: str, most: float) -> None:
    cfg, _ = get_cfgs("go2_flat")
    cfg.control.drive_modes = {"calf": mode}
    cfg.control.action_scales = {"calf": most}
    check_config(cfg)
    cfg.control.drive_modes = {}
    with pytest.raises(UserError, match=rf"action_scales.calf = {most} must be at most 10 for drives by position"):
        check_config(cfg)


def test_a_curriculum_has_its_reward_and_a_range_to_widen() -> None:
    cfg, _ = get_cfgs("go2_flat")
    cfg.commands.curriculum = True
    check_config(cfg)
    cfg.commands.max_curriculum = 0.5
    with pytest.raises(UserError, match=r"max_curriculum = 0.5 m/s is narrower than commands.ranges.lin_vel_x"):
        check_config(cfg)
    cfg.commands.max_curriculum, cfg.rewards.scales.tracking_lin_vel = 2.0, 0.0
    with pytest.raises(UserError, match="rewards.scales.tracking_lin_vel"):
        check_config(cfg)
    biped, _ = get_cfgs("qmini")  # has no such reward at all
    biped.commands.curriculum = True
    with pytest.raises(UserError, match="rewards.scales.tracking_lin_vel"):
        check_config(biped)


@settings(deadline=None)
@given(data=st.data(), task=st.sampled_from(list(TASKS)), bad=st.sampled_from([math.nan, math.inf, -math.inf]))
def test_no_number_of_any_task_may_be_other_than_finite(data: st.DataObject, task: str, bad: float) -> None:
    for cfg, prefix in zip(get_cfgs(task), ("", "train."), strict=True):
        numbers = [key for key in dotted(cfg) if type(read(cfg, key)) in (int, float)]
        key = data.draw(st.sampled_from(numbers))
        assign(cfg, key, bad)
        with pytest.raises(UserError, match=f"{prefix}{key} = {bad} must be"):
            check_config(cfg, prefix)


@settings(deadline=None)
@given(data=st.data(), task=st.sampled_from(list(TASKS)))
def test_no_field_of_any_task_takes_a_value_of_another_kind(data: st.DataObject, task: str) -> None:
    for cfg, prefix in zip(get_cfgs(task), ("", "train."), strict=True):
        key = data.draw(st.sampled_from(list(dotted(cfg))))
        wrong = 7 if isinstance(read(cfg, key), str) else "seven"
        assign(cfg, key, wrong)
        if key.split(".")[0] in ("observations", "obs_groups"):  # groups go by names of the user's own
            continue
        with pytest.raises(UserError, match=f"{prefix}{key} = {wrong!r} must be"):
            check_config(cfg, prefix)


def test_a_configuration_from_code_is_checked_before_anything_is_built() -> None:
    cfg, _ = get_cfgs("go2_flat")
    cfg.asset.file, cfg.control.decimation = "absent.urdf", 0
    with pytest.raises(UserError, match=r"control\.decimation = 0"):
        make_env("go2_flat", cfg, "cpu", 1)


def test_a_class_may_be_checked_as_well_as_an_instance() -> None:
    class Cfg:
        class part:
            size: int = 3

            def contradictions(self) -> Iterator[str]:
                if self.size == 4:
                    yield "part.size = 4 is unlucky"

    check_config(Cfg)
    Cfg.part.size = 4
    with pytest.raises(UserError, match="unlucky"):
        check_config(Cfg)


@pytest.mark.parametrize(("name", "fine", "wrong"), [("text", "b", 1), ("number", 0.5, math.nan), ("switch", True, 1)])
def test_an_undeclared_field_is_of_its_defaults_kind(name: str, fine: Any, wrong: Any) -> None:
    class Cfg:
        text, number, switch, anything = "a", 1, False, None

    cfg: Any = Cfg()
    cfg.anything = [object]
    setattr(cfg, name, fine)
    check_config(cfg)
    setattr(cfg, name, wrong)
    with pytest.raises(UserError, match=f"{name} = {wrong} must be"):
        check_config(cfg)


class Anything:
    """An object with attributes, as a section is one."""

    weight = 1.0


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("rewards.scales.torques", Anything(), "rewards.scales.torques = .* must be a number"),
        ("sim.dt", Anything, "sim.dt = .* must be a number"),
        ("asset.foot_name", "", "asset.foot_name = '' must be a text, not empty"),
        (
            "asset.penalize_contacts_on",
            ["thigh", ""],
            "asset.penalize_contacts_on = .* must be a list of texts, not",
        ),
        ("rewards", None, "rewards = None must be a section with .*tracking_sigma"),
        ("commands.ranges", [1.0], r"commands.ranges = \[1.0\] must be a section with lin_vel_x"),
    ],
)
def test_objects_in_the_place_of_values_and_values_in_that_of_sections(key: str, value: Any, words: str) -> None:
    cfg, _ = get_cfgs("go2_flat")
    assign(cfg, key, value)
    with pytest.raises(UserError, match=words):
        check_config(cfg)
