"""Settings of a simulation, its ground, its assets and cameras, with Isaac Gym's names."""

from dataclasses import dataclass, field
from typing import Annotated

from isaacgym.enums import ContactCollection, DofDriveMode, MeshNormalMode, UpAxis
from isaacgym.geometry import Transform, Vec3
from isaacgym.record import NonNegative, Positive, Range, Record

NonNegativeInt = Annotated[int, Range(0, 2**31 - 1)]
Pixels = Annotated[int, Range(1, 16384)]
"""MuJoCo draws pictures up to this size: OpenGL's own bound."""


@dataclass
class PhysXParams(Record):
    """Settings of PhysX; MuJoCo reads none of them."""

    use_gpu: bool = False
    num_threads: int = 0
    num_subscenes: int = 0
    solver_type: int = 1
    num_position_iterations: int = 4
    num_velocity_iterations: int = 1
    contact_offset: float = 0.02
    rest_offset: float = 0.001
    bounce_threshold_velocity: float = 0.2
    max_depenetration_velocity: float = 100.0
    friction_offset_threshold: float = 0.04
    friction_correlation_distance: float = 0.025
    max_gpu_contact_pairs: int = 2**20
    default_buffer_size_multiplier: float = 2.0
    always_use_articulations: bool = False
    contact_collection: int = ContactCollection.CC_ALL_SUBSTEPS


@dataclass
class FlexParams(Record):
    """Settings of Flex, which is not there."""

    solver_type: int = 5
    num_outer_iterations: int = 4
    num_inner_iterations: int = 20
    relaxation: float = 0.75
    warm_start: float = 0.4


@dataclass
class SimParams(Record):
    """Settings of a simulation."""

    dt: Annotated[float, Range(1.0e-6, 1.0)] = 1.0 / 60.0
    """What `simulate` advances, s."""
    substeps: Annotated[int, Range(1, 1000)] = 2
    """Physics steps in `dt`."""
    gravity: Vec3 = field(default_factory=lambda: Vec3(0.0, -9.8, 0.0))
    """m/s^2."""
    up_axis: Annotated[int, Range(0, 1)] = UpAxis.UP_AXIS_Y
    use_gpu_pipeline: bool = False
    num_client_threads: int = 0
    stress_visualization: bool = False
    enable_actor_creation_warning: bool = True
    physx: PhysXParams = field(default_factory=PhysXParams)
    flex: FlexParams = field(default_factory=FlexParams)


@dataclass(kw_only=True)
class GroundParams(Record):
    """What every kind of ground has."""

    static_friction: float = 1.0
    """Not read: MuJoCo has one coefficient, the dynamic one."""
    dynamic_friction: NonNegative = 1.0
    restitution: float = 0.0
    segmentation_id: int = 0


@dataclass
class PlaneParams(GroundParams):
    """A plane: points x with normal . x + distance = 0."""

    normal: Vec3 = field(default_factory=lambda: Vec3(0.0, 0.0, 1.0))
    distance: float = 0.0


@dataclass
class TriangleMeshParams(GroundParams):
    """A mesh of the ground."""

    nb_vertices: NonNegativeInt = 0
    nb_triangles: NonNegativeInt = 0
    transform: Transform = field(default_factory=Transform)


@dataclass
class HeightFieldParams(GroundParams):
    """A grid of heights, given as whole numbers of `vertical_scale`."""

    row_scale: Positive = 1.0
    """Cell along x, m."""
    column_scale: Positive = 1.0
    """Cell along y, m."""
    vertical_scale: Positive = 1.0
    """m a step of height."""
    nbRows: NonNegativeInt = 0  # noqa: N815  (Isaac Gym's name)
    nbColumns: NonNegativeInt = 0  # noqa: N815  (Isaac Gym's name)
    transform: Transform = field(default_factory=Transform)
    """Place of the first height."""


@dataclass
class VhacdParams(Record):
    """Settings of V-HACD, which takes meshes apart, with its own defaults; it is not there."""

    resolution: int = 100_000
    concavity: float = 0.0025
    alpha: float = 0.05
    beta: float = 0.05
    convex_hull_approximation: bool = True
    convex_hull_downsampling: int = 4
    max_convex_hulls: int = 64
    max_num_vertices_per_ch: int = 64
    min_volume_per_ch: float = 0.0001
    mode: int = 0
    ocl_acceleration: bool = True
    pca: int = 0
    plane_downsampling: int = 4
    project_hull_vertices: bool = True


@dataclass
class AssetOptions(Record):
    """How a file becomes an asset."""

    angular_damping: float = 0.5
    linear_damping: float = 0.0
    armature: NonNegative = 0.0
    """Added to each joint's inertia, kg m^2."""
    density: float = 1000.0
    max_angular_velocity: float = 64.0
    max_linear_velocity: float = 1000.0
    thickness: float = 0.02
    slices_per_cylinder: int = 20
    default_dof_drive_mode: Annotated[int, Range(0, 3)] = DofDriveMode.DOF_MODE_NONE
    collapse_fixed_joints: bool = False
    replace_cylinder_with_capsule: bool = False
    flip_visual_attachments: bool = False
    fix_base_link: bool = False
    disable_gravity: bool = False
    enable_gyroscopic_forces: bool = True
    use_physx_armature: bool = True
    use_mesh_materials: bool = False
    override_com: bool = False
    override_inertia: bool = False
    vhacd_enabled: bool = False
    """Not done, which is told: a mesh that collides is one convex hull."""
    vhacd_params: VhacdParams = field(default_factory=VhacdParams)
    convex_decomposition_from_submeshes: bool = False
    mesh_normal_mode: Annotated[int, Range(0, 2)] = MeshNormalMode.FROM_ASSET
    tendon_limit_stiffness: float = 1.0
    min_particle_mass: float = 1.0e-12


@dataclass
class ForceSensorProperties(Record):
    """What a force sensor feels; here contact forces alone, whatever is chosen."""

    enable_forward_dynamics_forces: bool = True
    enable_constraint_solver_forces: bool = True
    use_world_frame: bool = False


@dataclass
class CameraProperties(Record):
    """A camera's picture."""

    width: Pixels = 1600
    height: Pixels = 900
    horizontal_fov: Annotated[float, Range(1.0, 179.0)] = 90.0
    """Degrees."""
    near_plane: Positive = 0.001
    far_plane: Positive = 2.0e6
    supersampling_horizontal: int = 1
    supersampling_vertical: int = 1
    use_collision_geometry: bool = False
    enable_tensors: bool = False
