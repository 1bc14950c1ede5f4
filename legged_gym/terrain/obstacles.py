"""Ground that a robot has to look at to get across: gaps, stones, beams, drops, platforms, hurdles.

The robot begins on the level square in the middle of the tile and is to leave the tile along x or y. Sizes are `easy`
at difficulty 0 and `hard` at 1; along the ground they are whole cells. With a `terrain.slope_threshold` all faces are
vertical.
"""

import numpy as np

from legged_gym.terrain.kinds import HOLE, SMALLEST, Size, require_less, require_room, size_of, terrain
from legged_gym.terrain.tile import Tile
from legged_gym.utils.errors import UserError

RIM = 0.25
"""Solid ground along the outline of a tile with holes, m."""
LANDING = 0.8
"""Ground between two gaps in a row, m: a Go2's body is 0.7 m long."""
STONE_PITCH = 0.5
"""Distance of the middles of neighbouring stones, m: side and clearance together."""
STONE_HEIGHTS = 0.05
"""Stones stand up to this above or below the ground, m."""
BEAM_SHIFT = 0.3
"""A beam's middle lies within this of the tile's, m."""
RAIL_DISTANCE = 0.3
"""Between the middles of two rails, m: a Go2's feet stand 0.28 m apart."""
RING_WIDTH = 0.4
"""Ground between two gaps of rings, m: more than a foothold, less than a body."""
RAMP_LENGTH, RAMP_WIDTH, RAMP_GAP = 0.7, 1.2, 0.1
"""Tilted ramps, m: Extreme Parkour's stones are 0.6 to 0.8 m long (arXiv 2309.14341)."""
HURDLE_THICKNESS = 0.1
"""m."""


@terrain("stepping_stones", size=Size("side of a stone", 0.40, 0.20, along_ground=True, least=SMALLEST), crossing=True)
def stepping_stones(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Square stones, 0.5 m from middle to middle, up to 5 cm high or low; each row is shifted by a random phase."""
    side = size_of("stepping_stones", tile, difficulty)
    require_less("stepping_stones", side, STONE_PITCH + tile.cell / 2, "stones touch")  # half a cell is rounding's
    stone, gap = tile.cells(side), tile.cells(max(STONE_PITCH - side, 0.0))
    heights = np.full(tile.shape, HOLE)
    for x in range(tile.cells(RIM) + gap, tile.length_cells, stone + gap):
        place = np.arange(tile.width_cells + 1) + rng.integers(stone + gap)
        tops = rng.uniform(-STONE_HEIGHTS, STONE_HEIGHTS, place[-1] // (stone + gap) + 1)
        heights[x : x + stone] = np.where(place % (stone + gap) < stone, tops[place // (stone + gap)], HOLE)
    return _with_banks(tile, heights)


@terrain("gap", size=Size("width of the gap", 0.10, 0.80, along_ground=True), crossing=True)
def gap(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A moat around the platform."""
    width = size_of("gap", tile, difficulty)
    require_room("gap", tile, width)
    return np.where(tile.ring(0, tile.cells(width)), HOLE, 0.0)


@terrain("pit", size=Size("depth", 0.10, 0.60), crossing=True, holes=False)
def pit(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """The platform lies below the rest of the tile: the robot climbs out."""
    return np.where(tile.on_platform(), -size_of("pit", tile, difficulty), 0.0)


@terrain("drop", size=Size("depth", 0.10, 0.60), crossing=True, holes=False)
def drop(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """The platform stands above the rest of the tile: the robot goes down."""
    return np.where(tile.on_platform(), size_of("drop", tile, difficulty), 0.0)


@terrain("gap_track", kind="gap", size=Size("width of a gap", 0.10, 0.80, along_ground=True), crossing=True)
def gap_track(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Two moats with 0.8 m of ground between them."""
    width = size_of("gap_track", tile, difficulty)
    require_room("gap_track", tile, 2 * width + LANDING)
    cells, landing = tile.cells(width), tile.cells(LANDING)
    moats = tile.ring(0, cells) | tile.ring(cells + landing, cells)
    return np.where(moats, HOLE, 0.0)


@terrain("beams", size=Size("width of the beam", 0.45, 0.15, along_ground=True, least=SMALLEST), crossing=True)
def beams(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A beam to each side over a hole, up to 0.3 m off the middle."""
    size = size_of("beams", tile, difficulty)
    require_less("beams", size, tile.platform, "a beam is as wide as the platform")
    width, reach = tile.cells(size), tile.cells(BEAM_SHIFT)
    return _bridges(tile, [(int(shift), width) for shift in rng.integers(-reach, reach, endpoint=True, size=4)])


@terrain(
    "rails", kind="beams", size=Size("width of a rail", 0.25, 0.10, along_ground=True, least=SMALLEST), crossing=True
)
def rails(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Two rails to each side over a hole: one for the left feet, one for the right ones."""
    size = size_of("rails", tile, difficulty)
    width, half = tile.cells(size), tile.cells(RAIL_DISTANCE / 2)
    require_less("rails", size, 2 * half * tile.cell, "two rails are one beam")
    heights = _bridges(tile, [(-half, width)] * 4)
    return np.maximum(heights, _bridges(tile, [(half, width)] * 4))


@terrain("rings", size=Size("width of a gap", 0.10, 0.40, along_ground=True), crossing=True)
def rings(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Rings of ground around the platform with gaps between them, as many as there is room for."""
    size = size_of("rings", tile, difficulty)
    require_room("rings", tile, size + RIM)
    width, ground = tile.cells(size), tile.cells(RING_WIDTH)
    heights = np.zeros(tile.shape)
    for start in range(0, tile.cells_to_platform() - width - tile.cells(RIM), width + ground):
        heights[tile.ring(start, width)] = HOLE
    return heights


@terrain("tilted_ramps", size=Size("tilt", 5.0, 30.0, "degrees"), crossing=True)
def tilted_ramps(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Ramps in a row to each side, over a hole, tilted to the left and to the right in turn."""
    tilt = size_of("tilted_ramps", tile, difficulty)
    if tilt >= 90.0:
        raise UserError(
            f"terrain type 'tilted_ramps': ramps tilted by {tilt:g} degrees are none: use smaller terrain.sizes"
        )
    slope = np.tan(np.radians(tilt))
    bridge = np.isfinite(_bridges(tile, [(0, tile.cells(RAMP_WIDTH))] * 4))
    pitch = tile.cells(RAMP_LENGTH) + tile.cells(RAMP_GAP)
    along = np.ceil(tile.centre_distance() - tile.cells(tile.platform) / 2).astype(int) - 1
    side = np.where((along // pitch) % 2 == 0, 1.0, -1.0)
    ramp = bridge & (along % pitch >= tile.cells(RAMP_GAP))
    heights = np.where(ramp, slope * side * tile.across() * tile.cell, HOLE)
    return _with_banks(tile, heights)


@terrain("platform", size=Size("height", 0.10, 0.50), crossing=True, holes=False)
def platform(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A plateau around the place where the robot begins: up, over it, and down again."""
    room = tile.cells_to_platform()
    return np.where(tile.ring(room // 5, room // 2), size_of("platform", tile, difficulty), 0.0)


@terrain("hurdles", size=Size("height", 0.10, 0.40), crossing=True, holes=False)
def hurdles(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Two thin walls to step or to jump over."""
    room, thickness = tile.cells_to_platform(), tile.cells(HURDLE_THICKNESS)
    walls = tile.ring(room // 4, thickness) | tile.ring((7 * room) // 10, thickness)
    return np.where(walls, size_of("hurdles", tile, difficulty), 0.0)


def _bridges(tile: Tile, bridges: list[tuple[int, int]]) -> np.ndarray:
    """A hole with a bridge to each of the four sides, and solid banks.

    Args:
        tile: the grid.
        bridges: of +x, +y, -x and -y: how far left of the side's middle line it lies, and how wide it is, cells.
    """
    x, y = tile.offsets()
    heights = np.full(tile.shape, HOLE)
    for (shift, width), ahead, left in zip(bridges, (x, y, -x, -y), (y, -x, -y, x), strict=True):
        heights[(ahead > 0) & tile.strip(left - shift, width)] = 0.0
    return _with_banks(tile, heights)


def _with_banks(tile: Tile, heights: np.ndarray) -> np.ndarray:
    """Heights with level ground on the platform and along the outline."""
    heights[(tile.edge_distance() < tile.cells(RIM)) | tile.on_platform()] = 0.0
    return heights
