"""What several packages use and none has from another: `legged_gym`, `rsl_rl` and `isaacgym` build on it."""
