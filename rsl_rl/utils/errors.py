"""Errors a user can act on. Each carries a message of one line."""


class RslRlError(Exception):
    """Base of all errors raised on purpose by this package."""


class ConfigError(RslRlError):
    """A setting is unknown, missing or out of its range."""


class CheckpointError(RslRlError):
    """A checkpoint cannot be written, read, or applied here."""


class DamagedError(CheckpointError):
    """The bytes of a checkpoint are not those that were written."""


class UnreadableError(CheckpointError):
    """A checkpoint cannot be read for a reason that may pass, and says nothing about its bytes."""


class TrainingError(RslRlError):
    """A training learns nothing."""


class StoppedEarlyError(TrainingError):
    """A training was asked to stop before it had anything to learn from."""


class LoggingError(RslRlError):
    """The log folder or the chosen logger cannot be used."""
