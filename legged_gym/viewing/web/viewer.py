"""The viewer as a program sees it: it is offered frames, and tells what the user asks for."""

import importlib.util
import logging
from collections.abc import Callable, Iterator
from multiprocessing import get_context

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.child import run_child
from legged_gym.viewing.web.messages import Event, Frame, Kind, Notice, Policies, Scene

PACKAGES = ("viser", "mjviser")
_START_TIME = 60.0
"""Longest start of the process, s: it imports MuJoCo and reads meshes."""

logger = logging.getLogger(__name__)


def require_web() -> None:
    """See that what the viewer needs is installed.

    Raises:
        UserError: it is not.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"--viewer web needs {' and '.join(missing)}: pip install 'robust_parallel[web]'")


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
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=run_child, args=(theirs, scene, address), daemon=True)
        self._process.start()
        theirs.close()
        self.is_open = True
        """The viewer lives."""
        self._is_wanted = False
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

    def tell(self, message: Notice | Policies) -> None:
        """Tell the user something, or what can be switched to."""
        self._send(message)

    def close(self) -> None:
        """End it."""
        self._pipe.close()
        self.is_open = False
        self._process.join(timeout=5.0)
        if self._process.is_alive():
            self._process.kill()

    def _send(self, message: Frame | Notice | Policies) -> None:
        try:
            if self.is_open:
                self._pipe.send(message)
        except OSError:
            self.is_open = False
