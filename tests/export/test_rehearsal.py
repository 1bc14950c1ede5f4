"""Controllers of shipped policies against the environment, and what a wrong one is told."""

from collections import Counter

import numpy as np
import pytest
import torch

from legged_gym.export import rehearsal as rehearsing
from legged_gym.export.rehearsal import ROBOTS, check_drivers, difference_of, make_rehearsal, map_around
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from tests.export.rehearsals import Rehearsal, TorchDriver


class Counting(TorchDriver):
    """Counts calls and episodes of all robots."""

    count: Counter[str] = Counter()

    def begin(self) -> None:
        super().begin()
        self.count["episodes"] += 1

    def step(self, readings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self.count["steps"] += 1
        return super().step(readings)


@pytest.mark.parametrize(
    "name",
    ["go2_flat", "go2_rough", "go2_perceptive_student", "go2_perceptive_teacher", "qmini", "mini_cheetah_ref",
     "anymal_c_flat"],
)  # fmt: skip
def test_a_controller_acts_as_the_policy_does_in_the_environment(name: str) -> None:
    """Over 500 steps and several episodes, with noise, map, frames, clock and drives as the task has them."""
    rehearsal = Rehearsal(name)
    Counting.count.clear()
    drivers = [Counting(rehearsal.controller) for _ in range(ROBOTS)]
    assert check_drivers(drivers, rehearsal.env, rehearsal.policy, rehearsal.controller, steps=125) < 1e-4
    assert Counting.count["steps"] == 500 and Counting.count["episodes"] >= 2 * ROBOTS
    rehearsal.env.close()


@pytest.fixture(scope="module")
def qmini():
    rehearsal = Rehearsal("qmini")
    yield rehearsal
    rehearsal.env.close()


def test_a_controller_that_forgets_an_episodes_end_is_refused(qmini: Rehearsal) -> None:
    class Forgetful(TorchDriver):
        def begin(self) -> None:
            if not hasattr(self, "_state"):
                super().begin()

    drivers = [Forgetful(qmini.controller) for _ in range(ROBOTS)]
    with pytest.raises(UserError, match="differs from the environment's by"):
        check_drivers(drivers, qmini.env, qmini.policy, qmini.controller, steps=125)


@pytest.mark.parametrize(
    ("output", "change", "message"),
    [
        ("actions", 2e-4, r"its output actions differs from the environment's by 2\.0e-04 \(allowed: 1e-04\)"),
        ("estimate", 2e-4, "its output estimate differs"),
        ("joint_targets", 2e-4, "its output joint_targets differs"),
        ("estimate", np.nan, "its output estimate differs"),
        ("ok", -1, "it takes the readings of the environment for a fault"),
    ],
)
def test_a_controller_that_differs_is_refused(qmini: Rehearsal, output: str, change: float, message: str) -> None:
    class Wrong(TorchDriver):
        def step(self, readings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
            outputs = super().step(readings)
            wrong = outputs[output] + np.array(change, dtype=np.float32)
            return {**outputs, output: wrong.astype(outputs[output].dtype)}

    drivers = [Wrong(qmini.controller) for _ in range(ROBOTS)]
    with pytest.raises(UserError, match=message):
        check_drivers(drivers, qmini.env, qmini.policy, qmini.controller, steps=3)


def test_outputs_beside_a_large_one_may_differ_by_more_since_rounding_does() -> None:
    """Of the first robot by a quarter of what is added to it, of the second by all."""
    expected = torch.tensor([[0.5, -4.0, 1.0], [0.5, 0.1, 1.0]])
    assert difference_of(expected + 1e-4, expected) == pytest.approx(1e-4, rel=1e-2)
    for column in range(3):
        added = torch.zeros(2, 3)
        added[0, column] = 2e-4
        assert difference_of(expected + added, expected) == pytest.approx(5e-5, rel=1e-2)
    assert np.isnan(difference_of(expected * np.nan, expected))


def test_a_robot_is_shown_whole_cells_around_it() -> None:
    class Ground:
        horizontal_scale = 0.5
        origin_xy = (-10.0, -20.0)
        heights = np.arange(41 * 81, dtype=np.float32).reshape(41, 81)

    given = map_around(Ground(), np.array([0.1, 0.6]))
    rows, cols = given["height_map"].shape
    first = (given["map_origin"] - np.array([-10.0, -20.0])) / 0.5
    assert first.tolist() == [20 - 3, 41 - 3] and (rows, cols) == (8, 8)  # 1.5 m to each side and a cell more
    assert given["height_map"][0, 0] == 17 * 81 + 38
    at_the_edge = map_around(Ground(), np.array([-30.0, 60.0]))
    assert at_the_edge["height_map"].shape[0] >= 2 and at_the_edge["height_map"].shape[1] >= 2
    assert torch.isfinite(torch.from_numpy(at_the_edge["height_map"])).all()


def test_zeros_of_encoders_are_of_no_controller(monkeypatch: pytest.MonkeyPatch) -> None:
    """They shifted the environment's targets where the trained range leaves out 0, so that none could be exported."""
    cfg, _ = get_cfgs("go2_flat")
    cfg.domain_rand.randomize_motor_zero, cfg.domain_rand.motor_zero_range = True, [0.02, 0.05]
    monkeypatch.setattr(rehearsing, "make_env", lambda task, cfg, *_, **__: cfg)
    assert not make_rehearsal("go2_flat", cfg).domain_rand.randomize_motor_zero
