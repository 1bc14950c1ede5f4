"""Files that are written whole, and what killed processes leave of them."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file, video_file, write_json, write_picture
from robust_parallel.files import read_bytes, remove_leftovers, temporary_of, write_bytes


def test_a_write_replaces_the_file_or_leaves_it(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match=r"cannot write .*a\.bin: No space left on device"):
            write_bytes(path, b"new")
        with pytest.raises(UserError, match=r"cannot write .*a\.json: No space left on device"):
            write_json(tmp_path / "a.json", {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"] and path.read_bytes() == b"old"
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_video_does_not_take_the_place_of_a_device(tmp_path):
    """As one did of /dev/full, by a link: what is complete is renamed."""
    (tmp_path / "film.mp4").symlink_to("/dev/full")
    os.mkfifo(tmp_path / "pipe.mp4")
    for name in ("film.mp4", "pipe.mp4"):
        with pytest.raises(UserError, match=rf"the video .*{name} must be a file, not a device or a pipe"):
            video_file(tmp_path / name)


def test_a_pipe_is_opened_once(tmp_path):
    """Who reads it is gone when it is closed: a first opening, to see whether it can be written, left none."""
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_json(output_file(pipe), {"a": 1})
    reader.join(10.0)
    assert read == [b'{"a": 1}\n']


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path):
    (tmp_path / "a.json").write_text("old")
    (tmp_path / "newest.json").symlink_to("a.json")
    write_bytes(tmp_path / "newest.json", b"new")
    assert (tmp_path / "newest.json").is_symlink() and (tmp_path / "a.json").read_bytes() == b"new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bytes(path, b"new")
        assert os.read(reader, 10) == b"new" and path.is_fifo()
    finally:
        os.close(reader)


def test_devices_stay_devices():
    """The superuser may replace them."""
    write_bytes("/dev/null", b"new")
    assert Path("/dev/null").is_char_device()
    if Path("/dev/full").is_char_device():
        with pytest.raises(OSError, match="cannot write /dev/full: No space left on device"):
            write_bytes("/dev/full", b"new")


def test_a_picture_that_cannot_be_written_is_one_line(tmp_path):
    from matplotlib.figure import Figure

    write_picture(tmp_path / "a.svg", Figure(), dpi=50)
    assert b"<svg" in (tmp_path / "a.svg").read_bytes()
    with pytest.raises(UserError, match=r"cannot write .*/none/a\.png: No such file or directory"):
        write_picture(tmp_path / "none" / "a.png", Figure(), dpi=50)


def test_what_killed_processes_left_is_removed_and_nothing_else(tmp_path):
    host = socket.gethostname().partition(".")[0]
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = {
        "dead": f".model_5.pt.{host}.{dead.pid}.tmp",
        "film": temporary_of(Path("film.mp4"), ".mp4").name.replace(f".{os.getpid()}.", f".{dead.pid}."),
        "alive": f".model_5.pt.{host}.{os.getpid()}.tmp",
        "elsewhere": f".model_5.pt.x{host}.{dead.pid}.tmp",
        "old": f".model_6.pt.x{host}.{dead.pid}.tmp",
        "foreign": ".notes.tmp",
        "model": "model_5.pt",
    }
    for name in names.values():
        (tmp_path / name).touch()
    long_ago = time.time() - 2 * 86400.0
    os.utime(tmp_path / names["old"], (long_ago, long_ago))
    remove_leftovers(tmp_path)
    left = {what for what, name in names.items() if (tmp_path / name).exists()}
    assert left == {"alive", "elsewhere", "foreign", "model"}
    remove_leftovers(tmp_path / "missing")


def test_a_device_is_not_read_and_a_pipe_is(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it is a device"):
        read_bytes("/dev/zero")
    assert read_bytes("/dev/null") == b""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"content",))
    writer.start()
    assert read_bytes(tmp_path / "pipe") == b"content"
    writer.join()
