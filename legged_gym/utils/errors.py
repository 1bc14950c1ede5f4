"""The exception of everything a user can mend: that of all packages here."""

from robust_parallel.errors import UserError

__all__ = ["UserError"]
