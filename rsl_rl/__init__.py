"""On-policy reinforcement learning for many parallel environments on one device."""
