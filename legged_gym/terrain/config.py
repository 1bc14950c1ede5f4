"""The terrain map's configuration (legged_gym's `terrain` section)."""


class TerrainCfg:
    """A map of levels (rows, difficulty) x types (columns), or a plane."""

    mesh_type: str = "heightfield"
    """`plane` or `heightfield`."""
    horizontal_scale: float = 0.05
    """Cell size, m. A vertical face becomes a ramp one cell wide: a 0.2 m step rises at 76 degrees."""
    border_size: float = 5.0
    """Flat margin around the tiles, m."""
    curriculum: bool = True
    """Move robots between levels by how far they walk; off: levels are drawn at random. The map is the same."""
    static_friction: float = 1.0
    """Sliding friction coefficient of the ground."""
    measure_heights: bool = True
    """Observe the height scan."""
    measured_points_x: list[float] = [round(-0.8 + 0.1 * i, 1) for i in range(17)]
    measured_points_y: list[float] = [round(-0.5 + 0.1 * i, 1) for i in range(11)]
    """Height-scan grid in the yaw-aligned base frame, m: 17 x 11 = 187 points."""
    max_init_terrain_level: int = 5
    """Highest level an environment starts on."""
    terrain_length: float = 8.0
    terrain_width: float = 8.0
    """Tile size along x and y, m: whole numbers of cells."""
    platform_size: float = 3.0
    """Side of the level square in the middle of a tile, m: spawn positions within 1 m and half a robot beyond."""
    num_rows: int = 10
    """Levels."""
    num_cols: int = 20
    """Type columns."""
    difficulty_range: tuple[float, float] = (0.0, 1.0)
    """Difficulties the levels divide: level l has low + (high - low) * l / num_rows, so 0 to 0.9 with ten rows. Equal
    ends give every row the same difficulty with different random details (evaluation): level 7 of 10 is (0.7, 0.7)."""
    terrain_proportions: dict[str, float] = {
        "slope": 0.1,
        "rough_slope": 0.1,
        "stairs_up": 0.35,
        "stairs_down": 0.25,
        "discrete": 0.2,
        "stepping_stones": 0.0,
        "gap": 0.0,
        "pit": 0.0,
    }
    """Share of the columns of each kind; slopes are half up, half down. Kinds left out get none."""
    slope: float = 0.4
    """Slope at difficulty 1, m/m (21.8 degrees)."""
    roughness: float = 0.05
    """Amplitude of the uniform noise of rough slopes, m."""
    step_height: tuple[float, float] = (0.05, 0.18)
    """Of stairs, m: the first number, and the second times the difficulty."""
    step_width: float = 0.31
    """Depth of a stair's tread, m (0.30 m at cells of 0.05 or 0.1 m)."""
    obstacle_height: tuple[float, float] = (0.05, 0.2)
    """Of the highest discrete obstacles, m: as `step_height`."""
