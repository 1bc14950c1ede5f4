"""The table of tasks: name -> environment class, its configuration, its training configuration.

A new robot is a URDF, a configuration of what differs, and one row here.
"""

from dataclasses import dataclass

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO
from legged_gym.envs.go2.go2_config import (
    Go2FlatCfg,
    Go2FlatCfgPPO,
    Go2FlatDeployCfg,
    Go2FlatDeployCfgPPO,
    Go2RoughCfg,
    Go2RoughCfgPPO,
    Go2RoughDeployCfg,
    Go2RoughDeployCfgPPO,
)
from legged_gym.envs.go2.go2_perceptive_config import Go2PerceptiveCfg, Go2PerceptiveCfgPPO
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot


@dataclass(frozen=True)
class Task:
    """What a task's name stands for."""

    env_class: type[LeggedRobot]
    env_cfg: type[LeggedRobotCfg]
    train_cfg: type[LeggedRobotCfgPPO]
    description: str
    """One line for a list of tasks."""


TASKS: dict[str, Task] = {
    "go2_flat": Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO, "Unitree Go2 on a plane"),
    "go2_flat_deploy": Task(
        LeggedRobot, Go2FlatDeployCfg, Go2FlatDeployCfgPPO, "Unitree Go2 on a plane, with what its sensors measure"
    ),
    "go2_perceptive": Task(
        PerceptiveRobot,
        Go2PerceptiveCfg,
        Go2PerceptiveCfgPPO,
        "Unitree Go2 on the terrain map: privileged teacher, then student with a belief of a noisy height map",
    ),
    "go2_rough": Task(LeggedRobot, Go2RoughCfg, Go2RoughCfgPPO, "Unitree Go2 on the terrain map, with height scan"),
    "go2_rough_deploy": Task(
        LeggedRobot,
        Go2RoughDeployCfg,
        Go2RoughDeployCfgPPO,
        "Unitree Go2 on the terrain map, with what its sensors measure",
    ),
}
