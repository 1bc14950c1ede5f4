"""The shipped policies, trained on the GPU engine, on MuJoCo C."""

from typing import Any

import pytest
import torch

from legged_gym.config.layers import set_fields
from legged_gym.evaluation.responses import response_settings
from legged_gym.evaluation.summary import summarize
from legged_gym.evaluation.trials import run_trials
from legged_gym.export.metadata import actor_terms, check_deployable
from legged_gym.runs.configure import saved_config, trained_configs
from legged_gym.utils.errors import UserError
from tests.evaluation.acting import acting
from tests.resources.shipped import POLICIES, Change, load

STUDENT, TEACHER = "go2_perceptive_student", "go2_perceptive_teacher"


def test_flat_policy_follows_its_commands() -> None:
    def shorten(cfg: Any) -> None:
        cfg.env.episode_length_s = 6.0

    env, policy = load("go2_flat", 48, shorten)
    summary = summarize(env, run_trials(env, policy))
    assert summary["lin_vel_error"] < 0.12 and summary["ang_vel_error"] < 0.15
    assert summary["fall_rate"] <= 1 / 48
    env.close()


def test_rough_policy_climbs_stairs_of_21_cm() -> None:
    """Also the regression test of a fault of the engine: with its newer convex collider feet were thrown out of stairs,
    and a quarter of these trials succeeded."""

    def only_high_stairs(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.difficulty_range = 2, 2, (0.9, 0.9)
        cfg.terrain.terrain_proportions = {"stairs_up": 1.0}

    env, policy = load("go2_rough", 24, only_high_stairs)
    trials = run_trials(env, policy)
    assert trials.left_tile.float().mean() >= 0.8
    env.close()


def test_blind_policy_obeys_commands_on_level_ground() -> None:
    """With targets up to 20 ms late, noise four times `go2_rough`'s, and friction from 0.2 on, as in its training."""

    def level(cfg: Any) -> None:
        set_fields(response_settings(cfg) | {"env.episode_length_s": 5.0}, cfg)

    asked = torch.tensor([[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 1.0]])
    env, policy = load("go2_blind", 40, level)
    trials = run_trials(env, policy, asked.repeat(8, 1))
    assert not trials.fell.any()
    off = trials.velocity.unflatten(0, (8, 5)).mean(dim=0) - asked
    assert off.abs().max() < 0.15, off
    env.close()


def only(kinds: dict[str, float], difficulty: float) -> Change:
    """A small map of some kinds of terrain, all as difficult, crossed at 1 m/s."""

    def change(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols = 2, 2 * len(kinds)
        cfg.terrain.difficulty_range, cfg.terrain.terrain_proportions = (difficulty, difficulty), kinds
        cfg.commands.ranges.lin_vel_x = [1.0, 1.0]

    return change


def test_blind_policy_climbs_stairs_of_20_cm() -> None:
    """With the delays, noise, friction and loads of its training; 90 % of 40 trials did at 0.5 to 1 m/s."""
    env, policy = load("go2_blind", 24, only({"stairs_up": 1.0}, 0.7))
    assert run_trials(env, policy).left_tile.float().mean() >= 0.75
    env.close()


def test_student_crosses_stairs_and_obstacles_of_level_6_on_the_map_of_its_training() -> None:
    kinds = {"stairs_up": 1 / 3, "stairs_down": 1 / 3, "discrete": 1 / 3}
    env, policy = load(STUDENT, 30, only(kinds, 0.6))
    success = summarize(env, run_trials(env, policy))["success"]
    assert set(success) == set(kinds)
    for kind, rates in success.items():
        assert sum(rates) / len(rates) >= 0.8, kind  # of 10
    env.close()


@pytest.mark.parametrize("name, least, most", [("go2_sight", 10, 12), ("go2_sight_blind", 0, 2)])
def test_sight_decides_on_beams(name: str, least: int, most: int) -> None:
    """Of 12 robots on beams of 0.25 m: 95 of 100 with the scan got across, and 2 of 100 without."""

    def beams(cfg: Any) -> None:
        only({"legged_gym.terrain.obstacles:beams": 1.0}, 0.0)(cfg)  # without rails, which carry a blind one
        cfg.terrain.sizes = {"beams": (0.25, 0.25)}

    env, policy = load(name, 12, beams)
    assert env.terrain.sizes()["beams"] == [0.25, 0.25]
    assert least <= run_trials(env, policy).left_tile.sum() <= most
    env.close()


@pytest.mark.parametrize("ground", ["plane", "stairs"])
def test_student_goes_on_without_a_map(ground: str) -> None:
    def lose_the_map(cfg: Any) -> None:
        only({"stairs_up": 0.5, "stairs_down": 0.5}, 0.3)(cfg)
        cfg.map_noise.missing_probability = 1.0
        if ground == "plane":
            cfg.terrain.mesh_type, cfg.env.episode_length_s = "plane", 5.0

    env, policy = load(STUDENT, 8, lose_the_map)
    scans = []

    def watched(obs: Any) -> torch.Tensor:
        scans.append(obs["exteroceptive"].isnan().all())
        return policy(obs)

    trials = run_trials(env, acting(watched, policy.reset))
    assert all(scans) and not trials.fell.any()
    if ground == "stairs":
        assert trials.left_tile.all()
    env.close()


@pytest.mark.parametrize("name", sorted(path.stem for path in POLICIES.glob("*.pt")))
def test_no_field_of_a_shipped_checkpoint_is_filled_in(name: str, caplog: pytest.LogCaptureFixture) -> None:
    checkpoint = POLICIES / f"{name}.pt"
    trained_configs(checkpoint, saved_config(checkpoint)["task"])
    assert caplog.messages == []


def test_teacher_is_not_for_robots() -> None:
    env, teacher = load(TEACHER, 1, only({"stairs_up": 1.0}, 0.0))
    terms = actor_terms(env.layout, teacher.policy.actor_input.groups)
    names = "feet_contact, feet_contact_forces, terrain_normals, friction, leg_contact, external_force, feet_air_time, "
    with pytest.raises(UserError, match=f"observes {names}base_lin_vel, which a robot cannot measure"):
        check_deployable(terms)
    env.close()
