"""The physics engines that a configuration can name in `sim.engine`."""

from typing import Any

from legged_gym.config.registry import Registry

AUTO = "auto"
"""MuJoCo Warp where a CUDA GPU and the package are usable, else MuJoCo C."""
MUJOCO, MUJOCO_WARP, ISAACGYM = "mujoco", "mujoco_warp", "isaacgym"
ENGINES: Registry[Any] = Registry(
    "engine",
    {
        MUJOCO: "legged_gym.sim.mujoco_cpu:MujocoSimulator",
        MUJOCO_WARP: "legged_gym.sim.mujoco_warp:MujocoWarpSimulator",
        ISAACGYM: "legged_gym.sim.isaacgym.simulator:IsaacGymSimulator",
    },
    base="legged_gym.sim.simulator:Simulator",
)
"""Engines by name; any other as `module:Class`, a subclass of `Simulator` that takes what theirs take. Their type is
not named here: `Simulator` knows the settings, and those this table."""


def engine_name(text: str) -> str:
    """The name of an engine, or `auto`.

    Raises:
        UserError: there is no such engine.
    """
    return text if text == AUTO else ENGINES.check(text)
