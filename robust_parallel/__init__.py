"""What `legged_gym` and `rsl_rl` both use and neither has from the other: environments run beside another learner."""
