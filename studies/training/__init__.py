"""How trainings are compared: many of them, each judged at the same number of samples and at the same time."""
