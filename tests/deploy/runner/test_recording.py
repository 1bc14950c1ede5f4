import json
import struct
import threading
from pathlib import Path

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.go2.messages import COMMANDS, HEIGHT_MAPS, POSES, STATES
from legged_gym.deploy.go2.transport import Go2Transport
from legged_gym.deploy.runner import recording
from legged_gym.deploy.runner.recording import RECEIVED, SENT, STEP, Recorder, read_recording
from legged_gym.deploy.runner.replay import Topics, replay
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import STUDENT, Loop


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A student that walks, loses its map, and walks on blind."""
    path = tmp_path_factory.mktemp("recording") / "walk.bin"
    recorder = Recorder(path)
    loop = Loop(STUDENT, recorder=recorder)
    loop.walk(0.5)
    loop.robot.faults.no_map = True
    loop.run(0.8)
    recorder.close()
    return path, loop


def test_replay_gives_the_same_targets(recorded):
    path, loop = recorded
    steps = list(
        replay(
            read_recording(path),
            Controller(STUDENT),
            lambda bus: Go2Transport(bus, loop.facts.joint_names),
            Topics(STATES, HEIGHT_MAPS, POSES),
        )
    )
    assert len(steps) == len(loop.steps) > 50
    assert {step.sees for step, _ in steps} == {True, False}
    for (step, targets), made in zip(steps, loop.steps, strict=True):
        np.testing.assert_array_equal(targets, made.targets)
        np.testing.assert_array_equal(step.targets, made.targets)


def test_a_step_of_another_robot_is_refused(recorded):
    path, loop = recorded
    short = [
        entry._replace(data=json.dumps(json.loads(entry.data) | {"targets": [0.0]}).encode())
        if entry.kind == STEP
        else entry
        for entry in read_recording(path)
    ]
    made = replay(
        iter(short),
        Controller(STUDENT),
        lambda bus: Go2Transport(bus, loop.facts.joint_names),
        Topics(STATES, HEIGHT_MAPS, POSES),
    )
    with pytest.raises(UserError, match="a step of the recording has 1 targets, the controller has 12"):
        next(made)


def test_every_message_is_there(recorded):
    path, loop = recorded
    entries = list(read_recording(path))
    kinds = [(entry.kind, entry.topic) for entry in entries]
    assert kinds.count((SENT, COMMANDS.name)) == loop.robot.commands + 1  # the last one is on its way
    assert kinds.count((RECEIVED, STATES.name)) == round(loop.now / 0.002)
    assert kinds.count((STEP, "")) == len(loop.steps)
    assert all(before.time <= after.time for before, after in zip(entries, entries[1:], strict=False))


def test_a_file_that_was_cut_off(recorded, tmp_path, caplog):
    path, _ = recorded
    whole = list(read_recording(path))
    assert not caplog.records
    data, end = path.read_bytes(), 19  # bytes of the end: a header of 15 (8 + 1 + 2 + 4), a checksum of 4
    for spoiled, left in ((data[:-1], 0), (data[:-end], 0), (data[: -end - 5], 1), (data + b"abc", 0)):
        caplog.clear()
        (tmp_path / "cut").write_bytes(spoiled)
        assert len(list(read_recording(tmp_path / "cut"))) == len(whole) - left
        assert "cut was cut off or is damaged: from byte " in caplog.text and len(caplog.records) == 1


def test_what_is_no_recording(tmp_path):
    (tmp_path / "other").write_bytes(b"something")
    with pytest.raises(UserError, match="no recording"):
        list(read_recording(tmp_path / "other"))
    with pytest.raises(UserError, match="cannot read"):
        list(read_recording(tmp_path / "missing"))
    with pytest.raises(UserError, match="cannot write"):
        Recorder(tmp_path / "missing" / "file")


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_a_flipped_bit_is_told(recorded, tmp_path, caplog, part):
    """Wherever it is: of a length it may look like a file that was cut off."""
    path, _ = recorded
    data, first = bytearray(path.read_bytes()), len(b"robot recording 2\n")
    for byte in range(40):
        at = first + round(part * (len(data) - first - 40)) + byte
        caplog.clear()
        data[at] ^= 1 << byte % 8
        (tmp_path / "damaged").write_bytes(data)
        try:
            list(read_recording(tmp_path / "damaged"))
        except UserError as error:
            assert "damaged is damaged: the entry at byte " in str(error)
        else:
            assert "was cut off or is damaged" in caplog.text
        data[at] ^= 1 << byte % 8


def test_an_entry_that_was_left_out_is_told(recorded, tmp_path):
    path, _ = recorded
    data, first = path.read_bytes(), len(b"robot recording 2\n")
    _, _, topic, length = struct.unpack_from("<dcHI", data, first)
    (tmp_path / "damaged").write_bytes(data[:first] + data[first + 15 + topic + length + 4 :])
    with pytest.raises(UserError, match=f"damaged is damaged: the entry at byte {first} has another checksum"):
        list(read_recording(tmp_path / "damaged"))


def test_a_full_disk_ends_the_recording_and_not_the_run(caplog):
    recorder = Recorder(Path("/dev/full"))
    for _ in range(100):
        recorder.add(SENT, "topic", bytes(10_000))
    recorder.close()
    assert recorder.fault == "cannot write /dev/full: No space left on device" and recorder.fault in caplog.text
    waiting = recorder._queue.qsize()
    recorder.add(SENT, "topic", b"")
    assert recorder._queue.qsize() == waiting  # memory does not fill up instead


def test_a_disk_that_is_too_slow_ends_the_recording_before_memory_is_full(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(recording, "_MOST_WAITING", 5)
    disk, write_all = threading.Event(), Recorder._write_all
    monkeypatch.setattr(Recorder, "_write_all", lambda self: disk.wait() and write_all(self))
    recorder = Recorder(tmp_path / "walk.bin")
    for number in range(20):
        recorder.add(SENT, "topic", bytes([number]))
    assert recorder._queue.qsize() == 5 and len(caplog.messages) == 1 and "; nothing more" in caplog.text
    caplog.clear()
    disk.set()
    recorder.close()
    assert recorder.fault == f"cannot write {tmp_path / 'walk.bin'} as fast as messages come"
    assert [entry.data for entry in read_recording(tmp_path / "walk.bin")] == [bytes([number]) for number in range(5)]
    assert "walk.bin was cut off or is damaged" in caplog.text
