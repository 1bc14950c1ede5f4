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


TASKS: dict[str, Task] = {
    "go2_flat": Task(LeggedRobot, Go2FlatCfg, Go2FlatCfgPPO),
    "go2_flat_deploy": Task(LeggedRobot, Go2FlatDeployCfg, Go2FlatDeployCfgPPO),
    "go2_perceptive": Task(PerceptiveRobot, Go2PerceptiveCfg, Go2PerceptiveCfgPPO),
    "go2_rough": Task(LeggedRobot, Go2RoughCfg, Go2RoughCfgPPO),
    "go2_rough_deploy": Task(LeggedRobot, Go2RoughDeployCfg, Go2RoughDeployCfgPPO),
}
