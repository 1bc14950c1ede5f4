"""Which policies a robot can feed."""

import pytest

from legged_gym.export.metadata import actor_terms, check_deployable
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
