import os
import struct
import sys

import numpy as np
import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.runner.operators import ButtonOperator, Gamepad, Keyboard, Operators
from legged_gym.deploy.runner.phases import Wish
from legged_gym.utils.errors import UserError


def told(*pressed: str, sticks=(0.0, 0.0, 0.0, 0.0)) -> Buttons:
    return Buttons(np.array(sticks), frozenset(pressed))


@pytest.fixture
def cfg():
    return instantiate(RunnerCfg)


def test_a_chord_is_one_wish_however_long_it_is_held(cfg):
    state = [told("L2", "up")]
    operator = ButtonOperator(cfg, "the remote", lambda: state[0])
    assert list(operator.wishes()) == [Wish.STAND] and not list(operator.wishes())
    for pressed, wish in ((("start",), Wish.WALK), (("L2", "down"), Wish.SIT), (("L2", "B", "up"), Wish.STOP)):
        state[0] = told(*pressed)
        assert list(operator.wishes()) == [wish]
    state[0] = told("up")
    assert not list(operator.wishes())


def test_sticks_are_velocities(cfg):
    state = [told(sticks=(-0.5, 1.0, 0.25, 0.9))]  # left, forward, turn right
    operator = ButtonOperator(cfg, "the remote", lambda: state[0])
    list(operator.wishes())
    np.testing.assert_allclose(operator.velocity, [0.6, 0.15, -0.2])
    state[0] = told(sticks=(0.05, 0.05, 0.05, 0.0))  # released, nearly
    list(operator.wishes())
    assert operator.velocity.tolist() == [0.0, 0.0, 0.0]


def test_a_remote_out_of_reach_asks_for_no_motion_and_is_told_of(cfg, caplog):
    state: list[Buttons | None] = [told(sticks=(0.0, 1.0, 0.0, 0.0))]
    operator = ButtonOperator(cfg, "the remote", lambda: state[0])
    list(operator.wishes())
    state[0] = None
    for _ in range(3):
        assert not list(operator.wishes()) and not operator.velocity.any()
    assert caplog.messages == ["the remote is off or out of reach: it moves nothing and stops nothing"]
    state[0] = told()
    assert not list(operator.wishes()) and caplog.messages[1:] == ["the remote is there again"]


def test_one_steers_and_all_may_stop(cfg):
    idle = ButtonOperator(cfg, "the gamepad", lambda: told())
    stopping = ButtonOperator(cfg, "the remote", lambda: told("L2", "B", sticks=(0, 1, 0, 0)))
    operators = Operators([idle, stopping])
    assert list(operators.wishes()) == [Wish.STOP] and not operators.velocity.any()


def test_keys_of_a_terminal(cfg, monkeypatch):
    user, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(terminal, "r"))
    keyboard = Keyboard(cfg)
    os.write(user, b"12www")
    assert list(keyboard.wishes()) == [Wish.STAND, Wish.WALK]
    np.testing.assert_allclose(keyboard.velocity, [0.3, 0.0, 0.0])
    os.write(user, b"wwwwwqqa")  # no further than 0.6 m/s
    assert not list(keyboard.wishes())
    np.testing.assert_allclose(keyboard.velocity, [0.6, 0.1, 0.2])
    os.write(user, b"2")  # a walk does not begin with what the last one ended with
    assert list(keyboard.wishes()) == [Wish.WALK] and not keyboard.velocity.any()
    os.write(user, b"w \x1b")
    assert not list(keyboard.wishes())  # it may be the begin of an arrow
    assert list(keyboard.wishes()) == [Wish.STOP] and not keyboard.velocity.any()
    keyboard.close()


@pytest.mark.parametrize("begin", [b"\x1b", b"\x1b[", b"\x1bO"])
def test_an_arrow_whose_bytes_come_apart_is_no_stop(cfg, monkeypatch, begin):
    user, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(terminal, "r"))
    keyboard, arrow = Keyboard(cfg), begin if len(begin) == 2 else begin + b"["
    os.write(user, begin)
    assert not list(keyboard.wishes())
    os.write(user, (arrow + b"A")[len(begin) :] + 21 * arrow.ljust(3, b"B") + b"\x1b")  # more than are read at once
    assert not list(keyboard.wishes())
    np.testing.assert_allclose(keyboard.velocity, [-0.6, 0.0, 0.0])
    assert list(keyboard.wishes()) == [Wish.STOP]
    keyboard.close()


@pytest.mark.parametrize("wish", [("L2", "up"), ("start",), ("L2", "down")])
def test_who_steers_is_halted_by_what_others_ask_for(cfg, monkeypatch, wish):
    user, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(terminal, "r"))
    keyboard, state = Keyboard(cfg), [told()]
    operators = Operators([keyboard, ButtonOperator(cfg, "the remote", lambda: state[0])])
    os.write(user, b"wwww")
    assert not list(operators.wishes()) and operators.velocity[0] == 0.4
    state[0] = told(*wish)
    assert len(list(operators.wishes())) == 1 and not operators.velocity.any()
    os.write(user, b"w")
    assert not list(operators.wishes()) and operators.velocity[0] == 0.1
    keyboard.close()


def test_arrows_steer_and_are_no_escape(cfg, monkeypatch):
    user, terminal = os.openpty()
    monkeypatch.setattr(sys, "stdin", os.fdopen(terminal, "r"))
    keyboard = Keyboard(cfg)
    os.write(user, b"\x1b[A\x1bOA\x1b[D\x1b[3~\xff")  # up, up in the other mode, left, delete, no text
    assert not list(keyboard.wishes())
    np.testing.assert_allclose(keyboard.velocity, [0.2, 0.0, 0.1])
    os.write(user, b"\x1b[B\x1b[C\xff")
    assert not list(keyboard.wishes())
    np.testing.assert_allclose(keyboard.velocity, [0.1, 0.0, 0.0])
    os.write(user, b"\xff")
    assert not list(keyboard.wishes())
    keyboard.close()


def test_operators_that_are_not_looked_at_ask_for_no_motion(cfg, monkeypatch):
    operators = Operators([ButtonOperator(cfg, "the remote", lambda: told(sticks=(0, 1, 0, 0)))])
    list(operators.wishes())
    assert operators.velocity[0] == 0.6
    heard = operators._heard
    monkeypatch.setattr("legged_gym.deploy.runner.operators.time.monotonic", lambda: heard + 0.6)
    assert not operators.velocity.any()


def test_no_terminal(cfg, monkeypatch, tmp_path):
    (tmp_path / "none").touch()
    monkeypatch.setattr(sys, "stdin", (tmp_path / "none").open())
    with pytest.raises(UserError, match="terminal"):
        Keyboard(cfg)


def test_a_gamepad(tmp_path):
    device = tmp_path / "js0"
    os.mkfifo(device)
    keep = os.open(device, os.O_RDWR | os.O_NONBLOCK)
    gamepad = Gamepad(device)

    def event(value: int, kind: int, number: int) -> None:
        os.write(keep, struct.pack("<IhBB", 0, value, kind, number))

    event(0, 0x80 | 0x02, 1)  # its state at the beginning
    event(-32767, 0x02, 1)  # left stick forward
    event(32767, 0x02, 3)  # right stick to the right
    event(32767, 0x02, 2)  # left trigger
    event(-32767, 0x02, 7)  # up
    event(1, 0x01, 7)  # start
    state = gamepad.read()
    assert (
        state is not None and state.sticks.tolist() == [0.0, 1.0, 1.0, 0.0] and state.pressed == {"L2", "up", "start"}
    )
    event(0, 0x01, 7)
    event(0, 0x02, 7)
    state = gamepad.read()
    assert state is not None and state.pressed == {"L2"}
    os.close(keep)
    assert gamepad.read() is None


def test_no_gamepad(tmp_path, monkeypatch):
    monkeypatch.setattr("legged_gym.deploy.runner.operators.PADS", tmp_path)
    with pytest.raises(UserError, match="no gamepad"):
        Gamepad()
