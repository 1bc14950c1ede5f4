"""The viewer as a program sees it: it is offered frames, and tells what the user asks for."""

import importlib.util
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing import Pipe

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.messages import Event, Frame, Halt, Kind, Notice, Policies, Scene

PACKAGES = ("viser", "mjviser")
_MAIN = "import sys; from legged_gym.viewing.web.child import main; main(int(sys.argv[1]))"
_START_TIME = 60.0
"""Longest start of the process, s: it imports MuJoCo and reads meshes."""

logger = logging.getLogger(__name__)


def require_web(what: str = "--viewer web") -> None:
    """See that what the viewer needs is installed.

    Args:
        what: needs it.

    Raises:
        UserError: it is not.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"{what} needs {' and '.join(missing)}: pip install -e '.[web]'")


class WebViewer:
    """A process of its own that shows frames in browsers.

    The program is never held up: a frame is sent only when the viewer has asked for one, which it does when it has
    drawn the last one and somebody is looking.
    """

    def __init__(self, scene: Scene, address: Address) -> None:
        """Start it, and tell where it is.

        Args:
            scene: what it shows.
            address: where it listens.

        Raises:
            UserError: packages are missing, it cannot listen there, or the robot cannot be drawn.
        """
        require_web()
        self._pipe, theirs = Pipe()
        self._process = _start(theirs.fileno())
        theirs.close()
        self.is_open = True
        """The viewer lives."""
        self._is_wanted = False
        self._send((scene, address))
        self.url = self._await_start()
        logger.info("viewer: %s", self.url)

    def _await_start(self) -> str:
        try:
            answer = self._pipe.recv() if self._pipe.poll(_START_TIME) else Notice("it does not answer", True)
        except (EOFError, OSError):
            answer = Notice("its process has died", True)
        if isinstance(answer, Notice) and answer.is_error:
            self.close()
            raise UserError(f"the viewer does not start: {answer.text}")
        return answer.text

    def poll(self) -> Iterator[Event]:
        """What has been asked for since the last call."""
        try:
            while self.is_open and self._pipe.poll():
                event = self._pipe.recv()
                if event.kind is Kind.FRAME:
                    self._is_wanted = True
                else:
                    yield event
        except (EOFError, OSError):
            self.is_open = False

    @property
    def wants_frame(self) -> bool:
        """Somebody is looking, and the last frame is drawn; as of the last `poll`."""
        return self.is_open and self._is_wanted

    def offer(self, make: Callable[[], Frame]) -> None:
        """Show a frame, which is made only if one is wanted."""
        if self.wants_frame:
            self._is_wanted = False
            self._send(make())

    def tell(self, message: Notice | Policies | Halt) -> None:
        """Tell the user something, what can be switched to, or that robots halt."""
        self._send(message)

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self.is_open = False
        try:
            self._process.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: Frame | Notice | Policies | Halt | tuple[Scene, Address]) -> None:
        try:
            if self.is_open:
                self._pipe.send(message)
        except OSError:
            self.is_open = False


def _start(pipe: int) -> subprocess.Popen[bytes]:
    """The viewer's process, given its end of the pipe.

    Not by multiprocessing: that would import the program's main module once more, whatever that does. It is of a
    session of its own: Ctrl-C is for the program, which closes the pipe.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        environment.setdefault(name, "1")
    command = [sys.executable, "-c", _MAIN, str(pipe)]
    return subprocess.Popen(command, pass_fds=[pipe], env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
