"""The table of tasks: name -> environment class, its configuration, its training configuration.

A new robot is a URDF, a configuration of what differs, and one row here.
"""

from dataclasses import dataclass

from legged_gym.envs.a1.a1_config import A1FlatCfg, A1FlatCfgPPO, A1RoughCfg, A1RoughCfgPPO
from legged_gym.envs.anymal_c.anymal_c_config import (
    AnymalCFlatCfg,
    AnymalCFlatCfgPPO,
    AnymalCRoughCfg,
    AnymalCRoughCfgPPO,
)
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
from legged_gym.envs.mini_cheetah.mini_cheetah_config import MiniCheetahCfg, MiniCheetahCfgPPO
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg, MiniCheetahRefCfgPPO
from legged_gym.envs.mini_cheetah.mini_cheetah_ref_robot import MiniCheetahRef
from legged_gym.envs.mini_cheetah.mini_cheetah_robot import MiniCheetah
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot
from legged_gym.envs.qmini.qmini_config import QminiCfg, QminiCfgPPO
from legged_gym.envs.qmini.qmini_robot import QminiRobot


@dataclass(frozen=True)
class Task:
    """What a task's name stands for."""

    env_class: type[LeggedRobot]
    env_cfg: type[LeggedRobotCfg]
    train_cfg: type[LeggedRobotCfgPPO]
    description: str
    """One line for a list of tasks."""


TASKS: dict[str, Task] = {
    "a1_flat": Task(LeggedRobot, A1FlatCfg, A1FlatCfgPPO, "Unitree A1 on a plane"),
    "a1_rough": Task(LeggedRobot, A1RoughCfg, A1RoughCfgPPO, "Unitree A1 on the terrain map, with height scan"),
    "anymal_c_flat": Task(
        LeggedRobot, AnymalCFlatCfg, AnymalCFlatCfgPPO, "ANYmal C on a plane, its drives a learned network"
    ),
    "anymal_c_rough": Task(
        LeggedRobot,
        AnymalCRoughCfg,
        AnymalCRoughCfgPPO,
        "ANYmal C on the terrain map, with height scan, its drives a learned network",
    ),
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
    "mini_cheetah": Task(
        MiniCheetah, MiniCheetahCfg, MiniCheetahCfgPPO, "MIT Mini Cheetah on a plane, up to 3 m/s and 3 rad/s"
    ),
    "mini_cheetah_ref": Task(
        MiniCheetahRef,
        MiniCheetahRefCfg,
        MiniCheetahRefCfgPPO,
        "MIT Mini Cheetah on a plane, trotting at 3 Hz after a reference gait",
    ),
    "qmini": Task(
        QminiRobot, QminiCfg, QminiCfgPPO, "Qmini, a biped, on gently uneven ground, which estimates its velocity"
    ),
}
