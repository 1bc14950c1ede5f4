"""What the user sets in the browser, and what is told there."""

import math
import time
from collections.abc import Callable, Sequence
from html import escape

import numpy as np
import viser

from legged_gym.viewing.web.asking import Asking
from legged_gym.viewing.web.messages import Frame, Kind, Policies, Scene
from legged_gym.viewing.web.plots import RewardPlots
from legged_gym.viewing.web.stage import LAYERS, Stage

SPEEDS = {"1/10": 0.1, "1/4": 0.25, "1/2": 0.5, "1": 1.0, "2": 2.0, "4": 4.0, "most": math.inf}
"""Times real time."""
STOP = "stop"
"""The wish that has a button of its own."""
_PERIOD = 0.2
"""Between two updates of what is read, s: numbers that flicker cannot be."""
_DEPTH_WIDTH = 300
"""Least width of the depth image, pixels."""


class Panel:
    """The panel beside the scene."""

    def __init__(
        self, server: viser.ViserServer, scene: Scene, stage: Stage, ask: Asking, wish: Callable[[str], None]
    ) -> None:
        """Build it."""
        self._server, self._scene, self._ask, self._wish = server, scene, ask, wish
        self._due = 0.0
        gui = server.gui
        tabs = gui.add_tab_group()
        self._run = tabs.add_tab("Run")
        with self._run:
            self._facts = gui.add_html("")
            if scene.wishes:
                self._add_wishes()
            if scene.paced:
                self._add_pace()
            self._add_robot()
            if scene.checkpoints:
                self._add_checkpoints()
            self._depth: viser.GuiImageHandle | None = None
            self._add_ends()
        self._plots: RewardPlots | None = None
        if scene.rewards:
            self._plots = RewardPlots(server, tabs.add_tab("Rewards"), scene.rewards)
        with tabs.add_tab("Show"):
            self._add_layers(stage)

    def read(self, frame: Frame) -> None:
        """Show what is to be read of a frame."""
        if self._plots is not None:
            self._plots.add(frame.time, frame.rewards)
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + _PERIOD
        self._facts.content = facts(frame, self._scene)
        if self._plots is not None:
            self._plots.draw()
        if frame.depth is not None:
            self._show_depth(frame.depth)
        if self._robot is not None and int(self._robot.value) != int(frame.robots[0]):
            self._robot.value = int(frame.robots[0])

    def offer_policies(self, policies: Policies) -> None:
        """Tell what can be switched to."""
        self._checkpoint.options = tuple(policies.names)
        self._checkpoint.value = policies.names[0]

    def _add_wishes(self) -> None:
        gui, others = self._server.gui, tuple(wish for wish in self._scene.wishes if wish != STOP)
        if STOP in self._scene.wishes:
            gui.add_button(STOP, color="red").on_click(lambda _: self._wish(STOP))
        if others:
            gui.add_button_group("ask for", others).on_click(lambda event: self._wish(event.target.value))

    def _add_pace(self) -> None:
        gui = self._server.gui
        self._paused = gui.add_checkbox("pause", False)
        self._paused.on_update(lambda event: self._ask_user(event, Kind.PAUSE, bool(event.target.value)))
        step = gui.add_button("one step", hint="while paused")
        step.on_click(self._step)
        speed = gui.add_dropdown("speed", tuple(SPEEDS), initial_value="1", hint="times real time")
        speed.on_update(lambda event: self._ask(Kind.SPEED, SPEEDS[event.target.value]))

    async def _step(self, _: viser.GuiEvent) -> None:
        """In the event loop's thread, since it sends something itself; see `Page`."""
        if not self._paused.value:
            self._paused.value = True
            self._ask(Kind.PAUSE, True)
        self._ask(Kind.STEP)

    def _add_robot(self) -> None:
        gui, scene = self._server.gui, self._scene
        self._robot: viser.GuiInputHandle[int] | None = None
        if scene.num_robots > 1:
            self._robot = gui.add_number("robot", 0, min=0, max=scene.num_robots - 1, step=1, hint="or click on one")
            self._robot.on_update(lambda event: self._ask_user(event, Kind.ROBOT, int(event.target.value)))
        if scene.places:
            self._place = gui.add_dropdown("terrain", tuple(scene.places))
            self._level = gui.add_slider("level", 0, max(scene.levels - 1, 1), 1, 0)
            go = gui.add_button("go there")
            go.on_click(lambda _: self._ask(Kind.PLACE, (self._place.value, int(self._level.value))))

    def _ask_user(self, event: viser.GuiEvent, kind: Kind, value: object) -> None:
        """Ask for what the user has set; what this program has set asks for nothing."""
        if event.client is not None:
            self._ask(kind, value)

    def _add_checkpoints(self) -> None:
        names = tuple(self._scene.checkpoints)
        self._checkpoint = self._server.gui.add_dropdown("policy", names, initial_value=names[0])
        self._checkpoint.on_update(lambda event: self._ask_user(event, Kind.CHECKPOINT, event.target.value))

    def _add_ends(self) -> None:
        gui = self._server.gui
        if self._scene.restarts:
            gui.add_button("new episode").on_click(lambda _: self._ask(Kind.RESTART))
        if self._scene.paced:
            gui.add_button("end", color="red").on_click(lambda _: self._ask(Kind.END))

    def _add_layers(self, stage: Stage) -> None:
        gui = self._server.gui
        for layer in LAYERS:
            box = gui.add_checkbox(layer, True)
            box.on_update(lambda event, layer=layer: stage.show(layer, bool(event.target.value)))
        follow = gui.add_checkbox("camera follows", True)
        follow.on_update(lambda event: setattr(stage, "follows", bool(event.target.value)))

    def _show_depth(self, picture: np.ndarray) -> None:
        factor = -(-_DEPTH_WIDTH // picture.shape[1])
        large = picture.repeat(factor, axis=0).repeat(factor, axis=1)
        if self._depth is None:
            with self._run:
                self._depth = self._server.gui.add_image(large, label="depth", format="png")
        else:
            self._depth.image = large


def facts(frame: Frame, scene: Scene) -> str:
    """What is to be read: HTML."""
    rows = [("command", _velocity(frame.command)), ("measured", _velocity(frame.velocity)), *frame.facts]
    table = "".join(
        f'<tr><td style="color:#888;padding-right:8px">{escape(name)}</td>'
        f'<td style="font-variant-numeric:tabular-nums">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div style="font-size:12px;padding:4px 8px"><table>{table}</table>{gate_bars(frame.gates, scene.feet)}</div>'
    )


def _velocity(velocity: np.ndarray) -> str:
    vx, vy, yaw = (f"{part:+.2f}" if math.isfinite(part) else "?" for part in velocity)
    return f"{vx} {vy} m/s {yaw} rad/s"


def gate_bars(gates: np.ndarray, feet: Sequence[str]) -> str:
    """How far the gate of each foot is open: HTML."""
    names = (
        [f"gate {foot.removesuffix('_foot')}" for foot in feet] if len(gates) == len(feet) else ["gate"] * len(gates)
    )
    return "".join(
        f'<div style="display:flex;align-items:center;gap:6px">'
        f'<span style="width:64px;color:#888">{escape(name)}</span>'
        f'<span style="flex:1;height:8px;background:rgba(128,128,128,.2)"><span style="display:block;height:8px;'
        f'width:{100.0 * min(max(float(gate), 0.0), 1.0):.0f}%;background:#00b85c"></span></span>'
        f"<span>{gate:.2f}</span></div>"
        for name, gate in zip(names, gates, strict=True)
    )
