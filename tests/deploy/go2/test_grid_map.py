import sqlite3

import numpy as np
import pytest

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import MemoryNetwork
from legged_gym.deploy.go2.grid_map import GRID_MAP, TYPE, GridMapBus, height_map, read_grid_maps
from legged_gym.deploy.go2.messages import HEIGHT_MAPS, POSES
from legged_gym.deploy.go2.transport import Go2Transport
from legged_gym.utils.errors import UserError

OURS = [f"{leg}_{part}_joint" for leg in ("FL", "FR", "RL", "RR") for part in ("hip", "thigh", "calf")]
LOGICAL = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, np.nan]])
"""Rows from the largest x down, columns from the largest y down."""


def grid_map(stamp: float = 100.0, start: tuple[int, int] = (0, 0), rows_first: bool = False, **changes) -> dict:
    """A map of 3 x 2 cells of 0.5 m around (10, 20)."""
    stored = np.roll(LOGICAL, start, axis=(0, 1))
    sizes = [("row_index", 3), ("column_index", 2)]
    sizes = sizes if rows_first else sizes[::-1]
    array = {
        "layout": {"dim": [{"label": label, "size": size, "stride": 0} for label, size in sizes], "data_offset": 0},
        "data": (stored if rows_first else stored.T).ravel(),
    }
    place = {"position": {"x": 10.0, "y": 20.0, "z": 0.0}, "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}}
    return {
        "header": {"stamp": {"sec": int(stamp), "nanosec": round(1e9 * (stamp % 1.0))}, "frame_id": "odom"},
        "info": {"resolution": 0.5, "length_x": 1.5, "length_y": 1.0, "pose": place},
        "layers": ["variance", "elevation"], "basic_layers": [], "data": [array | {"data": np.zeros(6)}, array],
        "outer_start_index": start[0], "inner_start_index": start[1], **changes,
    }  # fmt: skip


def recording(path, *maps: dict, kind: str = TYPE):
    with sqlite3.connect(path) as database:
        database.execute("create table topics (id integer, name text, type text, serialization_format text)")
        database.execute("create table messages (id integer, topic_id integer, timestamp integer, data blob)")
        database.execute("insert into topics values (1, '/elevation_map', ?, 'cdr')", (kind,))
        for index, told in enumerate(maps):
            database.execute("insert into messages values (?, 1, ?, ?)", (index, index, cdr.encode(GRID_MAP, told)))
    return path


@pytest.mark.parametrize("start", [(0, 0), (2, 1)])
@pytest.mark.parametrize("rows_first", [True, False])
def test_a_grid_map_as_a_height_map(start, rows_first):
    told = height_map(cdr.decode(GRID_MAP, cdr.encode(GRID_MAP, grid_map(start=start, rows_first=rows_first))))
    assert (told["width"], told["height"], told["resolution"]) == (3, 2, 0.5)
    assert told["origin"] == [9.5, 19.75]  # the centre of the cell of the smallest x and y
    assert told["data"].tolist() == [1e9, 4.0, 2.0, 5.0, 3.0, 1.0]  # x fastest, from the smallest


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"layers": ["variance\n"]}, r"no layer 'elevation' among 'variance\\n'"), ({"turned": True}, "turned")],
)
def test_maps_that_are_refused(changes, says):
    told = grid_map(**{name: value for name, value in changes.items() if name != "turned"})
    if "turned" in changes:
        told["info"]["pose"]["orientation"]["z"] = 0.1
    with pytest.raises(ValueError, match=says):
        height_map(told)


def test_a_recording_comes_at_its_pace_with_the_stamps_of_the_robot(tmp_path, monkeypatch):
    clock = [50.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    maps = read_grid_maps(recording(tmp_path / "bag#1?.db3", grid_map(100.0), grid_map(100.5), grid_map(102.0)))
    network = MemoryNetwork()
    robot = network.join()
    transport = Go2Transport(GridMapBus(network.join(), maps), OURS)
    transport.poll_map(0.0)
    assert transport.map is None  # no pose has come yet
    place = {"position": dict.fromkeys("xyz", 0.0), "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}}
    pose = {"header": {"stamp": {"sec": 7, "nanosec": 0}, "frame_id": "odom"}, "pose": place}
    robot.publish(POSES, cdr.encode(POSES.type, pose))
    robot.publish(HEIGHT_MAPS, b"the robot's own, which is not heard")
    transport.poll_map(0.1)
    assert transport.map is not None and transport.map.stamp == 7.0
    assert transport.map.heights[:, 0].tolist()[1:] == [4.0, 2.0] and np.isnan(transport.map.heights[0, 0])
    clock[0] += 1.0
    transport.poll_map(0.2)
    assert transport.map.stamp == 7.5 and transport.map.index == 1


def test_what_is_no_recording(tmp_path):
    with pytest.raises(UserError, match="there is no recording"):
        read_grid_maps(tmp_path / "missing.db3")
    (tmp_path / "text").write_text("no database, but a text of more than a few bytes" * 20)
    with pytest.raises(UserError, match="no recording of grid maps"):
        read_grid_maps(tmp_path / "text")
    with pytest.raises(UserError, match="has no message of the type"):
        read_grid_maps(recording(tmp_path / "other.db3", grid_map(), kind="nav_msgs/msg/Odometry"))


@pytest.mark.parametrize(
    "changes", [{"outer_start_index": 999}, {"info": {"length_x": -1.5}}, {"info": {"length_y": 9.0}}]
)
def test_cells_that_are_not_as_many_as_the_map_is_long(changes):
    told = grid_map()
    told |= {**changes, "info": told["info"] | changes.get("info", {})}
    with pytest.raises(ValueError, match="cells that begin at"):
        height_map(told)
