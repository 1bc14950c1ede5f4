"""Parts shared by the runners: errors, checkpoints, logs, graphs and random state."""
