import numpy as np
import pytest

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.idl import STRING, Array, Sequence, Struct
from legged_gym.deploy.dds.record import Record

INNER = Struct("a.Inner_", {"flag": "uint8", "value": "float32"})
TEXTS = Struct("a.Texts_", {"small": "uint8", "name": STRING, "wide": "float64", "parts": Sequence(INNER)})
FIXED = Struct("a.Fixed_", {"head": "uint16", "parts": Array(INNER, 2), "last": "uint8"})


def test_bytes_by_hand():
    data = cdr.encode(TEXTS, {"small": 7, "name": "ab", "wide": 1.0, "parts": [{"flag": 1, "value": 2.0}]})
    body = bytes([7, 0, 0, 0, 3, 0, 0, 0]) + b"ab\0" + bytes(5)  # the text's length counts its end; 8 aligns at 16
    body += bytes([0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40])
    assert data == b"\0\1\0\0" + body
    assert cdr.decode(TEXTS, data) == {"small": 7, "name": "ab", "wide": 1.0, "parts": [{"flag": 1, "value": 2.0}]}


def test_a_message_that_ends_early_or_is_big_endian_is_refused():
    data = cdr.encode(TEXTS, {"small": 7, "name": "ab", "wide": 1.0, "parts": []})
    with pytest.raises(ValueError, match="needed"):
        cdr.decode(TEXTS, data[:-2])
    with pytest.raises(ValueError, match="encoding"):
        cdr.decode(TEXTS, b"\0\0" + data[2:])


def test_a_record_has_the_padding_of_c_in_memory_and_that_of_cdr_on_the_way():
    record = Record(FIXED)
    assert record.dtype.itemsize == 24  # 2 + 2 padding, 2 x (1 + 3 padding + 4), 1 + 3 padding
    message = record.new()
    message["head"], message["last"] = 0x0201, 9
    message["parts"]["flag"], message["parts"]["value"] = [3, 4], [1.0, 2.0]
    data = record.encode(message)
    # the first part begins at once, its float at 4; the second at 8, its float at 12
    assert data[4:] == bytes([1, 2, 3, 0, 0, 0, 0x80, 0x3F, 4, 0, 0, 0, 0, 0, 0, 0x40, 9])
    assert record.decode(data) == message
    assert record.decode(data + bytes(3)) == message  # DDS pads to four
    values = {"head": 0x0201, "last": 9, "parts": [{"flag": 3, "value": 1.0}, {"flag": 4, "value": 2.0}]}
    assert cdr.encode(FIXED, values) == data


@pytest.mark.parametrize("data", [b"\0\1\0\0" + bytes(16), b"\0\1\0\0" + bytes(30), b"\0\0\0\0" + bytes(17)])
def test_a_record_of_another_length_or_encoding_is_refused(data):
    with pytest.raises(ValueError):
        Record(FIXED).decode(data)


def test_arrays_of_numbers_come_as_arrays():
    struct = Struct("a.Numbers_", {"some": Sequence("float32"), "two": Array("int16", 2)})
    told = cdr.decode(struct, cdr.encode(struct, {"some": np.arange(3), "two": [-1, 5]}))
    assert told["some"].dtype == np.float32 and told["some"].tolist() == [0.0, 1.0, 2.0]
    assert told["two"].tolist() == [-1, 5]
