"""Where a run computes: by its settings, and what follows for them."""

import logging

from legged_gym.config.idle import idle_part
from legged_gym.config.layers import CHECKPOINT, DEFAULT, MODE, Settings
from legged_gym.config.overrides import LEARNERS
from legged_gym.sim.devices import Placement, check_memory, choose_placement
from legged_gym.sim.engines import ENGINES, ISAACGYM, MUJOCO, MUJOCO_WARP

logger = logging.getLogger(__name__)

ENGINES_OF = {
    "sim.max_contacts": (MUJOCO_WARP,),
    "sim.max_constraints": (MUJOCO_WARP,),
    "sim.num_threads": (MUJOCO, ISAACGYM),
    "sim.solver_iterations": (MUJOCO_WARP,),
    "sim.solver_ls_iterations": (MUJOCO_WARP,),
    "sim.contact_time_constant": (MUJOCO, MUJOCO_WARP),
}
"""Settings that not all engines read, and those that do."""


_ON_A_GPU = ("torch_compile", "use_graphs")
"""Settings of a learner that a CPU has no use for."""


def place(
    settings: Settings, engine: str | None = None, device: str | None = None, rl_device: str | None = None
) -> Placement:
    """Choose engine and devices and, unless anyone did, the number of environments that fits them.

    Writes `env.num_envs`; leaves `sim.engine` as asked for, so that a saved configuration is bound to no machine.

    Args:
        settings: of the run.
        engine: one of `ENGINES`; default: that of the settings.
        device: torch device of the simulation; default: the engine's choice.
        rl_device: torch device of the learner; default: that of the simulation.

    Raises:
        UserError: the engine or device cannot be used here.
    """
    env_cfg = settings.env_cfg
    placement = choose_placement(engine or env_cfg.sim.engine, device, rl_device)
    if placement.sim_device == "cpu" and settings.source("env.num_envs") == DEFAULT:
        env_cfg.env.num_envs = env_cfg.env.num_envs_cpu
    check_memory(env_cfg.env.num_envs, placement.sim_device)
    _tell_idle(settings, placement)
    return placement


def _tell_idle(settings: Settings, placement: Placement) -> None:
    """Name what somebody set without an effect."""
    idle = settings.idle()
    if settings.source("env.num_envs") != DEFAULT:
        idle["env.num_envs_cpu"] = "env.num_envs was asked for"
    if placement.sim_device == "cpu":
        idle["env.torch_compile"] = "the environments are on the CPU"
    if placement.rl_device == "cpu":
        names = (f"train.{part}.{name}" for part in LEARNERS for name in _ON_A_GPU)
        idle |= dict.fromkeys(names, "the learner is on the CPU")
    for key, engines in ENGINES_OF.items():
        if placement.engine in set(ENGINES) and placement.engine not in engines:
            idle[key] = f"the engine is {placement.engine}"
    for key, source in settings.sources.items():
        if source not in (DEFAULT, CHECKPOINT, MODE):
            for name, reason in idle_part(key, idle):
                logger.warning("%s %s has no effect: %s", source, name, reason)
