"""Calls that ask for, or change, names, counts and properties of assets and actors."""

from collections.abc import Sequence

import numpy as np

from isaacgym.assets import Asset
from isaacgym.enums import DofDriveMode, IndexDomain
from isaacgym.geometry import Vec3
from isaacgym.properties import DOF_PROPERTIES, RigidBodyProperties, RigidShapeProperties
from isaacgym.scene import Env, require_columns, require_each
from robust_parallel.errors import UserError

_OF_JOINTS = ("effort", "stiffness", "damping", "friction", "armature")
"""Quantities of joints that are read."""


class Names:
    """Assets and actors as callers see them."""

    def get_asset_dof_names(self, asset: Asset) -> list[str]:
        """Names of the joints, in the order of the tensors."""
        return list(asset.dof_names)

    def get_asset_rigid_body_names(self, asset: Asset) -> list[str]:
        """Names of the bodies, in the order of the tensors."""
        return list(asset.body_names)

    def get_asset_dof_properties(self, asset: Asset) -> np.ndarray:
        """A copy of the joints' properties [D]."""
        return asset.dof_properties.copy()

    def get_asset_rigid_shape_properties(self, asset: Asset) -> list[RigidShapeProperties]:
        """A copy of the shapes' properties."""
        return asset.shape_properties()

    def set_asset_rigid_shape_properties(self, asset: Asset, props: Sequence[RigidShapeProperties]) -> None:
        """Set the shapes' properties of all actors that are made from now on."""
        asset.set_shapes(props)

    def get_actor_dof_properties(self, env: Env, actor: int) -> np.ndarray:
        """A copy of the joints' properties [D]."""
        return env.actor(actor).dof_properties.copy()

    def set_actor_dof_properties(self, env: Env, actor: int, props: np.ndarray) -> bool:
        """Set damping, friction and armature of the joints; limits stay those of the file.

        Raises:
            UserError: they are of more joints or fewer, have other columns than those of the getter, or one of them
                is none, or no mode of a drive.
        """
        require_each("joint", props, len(env.actor(actor).dof_properties))
        given = np.array(props)
        require_columns(given, *DOF_PROPERTIES.fields or ())
        for name in _OF_JOINTS:
            if not (given[name] >= 0.0).all():
                raise UserError(
                    f"isaacgym: set_actor_dof_properties: {name} must be at least 0, not {given[name].min()}"
                )
        modes = given["driveMode"]
        if not (known := np.isin(modes, list(DofDriveMode))).all():
            raise UserError(f"isaacgym: set_actor_dof_properties: driveMode {modes[~known][0]} is no DofDriveMode")
        env.actor(actor).dof_properties = given
        env.sim.changed(env)
        return True

    def get_actor_rigid_body_properties(self, env: Env, actor: int) -> list[RigidBodyProperties]:
        """A copy of the bodies' properties."""
        return env.actor(actor).bodies.properties()

    def set_actor_rigid_body_properties(
        self,
        env: Env,
        actor: int,
        props: Sequence[RigidBodyProperties],
        recomputeInertia: bool = False,  # noqa: N803  (Isaac Gym's name)
    ) -> bool:
        """Set masses, centres of mass and inertias; with `recomputeInertia` the inertia grows with the mass."""
        env.actor(actor).set_bodies(props, recomputeInertia)
        env.sim.changed(env)
        return True

    def get_actor_rigid_shape_properties(self, env: Env, actor: int) -> list[RigidShapeProperties]:
        """A copy of the shapes' properties."""
        return env.actor(actor).shape_properties()

    def set_actor_rigid_shape_properties(self, env: Env, actor: int, props: Sequence[RigidShapeProperties]) -> bool:
        """Set the shapes' friction."""
        env.actor(actor).set_shapes(props)
        env.sim.changed(env)
        return True

    def find_actor_rigid_body_handle(self, env: Env, actor: int, name: str) -> int:
        """Index of a body among the environment's, -1 if there is none of that name."""
        return _index(name, env.actor(actor).asset.body_names)

    def find_actor_rigid_body_index(self, env: Env, actor: int, name: str, domain: IndexDomain) -> int:
        """Index of a body in its actor, its environment or the simulation, -1 if there is none of that name."""
        return _in_domain(_index(name, env.actor(actor).asset.body_names), env, domain)

    def get_actor_rigid_body_index(self, env: Env, actor: int, handle: int, domain: IndexDomain) -> int:
        """Index of a body by its number in the actor."""
        return _in_domain(handle, env, domain)

    def get_actor_rigid_body_handle(self, env: Env, actor: int, index: int) -> int:
        """Index among the environment's bodies of an actor's body."""
        return index

    def get_actor_handle(self, env: Env, index: int) -> int:
        """Handle of the n-th actor of an environment."""
        return index

    def find_actor_handle(self, env: Env, name: str) -> int:
        """Handle of an actor, -1 if there is none of that name."""
        return _index(name, [actor.name for actor in env.actors])

    def get_actor_name(self, env: Env, actor: int) -> str:
        """Name that an actor was given."""
        return env.actor(actor).name

    def get_actor_index(self, env: Env, actor: int, domain: IndexDomain) -> int:
        """Index of an actor in its environment or the simulation."""
        return env.index if domain == IndexDomain.DOMAIN_SIM else actor

    def find_asset_rigid_body_index(self, asset: Asset, name: str) -> int:
        """Index of a body, -1 if there is none of that name."""
        return _index(name, asset.body_names)

    def get_asset_rigid_body_dict(self, asset: Asset) -> dict[str, int]:
        """Indices of the bodies by name."""
        return {name: index for index, name in enumerate(asset.body_names)}

    def get_asset_dof_dict(self, asset: Asset) -> dict[str, int]:
        """Indices of the joints by name."""
        return {name: index for index, name in enumerate(asset.dof_names)}

    def get_actor_rigid_body_names(self, env: Env, actor: int) -> list[str]:
        """Names of the bodies."""
        return list(env.actor(actor).asset.body_names)

    def get_actor_dof_names(self, env: Env, actor: int) -> list[str]:
        """Names of the joints."""
        return list(env.actor(actor).asset.dof_names)

    def enable_actor_dof_force_sensors(self, env: Env, actor: int) -> bool:
        """Nothing: the torques of joints can always be asked for."""
        return True

    def find_actor_dof_handle(self, env: Env, actor: int, name: str) -> int:
        """Index of a joint among the environment's, -1 if there is none of that name."""
        return _index(name, env.actor(actor).asset.dof_names)

    def get_actor_root_rigid_body_handle(self, env: Env, actor: int) -> int:
        """Index of the base among the environment's bodies."""
        return 0

    def get_env_origin(self, env: Env) -> Vec3:
        """Origin of the environment's frame, m."""
        return env.origin + Vec3()


def _in_domain(index: int, env: Env, domain: IndexDomain) -> int:
    """An index in an actor as one in another domain; -1 stays."""
    if domain != IndexDomain.DOMAIN_SIM or index < 0:
        return index
    return env.index * len(env.actors[0].asset.body_names) + index


def _index(name: str, names: list[str]) -> int:
    return names.index(name) if name in names else -1
