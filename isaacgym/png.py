"""Pictures as PNG files."""

import struct
import zlib
from pathlib import Path

import numpy as np

from robust_parallel.files import write_bytes


def write_png(path: Path, picture: np.ndarray) -> None:
    """Write a picture [height, width, 4], RGBA, 8 bits; the folder is made if it is not there."""
    height, width, _ = picture.shape
    rows = np.hstack((np.zeros((height, 1), dtype=np.uint8), picture.reshape(height, 4 * width)))  # 0: not filtered
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits, colours with alpha
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in parts))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
