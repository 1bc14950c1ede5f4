"""A new robot is a URDF, a configuration of what differs, and a row in the table: here with a two-legged toy."""

from pathlib import Path

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO
from legged_gym.tasks import TASKS, Task, get_cfgs, make_env, make_runner
from legged_gym.utils.seeding import set_seed
from rsl_rl.utils.errors import ConfigError

LEG = """
  <link name="{side}_leg">
    <inertial><origin xyz="0 0 -0.1"/><mass value="0.5"/>
      <inertia ixx="0.002" iyy="0.002" izz="0.001" ixy="0" ixz="0" iyz="0"/></inertial>
  </link>
  <joint name="{side}_hip_joint" type="revolute">
    <parent link="trunk"/><child link="{side}_leg"/><origin xyz="0 {y} 0"/>
    <axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="20" velocity="20"/>
  </joint>
  <link name="{side}_sole">
    <inertial><origin xyz="0 0 0"/><mass value="0.05"/>
      <inertia ixx="0.0001" iyy="0.0001" izz="0.0001" ixy="0" ixz="0" iyz="0"/></inertial>
    <collision><origin xyz="0.06 0 0"/><geometry><sphere radius="0.02"/></geometry></collision>
    <collision><origin xyz="-0.06 0 0"/><geometry><sphere radius="0.02"/></geometry></collision>
  </link>
  <joint name="{side}_sole_joint" type="fixed">
    <parent link="{side}_leg"/><child link="{side}_sole"/><origin xyz="0 0 -0.2"/>
  </joint>"""

URDF = """<robot name="toy">
  <link name="trunk">
    <inertial><origin xyz="0 0 0"/><mass value="2"/>
      <inertia ixx="0.01" iyy="0.01" izz="0.01" ixy="0" ixz="0" iyz="0"/></inertial>
    <collision><geometry><sphere radius="0.08"/></geometry></collision>
  </link>{legs}
</robot>"""


class ToyCfg(LeggedRobotCfg):
    class env(LeggedRobotCfg.env):
        num_envs = 16
        num_actions = 2

    class terrain(LeggedRobotCfg.terrain):
        mesh_type = "plane"

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, 0.25]
        default_joint_angles = {"left_hip_joint": 0.0, "right_hip_joint": 0.0}

    class asset(LeggedRobotCfg.asset):
        foot_name = "sole"
        terminate_after_contacts_on = ["trunk"]

    class observations:
        policy = ["base_ang_vel", "projected_gravity", "commands", "dof_pos", "dof_vel", "actions"]
        critic = ["base_lin_vel", *policy]


class ToyCfgPPO(LeggedRobotCfgPPO):
    class policy(LeggedRobotCfgPPO.policy):
        actor_hidden_dims = [16]
        critic_hidden_dims = [16]


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    legs = LEG.format(side="left", y=0.1) + LEG.format(side="right", y=-0.1)
    (tmp_path / "toy.urdf").write_text(URDF.format(legs=legs))
    monkeypatch.setattr(ToyCfg.asset, "file", str(tmp_path / "toy.urdf"))
    monkeypatch.setitem(TASKS, "toy", Task(LeggedRobot, ToyCfg, ToyCfgPPO, "a toy"))
    return "toy"


def test_a_new_robot_trains(toy: str) -> None:
    env_cfg, train_cfg = get_cfgs(toy)
    env_cfg.sim.engine = "mujoco"
    set_seed(1)
    env = make_env(toy, env_cfg, "cpu", 1)
    assert env.dof_names == ["left_hip_joint", "right_hip_joint"]
    assert [env.body_names[i] for i in env.feet_indices] == ["left_sole", "right_sole"]
    assert env.get_observations()["policy"].shape == (16, 3 + 3 + 3 + 2 + 2 + 2)
    runner = make_runner(env, train_cfg, None, "cpu")
    before = [parameter.clone() for parameter in runner.policy.actor.parameters()]
    runner.learn(2)
    after = list(runner.policy.actor.parameters())
    assert all(torch.isfinite(parameter).all() for parameter in after)
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))
    env.close()


class Attentive(LeggedRobot):
    """Reads a group of its own, which no training does."""

    def _reward_turning(self) -> torch.Tensor:
        return self.observations.buffers["turning"].sum(dim=1)


def test_a_robot_from_elsewhere_may_read_groups_that_its_training_does_not(
    toy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cfg(ToyCfg):
        class observations(ToyCfg.observations):
            turning = ["base_ang_vel"]

        class rewards(ToyCfg.rewards):
            class scales(ToyCfg.rewards.scales):
                turning: float = 1.0

    monkeypatch.setitem(TASKS, toy, Task(Attentive, Cfg, ToyCfgPPO, "a toy"))
    env_cfg, train_cfg = get_cfgs(toy)
    env_cfg.sim.engine = "mujoco"
    env = make_env(toy, env_cfg, "cpu", 1, train_cfg)
    assert env.step(torch.zeros(16, 2))[0]["turning"].shape == (16, 3)
    env.close()
    assert TASKS[toy].makes_all and not TASKS["go2_flat"].makes_all


def test_a_training_that_names_a_group_that_there_is_not_is_told_of_all(toy: str) -> None:
    """Of that, too, which nobody reads: it is what was meant."""
    env_cfg, train_cfg = get_cfgs(toy)
    env_cfg.sim.engine = "mujoco"
    train_cfg.obs_groups = {"policy": ["policy"], "critic": ["critik"]}
    env = make_env(toy, env_cfg, "cpu", 1, train_cfg)
    with pytest.raises(ConfigError, match=r"\['critik'\] are not offered; there are: \['critic', 'policy'\]"):
        make_runner(env, train_cfg, None, "cpu")
    env.close()
