"""Height maps from a ROS 2 recording of grid_map_msgs/GridMap, as elevation_mapping_cupy publishes them, without ROS.

A recording is the SQLite file of rosbag2: tables `topics` (id, name, type) and `messages` (topic_id, timestamp, data),
whose data are CDR.
"""

import contextlib
import math
import sqlite3
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import STRING, Sequence, Struct, Topic
from legged_gym.deploy.go2.messages import HEADER, HEIGHT_MAPS, POSE, POSES
from legged_gym.utils.errors import UserError

TYPE = "grid_map_msgs/msg/GridMap"
_DIMENSION = Struct("std_msgs.msg.dds_.MultiArrayDimension_", {"label": STRING, "size": "uint32", "stride": "uint32"})
_LAYOUT = Struct("std_msgs.msg.dds_.MultiArrayLayout_", {"dim": Sequence(_DIMENSION), "data_offset": "uint32"})
_ARRAY = Struct("std_msgs.msg.dds_.Float32MultiArray_", {"layout": _LAYOUT, "data": Sequence("float32")})
_INFO = Struct(
    "grid_map_msgs.msg.dds_.GridMapInfo_",
    {"resolution": "float64", "length_x": "float64", "length_y": "float64", "pose": POSE},
)
GRID_MAP = Struct(
    "grid_map_msgs.msg.dds_.GridMap_",
    {
        "header": HEADER, "info": _INFO, "layers": Sequence(STRING), "basic_layers": Sequence(STRING),
        "data": Sequence(_ARRAY), "outer_start_index": "uint16", "inner_start_index": "uint16",
    },
)  # fmt: skip
LAYER = "elevation"


def height_map(message: dict[str, Any]) -> dict[str, Any]:
    """A GridMap as the fields of a HeightMap_.

    A GridMap's rows go along -x and its columns along -y from its farthest corner; a ring buffer begins at the start
    indices; columns are contiguous unless the first dimension is called `row_index`.

    Raises:
        ValueError: it has no elevation, is turned, or has not as many cells as it says.
    """
    if LAYER not in message["layers"]:
        raise ValueError(f"no layer {LAYER!r} among {', '.join(map(repr, message['layers']))}")
    if len(message["data"]) != len(message["layers"]):
        raise ValueError(f"{len(message['data'])} layers of data, not {len(message['layers'])}")
    info, layer = message["info"], message["data"][message["layers"].index(LAYER)]
    if not (math.isfinite(info["resolution"]) and info["resolution"] > 0.0):
        raise ValueError(f"a resolution of {info['resolution']} m")
    turned = info["pose"]["orientation"]
    if abs(turned["x"]) + abs(turned["y"]) + abs(turned["z"]) > 1e-3:
        raise ValueError("the map is turned in its frame")
    if len(layer["layout"]["dim"]) != 2:
        raise ValueError(f"{len(layer['layout']['dim'])} dimensions, not 2")
    first, second = layer["layout"]["dim"]
    if layer["data"].size != first["size"] * second["size"]:
        raise ValueError(f"{layer['data'].size} cells, not {first['size']} x {second['size']}")
    sizes = (first["size"], second["size"]) if first["label"] == "row_index" else (second["size"], first["size"])
    starts = message["outer_start_index"], message["inner_start_index"]
    told = [round(info[name] / info["resolution"], 3) for name in ("length_x", "length_y")]
    if told != list(sizes) or not all(start < size for start, size in zip(starts, sizes, strict=True)):
        raise ValueError(f"{sizes} cells that begin at {starts}, but lengths of {told} of them")
    cells = layer["data"].reshape(first["size"], second["size"])
    cells = cells if first["label"] == "row_index" else cells.T
    cells = np.roll(cells, (-message["outer_start_index"], -message["inner_start_index"]), axis=(0, 1))[::-1, ::-1]
    resolution, middle = info["resolution"], info["pose"]["position"]
    half = 0.5 * resolution * (np.array(cells.shape) - 1)
    stamp = message["header"]["stamp"]
    return {
        "stamp": stamp["sec"] + 1e-9 * stamp["nanosec"],
        "frame_id": message["header"]["frame_id"],
        "resolution": resolution,
        "width": cells.shape[0],
        "height": cells.shape[1],
        "origin": [middle["x"] - half[0], middle["y"] - half[1]],
        "data": np.where(np.isfinite(cells), cells, 1e9).T.ravel(),
    }


def read_grid_maps(path: Path) -> list[dict[str, Any]]:
    """The GridMaps of a recording as fields of HeightMap_s, in order.

    Raises:
        UserError: it is no such recording, or has none.
    """
    if not path.is_file():
        raise UserError(f"there is no recording {path}")
    query = (
        "select messages.data from messages join topics on messages.topic_id = topics.id where topics.type = ? "
        "order by messages.timestamp"
    )
    try:
        with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True) as database:
            rows = database.execute(query, (TYPE,)).fetchall()
        if not all(isinstance(data, bytes) for (data,) in rows):
            raise ValueError("a message in it is no sequence of bytes")
        maps = [height_map(cdr.decode(GRID_MAP, data)) for (data,) in rows]
    except (sqlite3.Error, ValueError) as error:
        raise UserError(f"{path} is no recording of grid maps: {error}; rosbag2's .db3 is read") from error
    if not maps:
        raise UserError(f"{path} has no message of the type {TYPE}")
    return maps


class GridMapBus:
    """Another bus, with a recording's maps, at their pace, instead of the robot's own."""

    def __init__(self, bus: Bus, maps: list[dict[str, Any]]) -> None:
        """Begin with the robot's first pose, with whose stamp the recording's clock is made to agree."""
        self._bus = bus
        self._waiting = deque(maps)
        self._first = maps[0]["stamp"]
        self._begin: float | None = None
        self._shift = 0.0

    def offer(self, topic: Topic) -> None:
        self._bus.offer(topic)

    def publish(self, topic: Topic, data: bytes) -> None:
        self._bus.publish(topic, data)

    def take(self, topic: Topic) -> list[bytes]:
        messages = self._bus.take(topic)
        if topic is POSES and messages and self._begin is None:
            with contextlib.suppress(ValueError):  # a message that is none begins nothing
                stamp = cdr.decode(POSES.type, messages[-1])["header"]["stamp"]
                self._shift = stamp["sec"] + 1e-9 * stamp["nanosec"] - self._first
                self._begin = time.monotonic()
        return self._due() if topic is HEIGHT_MAPS else messages

    def close(self) -> None:
        self._bus.close()

    def _due(self) -> list[bytes]:
        due: list[bytes] = []
        if self._begin is None:
            return due
        passed = time.monotonic() - self._begin
        while self._waiting and self._waiting[0]["stamp"] - self._first <= passed:
            told = self._waiting.popleft()
            due.append(cdr.encode(HEIGHT_MAPS.type, told | {"stamp": told["stamp"] + self._shift}))
        return due
