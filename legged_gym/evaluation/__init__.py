"""How trained policies are judged."""
