"""Write and read checkpoints: whole or not at all, and without running code that is in the file."""

import contextlib
import errno
import hashlib
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from robust_parallel.files import in_memory, is_stream, write_bytes
from rsl_rl.utils.differences import MISSING, differences
from rsl_rl.utils.errors import CheckpointError, ConfigError, DamagedError, UnreadableError

SCHEMA_VERSION = 1
"""Version of checkpoint files, raised with each change that older code cannot read."""

LARGEST_WEIGHT = 1.0e6
"""Of a network that acts. Its inputs and outputs are of the order of 1: beyond, 32 bits resolve the sum of a neuron to
0.06 at best, which is as much as actions differ by. The largest of the policies in ``resources/policies`` is 7.1."""

DEEPEST = 64
"""Containers within containers that a checkpoint may have; what is saved here has about ten. One that holds itself has
no end, and what goes through it would have none either."""

_PASSING = (
    errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOTCONN,
    errno.ESTALE, errno.ETIMEDOUT,
)  # fmt: skip
"""Why a file cannot be read now that may be read in a moment, as on a file system of the network."""
_SHOWN_DIFFERENCES = 3
_PLAIN_TYPES = (bool, int, float, str, type(None), torch.Tensor)


def save(path: str | Path, state: Mapping[str, Any]) -> None:
    """Write a checkpoint in place of what was there.

    The file appears under its name only when it is complete and on the disk; until then an older one stays.

    Args:
        path: Name of the file.
        state: Tensors, numbers, strings and containers of those.

    Raises:
        CheckpointError: It could not be written, because the disk is full, say.
    """
    try:
        content = {"schema_version": SCHEMA_VERSION, **state}
        write_bytes(path, in_memory(lambda buffer: torch.save(content, buffer)))
    except OSError as error:
        raise CheckpointError(str(error)) from error


def load(path: str | Path, device: torch.device | str = "cpu", required: Collection[str] = ()) -> dict[str, Any]:
    """Read what :func:`save` wrote.

    Args:
        path: Name of the file.
        device: Where to put the tensors.
        required: Keys it must have.

    Raises:
        CheckpointError: There is no such file, or it holds something else.
        DamagedError: Its bytes are not those that were written.
        UnreadableError: Its bytes could not be had, for a reason that may pass.
    """
    damaged = f"{path} is no checkpoint, or a truncated or damaged one"
    if Path(path).suffix == ".onnx":
        raise CheckpointError(f"{path} is no checkpoint, but an exported policy (ONNX): name the *.pt that it is of")
    try:
        if is_stream(Path(path)):
            raise CheckpointError(f"cannot read {path}: it is a pipe or a device, and no file")
        with zipfile.ZipFile(path) as archive:
            wrong = archive.testzip()  # PyTorch itself does not look at the checksums
            is_script = any(name.endswith("/constants.pkl") for name in archive.namelist())
        if wrong is not None:
            raise DamagedError(f"{damaged}: the checksum of {wrong} is wrong")
        if is_script:
            raise CheckpointError(f"{path} is no checkpoint, but a TorchScript network, such as an exported policy")
        state = torch.load(path, map_location=device, weights_only=True)
    except CheckpointError:
        raise
    except OSError as error:
        kind = UnreadableError if error.errno in _PASSING else CheckpointError
        raise kind(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # what the unpickler raises on bytes that it does not expect may be anything
        if _lacks_memory(error):
            raise UnreadableError(f"cannot read {path}: there is not enough memory") from error
        raise DamagedError(damaged) from error
    version = state.get("schema_version") if isinstance(state, dict) else None
    if version is None:
        raise CheckpointError(f"{path} is no checkpoint of this project: it has no schema version")
    if version != SCHEMA_VERSION or type(version) is not int:
        raise CheckpointError(f"{path} has schema version {version!r}, but this code reads version {SCHEMA_VERSION}")
    missing = [key for key in required if key not in state]
    if missing:
        raise CheckpointError(f"{path} is no checkpoint of this kind: it lacks {', '.join(missing)}")
    for place, value in _leaves(state, "state"):
        if isinstance(value, dict | list | tuple):
            raise DamagedError(f"{damaged}: it is nested more than {DEEPEST} deep")
        if isinstance(value, torch.Tensor) and value.is_meta:
            raise CheckpointError(f"{path}: {place} is a tensor without numbers")
    return state


def fingerprint(weights: Mapping[str, torch.Tensor]) -> str:
    """Return what tells weights from others, 16 hexadecimal digits: names and bytes count, not where they lie."""
    digest = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)} ".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def check_weights(path: str | Path, what: str, saved: Any, present: Mapping[str, torch.Tensor]) -> None:
    """See that weights from a checkpoint are those of a network: tensors of the same names, shapes and types.

    Args:
        path: Name of the checkpoint, for the message.
        what: What is compared, for the message.
        saved: Weights from the checkpoint.
        present: Weights of the network.

    Raises:
        CheckpointError: They are not.
    """
    if not isinstance(saved, Mapping) or not all(isinstance(value, torch.Tensor) for value in saved.values()):
        raise CheckpointError(f"{path} holds no weights of a {what}: {_short(saved)}")
    for aspect in (_shape, _type):
        was, now = ({name: aspect(tensor) for name, tensor in weights.items()} for weights in (saved, present))
        check_same(path, what, was, now)


def check_range(path: str | Path, what: str, weights: Mapping[str, torch.Tensor], network: nn.Module) -> None:
    """See that a network can act on weights: that they are finite, and neither too large nor too small.

    A module says of what is in its state dict how small it may be at least: ``least_state``, values by name. What it
    learns may be as large as :data:`LARGEST_WEIGHT`.

    Args:
        path: Name of the checkpoint, for the message.
        what: What the network is, for the message.
        weights: From the checkpoint; of the network's names and shapes.
        network: What they are of.

    Raises:
        CheckpointError: It cannot.
    """
    least = {
        f"{place}.{name}".removeprefix("."): value
        for place, module in network.named_modules(remove_duplicate=False)
        for name, value in getattr(module, "least_state", {}).items()
    }
    learned = {name for name, _ in network.named_parameters(remove_duplicate=False)}
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise CheckpointError(f"{path}: the {what}'s {name} is not finite, so that it cannot act")
        if name in learned and (tensor.abs() > LARGEST_WEIGHT).any():
            largest = tensor.abs().max().item()
            raise CheckpointError(f"{path} is damaged: the {what}'s {name} has {largest:.3g}, which nothing learns")
        if name in least and (tensor < least[name]).any():
            smallest = tensor.min().item()
            raise CheckpointError(f"{path} is damaged: the {what}'s {name} has {smallest:.3g}, which it cannot be")


def require_finite(path: str | Path, what: str, state: Any) -> None:
    """See that the numbers of a state are finite.

    Args:
        path: Name of the checkpoint, for the message.
        what: What the state is of, for the message.
        state: Containers, numbers and tensors.

    Raises:
        CheckpointError: One is not; the message says where.
    """
    for place, value in _leaves(state, what):
        number = isinstance(value, float | torch.Tensor)
        if number and not torch.as_tensor(value).isfinite().all():
            raise CheckpointError(f"{path}: {place} is not finite, so that nothing can go on from it")


@contextlib.contextmanager
def restoring(path: str | Path, what: str) -> Iterator[None]:
    """While something takes up its state from a checkpoint: tell of what it cannot take in one line.

    Raises:
        CheckpointError: It raised an error of a missing, a wrong or an unfitting value.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CheckpointError(f"{path} holds a state of {what} that cannot be taken up ({reason})") from error


def check_same(path: str | Path, what: str, saved: Any, present: Any) -> None:
    """Compare plain data from a checkpoint with what is present here.

    Args:
        path: Name of the checkpoint, for the message.
        what: What is compared, for the message.
        saved: Data from the checkpoint.
        present: Data to compare it with.

    Raises:
        CheckpointError: They differ; the message says where.
    """
    told = [_told(*difference) for difference in differences(saved, present)]
    if told:
        more = len(told) - _SHOWN_DIFFERENCES
        shown = "; ".join(told[:_SHOWN_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")
        raise CheckpointError(f"{path} was saved with another {what}: {shown}")


def require_plain(what: str, data: Any) -> None:
    """Check that data holds nothing but containers, numbers, strings and tensors, so that it can be read back.

    Raises:
        ConfigError: It holds something else; the message says where.
    """
    for place, value in _leaves(data, what):
        if type(value) not in _PLAIN_TYPES:
            raise ConfigError(f"{place} is a {type(value).__name__}, which a checkpoint cannot hold")


def _lacks_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _told(place: str, saved: Any, present: Any) -> str:
    there = "missing there" if saved is MISSING else f"{_short(saved)} there"
    here = "missing here" if present is MISSING else f"{_short(present)} here"
    return f"{place or 'it'} is {there}, {here}"


def _leaves(data: Any, place: str, room: int = DEEPEST) -> Iterator[tuple[str, Any]]:
    """Yield what is in containers, by its place; a container itself where it is nested too deep."""
    if isinstance(data, dict) and room:
        for key, value in data.items():
            yield f"a key of {place}", key
            yield from _leaves(value, f"{place}.{key}", room - 1)
    elif isinstance(data, list | tuple) and room:
        for index, value in enumerate(data):
            yield from _leaves(value, f"{place}[{index}]", room - 1)
    else:
        yield place, data


def _shape(tensor: torch.Tensor) -> list[int]:
    return list(tensor.shape)


def _type(tensor: torch.Tensor) -> str:
    kind = "" if tensor.layout == torch.strided else f", {tensor.layout}"
    return f"{tensor.dtype}{kind}".removeprefix("torch.")


def _short(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 80 else f"{text[:77]}..."
