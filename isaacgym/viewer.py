"""The viewer: a window that is not there, and where it would look from."""

from dataclasses import dataclass, field

from isaacgym.cameras import looking
from isaacgym.geometry import Transform, Vec3
from isaacgym.params import CameraProperties
from isaacgym.scene import Sim


@dataclass
class Viewer:
    """Pictures of it can be written to files."""

    sim: Sim
    properties: CameraProperties
    pose: Transform = field(default_factory=lambda: looking(Vec3(5.0, 5.0, 3.0), Vec3()))
    """In the world."""
