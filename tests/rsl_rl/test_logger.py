import builtins
import io
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


def test_training_goes_on_when_logs_cannot_be_written(tmp_path, caplog):
    log = Logger(tmp_path, console=None)

    class FullDisk:
        def write(self, scalars, step):
            raise OSError(28, "No space left on device")

    log._writers = [FullDisk()]
    log.log({"Loss/kl": 1.0}, 1)
    log.log({"Loss/kl": 1.0}, 2)
    log.close()
    assert caplog.text.count("No space left") == 1
