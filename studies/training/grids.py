"""Which trainings each study compares."""

from collections.abc import Callable, Mapping
from typing import Any

from studies.training.point import Point

SEEDS = (1, 2, 3)
STEPS = "train.runner.num_steps_per_env"
ENVS = "env.num_envs"
EPOCHS = "train.algorithm.num_learning_epochs"
PARTS = "train.algorithm.num_mini_batches"
RATE = "train.algorithm.learning_rate"
SCHEDULE = "train.algorithm.schedule"
KL = "train.algorithm.desired_kl"

ALGORITHM = "train.algorithm.class_name"
SPREAD = "tile_choice.random_sizes"
MIRRORING = "train.algorithm.mirroring"
DIVERGENCE = "train.algorithm.divergence_of"
PROGRESS = "rewards.scales.command_progress"
NORMALIZED = "train.runner.empirical_normalization"
NOISE = "train.policy.init_noise_std"
LENGTH = "train.runner.max_iterations"
CALMER, WHEN = "train.algorithm.final_entropy_factor", "train.algorithm.entropy_anneal"
ACTOR, CRITIC = "train.policy.actor_hidden_dims", "train.policy.critic_hidden_dims"

ROLLOUTS = "train.algorithm.num_rollouts"
ANNEALED = {ALGORITHM: "studies.training.algorithms:AnnealedPPO", MIRRORING: "either", DIVERGENCE: "all"}
CALM = {"train.policy.init_action_scale": 0.01}
STEERED = {SCHEDULE: "steered"}
EITHER = {ALGORITHM: "MirrorPPO", MIRRORING: "either", DIVERGENCE: "all"}

GROUND: dict[str, tuple[float, ...]] = {"samples": (4.0e7, 1.0e8), "seconds": (180.0,)}
"""When all trainings on a map are judged, so that studies have those of the task as it is in common. In three minutes
of an H100 1024 robots come to some 40 M samples, 2048 to 75 M, 4096 to 120 M."""
HARDER = {
    "terrain.difficulty_range": [0.0, 10 / 9],
    "terrain.step_height": [0.05, 0.3],
    "terrain.obstacle_height": [0.05, 0.32],
}
"""What is asked for on levels 0-9 of go2_rough stands on levels 0-5: go2_sight's sizes."""
SOON_SAMPLES = (1.25e6, 1.75e6, 2.25e6)
CPU_SAMPLES = (1.5e6, 2.0e6, 2.5e6, 3.0e6, 3.5e6, 4.5e6)


def levers_cpu() -> list[Point]:
    """What lets the robots of go2_flat walk sooner, on two cores a training: one lever each, and some together."""
    together: dict[str, Any] = {STEPS: 12, KL: 0.02}  # 2.25 M samples are 366 rollouts of 512 robots
    variants: dict[str, dict[str, Any]] = {
        "kl_0.02": {KL: 0.02},
        "steps_12": together,
        "kl_0.04": {KL: 0.04},
        "either": {KL: 0.02, **EITHER},
        "calm": {KL: 0.02, **CALM},
        "progress": {KL: 0.02, PROGRESS: 0.5},
        "steps_12_either_calm": {**together, **EITHER, **CALM},
        "steps_12_either_calm_progress": {**together, **EITHER, **CALM, PROGRESS: 0.5},
        "steps_12_either_calm_annealed": {**together, **ANNEALED, ROLLOUTS: 366, **CALM},
        "normalized": {KL: 0.02, NORMALIZED: True},
        "noise_0.5": {KL: 0.02, NOISE: 0.5},
        "negative": {KL: 0.02, "rewards.only_positive_rewards": False},
        "sigma_0.5": {KL: 0.02, "rewards.tracking_sigma": 0.5},
        "steered_0.02": {KL: 0.02, **STEERED},
        "robots_256": {KL: 0.02, ENVS: 256},
        "robots_1024_steps_12_kl_0.04": {KL: 0.04, ENVS: 1024, STEPS: 12},
        "epochs_3": {KL: 0.02, EPOCHS: 3},
        "steps_12_parts_2": {**together, PARTS: 2},
        "unclipped_values": {KL: 0.02, "train.algorithm.use_clipped_value_loss": False},
        "lam_0.9": {KL: 0.02, "train.algorithm.lam": 0.9},
        "entropy_0.002": {KL: 0.02, "train.algorithm.entropy_coef": 0.002},
        "scale_0.5": {KL: 0.02, "control.action_scale": 0.5},
        "wide": {KL: 0.02, ACTOR: [256, 128, 64], CRITIC: [256, 128, 64]},
        "default": {},
    }
    return _points("go2_flat", variants, samples=SOON_SAMPLES, trials=250)


def record_cpu() -> list[Point]:
    """The levers of `levers_cpu` that worked, together: go2_flat to its criterion on two cores."""
    base: dict[str, Any] = {STEPS: 12, KL: 0.02, PROGRESS: 1.0}
    variants: dict[str, dict[str, Any]] = {
        "either_calm_progress_0.5": {**base, **EITHER, **CALM, PROGRESS: 0.5},
        "either_calm": {**base, **EITHER, **CALM},
        "either": {**base, **EITHER},
        "plain": base,
        "either_calm_kl_0.04": {**base, **EITHER, **CALM, KL: 0.04},
        "either_calm_epochs_3": {**base, **EITHER, **CALM, EPOCHS: 3},
        "either_calm_steered": {**base, **EITHER, **CALM, **STEERED},
        "either_calm_steps_24": {**base, **EITHER, **CALM, STEPS: 24},
        "either_calm_robots_256": {**base, **EITHER, **CALM, ENVS: 256},
        "calm_kl_0.04": {**base, **CALM, KL: 0.04},
        "either_calm_kl_0.06": {**base, **EITHER, **CALM, KL: 0.06},
        "either_calm_kl_0.04_epochs_3": {**base, **EITHER, **CALM, KL: 0.04, EPOCHS: 3},
    }
    return _points("go2_flat", variants, samples=(1.0e6, 1.25e6, 1.5e6), trials=250)


def quick_cpu() -> list[Point]:
    """What came of it, as the task go2_flat_quick."""
    return _points("go2_flat_quick", {"quick": {}}, samples=(1.0e6, 1.25e6, 1.5e6, 1.84e6))


def record_deploy_cpu() -> list[Point]:
    """The same for go2_flat_deploy, whose actor does not see its velocity."""
    base: dict[str, Any] = {STEPS: 12, KL: 0.02, PROGRESS: 1.0, **EITHER, **CALM}
    variants: dict[str, dict[str, Any]] = {"either_calm": base, "either_calm_kl_0.04": {**base, KL: 0.04}}
    return _points("go2_flat_deploy", variants, samples=(1.25e6, 1.75e6, 2.25e6), trials=250)


def record_gpu() -> list[Point]:
    """The same on a GPU, where go2_flat has 4096 robots."""
    variants: dict[str, dict[str, Any]] = {
        "progress_kl_0.02": {PROGRESS: 1.0, KL: 0.02},
        "progress_kl_0.02_either_calm": {PROGRESS: 1.0, KL: 0.02, **EITHER, **CALM},
        "progress_kl_0.04_either_calm_steps_12": {PROGRESS: 1.0, KL: 0.04, STEPS: 12, **EITHER, **CALM},
        "default": {},
    }
    return _points("go2_flat", variants, seconds=(10.0, 20.0, 40.0))


def levers() -> list[Point]:
    """What brings go2_rough to its record in three minutes; first some of what go2_sight has, which reaches it in 5.5.

    That is way made rewarded, a calm end, and normalised observations, then its sizes; not the rest of its recipe, such
    as crossings and a tenth of the noise of heights (docs/studies.md has all). `LENGTH` is how many iterations three
    minutes have, by which the bonus for entropy is lowered.
    """
    sight: dict[str, Any] = {PROGRESS: 0.75, NORMALIZED: True, CALMER: 0.3, WHEN: [0.5, 0.6], LENGTH: 1200}
    quick: dict[str, Any] = {**sight, PROGRESS: 1.0, **EITHER, **CALM, STEPS: 12, KL: 0.04, LENGTH: 2200}
    variants: dict[str, dict[str, Any]] = {
        "default": {},
        "sight": sight,
        "sight_harder": {**sight, **HARDER},
        "sight_harder_8192": {**sight, **HARDER, ENVS: 8192, LENGTH: 850},
        "sight_harder_16_kl_0.02": {**sight, **HARDER, STEPS: 16, KL: 0.02, LENGTH: 1700},
        "sight_harder_calm_epochs_3_kl_0.02": {**sight, **HARDER, **CALM, EPOCHS: 3, KL: 0.02, LENGTH: 1350},
        "sight_quick": quick,
    }
    return _points("go2_rough", variants, **GROUND)


def tiles() -> list[Point]:
    """Where on the map of go2_rough robots are put: by legged_gym's rule, anywhere, or where they learn most."""
    return _tiles("go2_rough")


def tiles_sight() -> list[Point]:
    """The same on the map of go2_sight."""
    return _tiles("go2_sight")


def _tiles(task: str) -> list[Point]:
    points = _points(task, {"default": {}, "uniform": {"terrain.curriculum": False}}, **GROUND)
    chosen: dict[str, dict[str, Any]] = {by: {"tile_choice.by": by} for by in ("learnability", "failure")}
    chosen["learnability_spread"] = {"tile_choice.by": "learnability", SPREAD: True}
    points += _points(f"{task}_mining", chosen, **GROUND)
    return sorted(points, key=lambda point: point.seed)


def batch_size() -> list[Point]:
    """Robots and steps of a rollout on go2_rough, and for some the updates that go with them.

    The task as it is has 4096 robots, 24 steps and a batch of 98 k. First come batches of 98 k and 197 k of other
    robots and steps, then other batches of 24 steps; last the ends.
    """
    variants: dict[str, dict[str, Any]] = {"default": {}}
    for robots, steps in ((8192, 12), (2048, 48), (8192, 24), (16384, 12), (4096, 48)):
        variants[f"{robots}x{steps}"] = {ENVS: robots, STEPS: steps}
    for robots in (2048, 16384, 1024):
        variants[f"{robots}x24"] = {ENVS: robots, STEPS: 24}
    variants["16384x24_parts_16"] = {ENVS: 16384, STEPS: 24, PARTS: 16}
    for robots in (32768, 256):
        variants[f"{robots}x24"] = {ENVS: robots, STEPS: 24}
    variants["4096x24_fixed_0.001"] = {SCHEDULE: "fixed", RATE: 1.0e-3}
    return _points("go2_rough", variants, **GROUND)


def batch_size_cpu() -> list[Point]:
    """The same on the CPU for go2_flat."""
    variants = {f"{robots}x24": {ENVS: robots} for robots in (64, 128, 256, 512, 1024, 2048)}
    variants |= {
        f"{robots}x{steps}": {ENVS: robots, STEPS: steps} for robots, steps in ((128, 96), (256, 48), (1024, 12))
    }
    return _points("go2_flat", variants, samples=CPU_SAMPLES)


def _points(task: str, variants: Mapping[str, Mapping[str, Any]], **marks: Any) -> list[Point]:
    """Three seeds of each variant; the first seed of all before the second, so that an early look has every variant."""
    return [Point(name, task, seed, settings, **marks) for seed in SEEDS for name, settings in variants.items()]


STUDIES: dict[str, Callable[[], list[Point]]] = {
    "batch_size": batch_size,
    "batch_size_cpu": batch_size_cpu,
    "levers": levers,
    "levers_cpu": levers_cpu,
    "record_cpu": record_cpu,
    "quick_cpu": quick_cpu,
    "record_deploy_cpu": record_deploy_cpu,
    "record_gpu": record_gpu,
    "tiles": tiles,
    "tiles_sight": tiles_sight,
}
"""By name."""
