"""Unitree's Go2: its messages, its transport, and a simulated one that speaks them."""
