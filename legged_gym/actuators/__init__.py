"""Joint drives: what turns a joint's target into its torque, where the engine's own PD servo will not do."""
