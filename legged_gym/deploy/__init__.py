"""A controller file alone on one simulated robot: ONNX Runtime, MuJoCo C and NumPy, neither torch nor environments."""
