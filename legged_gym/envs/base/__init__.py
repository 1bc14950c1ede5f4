"""What every legged robot shares."""
