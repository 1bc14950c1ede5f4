"""Left and right exchanged: by hand, and that what a mirrored robot observes is the mirror image."""

import pytest
import torch

from legged_gym.interface.mirror import COMMAND, PSEUDOVECTOR, VECTOR, Mirror, frames, magnitudes, of_parts, points
from legged_gym.interface.observations import Observations, ObservationTerm
from legged_gym.interface.readings import Readings
from legged_gym.sensors.height_scan import HeightScan
from legged_gym.utils.errors import UserError

SWAP = Mirror((1, 0), (-1.0, -1.0))


def test_by_hand():
    assert VECTOR(torch.tensor([[1.0, 2.0, 3.0]])).tolist() == [[1.0, -2.0, 3.0]]
    assert PSEUDOVECTOR(torch.tensor([1.0, 2.0, 3.0])).tolist() == [-1.0, 2.0, -3.0]
    assert COMMAND(torch.tensor([1.0, 2.0, 3.0])).tolist() == [1.0, -2.0, -3.0]
    assert SWAP(torch.tensor([1.0, 2.0])).tolist() == [-2.0, -1.0]
    assert frames(2)(SWAP)(torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist() == [-2.0, -1.0, -4.0, -3.0]
    row = Mirror.side_by_side([Mirror.of_signs(-1.0), SWAP])
    assert row(torch.tensor([1.0, 2.0, 3.0])).tolist() == [-1.0, -3.0, -2.0]


def test_of_parts_by_hand():
    """Forces on a left and a right foot, and on one in the middle; an angle of each, and how strong its motor is."""
    feet = Mirror((1, 0, 2), (1.0, 1.0, 1.0))
    forces = of_parts(feet, VECTOR)
    assert forces is not None and of_parts(None, VECTOR) is None
    assert forces(torch.arange(1.0, 10.0)).tolist() == [4.0, -5.0, 6.0, 1.0, -2.0, 3.0, 7.0, -8.0, 9.0]
    assert magnitudes(SWAP)(torch.tensor([1.0, 2.0])).tolist() == [2.0, 1.0]


def test_a_cross_product_of_vectors_is_a_pseudovector():
    a, b = torch.randn(2, 50, 3)
    torch.testing.assert_close(torch.linalg.cross(VECTOR(a), VECTOR(b)), PSEUDOVECTOR(torch.linalg.cross(a, b)))


@pytest.mark.parametrize(
    ("source", "signs"),
    [((1, 2, 0), (1.0, 1.0, 1.0)), ((1, 0), (1.0, -1.0)), ((0,), (2.0,)), ((1, 1), (1.0, 1.0))],
)
def test_what_is_not_undone_by_doing_it_again_is_refused(source, signs):
    with pytest.raises(ValueError, match="does not come back"):
        Mirror(source, signs)


def test_a_height_scan_of_mirrored_ground():
    scan = HeightScan([-0.2, 0.0, 0.4], [-0.3, 0.0, 0.3], offset=0.5)
    term = scan.term(5.0, 0.1)
    x, y = scan.points.unbind(dim=1)

    def seen(ground):
        return term.compute(Readings(base_pos=torch.tensor([[0.0, 0.0, 0.6]]), scan_heights=ground[None]))

    mirror = term.mirrored(SWAP)
    assert mirror is not None
    ground, mirrored = torch.sin(3 * x + 5 * y), torch.sin(3 * x - 5 * y)
    torch.testing.assert_close(mirror(seen(ground)), seen(mirrored))
    assert not torch.allclose(seen(ground), seen(mirrored))


def test_places_without_a_counterpart():
    assert points([(0.1, 0.2), (0.1, -0.3)]) is None
    assert points([(0.1, 0.0), (0.1, 0.0)]) is None
    assert points([(0.1, 0.2), (0.3, 0.0), (0.1, -0.2)]) == Mirror((2, 1, 0), (1.0, 1.0, 1.0))


def test_groups_with_their_history():
    terms = {
        "gravity": ObservationTerm("gravity", 3, lambda r: torch.zeros(1, 3), 1.0, "", mirror=VECTOR),
        "joints": ObservationTerm("joints", 2, lambda r: torch.zeros(1, 2), 1.0, "", mirror=frames(1)),
        "secret": ObservationTerm("secret", 1, lambda r: torch.zeros(1, 1), 1.0, ""),
    }
    groups = {"policy": ["joints", "gravity"]}
    secret = {"policy": ["joints", "secret"]}
    observations = Observations(terms, groups, 1, torch.device("cpu"), 100.0, 0.0, [], history={"policy": 2})
    mirror = observations.mirrors(SWAP)["policy"]
    assert mirror.source == (1, 0, 2, 3, 4, 6, 5, 7, 8, 9)
    assert mirror.signs == 2 * (-1.0, -1.0, 1.0, -1.0, 1.0)
    with pytest.raises(UserError, match="'policy': of secret no mirror image is declared"):
        Observations(terms, secret, 1, torch.device("cpu"), 100.0, 0.0, []).mirrors(SWAP)
