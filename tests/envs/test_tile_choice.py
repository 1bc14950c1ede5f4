"""Tiles drawn by how robots fare: values by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode

from legged_gym.envs.base.tile_choice import TileChoice, TileChoiceCfg
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.spread import SpreadTerrain
from legged_gym.terrain.terrain import Terrain

CPU = torch.device("cpu")
NAMES = ["stairs", "stairs", "gap"]


def make(n, by="learnability", uniform_share=0.0, levels=3):
    origins = np.zeros((levels, len(NAMES), 3), np.float32)
    terrain = SimpleNamespace(env_origins=origins, relief=lambda: np.zeros((levels, len(NAMES))), type_names=NAMES)
    cfg = TileChoiceCfg()
    cfg.by, cfg.uniform_share = by, uniform_share
    choice = TileChoice(terrain, n, 1, cfg, active=True, device=CPU)
    choice.levels.fill_(1)
    choice.types.copy_(torch.tensor([0, 1, 0, 2, 1, 2])[:n])
    return choice


def walk(choice, commanded=10.0, progress=0.0):
    choice.commanded_distance.fill_(commanded)
    choice.progress.fill_(progress)


def test_episodes_move_the_success_of_their_cell():
    """Both columns of stairs are one cell: three episodes of it end, two of them well; that on the gap fails."""
    choice = make(6)
    walk(choice)
    ended = torch.tensor([True, True, True, True, False, False])
    up = torch.tensor([True, False, True, False, True, True])
    choice.update(ended, up)
    kept = 0.95**3
    expected = torch.full((3, 2), 0.5)
    expected[1] = torch.tensor([0.5 * kept + (1.0 - kept) * 2.0 / 3.0, 0.5 * 0.95])
    torch.testing.assert_close(choice.success, expected)
    kept = 0.99**3
    assert choice.earlier_success[1].tolist() == pytest.approx([0.5 * kept + (1 - kept) * 2 / 3, 0.5 * 0.99])
    assert choice.levels[4:].tolist() == [1, 1] and choice.types[4:].tolist() == [1, 2]


def test_slow_and_standing_robots_tell_nothing_and_those_on_flat_ground_stay():
    choice = make(4)
    walk(choice, commanded=0.5)
    everyone, nobody = torch.ones(4, dtype=torch.bool), torch.zeros(4, dtype=torch.bool)
    choice.update(everyone, nobody)
    assert (choice.success == 0.5).all()
    choice.update(everyone, nobody, must_leave=everyone)
    assert not (choice.success == 0.5).all()
    known, types = choice.success.clone(), choice.types.clone()
    choice.on_flat_ground.fill_(True)
    choice.update(everyone, everyone)
    assert torch.equal(choice.success, known) and torch.equal(choice.types, types)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        # By cell 0.09, 0.25, 0; the gap's 0.16, 0.21, 0.25; twice the former, since stairs have two columns.
        ("learnability", [[0.09, 0.09, 0.16], [0.25, 0.25, 0.21], [0.0, 0.0, 0.25]]),
        # The gap's third level is closed, since its second one succeeds in less than half of the cases.
        ("failure", [[0.1, 0.1, 0.2], [0.5, 0.5, 0.7], [1.0, 1.0, 0.0]]),
        ("progress", [[0.0, 0.0, 0.3], [0.1, 0.1, 0.2], [0.4, 0.4, 0.0]]),
    ],
)
def test_shares_by_hand(by, expected):
    choice = make(1, by)
    choice.success.copy_(torch.tensor([[0.9, 0.8], [0.5, 0.3], [0.0, 0.5]]))
    choice.earlier_success.copy_(torch.tensor([[0.9, 0.5], [0.6, 0.5], [0.4, 0.5]]))
    expected = torch.tensor(expected)
    torch.testing.assert_close(choice.shares(), expected / expected.sum(), atol=1e-5, rtol=1e-4)
    choice._uniform_share = 0.25
    torch.testing.assert_close(choice.shares(), 0.75 * expected / expected.sum() + 0.25 / 9, atol=1e-5, rtol=1e-4)


def test_failure_is_sought_level_after_level():
    choice = make(1, "failure")
    assert choice.shares()[0].sum() == pytest.approx(1.0, abs=1e-4)
    choice.success[0, 0] = 0.6
    assert (choice.shares()[1] > 0.1).tolist() == [True, True, False]
    choice.success[1, 0] = 0.4
    assert choice.shares()[2].max() < 1e-3


def test_tiles_are_drawn_as_often_as_their_shares_say():
    torch.manual_seed(0)
    n = 90_000
    choice = make(6)
    choice.success.copy_(torch.tensor([[0.9, 0.8], [0.5, 0.3], [0.0, 0.5]]))
    levels, types = choice._draw(n)
    counts = torch.bincount(levels * 3 + types, minlength=9).view(3, 3) / n
    torch.testing.assert_close(counts, choice.shares(), atol=0.005, rtol=0.0)


def test_without_a_curriculum_levels_are_random_and_types_stay():
    choice = make(6)
    choice.active = False
    before = choice.types.clone()
    choice.update(torch.ones(6, dtype=torch.bool), torch.ones(6, dtype=torch.bool))
    assert torch.equal(choice.types, before) and (choice.success == 0.5).all()


def test_what_episodes_have_drawn_is_taken_up_again():
    choice = make(4)
    choice.restore(torch.tensor([2, 0]), torch.tensor([1, 2]))
    assert choice.levels.tolist() == [2, 2, 0, 0] and choice.types.tolist() == [1, 1, 2, 2]
    with pytest.raises(ValueError, match="terrain_types must be from 0 to 2"):
        choice.restore(torch.tensor([2, 0]), torch.tensor([1, 3]))


def test_nothing_depends_on_values_that_the_host_would_have_to_read():
    """Tensors without values: an update that asked for one would fail."""
    choice, mode = make(6, "failure"), FakeTensorMode()
    for name, value in vars(choice).items():
        if isinstance(value, torch.Tensor):
            setattr(choice, name, mode.from_tensor(value))
    some = mode.from_tensor(torch.ones(6, dtype=torch.bool))
    with mode:
        choice.update(some, some, must_leave=some)
        with pytest.raises(DataDependentOutputException):
            choice.levels.max().item()


def test_sizes_are_spread_up_to_the_next_level():
    class Cfg(TerrainCfg):
        num_rows, num_cols, horizontal_scale, border_size = 5, 6, 0.1, 1.0
        terrain_proportions = {"stairs_up": 1.0}

    cfg = Cfg()
    plain, spread = Terrain(cfg, 1), SpreadTerrain(cfg, 1)
    sizes = plain.sizes()["stairs_up"]
    found = []
    for level in range(5):
        for column in range(6):
            depth = -spread.env_origins[level, column, 2]
            steps = -plain.env_origins[level, column, 2] / sizes[level]
            found.append(depth / steps)
            top = sizes[level + 1] if level < 4 else 0.05 + 0.18
            assert sizes[level] <= found[-1] <= top
    assert len({round(size, 5) for size in found}) == 30
    assert np.array_equal(spread.heights, SpreadTerrain(cfg, 1).heights)


@pytest.mark.parametrize(("ends", "hardest"), [((0.0, 1.2), 1.0), ((1.1, 1.1), 1.1)])
def test_no_size_is_beyond_those_that_tiles_are_made_for(ends, hardest):
    """Tracks of 2.5 m do not fit into 2.45 m; levels that were asked for beyond it stay."""

    class Cfg(TerrainCfg):
        num_rows, num_cols, horizontal_scale, border_size = 6, 6, 0.1, 1.0
        terrain_proportions = {"stairs_up": 1.0}
        difficulty_range = ends

    spread = SpreadTerrain(Cfg(), 1)
    assert max(spread.difficulty(level, column) for level in range(6) for column in range(6)) == hardest
