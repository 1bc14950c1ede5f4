"""Calls that build a world and start its engine."""

import logging
import os
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from isaacgym.assets import Asset
from isaacgym.engines import choose_engine, make_engine
from isaacgym.enums import SimType, UpAxis
from isaacgym.fields import min_armature
from isaacgym.geometry import Transform, Vec3
from isaacgym.grids import grid_of_samples
from isaacgym.gym.buffers import everyone
from isaacgym.meshes import pieces_of_mesh
from isaacgym.params import AssetOptions, HeightFieldParams, PlaneParams, SimParams, TriangleMeshParams
from isaacgym.scene import Actor, Env, Sim
from robust_parallel.errors import UserError
from robust_parallel.openmp import rest_idle_threads

_HIGHEST_START = 5.0
"""Height over all ground from which on a robot's start is told of, m: a fall of a second."""

logger = logging.getLogger(__name__)


class Building:
    """Simulations, grounds, assets, environments, actors."""

    def create_sim(
        self,
        compute_device: int = 0,
        graphics_device: int = 0,
        type: SimType = SimType.SIM_PHYSX,
        params: SimParams | None = None,
    ) -> Sim:
        """An empty world: with `use_gpu_pipeline` on the compute device, else on the CPU.

        Raises:
            UserError: it is to be another engine, or there is no such GPU.
        """
        params = SimParams() if params is None else deepcopy(params)
        if type == SimType.SIM_FLEX:
            raise UserError("isaacgym: create_sim: Flex is not there; leave out --flex")
        if type != SimType.SIM_PHYSX:
            raise UserError(f"isaacgym: create_sim: there is no engine {type!r}; take SIM_PHYSX")
        return Sim(params, *choose_engine(params.use_gpu_pipeline, compute_device))

    def destroy_sim(self, sim: Sim) -> None:
        """Let go of a simulation, and tell of robots that failed in it."""
        if sim.engine is not None:
            sim.engine.report_failures()
        sim.engine = None
        if sim.painter is not None:
            sim.painter.close()
            sim.painter = None

    def get_sim_params(self, sim: Sim) -> SimParams:
        """A copy of the settings."""
        return deepcopy(sim.params)

    def set_sim_params(self, sim: Sim, params: SimParams) -> None:
        """Set the settings; once the simulation is prepared, gravity alone can still change.

        Raises:
            UserError: the time step is to be another one in the midst of a simulation.
        """
        if sim.engine is not None and (params.dt, params.substeps) != (sim.params.dt, sim.params.substeps):
            raise UserError("isaacgym: set_sim_params: dt and substeps stay as they are after prepare_sim")
        sim.params = deepcopy(params)
        if sim.engine is not None:
            gravity = params.gravity
            sim.engine.set_gravity(np.array([gravity.x, gravity.y, gravity.z]))

    def add_ground(self, sim: Sim, params: PlaneParams) -> None:
        """Put a plane into the world.

        Raises:
            UserError: it is not level, or the simulation is prepared.
        """
        _require_unprepared(sim, "add_ground")
        if (params.normal.x, params.normal.y) != (0.0, 0.0) or params.normal.z <= 0.0:
            raise UserError(f"isaacgym: add_ground: a plane of the normal {params.normal}; planes are level here")
        sim.plane, sim.ground_segment = deepcopy(params), params.segmentation_id

    def add_triangle_mesh(
        self, sim: Sim, vertices: np.ndarray, triangles: np.ndarray, params: TriangleMeshParams
    ) -> None:
        """Put a mesh into the world, beside those that are there.

        Grids of heights and boxes are exact; of other meshes the upper side is simulated, which is told.

        Raises:
            UserError: it is turned, broken, or a grid of uneven or oblong cells, or the simulation is prepared.
        """
        _require_unprepared(sim, "add_triangle_mesh")
        points, corners = np.asarray(vertices), np.asarray(triangles)
        if points.size % 3 or corners.size % 3:
            raise UserError(
                f"isaacgym: add_triangle_mesh: {points.size} numbers of vertices and {corners.size} of triangles, "
                "not in threes"
            )
        counts = points.size // 3, corners.size // 3
        told = params.nb_vertices or counts[0], params.nb_triangles or counts[1]
        if told != counts:
            raise UserError(
                f"isaacgym: add_triangle_mesh: {counts[0]} vertices and {counts[1]} triangles are given, not "
                f"nb_vertices = {told[0]} and nb_triangles = {told[1]}"
            )
        sim.ground_segment = params.segmentation_id
        sim.pieces += pieces_of_mesh(points, corners, params.transform, params.dynamic_friction)

    def add_heightfield(self, sim: Sim, heightsamples: np.ndarray, params: HeightFieldParams) -> None:
        """Put a grid of heights into the world: an array's first index runs along x, flat ones by `nbColumns`.

        Raises:
            UserError: its cells are not square, there are more heights or fewer, or the simulation is prepared.
        """
        _require_unprepared(sim, "add_heightfield")
        if abs(params.row_scale - params.column_scale) > 1e-6 * params.row_scale:
            raise UserError("isaacgym: add_heightfield: row_scale and column_scale differ; cells are to be square")
        samples = np.asarray(heightsamples)
        if samples.ndim != 2:
            if samples.size != params.nbRows * params.nbColumns:
                raise UserError(
                    f"isaacgym: add_heightfield: {samples.size} heights are given, not nbRows = {params.nbRows} times "
                    f"nbColumns = {params.nbColumns}"
                )
            samples = samples.reshape(params.nbColumns, params.nbRows)
        if min(samples.shape) < 2 or not np.isfinite(samples).all():
            raise UserError(
                f"isaacgym: add_heightfield: {samples.shape} heights; they are to be numbers, 2 x 2 or more"
            )
        grid = grid_of_samples(
            samples, params.row_scale, params.vertical_scale, params.transform, params.dynamic_friction
        )
        sim.ground_segment = params.segmentation_id
        sim.pieces.append(grid)

    def load_asset(self, sim: Sim, rootpath: str, filename: str, options: AssetOptions | None = None) -> Asset:
        """Read a robot.

        Raises:
            UserError: its file is missing or faulty.
        """
        if not isinstance(rootpath, str | os.PathLike) or not isinstance(filename, str | os.PathLike):
            raise UserError(f"isaacgym: load_asset: {filename!r} in {rootpath!r} names no file")
        return Asset(Path(rootpath, filename), options or AssetOptions())

    def create_env(self, sim: Sim, lower: Vec3, upper: Vec3, num_per_row: int) -> Env:
        """The next environment."""
        return sim.add_env(lower, upper, num_per_row)

    def create_actor(
        self,
        env: Env,
        asset: Asset,
        pose: Transform,
        name: str = "",
        group: int = -1,
        filter: int = -1,
        segmentationId: int = 0,  # noqa: N803  (Isaac Gym's name)
    ) -> int:
        """Put a robot into an environment.

        Args:
            env: where.
            asset: what.
            pose: of its base, in the environment's frame.
            name: of the actor.
            group: not read: robots of different environments never meet.
            filter: bits of its shapes; 0: it may touch itself.
            segmentationId: of the robot in pictures of segments.
        """
        return env.add(asset, pose, name, filter, segmentationId)

    def begin_aggregate(self, env: Env, max_bodies: int, max_shapes: int, self_collision: bool) -> bool:
        """Nothing: it is to make PhysX faster."""
        return True

    def end_aggregate(self, env: Env) -> bool:
        """Nothing."""
        return True

    def prepare_sim(self, sim: Sim) -> bool:
        """Compile the world.

        Raises:
            UserError: there is nothing in it, or what is in it is not simulated.
        """
        rest_idle_threads()
        if not sim.actors:
            raise UserError("isaacgym: prepare_sim: there is no actor in any environment")
        if len(sim.actors) != len(sim.envs):
            raise UserError("isaacgym: prepare_sim: an environment has no actor; each needs one")
        self_collisions = {actor.collides_with_itself for actor in sim.actors}
        if len(self_collisions) > 1:
            raise UserError("isaacgym: prepare_sim: some robots may touch themselves and others not; choose one filter")
        _tell_differences(sim)
        sim.engine = make_engine(sim, self_collisions.pop())
        for env in sim.envs:
            sim.changed(env)
        sim.write_changes()
        joints = np.stack([actor.dof_states for actor in sim.actors])
        states = torch.from_numpy(np.stack((joints["pos"], joints["vel"]), axis=-1)).to(sim.device, torch.float32)
        sim.engine.set_joints(sim.engine.array(states), everyone(sim))
        sim.engine.keep()
        return True


def _require_unprepared(sim: Sim, call: str) -> None:
    if sim.engine is not None:
        raise UserError(f"isaacgym: {call} after prepare_sim: the ground comes before it")


def _tell_differences(sim: Sim) -> None:
    """Log what a script asks for and MuJoCo does not do, once each."""
    options, robot = sim.actors[0].asset.options, sim.actors[0].asset.robot
    has_meshes = any(shape.kind == "mesh" for link in robot.links for shape in link.collisions)
    asked = {
        "restitution (contacts do not bounce)": any(s.restitution for a in sim.actors for s in a.shapes),
        "limits of joints other than the file's": any(_has_other_limits(actor) for actor in sim.actors),
        "angular_damping and linear_damping": bool(options.angular_damping or options.linear_damping),
        "up_axis y (z is up here)": sim.params.up_axis == UpAxis.UP_AXIS_Y,
        "vhacd_enabled (a mesh is one convex hull)": options.vhacd_enabled and has_meshes,
        "override_com and override_inertia": options.override_com or options.override_inertia,
        "use_physx_armature=False (armatures are those of joints)": options.armature and not options.use_physx_armature,
    }
    _tell_heights(sim)
    not_done = [what for what, is_asked in asked.items() if is_asked]
    floor = min_armature()
    logger.warning(
        "isaacgym on %s: soft contacts, joint friction in N m, no limit of joint speeds%s%s; see docs/isaacgym.md",
        {"mujoco": "MuJoCo C", "mujoco_warp": "MuJoCo Warp"}[sim.engine_name],
        f", armatures of {floor:g} kg m^2 at least" if floor else "",
        f"; not simulated though asked for: {', '.join(not_done)}" if not_done else "",
    )


def _tell_heights(sim: Sim) -> None:
    """Tell of robots that would fall from far above all ground."""
    ground = sim.ground()
    if ground is None:
        return
    top = -ground.distance / ground.normal.z if isinstance(ground, PlaneParams) else float(ground.heights.max())
    height = max(float(actor.pose[2]) for actor in sim.actors) - top
    if height > _HIGHEST_START:
        logger.warning("isaacgym: robots begin up to %.4g m over the highest ground", height)


def _has_other_limits(actor: Actor) -> bool:
    limits = ["hasLimits", "lower", "upper"]
    return not np.array_equal(actor.dof_properties[limits], actor.asset.dof_properties[limits])
