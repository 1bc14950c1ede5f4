"""How trained policies are evaluated."""
