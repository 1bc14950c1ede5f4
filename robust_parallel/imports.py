"""Modules by a name that somebody wrote."""

import importlib
from types import ModuleType


def module_of(name: str) -> ModuleType:
    """Import a module.

    Raises:
        ImportError: It cannot be imported, whatever it does on the way; the message is one line that says why.
    """
    try:
        return importlib.import_module(name)
    except SystemExit as error:
        raise ImportError("it ends the program") from error
    except (ImportError, SyntaxError, ValueError) as error:
        raise ImportError((str(error).splitlines() or [""])[0]) from error
