"""Training of actuator networks on logs of drives, by truncated backpropagation through time."""

import copy
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from legged_gym.actuators.logs import ActuatorLog
from legged_gym.actuators.networks import ActuatorNetwork
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

WINDOW = 100
"""Steps that gradients go back through."""
WARM_UP = 20
"""Steps from the start of a window or a stretch that count little: what came before them is not known."""
WARM_UP_WEIGHT = 0.1
"""Weight of the squared errors of these `WARM_UP` steps in training, so that a network that knows nothing of the past,
as after a reset, still does its best. In judging they do not count."""
BATCH = 64
"""Windows in a batch."""
LEARNING_RATE = 1.0e-2
"""Learning rate of the first epoch; it falls to nothing as half a cosine."""
MAX_GRADIENT_NORM = 1.0
VALIDATION_SHARE = 0.15
"""Share of each log by which the best epoch is chosen."""
HELD_OUT_SHARE = 0.15
"""Share of each log that is held out, where no other logs are."""
LOGGED_EPOCHS = 10
"""Epochs between two lines of progress."""


@dataclass(frozen=True)
class Series:
    """A stretch of a log, its J joints side by side."""

    error: Tensor
    """Position target - position [T, J], rad."""
    velocity: Tensor
    """Joint velocity [T, J], rad/s."""
    torque: Tensor
    """Mean from each step to the next [T, J], N m: what a simulation has to apply during that step."""

    def part(self, start: int, stop: int) -> "Series":
        """Some of the steps."""
        return Series(self.error[start:stop], self.velocity[start:stop], self.torque[start:stop])


@dataclass(frozen=True)
class Parts:
    """What a network learns from, what its best epoch is chosen by, and what it is judged by."""

    train: list[Series]
    validation: list[Series]
    held_out: list[Series]
    sample_time: float
    """Time between two steps of all series, s."""

    @property
    def input_limits(self) -> list[float]:
        """The largest position error, rad, and velocity, rad/s, to learn from."""
        return [max(float(getattr(part, name).abs().max()) for part in self.train) for name in ("error", "velocity")]


@dataclass(frozen=True)
class Curve:
    """Torque RMSE after each epoch, N m."""

    train: list[float]
    """Mean over the epoch, over windows that begin with a zero state."""
    validation: list[float]
    best: int
    """The epoch, from 0 on, whose weights were kept."""


def split(logs: Sequence[ActuatorLog], held_out: Sequence[ActuatorLog]) -> Parts:
    """Cut logs in time: whole stretches of all joints, so that nothing a network is judged by was near its training.

    Args:
        logs: to learn from; the last stretch but one of each is for validation.
        held_out: to judge by; where there are none, the last stretch of each of `logs`.

    Raises:
        UserError: logs are of different sample times, one is too short, or two are the same.
    """
    first = logs[0]
    for log in (*logs, *held_out):
        if log.sample_time != first.sample_time:
            raise UserError(
                f"{log.name} has a row every {log.sample_time:g} s, but {first.name} every {first.sample_time:g} s"
            )
    for index, log in enumerate((*logs, *held_out)):
        if twin := next((other for other in (*logs, *held_out)[:index] if _alike(log, other)), None):
            raise UserError(f"{log.name} holds what {twin.name} does: give each log once, in --data or in --held_out")
    parts = Parts([], [], [_checked(log, 1.0) for log in held_out], first.sample_time)
    held_out_share = 0.0 if held_out else HELD_OUT_SHARE
    for log in logs:
        series = _checked(log, min(VALIDATION_SHARE, HELD_OUT_SHARE))
        length = len(series.torque)
        held_out_start = round(length * (1.0 - held_out_share))
        validation_start = held_out_start - round(length * VALIDATION_SHARE)
        parts.train.append(series.part(0, validation_start))
        parts.validation.append(series.part(validation_start, held_out_start))
        if not held_out:
            parts.held_out.append(series.part(held_out_start, length))
    return parts


def train(network: ActuatorNetwork, parts: Parts, epochs: int, seed: int) -> Curve:
    """Fit a network to the torques and leave it with the weights of its best epoch.

    Args:
        network: to be trained, in place; its inputs and outputs are those of the logs.
        parts: of `split`.
        epochs: passes over the training part.
        seed: of the windows and their order.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    train_curve: list[float] = []
    validation_curve: list[float] = []
    best = copy.deepcopy(network.state_dict())
    for epoch in range(epochs):
        train_curve.append(_train_epoch(network, parts.train, optimizer, generator))
        schedule.step()
        validation_curve.append(rmse(predict(network, parts.validation), parts.validation))
        if validation_curve[-1] == min(validation_curve):
            best = copy.deepcopy(network.state_dict())
        if (epoch + 1) % LOGGED_EPOCHS == 0 or epoch + 1 == epochs:
            logger.info(
                "epoch %d of %d: torque RMSE %.3f N m in training, %.3f N m in validation",
                epoch + 1, epochs, train_curve[-1], validation_curve[-1],
            )  # fmt: skip
    network.load_state_dict(best)
    return Curve(train_curve, validation_curve, validation_curve.index(min(validation_curve)))


@torch.no_grad()
def predict(network: ActuatorNetwork, series: Sequence[Series]) -> list[Tensor]:
    """A network's torques [T, J] over each whole series, N m; it begins with a zero state."""
    return [_unroll(network, part.error, part.velocity) for part in series]


def ideal_pd(series: Sequence[Series], stiffness: float, damping: float, torque_limit: float) -> list[Tensor]:
    """The torques [T, J] of a PD law without delay or dynamics over each series, N m."""
    return [(stiffness * part.error - damping * part.velocity).clamp(-torque_limit, torque_limit) for part in series]


def rmse(predicted: Sequence[Tensor], series: Sequence[Series]) -> float:
    """Root of the mean squared error of torques over all joints and all steps after the `WARM_UP`, N m."""
    pairs = zip(predicted, series, strict=True)
    errors = torch.cat([(torque - part.torque)[WARM_UP:].flatten() for torque, part in pairs])
    return math.sqrt(float(errors.square().mean()))


def _train_epoch(
    network: ActuatorNetwork, series: Sequence[Series], optimizer: torch.optim.Optimizer, generator: torch.Generator
) -> float:
    """One pass over windows that begin at a random offset; the RMSE on the way, N m."""
    offset = int(torch.randint(WINDOW, (), generator=generator))
    error, velocity, torque = _windows(series, offset)
    total = 0.0
    for index in torch.randperm(error.shape[1], generator=generator).split(BATCH):
        difference = _unroll(network, error[:, index], velocity[:, index]) - torque[:, index]
        warm_up, rest = difference.square().split([WARM_UP, WINDOW - WARM_UP])
        optimizer.zero_grad()
        ((WARM_UP_WEIGHT * warm_up.sum() + rest.sum()) / (difference.numel() * network.scales.torque**2)).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), MAX_GRADIENT_NORM)
        optimizer.step()
        total += float(rest.detach().mean()) * len(index)
    return math.sqrt(total / error.shape[1])


def _unroll(network: ActuatorNetwork, error: Tensor, velocity: Tensor) -> Tensor:
    return network.unroll(error, velocity, network.initial_state(error.shape[1], error.device))


def _windows(series: Sequence[Series], offset: int) -> list[Tensor]:
    """Errors, velocities and torques of all windows [WINDOW, n], cut one after another from an offset on."""
    return [
        torch.cat([_cut(getattr(part, name)[offset:]) for part in series], dim=1)
        for name in ("error", "velocity", "torque")
    ]


def _cut(values: Tensor) -> Tensor:
    """[T, J] as windows [WINDOW, T // WINDOW * J]."""
    count = len(values) // WINDOW
    return values[: count * WINDOW].view(count, WINDOW, -1).transpose(0, 1).reshape(WINDOW, -1)


def _checked(log: ActuatorLog, smallest_share: float) -> Series:
    """A whole log, of which this share is long enough for windows."""
    series = _series(log)
    least = math.ceil(2 * WINDOW / smallest_share)
    if len(series.torque) < least:
        length, expected = len(log.torque) * log.sample_time, (least + 1) * log.sample_time
        raise UserError(f"{log.name} is too short: {length:g} s, expected {expected:g} s or more")
    return series


def _alike(log: ActuatorLog, other: ActuatorLog) -> bool:
    return np.array_equal(log.torque, other.torque) and np.array_equal(log.position, other.position)


def _series(log: ActuatorLog) -> Series:
    error = log.position_target - log.position
    torque = 0.5 * (log.torque[:-1] + log.torque[1:])
    return Series(*(torch.from_numpy(value).float() for value in (error[:-1], log.velocity[:-1], torque)))
