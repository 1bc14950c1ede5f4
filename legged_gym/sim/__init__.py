"""Physics engines behind one contract (`simulator.py`)."""
