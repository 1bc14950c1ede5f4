"""The model a configuration names, and what is told to a user whose configuration cannot be."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
import torch

from legged_gym.actuators.actuator import Actuator, Drives, Memory
from legged_gym.actuators.factory import make_actuator
from legged_gym.actuators.network_actuator import NetworkActuator
from legged_gym.actuators.networks import LSTMActuator, save_network
from legged_gym.actuators.pd import DelayedPD
from legged_gym.actuators.torque import DirectTorque
from legged_gym.config.checks import check_config
from legged_gym.config.io import instantiate
from legged_gym.sim.config import ControlCfg
from legged_gym.utils.errors import UserError
from tests.own_parts import Spring

KP, KD, LIMITS = np.array([20.0, 30.0]), np.array([0.5, 0.6]), np.array([23.7, 35.55])


def make(dt: float = 0.005, **settings: Any) -> Actuator | None:
    section = ControlCfg.actuator()
    for name, value in settings.items():
        setattr(section, name, value)
    return make_actuator(section, KP, KD, LIMITS, 3, torch.device("cpu"), dt)


def test_each_model_and_its_parameters(tmp_path: Path):
    save_network(tmp_path / "lstm.pt", LSTMActuator(0.005), {})
    assert make() is None
    delayed, torque = make(model="delayed_pd", delay_range=[1, 2]), make(model="torque")
    network = make(model="network", network_file=str(tmp_path / "lstm.pt"))
    assert isinstance(delayed, DelayedPD) and isinstance(torque, DirectTorque) and isinstance(network, NetworkActuator)
    assert delayed.read("stiffness").tolist() == [KP.tolist()] * 3
    np.testing.assert_allclose(delayed.read("damping"), [KD] * 3)
    for drive in (delayed, torque, network):
        np.testing.assert_allclose(drive.read("torque_limits"), [LIMITS] * 3)
        assert drive.torques.shape == (3, 2) and not drive.torques.any()


def test_an_unknown_model_is_refused():
    with pytest.raises(UserError, match="unknown actuator model 'delayed'; did you mean delayed_pd"):
        make(model="delayed")
    with pytest.raises(UserError, match="model 'x'; there are delayed_pd, network, torque, and any module:name"):
        make(model="x")


def test_a_model_of_a_users_own_is_named_by_where_it_is():
    spring = make(model="tests.own_parts:Spring")
    assert spring is not None
    spring.compute(torch.tensor([[1.0, 100.0]]).expand(3, 2), torch.zeros(3, 2), torch.zeros(3, 2))
    np.testing.assert_allclose(spring.torques, [[3.0, 35.55]] * 3)
    with pytest.raises(UserError, match="the actuator model Spring has no stiffness"):
        spring.read("stiffness")


class Lagging(Spring):
    """Remembers a torque, but not how an episode begins."""

    @classmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        model = super().from_settings(settings, drives)
        model.memory = (torch.zeros_like(model.torques),)
        return model


class NeverForgetting(Lagging):
    def begin(self, dof_pos: torch.Tensor) -> Memory:
        return (torch.zeros_like(dof_pos),)


class Forgetting(NeverForgetting):
    def reset(self, mask: torch.Tensor, dof_pos: torch.Tensor) -> None:
        super().reset(mask, dof_pos)
        self.memory[0].masked_fill_(mask[:, None], 0.0)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (Lagging, r"begin\(\) must return the first memory in the shapes of `memory`: 1 tensors"),
        (NeverForgetting, r"reset\(\) must forget"),
    ],
)
def test_a_memory_that_outlives_an_episode_is_refused(model: type, told: str):
    with pytest.raises(UserError, match=told):
        make(model=f"{__name__}:{model.__name__}")
    assert make(model=f"{__name__}:Forgetting") is not None


@pytest.mark.parametrize("delay_range", [[2, 1], [-1, 2], [1], [0.5, 1], [0, 1, 2]])
def test_an_impossible_delay_is_refused(delay_range: list):
    cfg = instantiate(ControlCfg)
    cfg.actuator.delay_range = delay_range
    with pytest.raises(UserError, match=r"control\.actuator\.delay_range = .* must be"):
        check_config(cfg, "control.")


def test_a_network_file_that_does_not_fit_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="network_file names no file"):
        make(model="network")
    with pytest.raises(UserError, match="/resources/actuator_nets/nobody.pt"):
        make(model="network", network_file="{ROOT}/resources/actuator_nets/nobody.pt")
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"these are no weights")
    with pytest.raises(UserError, match="broken.pt is no actuator network"):
        make(model="network", network_file=str(broken))
    save_network(tmp_path / "slow.pt", LSTMActuator(0.01), {})
    with pytest.raises(UserError, match=r"slow.pt was trained at steps of 0.01 s, but sim.dt is 0.005 s"):
        make(model="network", network_file=str(tmp_path / "slow.pt"))
