"""How fast physics and training are here, and how long a task takes: measured, on robots that move at random."""

import gc
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.diagnosis.findings import Finding
from legged_gym.runs.known import KNOWN, Known, known_of
from legged_gym.runs.speed import gpu_memory_gib, measure_env, measure_training
from legged_gym.runs.stages import stage_configs, stages_to_train
from legged_gym.sim.devices import Placement, use_available_cores
from legged_gym.sim.placing import place
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.seeding import set_seed

BUDGET = 20.0
"""For all that is measured, s; building the robots, and on a GPU compiling, comes on top."""
_ON_PHYSICS = 0.4
"""Share of the budget that physics and environment have; training has the rest."""
_MOST_ITERATIONS = 20
_FULL = 0.8
"""Share of a pool from which it is nearly full."""
SMALL_CARD = 8.0
"""Memory of a GPU of a desktop or a laptop, for which a larger one tells, too, what fits, GiB."""
_USABLE = 0.9
"""Share of the GPU's memory that is counted on."""


@dataclass(frozen=True)
class Speed:
    """What was measured of a task."""

    task: str
    stage: str | None
    """What of it was trained, if it has stages."""
    placement: Placement
    num_envs: int
    physics: float
    environment: float
    training: float
    """Control steps of a robot each second."""
    step_time: float
    """Of collecting a control step of all robots and learning from it, s."""
    pools: dict[str, float]
    """The fullest each pool of the engine was, by its setting, as a share of it."""
    failures: dict[str, int]
    memory: float | None
    """GPU memory in use, GiB; None on a CPU."""
    total_memory: float | None
    known: Known | None
    """When such a training was good."""

    @property
    def expected(self) -> float | None:
        """Time until the task is good, s; None if nobody has measured that with as many robots."""
        return self.known and self.known.seconds(self.step_time)

    @property
    def as_many_samples(self) -> float | None:
        """Time of as many samples as a known training of the task took, s; None: none is known."""
        trainings = KNOWN.get(f"{self.task}/{self.stage}" if self.stage else self.task)
        return None if trainings is None else trainings[0].samples / self.training

    @property
    def most_robots(self) -> int | None:
        """A number of robots, a power of two, that surely fits into the GPU's memory."""
        return None if self.total_memory is None else self.robots_in(self.total_memory)

    def robots_in(self, memory: float) -> int | None:
        """The same of a GPU with so much memory, GiB; None: nothing was measured on a GPU."""
        return None if self.memory is None else 2 ** int(math.log2(self.num_envs * _USABLE * memory / self.memory))


def measure(task: str, device: str | None, budget: float) -> Speed:
    """Time a task with as many robots as it has by default, or half as many again and again until they fit.

    Raises:
        UserError: it cannot run here.
    """
    asked: list[Asked] = []
    while True:
        settings = resolve_settings(*get_cfgs(task), asked=asked)
        placement = place(settings, device=device)
        try:
            return _measure(task, settings.env_cfg, settings.train_cfg, placement, budget)
        except torch.cuda.OutOfMemoryError:
            asked = [Asked({"env.num_envs": settings.env_cfg.env.num_envs // 2}, source="measure()")]


def _measure(task: str, env_cfg: Any, train_cfg: Any, placement: Placement, budget: float) -> Speed:
    use_available_cores()
    stage = stages_to_train(train_cfg, task, None)[0]
    env_cfg, train_cfg = stage_configs(env_cfg, train_cfg, stage, resumes=False, max_iterations=None)
    env_cfg.sim.engine = placement.engine
    env = make_env(task, env_cfg, placement.sim_device, set_seed(train_cfg.seed), train_cfg)
    try:
        physics, environment = measure_env(env, _ON_PHYSICS * budget)
        pools = [env.sim.pool_fill()]
        iteration = 1.5 * environment * train_cfg.runner.num_steps_per_env  # with learning, about
        affordable = int((1.0 - _ON_PHYSICS) * budget / iteration)
        iterations = max(2, min(_MOST_ITERATIONS, affordable))
        collection, learning = measure_training(
            env, train_cfg, placement.rl_device, iterations=iterations, console=None
        )
        pools.append(env.sim.pool_fill())
        on_gpu = env.device.type == "cuda"
        return Speed(
            task=task,
            stage=stage,
            placement=placement,
            num_envs=env.num_envs,
            physics=env.num_envs / physics,
            environment=env.num_envs / environment,
            training=env.num_envs / (collection + learning),
            step_time=collection + learning,
            pools={name: max(pool[name] for pool in pools) for name in pools[0]},
            failures={kind: number for kind, number in env.sim.failure_counts().items() if number},
            memory=gpu_memory_gib(env.device),
            total_memory=torch.cuda.mem_get_info(env.device)[1] / 2**30 if on_gpu else None,
            known=known_of(task, env_cfg, train_cfg, env.num_envs),
        )
    finally:
        env.close()
        gc.collect()  # CUDA graphs of this task must not be freed while those of the next are captured
        if placement.sim_device != "cpu":
            torch.cuda.empty_cache()  # what this task had in use is not counted for the next


def tell(speed: Speed) -> Iterator[Finding]:
    """A task's speed as findings."""
    where = f"{speed.placement.engine} on {speed.placement.sim_device}"
    stage = f", {speed.stage}" if speed.stage else ""
    yield Finding(speed.task, f"{speed.num_envs} robots, {where}{stage}")
    share = speed.environment / speed.physics
    yield Finding(
        "  steps/s",
        f"{speed.training:,.0f} training, {speed.environment:,.0f} environment, {speed.physics:,.0f} physics "
        f"({share:.2f} of it)",
    )
    yield _expected_time(speed)
    yield _robots(speed)
    if speed.pools:
        fullest = max(speed.pools.values())
        text = ", ".join(f"{100 * fill:.0f} % of {name}" for name, fill in speed.pools.items())
        yield Finding("  contact pools", text, *_pool_state(fullest, speed))
    elif speed.failures:
        yield Finding("  failures", _failures(speed), "warning", "the simulation gave up on these robots")


def _expected_time(speed: Speed) -> Finding:
    known, seconds = speed.known, speed.expected
    if known is None or seconds is None:
        text = f"not known with {speed.num_envs} robots"
        if (same := speed.as_many_samples) is not None:
            text += f"; as many samples as a known training had take {duration(same)}"
        return Finding("  until good", text, "note")
    text = f"{duration(seconds)}: {known.iterations} iterations gave {known.result} ({known.source})"
    return Finding("  until good", text)


def _robots(speed: Speed) -> Finding:
    most = speed.most_robots
    why = "the task's default" if speed.known is None else "for which the time is known"
    text = f"choose {speed.num_envs}, {why}"
    if most is not None:
        text += f"; {speed.memory:.1f} of {speed.total_memory:.1f} GiB are in use, {most} surely fit"
        if speed.total_memory is not None and speed.total_memory > SMALL_CARD:
            text += f", {speed.robots_in(SMALL_CARD)} on a GPU of {SMALL_CARD:g} GiB"
    return Finding("  robots", text)


def _pool_state(fullest: float, speed: Speed) -> tuple[Any, str]:
    if speed.failures:
        return "warning", f"{_failures(speed)}: raise the fuller setting"
    return ("warning", "nearly full: raise the setting") if fullest > _FULL else ("ok", "")


def _failures(speed: Speed) -> str:
    return ", ".join(f"{number} robots failed by {kind.replace('_', ' ')}" for kind, number in speed.failures.items())


def duration(seconds: float) -> str:
    """Hours, minutes and seconds."""
    return str(timedelta(seconds=round(seconds)))
