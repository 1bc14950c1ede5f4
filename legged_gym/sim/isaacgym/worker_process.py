"""The worker as this process sees it: started, asked, watched, ended."""

import contextlib
import logging
import os
import selectors
import shutil
import signal
import subprocess
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legged_gym.sim.isaacgym.worker.wire import Reader, WireError, write
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

PYTHON_VARIABLE = "ISAACGYM_PYTHON"
"""Environment variable that names the interpreter."""
GREETING_LIMIT = 30.0
"""For an interpreter to start, s: what is no Python may never answer."""
BEGIN_LIMIT = 300.0
"""For loading Isaac Gym, s: at its first import it compiles a part of itself."""
BUILD_LIMIT = 900.0
"""For building a world of thousands of robots, s."""
STEP_LIMIT = 60.0
"""For a control step, s."""
_GRACE = 2.0
"""How much later than the worker's own alarm it is ended from here, s."""
_PARTING = 5.0
"""How long the worker may take to end when nothing is asked any more, s."""
_LONGEST_LINE = 300
"""Characters of what the worker prints that are told of it."""
_NOT_INHERITED = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")
"""Environment variables that are about this interpreter and its packages."""


def find_interpreter() -> str:
    """The Python that Isaac Gym is installed in.

    Raises:
        UserError: it is not told, or not there.
    """
    told = os.environ.get(PYTHON_VARIABLE, "")
    if not told:
        raise UserError(
            f"the isaacgym engine runs in Isaac Gym's own Python, 3.6 to 3.8: name it by the environment variable "
            f"{PYTHON_VARIABLE}, for instance {PYTHON_VARIABLE}=$HOME/miniconda3/envs/isaacgym/bin/python"
        )
    found = shutil.which(told)
    if found is None:
        raise UserError(f"{PYTHON_VARIABLE} = {told!r}: there is no such program to run")
    return found


class WorkerProcess:
    """One worker; whatever goes wrong with it ends it, and is told in a line then and at every later request."""

    def __init__(self, python: str) -> None:
        """Start it by an interpreter.

        Raises:
            UserError: the interpreter does not start.
        """
        self.python = python
        self._fault = ""
        self._said = ""
        """The last line that it has printed."""
        their_requests, self._requests = os.pipe()
        self._answers, their_answers = os.pipe()
        self._prints, their_prints = os.pipe()
        folder = Path(__file__).with_name("worker")
        try:
            self._process = subprocess.Popen(
                [python, str(folder), str(their_requests), str(their_answers), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=their_prints,
                stderr=their_prints,
                pass_fds=(their_requests, their_answers),
                env={name: value for name, value in os.environ.items() if name not in _NOT_INHERITED},
                start_new_session=True,  # Ctrl-C is for this process, which then ends the worker
            )
        except OSError as error:
            _close(self._requests, self._answers, self._prints)
            raise UserError(f"isaacgym: {python} does not start: {error.strerror}") from None
        finally:
            _close(their_requests, their_answers, their_prints)
        os.set_blocking(self._requests, False)
        os.set_blocking(self._prints, False)
        self._reader = Reader(self._answers)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._answers, selectors.EVENT_READ)
        self._selector.register(self._prints, selectors.EVENT_READ)
        self._end = weakref.finalize(
            self, _end, self._process, self._selector, (self._requests, self._answers, self._prints)
        )

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def ask(self, do: str, limit_s: float, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Args:
            do: what is asked for.
            limit_s: how long it may take, s.
            request: further contents, such as JSON knows.

        Raises:
            UserError: the worker refuses, has ended, does not answer in time, or answers what is no message.
        """
        if not self._fault:
            try:
                write(self._requests, {"do": do, "limit_s": limit_s, **request})
                answer = self._wait(time.monotonic() + limit_s + _GRACE)
            except BrokenPipeError:
                answer = None
            except (TimeoutError, BlockingIOError):
                self._give_up(f"did not answer to {do!r} within {limit_s:g} s and was ended")
            except WireError as error:
                self._give_up(f"answered to {do!r} what is no message, {error}, and was ended")
            else:
                if answer is not None and "error" not in answer:
                    return answer
            if not self._fault:
                self._give_up(self._ending(do, limit_s) if answer is None else str(answer["error"]))
        raise UserError(self._fault)

    def close(self) -> None:
        """End it; a worker that hangs is killed."""
        self._fault = self._fault or "isaacgym: the worker was ended"
        self._end()

    def _wait(self, deadline: float) -> dict[str, Any] | None:
        """The next message; None if the worker has ended."""
        while (message := self._reader.message()) is None and not self._reader.ended:
            ready = self._selector.select(deadline - time.monotonic())
            if not ready or time.monotonic() > deadline:
                raise TimeoutError
            for key, _ in ready:
                if key.fd == self._answers:
                    self._reader.fill()
                elif not self._listen():
                    self._selector.unregister(self._prints)
        return message

    def _listen(self) -> bool:
        """Take what was printed; False once nothing can be any more."""
        try:
            text = os.read(self._prints, 1 << 16)
        except BlockingIOError:
            return True
        for line in filter(None, map(str.strip, text.decode(errors="replace").splitlines())):
            self._said = line[-_LONGEST_LINE:]
            logger.debug("isaacgym: %s", line)
        return bool(text)

    def _ending(self, do: str, limit_s: float) -> str:
        """Why a worker that answers no more has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PARTING)
        code = self._process.poll()
        if code is None:
            return f"has closed its pipe in {do!r} and was ended"
        if code == -signal.SIGALRM:
            return f"did not answer to {do!r} within {limit_s:g} s and was ended"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name} in {do!r}"
        return f"ended with status {code} in {do!r}"

    def _give_up(self, why: str) -> None:
        """End the worker, and keep what to tell of it."""
        self._listen()
        last = f"; it printed last: {self._said}" if self._said not in why else ""
        self._fault = f"isaacgym: the worker ({self.python}): {why}{last}"
        self._process.kill()
        self._end()


def _end(process: subprocess.Popen, selector: selectors.BaseSelector, files: Sequence[int]) -> None:
    """Close the pipes, upon which a worker ends, and wait for that."""
    selector.close()
    _close(*files)
    try:
        process.wait(_PARTING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _close(*files: int) -> None:
    for file in files:
        os.close(file)
