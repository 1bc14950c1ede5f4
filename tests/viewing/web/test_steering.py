"""Steering from a browser: limits, keys, sticks, and the halt when it falls silent."""

import asyncio
import json

import pytest

pytest.importorskip("websockets")

import websockets.asyncio.client

from legged_gym.viewing.web.steering import MAX_SILENCE, Steering, SteeringServer

LIMITS = [[-0.5, 1.0], [-0.3, 0.3], [-2.0, 2.0]]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def steering(told, clock):
    return Steering(LIMITS, told.append, clock=clock)


def test_keys_step_within_the_limits(steering, told):
    for key in "wwwq":
        steering.take({"key": key})
    assert told[-1] == [0.3, 0.0, 0.1] and len(told) == 4
    for _ in range(20):
        steering.take({"key": "s"})
    assert steering.value == [-0.5, 0.0, 0.1]
    steering.take({"key": " "})
    steering.take({"key": "x"})
    assert told[-1] == [0.0, 0.0, 0.0]


def test_sticks_are_shares_of_what_is_allowed_each_way(steering):
    steering.take({"axes": [1.0, -1.0, 0.25]})
    assert steering.value == [1.0, -0.3, 0.5]
    steering.take({"axes": [-1.0, 7.0, 0.0]})
    assert steering.value == [-0.5, 0.3, 0.0]


def test_a_silent_browser_halts_the_robots(steering, told, clock):
    steering.look()
    steering.take({"axes": [1.0, 0.0, 0.0]})
    clock.now += MAX_SILENCE - 0.01
    steering.look()
    assert told == [[1.0, 0.0, 0.0]] * 2  # it holds, and the viewer lives
    steering.take({})  # a sign of life
    clock.now += MAX_SILENCE - 0.01
    steering.look()
    assert told == [[1.0, 0.0, 0.0]] * 3
    clock.now += 0.02
    steering.look()
    steering.look()
    assert told == [*[[1.0, 0.0, 0.0]] * 3, [0.0, 0.0, 0.0]]


def test_a_browser_that_looks_on_is_no_sign_of_life_of_the_one_that_steers(steering, told, clock):
    steering.take({"key": "w"}, "driver")
    for _ in range(10):
        clock.now += 0.1
        steering.take({}, "visitor")
        steering.look()
    assert steering.value == told[-1] == [0.0, 0.0, 0.0]  # the driver has closed its laptop
    steering.take({"axes": [1.0, 0.0, 0.0]}, "visitor")
    clock.now += 0.4
    steering.take({}, "visitor")
    clock.now += 0.4
    steering.look()
    assert steering.value == [1.0, 0.0, 0.0]


def test_a_halt_from_the_program_is_told_in_any_case(steering, told):
    """It waits for it: what was told before may be on its way."""
    steering.take({"key": "w"})
    for _ in range(2):
        steering.halt()
    assert told[1:] == [[0.0, 0.0, 0.0]] * 2 and steering.value == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "message",
    [
        [],
        "w",
        {"velocity": [1, 0, 0]},
        {"axes": [1, 0]},
        {"axes": [1, 0, "2"]},
        {"axes": [float("nan"), 0, 0]},
        {"axes": 1},
    ],
)
def test_other_messages_are_refused_and_change_nothing(steering, told, message):
    with pytest.raises(ValueError):
        steering.take(message)
    assert not told


def test_wishes_are_passed_on(told):
    wishes = []
    steering = Steering(LIMITS, told.append, wishes.append, ["stand", "stop"])
    for wish in ("stand", "fly", "stop", 7):
        steering.take({"wish": wish})
    assert wishes == ["stand", "stop"] and not told


def test_a_walk_does_not_begin_with_what_the_last_one_ended_with(told):
    steering = Steering(LIMITS, told.append, lambda wish: told.append(wish), ["walk"])
    for message in ({"key": "w"}, {"wish": "walk"}, {"key": "q"}):
        steering.take(message)
    steering.wish("walk")  # the panel's button
    assert told == [[0.1, 0.0, 0.0], [0.0] * 3, "walk", [0.0, 0.0, 0.1], [0.0] * 3, "walk"]


def test_over_a_socket(told):
    async def drive(host, port):
        async with websockets.asyncio.client.connect(f"ws://{host}:{port}/steer") as socket:
            assert json.loads(await socket.recv()) == {"command": [0.0, 0.0, 0.0], "wishes": []}
            await socket.send(json.dumps({"key": "w"}))
            while json.loads(await socket.recv())["command"] != [0.1, 0.0, 0.0]:
                pass
            await socket.send("{nonsense")
            with pytest.raises(websockets.ConnectionClosed):
                while True:
                    await socket.recv()
        for nonsense in ('{"axes": [1' + 400 * "0" + ", 0, 0]}", 2000 * "["):
            async with websockets.asyncio.client.connect(f"ws://{host}:{port}/steer") as socket:
                await socket.send(nonsense)
                with pytest.raises(websockets.ConnectionClosed) as closed:
                    while True:
                        await socket.recv()
                assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000  # not 1011: an internal error
        # The browser is gone: after a moment the robots halt.
        for _ in range(100):
            if told[-1] == [0.0, 0.0, 0.0]:
                return
            await asyncio.sleep(0.05)

    server = SteeringServer(Steering(LIMITS, told.append), "127.0.0.1")
    asyncio.run(asyncio.wait_for(drive(*server.address), 30))
    assert told[0] == [0.1, 0.0, 0.0] and told[-1] == [0.0, 0.0, 0.0]
