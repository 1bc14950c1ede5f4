"""Sizes are those of the C structs that the robot sums up; the checksums were computed by Unitree's own library, the
bytes by its Python package."""

import hashlib

import numpy as np
import pytest

from legged_gym.deploy.go2 import remote
from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.messages import LOW_CMD, LOW_STATE
from legged_gym.deploy.runner.messages import Buttons


def test_sizes():
    assert LOW_CMD.dtype.itemsize == 812 and LOW_STATE.dtype.itemsize == 1180


def test_checksum_bit_by_bit():
    command = LOW_CMD.new()
    command["head"], command["motor_cmd"]["q"] = (0xFE, 0xEF), np.linspace(-1.0, 2.0, 20)
    crc = 0xFFFFFFFF
    for word in np.frombuffer(command.tobytes(), "<u4")[:-1].tolist():
        for bit in reversed(range(32)):
            top = crc >> 31
            crc = crc << 1 & 0xFFFFFFFF
            crc ^= 0x04C11DB7 * (top ^ (word >> bit & 1))
    assert checksum(command) == crc
    command["crc"] = 5  # the last word is not summed up
    assert checksum(command) == crc


@pytest.mark.parametrize(
    ("record", "crc", "digest"),
    [(LOW_CMD, 0xF4A2CD64, "fbed8de1733f1346"), (LOW_STATE, 0xA6A04246, "3a70821dc1e5d194")],
)
def test_bytes_and_checksum_are_those_of_unitree(record, crc, digest):
    """Of a message whose memory is a known pattern, without padding."""
    memory = ((np.arange(record.dtype.itemsize) * 37 + 11) % 100).astype(np.uint8)
    message = record.decode(record.encode(memory.view(record.dtype).reshape(())))
    assert checksum(message) == crc
    assert hashlib.sha256(record.encode(message)).hexdigest()[:16] == digest


def test_remote_there_and_back():
    told = Buttons(np.array([0.25, -0.5, 1.0, -1.0]), frozenset({"R1", "A", "left"}))
    data = remote.encode(told)
    assert data[2] == 0b1 and data[3] == 0b10000001  # R1 is bit 0; A bit 8, left bit 15
    assert np.frombuffer(data.tobytes()[20:24], "<f4")[0] == np.float32(-0.5)
    heard = remote.decode(data)
    assert heard is not None and heard.pressed == told.pressed
    np.testing.assert_array_equal(heard.sticks, told.sticks)


def test_a_remote_that_is_off():
    assert remote.decode(np.zeros(40, np.uint8)) is None
