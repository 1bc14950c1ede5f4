"""Unitree A1: what differs from the Go2, whose legs, pose and gains it shares (legged_gym's a1_config)."""

from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO, Go2RoughCfg, Go2RoughCfgPPO


class A1RoughCfg(Go2RoughCfg):
    """A1 on the terrain map, with height scan: 235 observations."""

    class asset(Go2RoughCfg.asset):
        file = "{ROOT}/resources/robots/a1/urdf/a1.urdf"
        name = "a1"


class A1FlatCfg(Go2FlatCfg):
    """A1 on a plane, without height scan: 48 observations."""

    class asset(A1RoughCfg.asset):
        pass


class A1RoughCfgPPO(Go2RoughCfgPPO):
    """PPO of `a1_rough`."""

    class runner(Go2RoughCfgPPO.runner):
        experiment_name = "a1_rough"


class A1FlatCfgPPO(Go2FlatCfgPPO):
    """PPO of `a1_flat`."""

    class runner(Go2FlatCfgPPO.runner):
        experiment_name = "a1_flat"
