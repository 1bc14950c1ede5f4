"""The checksum at the end of a Go2's commands and states."""

import zlib

import numpy as np

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round."""


def checksum(record: np.ndarray) -> int:
    """CRC-32 of all 32-bit words of a message in memory but the last.

    Polynomial 0x04C11DB7, from all ones, most significant bit first, the result not inverted. zlib's goes from the
    least significant bit and inverts: it is fed mirrored bytes, and what it gives is mirrored.
    """
    words = np.frombuffer(record.tobytes(), dtype="<u4")[:-1]
    mirrored = zlib.crc32(words.byteswap().tobytes().translate(_REVERSED)) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
