import builtins
import io

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rsl_rl.utils import logger as logger_module
from rsl_rl.utils.errors import ConfigError, LoggingError
from rsl_rl.utils.logger import Eta, Logger


def read_events(folder):
    events = EventAccumulator(str(folder))
    events.Reload()
    return {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_scalars_are_written_by_tag_without_those_not_finite(tmp_path):
    log = Logger(tmp_path / "run", console=None)
    log.log({"Loss/kl": 0.5, "Train/mean_reward": float("nan")}, 1, 2)
    log.log({"Loss/kl": 0.25, "Train/mean_reward": 2.0, "Loss/entropy": float("inf")}, 2, 2)
    log.close()
    assert read_events(tmp_path / "run") == {"Loss/kl": [(1, 0.5), (2, 0.25)], "Train/mean_reward": [(2, 2.0)]}


def test_console_table():
    console = io.StringIO()
    Logger(None, console=console).log({"Loss/kl": 0.01, "Perf/total_fps": 12345.0, "Loss/entropy": 1.5}, 3, 3)
    assert console.getvalue().splitlines() == [
        "iteration 3/3, 0:00:00 left",
        "  Loss       kl 0.01  entropy 1.5",
        "  Perf       total_fps 1.234e+04",
    ]


def test_long_lines_are_wrapped():
    console = io.StringIO()
    Logger(None, console=console).log({f"Episode/rew_number_{i}": i / 7 for i in range(30)}, 1, 1)
    lines = console.getvalue().splitlines()
    assert max(map(len, lines)) <= 120
    assert sum(line.count("rew_number") for line in lines) == 30


def test_eta_is_that_of_recent_iterations(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(logger_module.time, "monotonic", lambda: now[0])
    eta = Eta(window=2)
    durations = [100.0, 1.0, 3.0]
    estimates = []
    for left, duration in zip((9, 8, 7), durations, strict=True):
        now[0] += duration
        estimates.append(eta.update(left))
    assert estimates == [900.0, 8 * 101 / 2, 7 * (1.0 + 3.0) / 2]


def test_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LoggingError, match=r"cannot write to the log folder .*file/run: Not a directory"):
        Logger(tmp_path / "file" / "run")


def test_unknown_or_missing_backend(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="did you mean 'tensorboard'"):
        Logger(tmp_path, "tensorbord")
    original = builtins.__import__

    def without_wandb(name, *args, **kwargs):
        if name == "wandb":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_wandb)
    with pytest.raises(LoggingError, match=r"pip install \.\[wandb\]"):
        Logger(tmp_path, "wandb")


def test_training_goes_on_when_logs_cannot_be_written(tmp_path, caplog):
    log = Logger(tmp_path, console=None)

    class FullDisk:
        def write(self, scalars, step):
            raise OSError(28, "No space left on device")

    log._writer = FullDisk()
    log.log({"Loss/kl": 1.0}, 1, 2)
    log.log({"Loss/kl": 1.0}, 2, 2)
    log.close()
    assert caplog.text.count("No space left") == 1
