import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.seen import seen_by
from tests.deploy.policies import WriteController, map_metadata


@pytest.fixture
def controller(write_controller: WriteController) -> Controller:
    return Controller(write_controller(map_metadata("foot_scan", "go2_perceptive")))


def test_beliefs_lie_where_the_samples_do_and_gates_are_of_the_feet(controller: Controller) -> None:
    samples = np.arange(24.0).reshape(8, 3)
    heights = 0.1 * np.arange(8.0).reshape(4, 2)
    controller.outputs = {"map_samples": samples, "decoded_heights": heights, "gate": np.arange(8.0)}
    seen = seen_by(controller)
    assert np.array_equal(seen.samples, samples) and np.array_equal(seen.beliefs[:, :2], samples[:, :2])
    assert np.allclose(seen.beliefs[:, 2], 0.1 * np.arange(8.0))
    assert seen.gates.tolist() == [0.5, 2.5, 4.5, 6.5]


def test_what_is_not_told_is_nothing(controller: Controller) -> None:
    controller.outputs = {"gate": np.zeros(7)}
    seen = seen_by(controller)
    assert not len(seen.samples) and not len(seen.beliefs) and not len(seen.gates)
