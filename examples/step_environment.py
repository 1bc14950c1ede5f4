"""Sixteen Go2 on a plane hold their default pose for two seconds: `python examples/step_environment.py`."""

import torch

import legged_gym


def main() -> None:
    """Make, step, check."""
    env = legged_gym.make("go2_flat", num_envs=16, device="cpu", seed=1, **{"commands.standing_fraction": 1.0})
    actions = torch.zeros(env.num_envs, env.num_actions)  # offsets from the default pose
    for _ in range(round(2.0 / env.dt)):
        observations, rewards, dones, extras = env.step(actions)
        assert not dones.any(), "a robot fell"
    height = env.root_states[:, 2].mean().item()
    print(f"observations {tuple(observations['policy'].shape)}, base height {height:.2f} m")
    env.close()


if __name__ == "__main__":
    main()
