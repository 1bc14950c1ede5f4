"""The drive that is a network: its rows, its memory and its limits, with a network that a hand can follow."""

from typing import Any

import torch
from torch import Tensor

from legged_gym.actuators.network_actuator import NetworkActuator
from legged_gym.actuators.networks import ActuatorNetwork, LSTMActuator, MLPActuator, Scales


class Summing(ActuatorNetwork):
    """Torque = 10 * (sum of all position errors so far) - velocity."""

    kind = "summing"

    def __init__(self) -> None:
        super().__init__(0.005, Scales())
        self.gain = torch.nn.Parameter(torch.tensor(10.0))

    @property
    def settings(self) -> dict[str, Any]:
        return {}

    def initial_state(self, num_rows: int, device: torch.device | str) -> tuple[Tensor, ...]:
        return (torch.zeros(num_rows, 1, device=device),)

    def forward(self, error: Tensor, velocity: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
        total = state[0] + error[:, None]
        return self.gain * total[:, 0] - velocity, (total,)

    def unroll(self, errors: Tensor, velocities: Tensor, state: tuple[Tensor, ...]) -> Tensor:
        raise NotImplementedError


LIMITS = torch.tensor([100.0, 4.0])


def test_joints_keep_their_own_memory_and_limits():
    drive = NetworkActuator(Summing(), LIMITS, num_envs=2)
    targets = torch.tensor([[0.3, 0.1], [0.0, -0.2]])
    dof_pos = torch.tensor([[0.1, 0.0], [0.1, 0.1]])
    wide = torch.arange(8.0).reshape(2, 4)  # velocities as an engine lays them out: columns of something wider
    dof_vel = wide[:, 1:3]
    drive.compute(targets, dof_pos, dof_vel)
    torch.testing.assert_close(drive.torques, torch.tensor([[2.0 - 1.0, 1.0 - 2.0], [-1.0 - 5.0, -4.0]]))
    drive.compute(targets, dof_pos, dof_vel)
    torch.testing.assert_close(drive.torques, torch.tensor([[4.0 - 1.0, 2.0 - 2.0], [-2.0 - 5.0, -4.0]]))
    assert not drive.torques.requires_grad


def test_a_reset_clears_the_memory_of_its_environments_alone():
    drive = NetworkActuator(Summing(), LIMITS, num_envs=3)
    zero, error = torch.zeros(3, 2), torch.tensor([[0.1, 0.1], [torch.nan, 0.1], [0.1, 0.3]])
    for _ in range(2):
        drive.compute(error, zero, zero)
    drive.reset(torch.tensor([False, True, False]), zero)
    assert drive.torques[1].tolist() == [0.0, 0.0]
    drive.compute(torch.full((3, 2), 0.1), zero, zero)
    torch.testing.assert_close(drive.torques, torch.tensor([[3.0, 3.0], [1.0, 1.0], [3.0, 4.0]]))


def test_a_weaker_motor_gives_less_of_every_torque():
    drive = NetworkActuator(Summing(), LIMITS, num_envs=1)
    for field in drive.parameters:
        drive.randomize(field, 0.5 * drive.read(field))
    drive.compute(torch.tensor([[0.2, 0.5]]), torch.zeros(1, 2), torch.zeros(1, 2))
    torch.testing.assert_close(drive.torques, torch.tensor([[1.0, 2.0]]))


def test_networks_drive_as_they_were_trained():
    """Step by step the drive does what the network's `unroll`, which training uses, does at once."""
    torch.manual_seed(0)
    errors, velocities = torch.randn(12, 3, 2), torch.randn(12, 3, 2)
    zero = torch.zeros(3, 2)
    for network in (LSTMActuator(0.005), MLPActuator(0.005, history=3, stride=2), MLPActuator(0.005, history=1)):
        drive = NetworkActuator(network, LIMITS, num_envs=3)
        drive.compute(zero + 1.0, zero, zero)
        drive.reset(torch.ones(3, dtype=torch.bool), zero)
        got = []
        for error, velocity in zip(errors, velocities, strict=True):
            drive.compute(error, zero, velocity)
            got.append(drive.torques.clone())
        state = network.initial_state(6, "cpu")
        expected = network.unroll(errors.flatten(1), velocities.flatten(1), state).detach().view(12, 3, 2)
        torch.testing.assert_close(torch.stack(got), expected.clamp(-LIMITS, LIMITS), atol=1e-5, rtol=1e-5)
