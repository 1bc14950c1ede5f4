"""The exceptions of what is no fault of the program: those of all packages here."""

from robust_parallel.errors import StoppedError, UserError

__all__ = ["StoppedError", "UserError"]
