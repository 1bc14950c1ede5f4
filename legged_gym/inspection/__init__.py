"""What a URDF gives: its mass, joints and limbs, how it could stand, and a task to start from."""
