"""The exceptions of what is no fault of the program: what a user can mend, and a signal that ends it."""


class UserError(Exception):
    """Bad input or a fault of the surroundings, told in one line the user can act on.

    The command-line programs print the message alone and exit with status 2; anything else is a bug and keeps its
    traceback.
    """


class StoppedError(Exception):
    """A signal ended a program before its time, which has saved what it had; the exit status says so."""

    def __init__(self, number: int) -> None:
        """Take note of the number of the signal."""
        super().__init__(number)
        self.number = number
