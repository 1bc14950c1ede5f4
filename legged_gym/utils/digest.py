"""The digest of an ONNX file: whether its bytes are those that were written.

It is an entry of the file's metadata, the SHA-256 of all bytes before it, and the file's last bytes: what follows a
protobuf message belongs to it, so adding the entry changes no other byte, and checking it takes no parser.
"""

import hashlib
import re

from legged_gym.utils.errors import UserError

KEY = "sha256"
"""Name of the entry."""
_MARK = b"\x72\x4c\x0a\x06" + KEY.encode() + b'\x12\x42"'
"""Beginning of the entry in protobuf's coding: field 14 of the model, its metadata, with 76 bytes; therein the key, and
66 bytes of JSON text."""
_VALUE = re.compile(rb'[0-9a-f]{64}"')
_SIZE = len(_MARK) + 65


def sealed(content: bytes) -> bytes:
    """An ONNX file with its digest.

    Args:
        content: the file without one.
    """
    return content + _entry(content)


def is_sealed(content: bytes, name: str) -> bool:
    """Whether an ONNX file has a digest.

    Args:
        content: the file.
        name: of the file, for messages.

    Raises:
        UserError: the digest is not that of the file's bytes.
    """
    body, entry = content[:-_SIZE], content[-_SIZE:]
    if entry == _entry(body):
        return True
    if _MARK in content or _VALUE.fullmatch(entry[len(_MARK) :]):  # one of both is left of a damaged entry
        raise UserError(f"{name} is damaged, or was changed after it was written: its bytes have another {KEY}")
    return False


def _entry(content: bytes) -> bytes:
    return _MARK + hashlib.sha256(content).hexdigest().encode() + b'"'
