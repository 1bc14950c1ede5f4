import builtins
import contextlib
import io
import resource
from functools import partial

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rsl_rl.utils.errors import LoggingError
from rsl_rl.utils.logger import Logger
from rsl_rl.utils.writers import WandbWriter


def read_events(folder):
    events = EventAccumulator(str(folder))
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_scalars_are_written_by_tag_without_those_not_finite(tmp_path):
    log = Logger(tmp_path / "run", console=None)
    log.log({"Loss/kl": 0.5, "Train/mean_reward": float("nan")}, 1)
    log.log({"Loss/kl": 0.25, "Train/mean_reward": 2.0, "Loss/entropy": float("inf")}, 2)
    log.close()
    assert read_events(tmp_path / "run") == {"Loss/kl": [(1, 0.5), (2, 0.25)], "Train/mean_reward": [(2, 2.0)]}


def test_the_console_shows_what_was_logged_until_the_end():
    console = io.StringIO()
    log = Logger(None, console=console)
    log.start(0, 3)
    for iteration in (1, 2, 3):
        log.log({"Loss/kl": 0.01 * iteration, "Loss/entropy": float("nan")}, iteration)
    log.close()
    assert [line.split(", ")[0] for line in console.getvalue().splitlines()] == ["iteration 1/3", "iteration 3/3"]
    assert console.getvalue().endswith("kl 0.03\n")


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LoggingError, match=r"cannot write to the log folder .*file/run: Not a directory"):
        Logger(tmp_path / "file" / "run")


def test_missing_backend(tmp_path, monkeypatch):
    original = builtins.__import__

    def without_wandb(name, *args, **kwargs):
        if name == "wandb":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_wandb)
    with pytest.raises(LoggingError, match=r"pip install -e '\.\[wandb\]'"):
        Logger(tmp_path, [partial(WandbWriter, entity="", project="")])


@contextlib.contextmanager
def full_disk(size):
    """No file can grow beyond a size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_training_goes_on_when_logs_cannot_be_written(tmp_path, caplog, capfd):
    log = Logger(tmp_path, console=None)
    (writer,) = log._writers
    log.log({"Loss/kl": 1.0}, 1)
    with full_disk(100):
        for iteration in (2, 3):
            log.log({f"Loss/{number}": 1.0 for number in range(20)}, iteration)
        assert not log._writers and writer._file.closed
        log.close()
    assert caplog.messages == ["cannot write logs any more: [Errno 27] File too large"]
    assert capfd.readouterr().err == ""
    assert read_events(tmp_path) == {"Loss/kl": [(1, 1.0)]}


def test_a_log_whose_end_cannot_be_written_ends_no_training(tmp_path, caplog):
    log = Logger(tmp_path, console=None)
    (writer,) = log._writers
    writer._file.write(b"what is left")
    with full_disk(0):
        log.close()
    assert caplog.messages == ["cannot write the end of the logs: [Errno 27] File too large"]
    assert writer._file.closed


def test_a_log_that_cannot_be_begun_is_told(tmp_path):
    with full_disk(1), pytest.raises(LoggingError, match="cannot write to the log folder .*: File too large"):
        Logger(tmp_path)
