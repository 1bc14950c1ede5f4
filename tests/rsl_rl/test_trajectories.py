"""Recorded rollouts: what is in a file, what is in the folder, and what a trainer makes of it."""

import errno
import json
import os
import tempfile
import threading
import time
import zipfile

import pytest
import torch

from rsl_rl.modules import DepthStudent
from rsl_rl.storage import SequenceStorage, feeds, trajectories
from rsl_rl.storage.feeds import DataSetFeed, ScanFeed
from rsl_rl.storage.trajectories import HeldValues, schema_of
from rsl_rl.storage.trajectory_folder import Recorder, TrajectoryFolder
from rsl_rl.utils.errors import CheckpointError, ConfigError, DamagedError, TrainingError

T, N, A = 6, 3, 2
WIDTHS = {"felt": 4, "image": 30}


def make_storage(num_envs=N):
    return SequenceStorage(T, num_envs, WIDTHS, A, (torch.zeros(1, num_envs, 5),))


def recorded(value=None):
    """A rollout whose image changes every third step; random, or of one value."""
    storage = make_storage()
    storage.begin((torch.randn(1, N, 5),))
    for step in range(T):
        now = storage.current
        now.obs["felt"].normal_()
        if step % 3 == 0:
            now.obs["image"].uniform_(-0.5, 0.5)
        now.actions.normal_()
        now.dones.copy_(torch.rand(N) < 0.3)
        if value is not None:
            for field in now.tensors:
                field.fill_(value)
        storage.commit()
    return storage


SCHEMA = schema_of(make_storage(), {"term": "x"}, {"climb": "0123456789abcdef"})
KEEP = {"keep_latest": 100, "max_uses": 1, "patience": 0.3}


@pytest.fixture
def folder(tmp_path):
    return TrajectoryFolder(tmp_path / "shared", SCHEMA)


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    monkeypatch.setattr(feeds, "POLL", 0.01)


# -- files -------------------------------------------------------------------------------------------------------------


def test_images_are_kept_once_for_the_steps_they_last():
    values = torch.rand(4, 2, 50) - 0.5
    values[1, 0], values[2, 0] = values[0, 0], values[0, 0]
    values[3, 1] = values[2, 1]
    packed = HeldValues.pack(values)
    assert isinstance(packed, dict) and len(packed["rows"]) == 8 - 3
    assert packed["changed"].tolist() == [[True, True], [False, True], [False, True], [True, False]]
    read = HeldValues(packed["changed"], packed["rows"])
    torch.testing.assert_close(read[torch.tensor([1, 0])], values[:, [1, 0]], atol=0.0003, rtol=0.0)
    assert read.shape == (4, 2, 50)
    moving = torch.rand(4, 2, 50)
    assert torch.equal(HeldValues.pack(moving), moving)


def test_what_half_precision_does_not_hold_is_kept_as_it_is():
    """A command, say, that lasts as an image does: half precision made infinity of 1e5, and 1235 of 1234.567."""
    for value in (1234.567, 1e5, -3.3):
        values = torch.full((4, 2, 1), value)
        packed = HeldValues.pack(values)
        assert isinstance(packed, dict) and len(packed["rows"]) == 2
        assert torch.equal(HeldValues(packed["changed"], packed["rows"])[torch.tensor([0, 1])], values)


def test_a_file_gives_back_what_was_recorded(tmp_path):
    storage, copy = recorded(), make_storage(5)
    trajectories.save(tmp_path / "x.pt", storage, SCHEMA, 7, "me", 3)
    found = trajectories.load(tmp_path / "x.pt", SCHEMA)
    assert (found.policy_iteration, found.collector, found.number, found.num_envs) == (7, "me", 3, N)
    found.copy_to(copy, torch.tensor([2, 0]), first=3)
    for mine, theirs in zip(copy.rollout.tensors, storage.rollout.tensors, strict=True):
        torch.testing.assert_close(mine[:, 3:], theirs[:, [2, 0]], atol=0.0003, rtol=0.0)
        assert not mine[:, :3].any()
    torch.testing.assert_close(copy.initial_state[0][:, 3:], storage.initial_state[0][:, [2, 0]])


class Bomb:
    """Runs code where it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_nothing_in_a_file_is_run_and_nothing_damaged_is_believed(tmp_path):
    path, storage = tmp_path / "x.pt", recorded()
    torch.save({"schema_version": 1, "schema": SCHEMA, "obs": Bomb(tmp_path / "run")}, path)
    with pytest.raises(DamagedError):
        trajectories.load(path, SCHEMA)
    assert not (tmp_path / "run").exists()

    trajectories.save(path, storage, SCHEMA, 0, "me", 0)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
    content[largest.header_offset + len(largest.filename) + 200] ^= 1
    path.write_bytes(content)
    with pytest.raises(DamagedError, match="the checksum of"):
        trajectories.load(path, SCHEMA)
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(DamagedError, match="truncated or damaged"):
        trajectories.load(path, SCHEMA)


def keep_robots(data, count):
    """Leave the first robots alone in what a file holds."""
    image = data["obs"]["image"]
    rows, changed = image["rows"], image["changed"][:, :count].contiguous()
    data["obs"] = {
        "felt": data["obs"]["felt"][:, :count].contiguous(),
        "image": {"changed": changed, "rows": rows[: int(changed.sum())].contiguous()},
    }
    data.update({name: data[name][:, :count].contiguous() for name in ("actions", "dones")})
    data["state"] = [part[:, :count].contiguous() for part in data["state"]]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: data.update(actions=data["actions"][:, :1].contiguous()), "another shape: actions"),
        (lambda data: data["obs"].pop("felt"), "cannot be taken up (KeyError: 'felt')"),
        (lambda data: data["obs"]["image"].update(rows=data["obs"]["image"]["rows"][1:]), "not as many as it says"),
        (lambda data: data.pop("collector"), "it lacks collector"),
        (lambda data: data.update(schema={**SCHEMA, "num_steps": 9}), "another schema: num_steps is 9 there, 6 here"),
        (lambda data: data.update(dones="none"), "dones is no plain tensor of torch.bool"),
        (lambda data: data.update(actions=data["actions"].to_sparse()), "actions is no plain tensor of torch.float32"),
        (lambda data: data["obs"].update(felt=data["obs"]["felt"].int()), "observations is no plain tensor of"),
        (lambda data: data["obs"]["image"].update(rows=data["obs"]["image"]["rows"].to_sparse()), "rows is no plain"),
        (lambda data: data.update(dones=torch.zeros(1, 1, dtype=torch.bool).expand(T, 10**12)), "dones has gaps or is"),
        (lambda data: data.update(state=[torch.full((1, N, 5), torch.nan)]), "its state is not finite"),
        (lambda data: keep_robots(data, 0), "it is of no robot"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path, spoil, message):
    path = tmp_path / "x.pt"
    trajectories.save(path, recorded(), SCHEMA, 0, "me", 0)
    data = torch.load(path, weights_only=True)
    spoil(data)
    torch.save(data, path)
    with pytest.raises(CheckpointError) as error:
        trajectories.load(path, SCHEMA)
    assert message in str(error.value) and "\n" not in str(error.value)


# -- the folder --------------------------------------------------------------------------------------------------------


def test_a_bad_file_is_set_aside_and_counted_and_one_that_is_gone_is_not(folder, caplog):
    name = Recorder(folder).write(recorded(), 4)
    assert name.startswith("00000004-") and folder.names() == [name]
    (folder.path / ".half.host.1.tmp").write_bytes(b"half")
    bad = "00000005-me-00000000.pt"
    (folder.path / bad).write_bytes(b"no trajectories")
    assert folder.names() == [name, bad]
    assert folder.read(bad) is None and folder.num_bad == 1 and "is left out" in caplog.text
    assert folder.names() == [name] and (folder.path / "set_aside" / bad).exists()
    found = folder.read(name)
    assert found is not None and found.policy_iteration == 4
    folder.delete(name)
    assert folder.read(name) is None and folder.num_bad == 1


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ESTALE, "Stale file handle"),
        OSError(errno.EIO, "Input/output error"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_a_file_that_cannot_be_read_for_a_moment_is_learned_from_then(folder, monkeypatch, caplog, error):
    Recorder(folder).write(recorded(), 4)
    feed, storage = ScanFeed(folder, **KEEP), make_storage()

    def fail(*args, **kwargs):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(torch, "load", fail)
        assert feed._look() == feed._look() == 0
    assert caplog.text.count("it is tried again") == 1 and folder.num_bad == 0
    assert not (folder.path / "set_aside").exists()
    feed.fill(storage, lambda: False)
    assert feed.num_files == 1 and not folder.unreadable


def test_a_link_to_nowhere_is_no_file_that_is_gone(folder, caplog):
    name = Recorder(folder).write(recorded(), 3)
    (folder.path / name).unlink()
    (folder.path / name).symlink_to("nowhere")
    assert folder.read(name, set_aside=False) is None
    assert folder.num_bad == 1 and "it is left out" in caplog.text


@pytest.mark.parametrize(("key", "value"), [("collector", 5), ("policy_iteration", -3), ("number", 0.5)])
def test_whose_a_file_is(folder, key, value):
    path = folder.path / Recorder(folder).write(recorded(), 3)
    torch.save({**torch.load(path, weights_only=True), key: value}, path)
    with pytest.raises(CheckpointError, match="it is of the collector"):
        trajectories.load(path, SCHEMA)


def test_recorders_have_names_of_their_own_and_keep_to_their_quota(folder):
    one, other = Recorder(folder), Recorder(folder)
    assert one.identity != other.identity
    size = (folder.path / other.write(recorded(), 0)).stat().st_size
    small = Recorder(folder, quota=int(2.5 * size))
    names = [small.write(recorded(), iteration) for iteration in range(5)]
    assert [name for name in folder.names() if small.identity in name] == names[-2:]
    assert len(folder.names()) == 3  # other's stays


def test_a_file_may_be_gone_as_soon_as_it_is_written(folder, monkeypatch):
    monkeypatch.setattr(trajectories.checkpoint, "save", lambda path, content: None)  # and a trainer was quick
    recorder = Recorder(folder, quota=1)
    assert [recorder.write(recorded(), 0)[-11:] for _ in range(2)] == ["00000000.pt", "00000001.pt"]


def test_each_student_is_read_once(folder):
    keys = ("iteration",)
    assert folder.newest_student(keys) is None
    for iteration in (1, 2):
        folder.publish({"iteration": iteration})
        student = folder.newest_student(keys)
        assert student is not None and student["iteration"] == iteration
        assert folder.newest_student(keys) is None


def test_a_student_that_cannot_be_read_is_told_once_and_a_folder_may_be_away(folder, tmp_path, caplog):
    (folder.path / "student.pt").write_bytes(b"nothing")
    for _ in range(3):
        assert folder.newest_student(("iteration",)) is None
    assert caplog.text.count("going on with the last student") == 1
    folder.path.rename(tmp_path / "away")
    folder.path.write_text("not what one looks for")  # as strange as a file server may be
    assert folder.newest_student(("iteration",)) is None
    folder.path.unlink()
    (tmp_path / "away").rename(folder.path)
    folder.publish({"iteration": 1})
    assert folder.newest_student(("iteration",)) is not None


def test_one_folder_has_one_trainer(folder):
    folder.claim()
    another = TrajectoryFolder(folder.path, SCHEMA)
    with pytest.raises(ConfigError, match="has a trainer that runs already") as error:
        another.claim()
    assert "\n" not in str(error.value)
    folder.claim()  # of one's own
    folder.release()
    another.claim()
    assert another.names() == []


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_a_name_that_no_folder_can_have_is_refused_in_one_line(name):
    with pytest.raises(ConfigError, match="is no folder of trajectories"):
        TrajectoryFolder(name, {}, make=False)


def test_a_folder_of_another_schema_is_refused_in_one_line(folder, tmp_path):
    TrajectoryFolder(folder.path, SCHEMA)
    cases = [
        (
            (folder.path, {**SCHEMA, "num_actions": 3}),
            {},
            "another schema: num_actions is 2 there, 3 here; use",
        ),
        ((tmp_path / "none", SCHEMA), {"make": False}, "is no folder of trajectories: it has no schema.json"),
        ((__file__, SCHEMA), {}, "cannot use the folder"),
    ]
    for arguments, settings, message in cases:
        with pytest.raises(ConfigError) as error:
            TrajectoryFolder(*arguments, **settings)
        assert message in str(error.value) and "\n" not in str(error.value)
    for content in ("{", "[" * 100_000):
        (folder.path / "schema.json").write_text(content)
        with pytest.raises(ConfigError, match="is no schema of trajectories"):
            TrajectoryFolder(folder.path, SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_a_folder_that_nobody_may_write_to_is_refused_at_once_and_may_be_read(folder, monkeypatch):
    """A collector threw rollout after rollout away there, without an end."""

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "x")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # root may write wherever a file system lets it
    TrajectoryFolder(folder.path, SCHEMA, make=False)
    with pytest.raises(ConfigError, match=r"cannot use the folder .*shared: Read-only file system$"):
        TrajectoryFolder(folder.path, SCHEMA)


# -- rollouts from files -----------------------------------------------------------------------------------------------


def values_of(storage):
    return sorted(storage.rollout.actions[0, :, 0].tolist())


def test_a_rollout_is_made_of_what_was_not_used_yet_and_waits_for_the_rest(folder):
    recorder, feed, storage = Recorder(folder), ScanFeed(folder, **{**KEEP, "patience": 10.0}), make_storage(4)
    names = [recorder.write(recorded(0.0), 0)]
    late = threading.Thread(target=lambda: (time.sleep(0.2), names.append(recorder.write(recorded(1.0), 1))))
    late.start()
    feed.fill(storage, lambda: False)
    late.join()
    assert feed.waited > 0.0 and feed.num_files == 2
    first = values_of(storage)
    names.append(recorder.write(recorded(2.0), 2))
    feed.fill(storage, lambda: False)
    second = values_of(storage)
    assert all((first + second).count(value) <= 3 for value in (0.0, 1.0, 2.0))  # each of the nine at most once
    assert feed.policy_iteration == pytest.approx(sum(second) / 4)
    assert folder.names() == names
    feed.discard()
    used_up = [name for value, name in enumerate(names) if (first + second).count(float(value)) == 3]
    assert used_up and folder.names() == [name for name in names if name not in used_up]


def test_it_does_not_wait_for_ever(folder):
    feed, storage = ScanFeed(folder, **KEEP), make_storage(4)
    with pytest.raises(TrainingError, match="no new trajectories in .* for 0 s: start collectors"):
        feed.fill(storage, lambda: False)
    with pytest.raises(TrainingError, match="stopped before any trajectories came"):
        feed.fill(storage, lambda: True)
    Recorder(folder).write(recorded(3.0), 0)
    feed.fill(storage, lambda: True)  # the three there are, one of them twice
    assert values_of(storage) == [3.0] * 4


def test_what_was_learned_from_goes_while_nothing_comes(folder, monkeypatch):
    """Files that wait for the next checkpoint filled a disk, so that recorders could not write, and none came."""
    monkeypatch.setattr(feeds, "REMINDER", 0.0)
    recorder, feed, storage = Recorder(folder), ScanFeed(folder, **{**KEEP, "patience": 10.0}), make_storage()
    first = recorder.write(recorded(), 0)
    feed.fill(storage, lambda: False)
    assert folder.names() == [first]
    saved = []

    def save():
        saved.append(folder.names())
        feed.discard()
        if not folder.names():  # there is room again
            recorder.write(recorded(), 1)

    feed.fill(storage, lambda: False, save)
    assert saved == [[first]] and feed.num_files == 2


def test_what_is_too_old_is_left_out_and_deleted(folder):
    recorder = Recorder(folder)
    names = [recorder.write(recorded(float(value)), value) for value in range(4)]
    feed, storage = ScanFeed(folder, **{**KEEP, "keep_latest": 5}), make_storage(6)
    feed.fill(storage, lambda: False)
    assert values_of(storage) == [2.0] * 3 + [3.0] * 3
    feed.discard()
    assert folder.names() == [] and names


def test_what_is_of_another_training_counts_as_oldest(folder):
    """Fault: what an earlier training left in the folder was taken for newer than all that came, which was deleted."""
    recorder = Recorder(folder)
    for value, iteration in ((7.0, 2500), (1.0, 1), (0.0, 0)):
        recorder.write(recorded(value), iteration)
    feed, storage = ScanFeed(folder, **{**KEEP, "keep_latest": 6}), make_storage(6)
    feed.iteration = 1
    feed.fill(storage, lambda: False)
    assert values_of(storage) == [0.0] * 3 + [1.0] * 3
    feed.discard()
    assert folder.names() == []


def test_bad_files_do_not_end_a_training(folder):
    (folder.path / "00000009-me-00000000.pt").write_bytes(b"no trajectories")
    Recorder(folder).write(recorded(1.0), 0)
    feed, storage = ScanFeed(folder, **KEEP), make_storage(3)
    feed.fill(storage, lambda: False)
    assert values_of(storage) == [1.0] * 3 and folder.num_bad == 1


def test_a_killed_trainer_finds_again_what_it_had_not_saved(folder):
    Recorder(folder).write(recorded(1.0), 0)
    for _ in range(2):  # the first one never calls discard
        storage = make_storage(3)
        ScanFeed(folder, **KEEP).fill(storage, lambda: False)
        assert values_of(storage) == [1.0] * 3


def test_a_folder_that_comes_back_is_not_learned_from_anew(folder, tmp_path):
    Recorder(folder).write(recorded(1.0), 0)
    feed = ScanFeed(folder, **KEEP)
    feed.fill(make_storage(3), lambda: False)
    folder.path.rename(tmp_path / "away")
    assert feed._look() == 0
    (tmp_path / "away").rename(folder.path)
    with pytest.raises(TrainingError, match="no new trajectories"):
        feed.fill(make_storage(3), lambda: False)


def test_a_data_set_is_gone_through_and_stays(folder):
    recorder = Recorder(folder)
    for value in range(3):
        recorder.write(recorded(float(value)), 0)
    (folder.path / "00000000-me-00000000.pt").write_bytes(b"no trajectories")
    feed, storage = DataSetFeed(TrajectoryFolder(folder.path, SCHEMA, make=False)), make_storage(9)
    for _ in range(3):
        feed.fill(storage)
        assert values_of(storage) == [0.0] * 3 + [1.0] * 3 + [2.0] * 3
    assert len(folder.names()) == 4
    for name in folder.names():
        (folder.path / name).write_bytes(b"no trajectories")
    with pytest.raises(TrainingError, match="none of the files in"):
        feed.fill(storage)
    with pytest.raises(ConfigError, match="there are no trajectories in"):
        DataSetFeed(TrajectoryFolder(folder.path.parent / "empty", SCHEMA))


def test_each_trajectory_is_learned_from_with_the_state_it_began_with(folder):
    """Pieces of two collectors side by side: unrolled, the student acts as it did, whatever stood there before."""
    torch.manual_seed(0)
    sizes = {"image_shape": [5, 6], "channels": [2], "kernel_sizes": [3], "strides": [2], "image_dim": 3}
    student = DepthStudent(WIDTHS, ["felt", "image"], A, **sizes, rnn_hidden_size=5, hidden_dims=[4])
    for _ in range(2):
        storage = recorded()
        (acted, _), _ = student.unroll(storage.rollout.obs, storage.rollout.dones, storage.initial_state)
        storage.rollout.actions.copy_(acted.detach())
        Recorder(folder).write(storage, 0)
    storage = make_storage(6)
    storage.begin((torch.full((1, 6, 5), 9.0),))
    ScanFeed(folder, **KEEP).fill(storage, lambda: False)
    (acted, _), _ = student.unroll(storage.rollout.obs, storage.rollout.dones, storage.initial_state)
    torch.testing.assert_close(acted, storage.rollout.actions, atol=1e-3, rtol=0.0)
