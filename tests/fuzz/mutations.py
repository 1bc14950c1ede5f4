"""Ways to spoil a file: of bytes, of text, and of plain data."""

import copy
import math
import random
import re
from typing import Any

NASTY = (
    None, True, "", "x", "NaN", "１", -1, 0, 1, 2**31, 10**24, -0.0, 1e-300, 1e300, math.nan, math.inf, -math.inf,
    [], [[]], [None], {}, {"a": {}}, "a" * 300, "../..", "\0", "[" * 1000,
)  # fmt: skip
"""Values that somebody who types, or a broken disk, may leave in the place of another."""
WORDS = (b"", b"nan", b"inf", b"-1", b"0", b"1e999", b"1e-999", b"9" * 40, b"\xff\xfe", b"\0", b"\n", b"<", b'"', b"%s")
NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*|[A-Za-z_]+")


def spoiled_bytes(content: bytes, rng: random.Random) -> bytes:
    """Some of: bits flipped, the end or a piece lost, a piece twice."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        start, length = rng.randrange(len(data) + 1), rng.randint(1, 64)
        way = rng.randrange(4)
        if way == 0 and data:
            data[start % len(data)] ^= 1 << rng.randrange(8)
        elif way == 1:
            del data[start:]
        elif way == 2:
            del data[start : start + length]
        else:
            data[start:start] = data[start : start + length]
    return bytes(data)


def spoiled_text(content: bytes, rng: random.Random) -> bytes:
    """A text some of whose numbers and words are others; or its bytes are spoiled."""
    if rng.random() < 0.3:
        return spoiled_bytes(content, rng)
    words = list(NUMBER.finditer(content))
    for word in sorted(rng.sample(words, min(len(words), rng.randint(1, 3))), key=lambda word: -word.start()):
        content = content[: word.start()] + rng.choice(WORDS) + content[word.end() :]
    return content


def spoiled_data(data: Any, rng: random.Random) -> Any:
    """Plain data with another value, one less or one more, somewhere."""
    data = copy.deepcopy(data)
    for _ in range(rng.randint(1, 2)):
        node = data
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = rng.choice(keys)
            if isinstance(node[key], dict | list) and rng.random() < 0.8:
                node = node[key]
                continue
            if rng.random() < 0.2:
                del node[key]
            else:
                node[key] = copy.deepcopy(rng.choice(NASTY))
            break
        if isinstance(node, dict) and rng.random() < 0.1:
            node["unknown"] = copy.deepcopy(rng.choice(NASTY))
    return data
