"""What engines on MuJoCo Warp share; importing anything but `package` needs Warp."""
