"""What a robot sees and feels of the world."""
