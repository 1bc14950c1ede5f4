"""Rewards, observations, drives, engines and tasks of a user's own that give what nobody can take."""

import sys
from types import MethodType

import pytest
import torch

import legged_gym
from legged_gym.actuators.actuator import Actuator
from legged_gym.actuators.factory import make_actuator
from legged_gym.config.registry import require_arguments
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.rewards import RewardSum
from legged_gym.envs.go2.go2_config import Go2FlatCfg, Go2FlatCfgPPO
from legged_gym.sim.config import AssetCfg
from legged_gym.tasks import make_runner
from legged_gym.terrain.kinds import Size, terrain
from legged_gym.utils.errors import UserError

N, D = 3, 12


class Rewarded:
    """A robot with one reward."""

    num_envs, device = N, "cpu"

    def __init__(self, term):
        self._reward_mine = term


@pytest.mark.parametrize(
    ("term", "says"),
    [
        (lambda: 1.0, r"must return a tensor \[3\], not float"),
        (lambda: None, r"must return a tensor \[3\], not NoneType"),
        (lambda: torch.zeros(N, D), r"not a tensor \[3, 12\]"),
        (lambda: torch.zeros(N, 1), r"not a tensor \[3, 1\]"),
        (lambda: torch.zeros(()), r"not a tensor \[\]"),
        (lambda: torch.zeros(N, dtype=torch.complex64), r"not a tensor \[3\] of torch.complex64"),
        (lambda x: torch.zeros(N), "must be a method without arguments"),
        (MethodType(lambda: torch.zeros(N), object()), "must be a method without arguments"),
        (5, "must be a method without arguments"),
    ],
)
def test_a_reward_is_a_value_of_each_robot(term, says):
    rewards = RewardSum(Rewarded(term), {"mine": 1.0}, 0.02, only_positive=True)
    with pytest.raises(UserError, match=rf"rewards.scales.mine: _reward_mine\(\) {says}|{says}"):
        rewards.compute(torch.zeros(N, dtype=torch.bool))


@pytest.fixture(scope="module")
def env():
    env = legged_gym.make("go2_flat", num_envs=2, device="cpu", seed=1)
    yield env
    env.close()


def test_terms_are_a_list(env, monkeypatch):
    monkeypatch.setattr(type(env), "observation_terms", lambda self: None)
    with pytest.raises(UserError, match=r"observation_terms\(\) must return a list of ObservationTerm"):
        env._make_observations()


def test_actions_that_are_learned(env):
    assert not env.step(torch.zeros(2, D, requires_grad=True))[1].requires_grad


def test_a_closed_environment_says_so():
    env = legged_gym.make("go2_flat", num_envs=1, device="cpu", seed=1)
    for _ in range(2):
        env.close()
    for call in (env.reset, lambda: env.step(torch.zeros(1, D))):
        with pytest.raises(UserError, match="the environment is closed"):
            call()


class Drive(Actuator):
    """Pulls to its target."""

    @classmethod
    def from_settings(cls, settings, drives):
        return cls({"torque_limits": drives.torque_limits}, drives.num_envs)

    def torque(self, targets, dof_pos, dof_vel, memory):
        return targets - dof_pos, memory


class NoModel(Drive):
    @classmethod
    def from_settings(cls, settings, drives):
        return None


class NoLimits(Drive):
    @classmethod
    def from_settings(cls, settings, drives):
        return cls({}, drives.num_envs)


class NoTuple(Drive):
    def torque(self, targets, dof_pos, dof_vel, memory):
        return targets - dof_pos


class FewTorques(Drive):
    def torque(self, targets, dof_pos, dof_vel, memory):
        return (targets - dof_pos)[:, :3], memory


class NewMemory(Drive):
    def torque(self, targets, dof_pos, dof_vel, memory):
        return targets - dof_pos, (dof_pos,)


@pytest.mark.parametrize(
    ("drive", "says"),
    [
        (Drive, ""),
        (NoModel, r"from_settings\(\) must return the model"),
        (NoLimits, "NoLimits has no torque_limits"),
        (NoTuple, r"torque\(\) must return torques and a tuple"),
        (FewTorques, r"torque\(\) must return torques \[2, 12\]"),
        (NewMemory, "the next memory in the shapes of `memory`: 0 tensors"),
    ],
)
def test_a_drive_gives_torques_and_its_memory(drive, says):
    class settings:
        model = f"{drive.__module__}:{drive.__name__}"

    gains = torch.ones(D).numpy()
    arguments = (settings, gains, gains, gains, 2, torch.device("cpu"), 0.005)
    if not says:
        assert isinstance(make_actuator(*arguments), Drive)
        return
    with pytest.raises(UserError, match=says):
        make_actuator(*arguments)


def test_what_constructors_must_take():
    class Robot(LeggedRobot):
        def __init__(self):
            pass

    with pytest.raises(UserError, match="task 'of_a_test': its constructor must take cfg, device, seed"):
        legged_gym.register("of_a_test", legged_gym.Task(Robot, Go2FlatCfg, Go2FlatCfgPPO, "none"))
    with pytest.raises(UserError, match="engine: its constructor must take asset"):
        require_arguments("engine", AssetCfg, "asset")


def test_terrain_types_need_a_name_and_a_size():
    with pytest.raises(UserError, match="@terrain takes a name"):
        terrain(lambda tile, difficulty, rng: None)
    with pytest.raises(UserError, match="not 'ground_of_a_test' and 5"):
        terrain("ground_of_a_test", size=5)
    with pytest.raises(UserError, match="there is no terrain.nothing"):
        terrain("ground_of_a_test", size=Size("x", setting="nothing"))


def test_no_episode_ends_by_standing(tmp_path):
    with pytest.raises(UserError, match="has all of asset.foot_name: no episode would last"):
        legged_gym.make("go2_flat", num_envs=1, device="cpu", **{"asset.terminate_after_contacts_on": ["foot"]})


@pytest.mark.parametrize("content", ["def f(:", "raise SystemExit(0)"])
def test_a_module_that_does_not_load_is_named(content, tmp_path, monkeypatch):
    (tmp_path / "module_of_a_test.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UserError, match="cannot import 'module_of_a_test'"):
        legged_gym.make("go2_flat", num_envs=1, device="cpu", **{"sim.engine": "module_of_a_test:Engine"})
    sys.modules.pop("module_of_a_test", None)


def test_a_runner_takes_a_training_configuration(env):
    with pytest.raises(UserError, match="takes a training configuration, not dict"):
        make_runner(env, {"policy": {}}, None, "cpu")
