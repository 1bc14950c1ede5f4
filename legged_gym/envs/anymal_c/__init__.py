"""ANYmal C."""
