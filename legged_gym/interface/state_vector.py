"""What a controller remembers from one call to the next: named tensors of one robot as one vector."""

import math
from collections.abc import Mapping

import torch


class StateVector:
    """The state as named tensors and as one vector."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Lay tensors of these names and shapes out one after the other."""
        self.shapes = dict(shapes)
        self.sizes = [math.prod(shape) for shape in self.shapes.values()]
        self.size = sum(self.sizes)

    def unpack(self, vector: torch.Tensor) -> dict[str, torch.Tensor]:
        """The tensors [1, *shape] in a vector [size]."""
        parts = zip(self.shapes.items(), vector.split(self.sizes), strict=True)
        return {name: part.reshape(1, *shape) for (name, shape), part in parts}

    def pack(self, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The vector [size] of tensors [1, *shape]."""
        return torch.cat([tensors[name].reshape(-1) for name in self.shapes])

    def as_data(self) -> dict[str, object]:
        """Size of the vector, and names and shapes of its parts in order, as plain data."""
        return {"size": self.size, "parts": [{"name": name, "shape": list(s)} for name, s in self.shapes.items()]}
