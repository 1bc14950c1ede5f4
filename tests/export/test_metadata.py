"""Which policies a robot can feed."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from legged_gym.export.exports import FileNames
from legged_gym.export.metadata import _observations, actor_terms, check_deployable
from legged_gym.interface.observations import ObservationTerm
from legged_gym.utils.errors import UserError


def term(name: str, privileged: bool = False) -> dict[str, object]:
    return {"name": name, "width": 3, "scale": 0.25, "needs": "IMU", "privileged": privileged}


LAYOUT = {
    "observations": {
        "policy": [term("gyro"), term("joints")],
        "scan": [term("height_scan")],
        "critic": [term("base_lin_vel", privileged=True), term("contact", privileged=True)],
    }
}


def test_terms_follow_the_actors_groups() -> None:
    names = [term["name"] for term in actor_terms(LAYOUT, ["scan", "policy"])]
    assert names == ["height_scan", "gyro", "joints"]


def test_privileged_terms_are_named() -> None:
    check_deployable(actor_terms(LAYOUT, ["policy", "scan"]))
    with pytest.raises(UserError, match="observes base_lin_vel, contact, which a robot cannot measure"):
        check_deployable(actor_terms(LAYOUT, ["policy", "critic"]))


def test_measurements_of_groups_that_are_told_the_truth_are_exact_and_in_time() -> None:
    gyro = ObservationTerm("gyro", 3, lambda readings: readings.base_ang_vel, 0.25, "IMU", 0.2, sensed=True)
    env = SimpleNamespace(
        cfg=SimpleNamespace(noise=SimpleNamespace(groups=["policy"])),
        observations=SimpleNamespace(group_terms=lambda group: [gyro]),
    )
    told = [(term["noise"], term["sensed"]) for term in _observations(env, ["teacher", "policy"])]
    assert told == [(0.0, False), (0.2, True)]


@pytest.mark.parametrize(
    ("checkpoint", "copy"),
    [
        ("policy.pt", "policy_checkpoint.pt"),
        ("policy_stateful.pt", "policy_stateful_checkpoint.pt"),
        ("mine.pt", "mine.pt"),
        ("model_7.pt", "model_7.pt"),
    ],
)
def test_a_checkpoints_copy_replaces_no_file_of_the_export(checkpoint: str, copy: str) -> None:
    assert FileNames.of(Path("run", checkpoint)).of_copy(Path("run", checkpoint)) == copy
