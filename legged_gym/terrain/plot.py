"""A picture of the terrain map.

Above, the map from the top with its types and levels; below, each type's profiles along x through the tile's middle.
"""

import math
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import AsinhNorm, LightSource, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

GROUND = LinearSegmentedColormap.from_list(
    "ground", ["#12304d", "#2f6690", "#86b5c1", "#f3ecdc", "#e3bd82", "#b5723b", "#66361d"]
)
"""Blue below, sand at and brown above height 0."""
DIFFICULTY = LinearSegmentedColormap.from_list("difficulty", ["#8fbcc8", "#2f6690", "#b5723b", "#7a1f1f"])
INK = "#2b2b2b"
CEILING = "#5c7690"
MAX_PIXELS = 4000
PROFILES_A_ROW = 5
PROFILE_LEVELS = 4
BRACKET_HEIGHT = 0.7
"""Height of the types' brackets above the map, m."""
LETTER = 0.012
"""Width of a letter of the types' names, in halves of the map's width."""
WIDTH = 15.0
"""Width of the figure, inches."""


def plot_terrain(terrain: Terrain) -> Figure:
    """Draw a map.

    Args:
        terrain: a height field.

    Returns:
        The figure, to be saved.

    Raises:
        UserError: the terrain is a plane.
    """
    if terrain.is_plane:
        raise UserError("terrain.mesh_type is plane: there is nothing to draw")
    types = list(dict.fromkeys(terrain.type_names))
    rows = math.ceil(len(types) / PROFILES_A_ROW)
    size = [(n - 1) * terrain.horizontal_scale for n in terrain.heights.shape]
    map_height = 1.3 + WIDTH * min(0.86 * size[0] / size[1], 1.0)
    profile_height = 0.85 * WIDTH / PROFILES_A_ROW * np.ptp(_height_limits(terrain)) / terrain.tile_size[0]
    profiles_height = 0.5 + rows * (0.4 + profile_height)
    figure = Figure(figsize=(WIDTH, map_height + profiles_height), facecolor="white")
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.08)
    parts = figure.add_gridspec(2, 1, height_ratios=[map_height, profiles_height])
    above, below = (figure.add_subfigure(part) for part in parts)
    _draw_map(above, terrain)
    all_axes = below.subplots(rows, PROFILES_A_ROW, squeeze=False, sharex=True, sharey=True)
    for axes, name in zip(all_axes.flat, types, strict=False):
        _draw_profiles(axes, terrain, name)
    for axes in all_axes.flat[len(types) :]:
        axes.set_axis_off()
    below.supxlabel("x from the tile's centre, m", fontsize=10, color=INK)
    below.supylabel("height, m", fontsize=10, color=INK)
    scale = ScalarMappable(Normalize(terrain.difficulties[0], terrain.difficulties[-1]), DIFFICULTY)
    _bare_colorbar(below, scale, all_axes, "difficulty", aspect=12 * rows)
    return figure


def _draw_map(figure: SubFigure, terrain: Terrain) -> None:
    """The map from the top: y to the right, level 0 at the bottom, lit from the upper left."""
    axes = figure.subplots()
    stride = math.ceil(max(terrain.heights.shape) / MAX_PIXELS)
    heights = terrain.heights[::stride, ::stride]
    cell = terrain.horizontal_scale * stride
    limit = max(abs(bound) for bound in _height_limits(terrain))
    norm = AsinhNorm(0.25, -limit, limit)
    color = GROUND(norm(heights))[..., :3] * _shade(heights, cell)[..., None]
    if terrain.ceiling is not None:
        hidden = np.isfinite(terrain.ceiling[::stride, ::stride])
        color[hidden] = 0.5 * color[hidden] + 0.5 * np.array(to_rgb(CEILING))
    x, y = terrain.origin_xy
    axes.imshow(np.clip(color, 0.0, 1.0), origin="lower", extent=(y, -y, x, -x), interpolation="antialiased")
    _label_types(axes, terrain)
    _label_levels(axes, terrain)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("y, m", color=INK)
    figure.suptitle(_headline(terrain), fontsize=12, color=INK)
    bar = _bare_colorbar(figure, ScalarMappable(norm, GROUND), axes, "height, m", aspect=40)
    ticks = [tick for tick in (-2, -1, -0.5, -0.2, 0, 0.2, 0.5, 1, 2) if abs(tick) < limit]
    bar.set_ticks(ticks, labels=[f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])


def _shade(heights: np.ndarray, cell: float) -> np.ndarray:
    """Brightness in light from the upper left, 1 on level ground."""
    light = LightSource(azdeg=315, altdeg=45).hillshade(heights[::-1], dx=cell, dy=cell)[::-1]
    return 0.35 + 0.65 * light / light[0, 0]


def _label_types(axes: Axes, terrain: Terrain) -> None:
    """A bracket and a name over each run of equal columns, and a thin line round it."""
    x_low = terrain.tile_bounds(0, 0)[0]
    first = 0
    for name, run in groupby(terrain.type_names):
        last = first + len(list(run)) - 1
        left, right = terrain.tile_bounds(0, first)[1], terrain.tile_bounds(0, last)[3]
        frame = Rectangle((left, x_low), right - left, -2 * x_low, fill=False, edgecolor=INK, linewidth=0.6, alpha=0.6)
        axes.add_patch(frame)
        top = BRACKET_HEIGHT - terrain.origin_xy[0]
        axes.plot([left + 0.7, right - 0.7], [top, top], color=INK, linewidth=1.2, clip_on=False)
        letters = (right - left) / abs(terrain.origin_xy[1]) / LETTER  # of the usual size that fit beside each other
        label = name.replace("_", " " if len(name) < letters else "\n")
        size = min(9.0, max(5.0, 9.0 * letters / max(map(len, label.split("\n")))))
        axes.annotate(
            label, ((left + right) / 2, top), (0, 3), textcoords="offset points", ha="center", va="bottom",
            fontsize=size, color=INK, linespacing=0.95, annotation_clip=False,
        )  # fmt: skip
        first = last + 1


def _label_levels(axes: Axes, terrain: Terrain) -> None:
    """The level and its difficulty beside each row."""
    centres = terrain.env_origins[:, 0, 0]
    labels = [f"level {level}  ·  {difficulty:.2f}" for level, difficulty in enumerate(terrain.difficulties)]
    axes.set_yticks(centres, labels, fontsize=9, color=INK)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=3, color=INK, labelcolor=INK)


def _draw_profiles(axes: Axes, terrain: Terrain, name: str) -> None:
    """Sections along x through the first column of a type, for a few levels, to scale."""
    column = terrain.type_names.index(name)
    levels = np.unique(np.linspace(0, terrain.num_levels - 1, PROFILE_LEVELS).round().astype(int))
    low, high = _height_limits(terrain)
    norm = Normalize(terrain.difficulties[0], terrain.difficulties[-1])
    half = terrain.tile_size[0] / 2
    for level in levels:
        x, heights = _section(terrain, int(level), column)
        color = DIFFICULTY(norm(terrain.difficulties[level]))
        axes.plot(x, heights, color=color, linewidth=1.3, solid_joinstyle="miter")
        for start, end, underside in _hanging(terrain, int(level), column):
            axes.plot([start, start, end, end], [high, underside, underside, high], color=color, linewidth=1.3)
            if level == levels[-1]:
                axes.fill_between([start, end], underside, high, color=CEILING, alpha=0.5, zorder=0, linewidth=0)
        if level == levels[-1]:
            axes.fill_between(x, heights, low, color="#e9e2d3", zorder=0, linewidth=0)
    axes.set(xlim=(-half, half), ylim=(low, high), aspect="equal")
    axes.set_title(name.replace("_", " "), fontsize=10, color=INK, pad=4)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=2, labelsize=8, color=INK, labelcolor=INK)
    axes.grid(axis="y", color="#d8d8d8", linewidth=0.5)
    axes.set_axisbelow(True)


def _section(terrain: Terrain, level: int, column: int) -> tuple[np.ndarray, np.ndarray]:
    """The ground on the tile's middle line, with its vertical faces: x from the tile's centre and height, m."""
    rows, middle = _middle_line(terrain, level, column)
    heights = terrain.heights[rows, middle]
    x = (np.arange(len(heights)) - (len(heights) - 1) / 2) * terrain.horizontal_scale
    steep = np.abs(np.diff(heights)) > (terrain.slope_threshold or np.inf) * terrain.horizontal_scale
    faces = np.flatnonzero(steep).repeat(2)  # each is two points half a cell on, at the heights of its two sides
    sides = heights[faces + np.arange(len(faces)) % 2]
    return np.insert(x, faces + 1, x[faces] + terrain.horizontal_scale / 2), np.insert(heights, faces + 1, sides)


def _hanging(terrain: Terrain, level: int, column: int) -> list[tuple[float, float, float]]:
    """What hangs over the tile's middle line: where it starts and ends, from the tile's centre, and how high, m."""
    if terrain.ceiling is None:
        return []
    rows, middle = _middle_line(terrain, level, column)
    heights = terrain.ceiling[rows, middle]
    ends = np.concatenate(([0], np.flatnonzero(heights[1:] != heights[:-1]) + 1, [len(heights)]))
    x = (ends - len(heights) / 2) * terrain.horizontal_scale
    runs = zip(x[:-1], x[1:], heights[ends[:-1]], strict=True)
    return [(start, end, underside) for start, end, underside in runs if np.isfinite(underside)]


def _middle_line(terrain: Terrain, level: int, column: int) -> tuple[slice, int]:
    """The vertices of a tile's middle line along x: rows and column."""
    x_min, y_min, x_max, y_max = terrain.tile_bounds(level, column)
    first, last = (round((x - terrain.origin_xy[0]) / terrain.horizontal_scale) for x in (x_min, x_max))
    return slice(first, last + 1), round(((y_min + y_max) / 2 - terrain.origin_xy[1]) / terrain.horizontal_scale)


def _height_limits(terrain: Terrain) -> tuple[float, float]:
    """Lowest and highest ground with some air, m."""
    return min(float(terrain.heights.min()), -0.5) - 0.25, max(float(terrain.heights.max()), 0.5) + 0.25


def _bare_colorbar(
    figure: SubFigure, scale: ScalarMappable, axes: Axes | np.ndarray, label: str, aspect: float
) -> Colorbar:
    bar = figure.colorbar(scale, ax=axes, aspect=aspect, pad=0.012, shrink=0.9)
    bar.outline.set_visible(False)
    bar.set_label(label, color=INK)
    bar.ax.tick_params(length=2, labelsize=8, color=INK, labelcolor=INK)
    return bar


def _headline(terrain: Terrain) -> str:
    rows, cols = ((n - 1) * terrain.horizontal_scale for n in terrain.heights.shape)
    return (
        f"{terrain.num_levels} levels × {terrain.num_types} columns   |   {rows:g} m × {cols:g} m   |   "
        f"cell {terrain.horizontal_scale:g} m: a face of 0.2 m rises at {terrain.face_angle(0.2):.0f}°"
    )
