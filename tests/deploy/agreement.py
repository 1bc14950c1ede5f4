"""A controller file and its policy in the environment, side by side on the same readings."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.io import field_names
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.ground import Ground
from legged_gym.envs.base.clocked_robot import ClockedRobot
from legged_gym.runs.configure import saved_config, trained_configs
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.seeding import set_seed

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"
MAP_REACH = 1.3
"""Half side of the map, m."""


def calm(cfg: Any) -> None:
    """One robot on a small map, nothing random but its commands and where it begins."""
    cfg.env.num_envs, cfg.sim.engine, cfg.noise.add_noise = 1, "mujoco", False
    for name in field_names(cfg.domain_rand):
        if isinstance(getattr(cfg.domain_rand, name), bool):
            setattr(cfg.domain_rand, name, False)
    cfg.terrain.num_rows, cfg.terrain.num_cols = 3, 4


@torch.no_grad()
def largest_difference(name: str, steps: int, file: Path | None = None, seed: int = 1) -> tuple[float, int]:
    """Let a controller file drive the environment of its policy.

    The policy is asked at each step what it would do with the environment's observations; each remembers for itself.

    Args:
        name: of a shipped policy.
        steps: control steps; where an episode ends, both begin anew.
        file: the controller; None: the shipped one.
        seed: of the environment.

    Returns:
        The largest difference of an action, and how many episodes ended.
    """
    checkpoint = POLICIES / f"{name}.pt"
    env_cfg, train_cfg = trained_configs(checkpoint, saved_config(checkpoint)["task"])
    calm(env_cfg)
    train_cfg.algorithm.num_mini_batches = 1
    if hasattr(train_cfg, "distillation"):
        train_cfg.distillation.num_mini_batches = 1
    set_seed(seed)
    env = make_env(saved_config(checkpoint)["task"], env_cfg, "cpu", seed)
    if isinstance(env, ClockedRobot):
        env.gait_clock.keep_to_first_gait()
    runner = make_runner(env, train_cfg, None, "cpu")
    runner.load(checkpoint, load_optimizer=False, resume=False)
    policy, controller = runner.get_inference_policy(), Controller(file or POLICIES / f"{name}.onnx")
    ground, observations, largest, episodes = Ground(env.terrain), env.reset(), 0.0, 0
    for _ in range(steps):
        targets = torch.from_numpy(controller.step(readings_of(env, ground)))
        assert controller.ok
        actions = torch.from_numpy(controller.outputs["actions"])
        largest = max(largest, float((actions - policy(observations)[0]).abs().max()))
        observations, _, ended, _ = env.step(actions[None])
        torch.testing.assert_close(targets, env.joint_targets[0], rtol=0.0, atol=1e-5)
        policy.reset(ended)
        if ended.any():
            controller.reset()
            episodes += 1
    env.close()
    return largest, episodes


def readings_of(env: Any, ground: Ground) -> dict[str, np.ndarray]:
    """What the sensors of an environment's one robot say, and the ground around it."""
    position = env.root_states[0, :3].double().numpy()
    cells = ground.cells_around(position[:2], MAP_REACH)
    return {
        "gyro": env.base_ang_vel[0].numpy(),
        "gravity": env.projected_gravity[0].numpy(),
        "command": env.commands[0, :3].numpy(),
        "dof_pos": env.dof_pos[0].numpy(),
        "dof_vel": env.dof_vel[0].numpy(),
        "base_lin_vel": env.base_lin_vel[0].numpy(),
        "height_map": ground.sample(cells),
        "map_origin": cells[0, 0],
        "map_resolution": np.array([ground.cell]),
        "base_pos": position,
        "base_quat": env.root_states[0, 3:7].numpy(),
    }
