"""The exception of everything a user can mend."""


class UserError(Exception):
    """Bad input or a fault of the surroundings, told in one line the user can act on.

    The command-line programs print the message alone and exit with status 2; anything else is a bug and keeps its
    traceback.
    """
