"""Named arrays in one block of memory that two processes share."""

import mmap
import os
from typing import Any, Dict, List, Tuple

import numpy as np

Shapes = Dict[str, Tuple[str, Tuple[int, ...]]]
"""Name -> (NumPy's name of the type of its elements, shape)."""
Places = Dict[str, List[Any]]
"""Name -> [type, shape, first byte in the block]."""
_ALIGNED = 256
"""Where arrays begin, bytes."""


def layout(shapes: Shapes) -> Tuple[Places, int]:
    """Where arrays lie in a block, and its size, bytes."""
    places: Places = {}
    end = 0
    for name, (kind, shape) in shapes.items():
        places[name] = [kind, list(shape), end]
        size = np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))
        end += -(-size // _ALIGNED) * _ALIGNED
    return places, max(end, _ALIGNED)


def map_arrays(path: str, places: Places, size: int) -> Dict[str, np.ndarray]:
    """The arrays of a file; they keep it mapped.

    Args:
        path: of the file.
        places: as `layout` gives them.
        size: of the block, bytes.
    """
    file = os.open(path, os.O_RDWR)
    try:
        block = mmap.mmap(file, size)
    finally:
        os.close(file)
    return {
        name: np.frombuffer(block, kind, int(np.prod(shape, dtype=np.int64)), first).reshape(shape)
        for name, (kind, shape, first) in places.items()
    }
