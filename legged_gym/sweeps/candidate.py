"""One candidate: a training in a process of its own, and the scalars that it logs while it runs."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util.tensor_util import make_ndarray

from legged_gym.config.io import load_yaml
from legged_gym.runs.folders import CONFIG_FILE
from legged_gym.utils import bound_process

STOP_TIMEOUT = 20.0
"""How long a training may take to save and end when it is asked to, s."""

TAIL = 2000
"""How much is kept of what a training that crashed said last, characters."""


class Scalar(NamedTuple):
    """One number of a log."""

    tag: str
    step: int
    value: float


class ScalarLog:
    """The TensorBoard log of a run, read while it is written."""

    def __init__(self, run: Path) -> None:
        """Begin to read.

        Args:
            run: folder of the run.
        """
        self._run = run
        self._loaders: dict[Path, EventFileLoader] = {}

    def read(self) -> Iterator[Scalar]:
        """What has been written since the last call."""
        for path in sorted(self._run.glob("events.out.tfevents.*")):
            loader = self._loaders.setdefault(path, EventFileLoader(str(path)))
            for event in loader.Load():
                for value in event.summary.value:
                    yield Scalar(value.tag, event.step, make_ndarray(value.tensor).item())


class Training:
    """A training in a process of its own. Leaving its `with` block ends it; so does the death of this process."""

    def __init__(
        self, command: Sequence[str], run_name: str, runs: Path, outputs: Path, environment: Mapping[str, str]
    ) -> None:
        """Start it.

        Args:
            command: train.py and its flags.
            run_name: the ending of the name of its run's folder, which no other run has.
            runs: folder of the experiment's runs.
            outputs: folder for what it prints.
            environment: variables beside those of this process.
        """
        self.run: Path | None = None
        """The run's folder, once it is there."""
        self.last_step = 0
        """Iteration of the last scalar read."""
        self._runs, self._run_name = runs, run_name
        self._log: ScalarLog | None = None
        self._stderr = outputs / f"{run_name}.err"
        outputs.mkdir(parents=True, exist_ok=True)
        with (outputs / f"{run_name}.out").open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._process = bound_process.begin([*command, "--run_name", run_name], environment, stdout, stderr)

    def __enter__(self) -> "Training":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def read(self, tag: str) -> Iterator[Scalar]:
        """The values of one tag that came since the last call."""
        if self.run is None:
            self.run = next(self._runs.glob(f"*_{self._run_name}*"), None)
            if self.run is None:
                return
            self._log = ScalarLog(self.run)
        assert self._log is not None
        for scalar in self._log.read():
            self.last_step = scalar.step
            if scalar.tag == tag:
                yield scalar

    def fault(self) -> str | None:
        """Why the training, which has ended, does not count: it crashed, or was cut short. None: it counts."""
        status = self._process.wait()
        if status != 0:
            how = f"exit status {status}" if status > 0 else f"killed by {signal.Signals(-status).name}"
            return f"{how}: {self._tail()}"
        if self.run is None:
            return f"no run folder {self._runs}/*_{self._run_name}"
        wanted = load_yaml(self.run / CONFIG_FILE)["train"]["runner"]["max_iterations"]
        if self.last_step < wanted:
            return f"ended after iteration {self.last_step} of {wanted}"
        return None

    def stop(self) -> None:
        """End the process: by a request, or else by force."""
        if self.ended():
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _tail(self) -> str:
        return self._stderr.read_text(errors="replace").strip()[-TAIL:] or "it said nothing"
