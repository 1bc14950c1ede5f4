"""A controller file on a robot: transport, safety, state machine and policy, each its own part."""
