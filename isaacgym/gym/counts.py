"""Calls that count. A joint is one that turns; fixed ones, actuators, tendons and soft bodies are none here."""

from isaacgym.assets import Asset
from isaacgym.scene import Env, Sim


class Counts:
    """Numbers of parts of assets, actors, environments and simulations."""

    def get_asset_rigid_body_count(self, asset: Asset) -> int:
        """Number of bodies."""
        return len(asset.body_names)

    def get_asset_dof_count(self, asset: Asset) -> int:
        """Number of joints."""
        return len(asset.dof_names)

    get_asset_joint_count = get_asset_dof_count

    def get_asset_rigid_shape_count(self, asset: Asset) -> int:
        """Number of collision shapes."""
        return len(asset.shapes)

    def get_asset_force_sensor_count(self, asset: Asset) -> int:
        """Number of force sensors."""
        return len(asset.force_sensors)

    def get_asset_actuator_count(self, asset: Asset) -> int:
        """0."""
        return 0

    get_asset_tendon_count = get_asset_soft_body_count = get_asset_actuator_count

    def get_actor_rigid_body_count(self, env: Env, actor: int) -> int:
        """Number of bodies."""
        return len(env.actor(actor).asset.body_names)

    def get_actor_dof_count(self, env: Env, actor: int) -> int:
        """Number of joints."""
        return len(env.actor(actor).asset.dof_names)

    get_actor_joint_count = get_actor_dof_count

    def get_actor_rigid_shape_count(self, env: Env, actor: int) -> int:
        """Number of collision shapes."""
        return len(env.actor(actor).shapes)

    def get_actor_force_sensor_count(self, env: Env, actor: int) -> int:
        """Number of force sensors."""
        return len(env.actor(actor).asset.force_sensors)

    def get_actor_actuator_count(self, env: Env, actor: int) -> int:
        """0."""
        return 0

    get_actor_tendon_count = get_actor_soft_body_count = get_actor_actuator_count

    def get_actor_count(self, env: Env) -> int:
        """Number of actors in an environment."""
        return len(env.actors)

    def get_env_rigid_body_count(self, env: Env) -> int:
        """Number of bodies in an environment."""
        return sum(len(actor.asset.body_names) for actor in env.actors)

    def get_env_dof_count(self, env: Env) -> int:
        """Number of joints in an environment."""
        return sum(len(actor.asset.dof_names) for actor in env.actors)

    get_env_joint_count = get_env_dof_count

    def get_env_count(self, sim: Sim) -> int:
        """Number of environments."""
        return len(sim.envs)

    def get_sim_actor_count(self, sim: Sim) -> int:
        """Number of actors."""
        return len(sim.actors)

    def get_sim_rigid_body_count(self, sim: Sim) -> int:
        """Number of bodies."""
        return sum(len(actor.asset.body_names) for actor in sim.actors)

    def get_sim_dof_count(self, sim: Sim) -> int:
        """Number of joints."""
        return sum(len(actor.asset.dof_names) for actor in sim.actors)

    get_sim_joint_count = get_sim_dof_count

    def get_sim_force_sensor_count(self, sim: Sim) -> int:
        """Number of force sensors."""
        return sum(len(actor.asset.force_sensors) for actor in sim.actors)
