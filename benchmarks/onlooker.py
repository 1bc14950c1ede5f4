"""Looks at a viewer as a browser does, where there is none: `python benchmarks/onlooker.py URL`.

It takes and unpacks all that a browser is sent, and draws nothing. A first line says that it looks; when its input
ends, a second one how many pictures came.
"""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import msgspec
import viser
import zstandard
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.sync.connection import Connection
from websockets.typing import Subprotocol

CAMERA = {
    "type": "ViewerCameraMessage", "wxyz": [1.0, 0.0, 0.0, 0.0], "position": [1.0, 1.0, 1.0], "fov": 1.0, "near": 0.01,
    "far": 100.0, "image_height": 600, "image_width": 800, "look_at": [0.0, 0.0, 0.0], "up_direction": [0.0, 0.0, 1.0],
}  # fmt: skip
"""What makes it count as one that looks (viser 1.1.1)."""
LOOKS = "looks"
_NICENESS = 10
"""A browser may be on another computer, where it takes nothing of the processors of this one."""
_END_TIME = 60.0
"""Longest time until it has told what it saw, s."""


class Onlooker:
    """A process that looks at a viewer."""

    def __init__(self, url: str) -> None:
        """Begin to look.

        Args:
            url: of a viewer that this computer alone reaches: no token is needed.

        Raises:
            RuntimeError: the viewer cannot be looked at.
        """
        command = [sys.executable, str(Path(__file__).resolve()), url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != LOOKS:
            self._process.wait()
            raise RuntimeError(f"nobody can look at {url}")
        self.pictures = 0
        """How many came; known once it is closed."""

    def close(self) -> None:
        """Look away."""
        told, _ = self._process.communicate(timeout=_END_TIME)
        self.pictures = int(told)


def connect_as_browser(url: str, path: str = "/", **more: Any) -> Connection:
    """A socket of a viewer's server; viser's own, which refuses another version than its page's, unless told otherwise.

    Args:
        url: the viewer's.
        path: of the socket.
        more: keywords of the connection.
    """
    protocols = [Subprotocol(f"viser-v{viser.__version__}")] if path == "/" else None
    place = urlsplit(url).netloc
    return connect(f"ws://{place}{path}", subprotocols=protocols, compression=None, max_size=None, **more)


def look(socket: Connection) -> None:
    """Say that somebody looks."""
    socket.send(msgspec.msgpack.encode(CAMERA))


def receive(socket: Connection) -> list[dict[str, Any]]:
    """The next messages: their size unpacked and packed, 8 bytes each, then msgpack in zstd.

    Raises:
        ConnectionClosed: none will come.
    """
    data = socket.recv()
    assert isinstance(data, bytes)
    size, length = (int.from_bytes(data[start : start + 8], "little") for start in (0, 8))
    content = zstandard.ZstdDecompressor().decompress(data[16 : 16 + length], max_output_size=size)
    return msgspec.msgpack.decode(content)["messages"]


def is_picture(message: dict[str, Any]) -> bool:
    """Whether it is the one that comes once with each picture: the world moves under the robot."""
    return message["type"] == "SetPositionMessage" and message["name"] == "/world"


def main(url: str, until: TextIO) -> None:
    """Look until an input ends."""
    os.nice(_NICENESS)
    pictures = 0
    with connect_as_browser(url) as socket:
        look(socket)
        while not any(message["type"] == "ReplayDoneMessage" for message in receive(socket)):
            pass  # what was there before it came
        print(LOOKS, flush=True)
        threading.Thread(target=lambda: (until.read(), socket.close()), daemon=True).start()
        with contextlib.suppress(ConnectionClosed):
            while True:
                pictures += sum(map(is_picture, receive(socket)))
    print(pictures)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
