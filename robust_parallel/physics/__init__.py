"""What engines on MuJoCo share: no configuration, no task, no learner."""
