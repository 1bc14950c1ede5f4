"""Networks that tell a drive's torque from the error of its position and its velocity, and their files.

Every joint has the same network (Hwangbo et al. 2019, Science Robotics 4(26), section "Actuator modeling"). What it
remembers of the past, which is what an ideal PD lacks, is a state that is passed in and out: a hidden state (LSTM), or
the last samples (MLP). A state is a tuple of tensors with one row per joint; zeros are the state after a reset.
"""

import math
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from robust_parallel.files import in_memory, write_bytes

FORMAT = 1
"""Version of network files, raised with each change that older code cannot read."""

NO_LIMITS = (math.inf, math.inf)
State = tuple[Tensor, ...]
"""What a network remembers: tensors [R, ...], rows in the order of its inputs."""


@dataclass(frozen=True)
class Scales:
    """Factors between SI units and the numbers inside a network."""

    position_error: float = 2.0
    """Factor of the input target - position, 1/rad."""
    velocity: float = 0.25
    """Factor of the input joint velocity, s/rad."""
    torque: float = 20.0
    """Factor of the output, N m."""

    def __post_init__(self) -> None:
        for name, factor in asdict(self).items():
            _require_above_zero(f"scale {name}", factor, math.isfinite)


def _require_above_zero(name: str, value: Any, *conditions: Callable[[float], bool]) -> None:
    """Raise a ValueError if a value is no number above zero, or of one that it must be otherwise."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not value > 0.0 or not all(holds(value) for holds in conditions):
        raise ValueError(f"{name} must be a number above 0, not {value!r}")


class ActuatorNetwork(nn.Module, ABC):
    """What every actuator network offers. Its steps are `sample_time` apart, in training as in use."""

    kind: ClassVar[str]
    """Name of the kind in files and flags."""
    _factors: Tensor
    _low: Tensor
    _high: Tensor

    def __init__(
        self, sample_time: float, scales: Scales | None = None, input_limits: Sequence[float] = NO_LIMITS
    ) -> None:
        """Take what all kinds have.

        Args:
            sample_time: time between two samples, s: the physics step of the simulation it is for.
            scales: of inputs and output; the usual ones by default.
            input_limits: of position errors, rad, and of velocities, rad/s; what lies beyond is taken for the limit.
        """
        super().__init__()
        self.sample_time = sample_time
        self.scales = scales or Scales()
        error_limit, velocity_limit = input_limits
        _require_above_zero("sample_time", sample_time, math.isfinite)
        for limit in (error_limit, velocity_limit):
            _require_above_zero("a limit of the inputs", limit)
        self.input_limits = [error_limit, velocity_limit]
        factors = torch.tensor([self.scales.position_error, self.scales.velocity])
        bounds = torch.tensor(self.input_limits) * factors
        self.register_buffer("_factors", factors, persistent=False)
        self.register_buffer("_low", -bounds, persistent=False)
        self.register_buffer("_high", bounds, persistent=False)

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Arguments of the constructor but `scales`, plain."""

    @abstractmethod
    def initial_state(self, num_rows: int, device: torch.device | str) -> State:
        """The state after a reset, zeros, for R joints."""

    @abstractmethod
    def forward(self, error: Tensor, velocity: Tensor, state: State) -> tuple[Tensor, State]:
        """One step. Shapes are static and nothing is read back by the host, so it can be captured in a CUDA graph.

        Args:
            error: position target - position [R], rad.
            velocity: joint velocity [R], rad/s.
            state: of `initial_state` or of the step before; it is not written to.

        Returns:
            The joint torque [R], N m, and the next state.
        """

    @abstractmethod
    def unroll(self, errors: Tensor, velocities: Tensor, state: State) -> Tensor:
        """Many steps at once, for training: the torques that `forward` gives step by step, but faster.

        Args:
            errors: position targets - positions [T, R], rad.
            velocities: joint velocities [T, R], rad/s.
            state: before the first step.

        Returns:
            The joint torques [T, R], N m.
        """

    def _inputs(self, error: Tensor, velocity: Tensor) -> Tensor:
        """Scaled inputs within their limits, side by side in a new last dimension."""
        return torch.clamp(torch.stack((error, velocity), dim=-1) * self._factors, self._low, self._high)


class LSTMActuator(ActuatorNetwork):
    """LSTM layers and a linear one. The state is the output and the cell [R, H] of each layer."""

    kind = "lstm"

    def __init__(
        self,
        sample_time: float,
        hidden_size: int = 8,
        num_layers: int = 2,
        scales: Scales | None = None,
        input_limits: Sequence[float] = NO_LIMITS,
    ) -> None:
        """Build the layers.

        Args:
            sample_time: s.
            hidden_size: width H of each layer.
            num_layers: number of layers.
            scales: of inputs and output.
            input_limits: of inputs.
        """
        super().__init__(sample_time, scales, input_limits)
        self.lstm = nn.LSTM(2, hidden_size, num_layers)
        self.head = nn.Linear(hidden_size, 1)

    @property
    def settings(self) -> dict[str, Any]:
        sizes = {"hidden_size": self.lstm.hidden_size, "num_layers": self.lstm.num_layers}
        return {"sample_time": self.sample_time, "input_limits": self.input_limits, **sizes}

    def initial_state(self, num_rows: int, device: torch.device | str) -> State:
        shape = (num_rows, self.lstm.hidden_size)
        return tuple(torch.zeros(shape, device=device) for _ in range(2 * self.lstm.num_layers))

    def forward(self, error: Tensor, velocity: Tensor, state: State) -> tuple[Tensor, State]:
        # Two products and one fused kernel a layer on CUDA; cuDNN, made for sequences, needs several times as long.
        x = self._inputs(error, velocity)
        following: list[Tensor] = []
        for layer, weights in enumerate(self.lstm.all_weights):
            x, cell = torch.lstm_cell(x, state[2 * layer : 2 * layer + 2], *weights)
            following += [x, cell]
        return self._torque(x), tuple(following)

    def unroll(self, errors: Tensor, velocities: Tensor, state: State) -> Tensor:
        hidden = torch.stack(state[0::2]), torch.stack(state[1::2])
        return self._torque(self.lstm(self._inputs(errors, velocities), hidden)[0])

    def _torque(self, x: Tensor) -> Tensor:
        return self.head(x).squeeze(-1) * self.scales.torque


class MLPActuator(ActuatorNetwork):
    """A perceptron over a window of the past. The state is the samples before the present one [R, 2, samples]."""

    kind = "mlp"

    def __init__(
        self,
        sample_time: float,
        history: int = 6,
        stride: int = 1,
        hidden_size: int = 32,
        num_layers: int = 3,
        scales: Scales | None = None,
        input_limits: Sequence[float] = NO_LIMITS,
    ) -> None:
        """Build the layers, with softsign between them.

        Args:
            sample_time: s.
            history: number K of samples seen, the present one among them.
            stride: steps between two of them.
            hidden_size: width of the hidden layers.
            num_layers: number of hidden layers.
            scales: of inputs and output.
            input_limits: of inputs.
        """
        super().__init__(sample_time, scales, input_limits)
        self.history, self.stride, self.hidden_size, self.num_layers = history, stride, hidden_size, num_layers
        widths = [2 * history] + [hidden_size] * num_layers
        layers = [(nn.Linear(*sizes), nn.Softsign()) for sizes in pairwise(widths)]
        self.mlp = nn.Sequential(*chain.from_iterable(layers), nn.Linear(widths[-1], 1))

    @property
    def settings(self) -> dict[str, Any]:
        names = ("sample_time", "input_limits", "history", "stride", "hidden_size", "num_layers")
        return {name: getattr(self, name) for name in names}

    def initial_state(self, num_rows: int, device: torch.device | str) -> State:
        return (torch.zeros(num_rows, 2, (self.history - 1) * self.stride, device=device),)

    def forward(self, error: Tensor, velocity: Tensor, state: State) -> tuple[Tensor, State]:
        window = torch.cat((state[0], self._inputs(error, velocity).unsqueeze(-1)), dim=-1)
        return self._torque(window), (window[..., 1:],)

    def unroll(self, errors: Tensor, velocities: Tensor, state: State) -> Tensor:
        samples = torch.cat((state[0].permute(2, 0, 1), self._inputs(errors, velocities)))
        return self._torque(samples.unfold(0, (self.history - 1) * self.stride + 1, 1))

    def _torque(self, window: Tensor) -> Tensor:
        """Torques [...] of windows [..., 2, samples], oldest first."""
        return self.mlp(window[..., :: self.stride].flatten(-2)).squeeze(-1) * self.scales.torque


KINDS: Mapping[str, Callable[..., ActuatorNetwork]] = {"lstm": LSTMActuator, "mlp": MLPActuator}


def save_network(path: str | Path, network: ActuatorNetwork, info: Mapping[str, Any]) -> None:
    """Write a network in place of what was there, whole or not at all.

    The file is a `torch.save`d dict of plain data and tensors: `format`, `kind`, `settings` (arguments of the
    constructor), `scales`, `state_dict`, `info`.

    Args:
        path: of the file.
        network: to be saved.
        info: where it comes from, plain data: of no use to `load_network`, but to people.

    Raises:
        UserError: it cannot be written.
    """
    weights = {name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}
    scales = asdict(network.scales)
    content = {"format": FORMAT, "kind": network.kind, "settings": network.settings, "scales": scales}
    content |= {"state_dict": weights, "info": dict(info)}
    try:
        write_bytes(path, in_memory(lambda buffer: torch.save(content, buffer)))
    except OSError as error:
        raise UserError(str(error)) from error


def load_network(path: str | Path, device: torch.device | str) -> ActuatorNetwork:
    """Read what `save_network` wrote, for use: in evaluation mode and without gradients.

    Args:
        path: of the file.
        device: of its weights.

    Raises:
        UserError: there is no such file, it is something else, or its weights are not those of its kind.
    """
    content = _read(path)
    kind = str(content.get("kind"))
    if kind not in KINDS:
        hint = nearest(kind, KINDS) or f"; there are {', '.join(KINDS)}"
        raise UserError(f"{path} holds a network of unknown kind {kind!r}{hint}")
    lacking = [field.name for field in fields(Scales) if field.name not in content["scales"]]
    if lacking:
        raise UserError(f"{path} is no whole actuator network: it lacks the scale of {', '.join(lacking)}")
    try:
        network = KINDS[kind](**content["settings"], scales=Scales(**content["scales"]))
    except (TypeError, ValueError, RuntimeError) as error:
        raise UserError(f"{path}: its settings make no {kind}: {str(error).splitlines()[0]}") from error
    _check_weights(path, content["state_dict"], network.state_dict())
    network.load_state_dict(content["state_dict"])
    return network.to(device).requires_grad_(False).eval()


def _read(path: str | Path) -> dict[str, Any]:
    """The content of a network file of this format."""
    try:
        with zipfile.ZipFile(path) as archive:
            if wrong := archive.testzip():  # PyTorch itself does not look at the checksums
                raise UserError(f"{path} is a damaged actuator network: the checksum of {wrong} is wrong")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"cannot read the actuator network {path}: {error.strerror or error}") from error
    except Exception as error:  # what the unpickler raises on bytes that it does not expect may be anything
        raise UserError(f"{path} is no actuator network, or a damaged one") from error
    if not isinstance(content, dict) or "format" not in content:
        raise UserError(f"{path} is no actuator network; make one with train_actuator.py")
    if content["format"] != FORMAT:
        raise UserError(f"{path} has format {content['format']}, but this code reads format {FORMAT}")
    missing = [key for key in ("settings", "scales", "state_dict") if not isinstance(content.get(key), dict)]
    if missing:
        raise UserError(f"{path} is no whole actuator network: it lacks {', '.join(missing)}")
    return content


def _check_weights(path: str | Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Every weight is there, of its shape, and finite."""
    for name, tensor in expected.items():
        shape = list(tensor.shape)
        if not isinstance(found.get(name), Tensor):
            raise UserError(f"{path}: weight {name} is missing, expected of shape {shape}")
        if list(found[name].shape) != shape:
            raise UserError(f"{path}: weight {name} has shape {list(found[name].shape)}, expected {shape}")
        if not found[name].isfinite().all():
            raise UserError(f"{path}: weight {name} is not finite")
    unknown = [name for name in found if name not in expected]
    if unknown:
        raise UserError(f"{path}: weight {unknown[0]} is none of this kind, expected {', '.join(expected)}")
