"""The page: viser's, with steering beside it, behind the door."""

import contextlib
import io
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TypeVar

import viser

from legged_gym.utils.address import Address, hidden_host
from legged_gym.viewing.web.asking import Asking
from legged_gym.viewing.web.door import Door
from legged_gym.viewing.web.messages import Frame, Kind, Notice, Policies, Scene
from legged_gym.viewing.web.panel import Panel
from legged_gym.viewing.web.stage import Stage
from legged_gym.viewing.web.steering import Steering, SteeringServer

Message = TypeVar("Message", Frame, Notice, Policies)
SCRIPT, SOCKET = "/steering.js", "/steer"
_CAMERA = (-1.6, -2.0, 1.1)
"""Where the robot is seen from at first, m."""


class Page:
    """What browsers get, and what they ask for."""

    def __init__(self, scene: Scene, address: Address, ask: Asking) -> None:
        """Build it, and open the door.

        Raises:
            UserError: it cannot listen there, or the robot's description is faulty.
        """
        self._ask, self._period = ask, 1.0 / scene.fps
        self._is_asked, self._last = False, -1.0
        host = hidden_host()
        with contextlib.redirect_stdout(io.StringIO()):  # it tells its own address, which is of no use
            self._server = server = viser.ViserServer(host, 0, label=scene.title, verbose=False)
        server.gui.configure_theme(show_logo=False, show_share_button=False, control_width="medium")
        server.gui.set_panel_label(scene.title)
        server.initial_camera.position, server.initial_camera.look_at = _CAMERA, (0.0, 0.0, 0.0)
        self._stage = Stage(server, scene, lambda robot: ask(Kind.ROBOT, robot))
        wish = partial(ask, Kind.WISH)
        self._steering: SteeringServer | None = None
        self.halt: Callable[[], None] = lambda: None
        """Have browsers ask for no motion until they steer anew."""
        if scene.limits is not None:
            steering = Steering(scene.limits, partial(ask, Kind.STEER), wish, scene.wishes)
            self._steering, wish = SteeringServer(steering, host), steering.wish
            self.halt = steering.halt
        self._panel = Panel(server, scene, self._stage, ask, wish)
        token = address.new_token()
        door = Door(address, token, self._files(), self._behind)
        self.url = address.url(door.port, token)
        """What to open."""

    def ask_if_due(self) -> None:
        """Ask for a frame if somebody is looking, and it is time for one."""
        now = time.monotonic()
        if not self._is_asked and now - self._last >= self._period and self._server.get_clients():
            self._is_asked, self._last = True, now
            self._ask(Kind.FRAME)

    def draw(self, frame: Frame) -> None:
        """Show a frame."""
        self._is_asked = False
        self._in_turn(self._stage.draw, frame)
        self._in_turn(self._panel.read, frame)

    def tell(self, notice: Notice) -> None:
        """Show a notice to whoever is looking."""
        self._in_turn(self._notify, notice)

    def offer_policies(self, policies: Policies) -> None:
        """Tell what can be switched to."""
        self._in_turn(self._panel.offer_policies, policies)

    def _notify(self, notice: Notice) -> None:
        title, color = ("not done", "red") if notice.is_error else ("done", "green")
        for client in self._server.get_clients().values():
            client.add_notification(title, notice.text, color=color, auto_close_seconds=6.0)

    def _in_turn(self, act: Callable[[Message], None], message: Message) -> None:
        """Do something in the thread of viser's event loop.

        From another one its messages wake an `asyncio.Event` that the loop may be looking through just then, which ends
        in "deque mutated during iteration" (viser 1.1.1).
        """
        done: Future[None] = Future()

        def run() -> None:
            try:
                act(message)
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(None)

        self._server.get_event_loop().call_soon_threadsafe(run)
        done.result()

    def _files(self) -> dict[str, tuple[str, bytes]]:
        """What the door itself answers: viser's page with the steering's script."""
        if self._steering is None:
            return {}
        html = (Path(viser.__file__).parent / "client" / "build" / "index.html").read_text()
        head, end, rest = html.partition("</head>")
        page = f'{head}<script src="{SCRIPT}"></script>{end}{rest}'.encode()
        script = (Path(__file__).parent / "steering.js").read_bytes()
        return {"/": ("text/html; charset=utf-8", page), SCRIPT: ("text/javascript; charset=utf-8", script)}

    def _behind(self, path: str) -> tuple[str, int]:
        if path == SOCKET and self._steering is not None:
            return self._steering.address
        return self._server.get_host(), self._server.get_port()
