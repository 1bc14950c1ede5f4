"""What the viewer costs: that its onlooker counts as a browser, and what the two kinds of turns are."""

import contextlib
import os
import signal
import subprocess
import sys

import pytest

pytest.importorskip("viser")
pytest.importorskip("mjviser")

from benchmarks import viewer_cost
from benchmarks.onlooker import Onlooker
from benchmarks.viewer_cost import Pair, pairs
from legged_gym.utils.address import Address
from legged_gym.utils.errors import StoppedError, UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from legged_gym.viewing.web.viewer import WebViewer
from tests.pythonpath import extended
from tests.viewing.web.test_viewer import SCENE, make_frame, offer


def test_an_onlooker_gets_every_picture() -> None:
    with contextlib.closing(WebViewer(SCENE, Address())) as viewer:
        with contextlib.closing(Onlooker(viewer.url)) as onlooker:
            for step in range(3):  # each is asked for only once the one before is drawn, and somebody looks
                offer(viewer, make_frame(0.1 * step))
            offer(viewer, make_frame(0.1 * 3))
        assert 3 <= onlooker.pictures <= 4  # the last one may still be on its way


class Runner:
    """Notes how it is asked to train."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.num_steps_per_env, self.env = 24, self
        self.num_envs = 2
        self.stopped_by: int | None = None

    def learn(self, iterations: int, init_at_random_ep_len: bool = False) -> None:
        self.asked.append(f"{iterations} alone")


def test_the_order_of_turns_changes_from_pair_to_pair(monkeypatch) -> None:
    def looked_at(runner, env, iterations):
        runner.asked.append(f"{iterations} looked at")
        return 98.0, 7

    monkeypatch.setattr(viewer_cost, "speed_looked_at", looked_at)
    runner = Runner()
    measured = list(pairs(runner, runner, 3, 2))
    assert runner.asked == ["5 alone", "3 looked at", "3 alone", "3 alone", "3 looked at"]
    assert [pair.pictures for pair in measured] == [7, 7]


def test_a_signal_ends_it_and_not_just_one_turn() -> None:
    runner = Runner()
    runner.stopped_by = signal.SIGTERM
    with pytest.raises(StoppedError) as stop:
        list(pairs(runner, runner, 3, 2))
    assert stop.value.number == signal.SIGTERM and runner.asked == ["5 alone"]


def test_the_share_is_that_of_the_speed_without() -> None:
    assert Pair(looked_at=98.0, alone=100.0, pictures=7).share == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--num_envs=4", "--set=env.num_envs=8"], "--num_envs and --set env.num_envs say the same"),
        (["--sim=mujoco", "--set=sim.engine=mujoco"], "--sim and --set sim.engine say the same"),
        (["--set=train.runner.resume=true"], "the training that is measured begins anew"),
        (["--task=nope"], "unknown task 'nope'"),
    ],
)
def test_what_would_be_left_aside_is_refused(flags, message) -> None:
    with pytest.raises(UserError, match=message):
        viewer_cost.main(flags)


def test_without_a_package_of_the_extra_it_loads_and_can_say_so() -> None:
    hidden = "import sys; sys.modules['msgspec'] = sys.modules['websockets'] = None; import benchmarks.viewer_cost"
    environment = {**os.environ, "PYTHONPATH": extended(LEGGED_GYM_ROOT_DIR)}
    assert subprocess.run([sys.executable, "-c", hidden], env=environment, timeout=100).returncode == 0
