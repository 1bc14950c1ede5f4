"""Suites: evaluations of many policies beside each other. They are studies of their own and found here by name."""

import argparse
from collections.abc import Callable
from importlib import import_module

from legged_gym.utils.errors import UserError

SUITES = {
    "belief": "studies.belief.program:run",
    "hardware": "studies.hardware.program:run",
    "sight": "studies.sight.program:run",
}
"""By name: the module and the function that runs the suite, given the flags of evaluate.py."""
OF_SEVERAL = ("sight",)
"""Those that judge any policies, so that `--seeds` may name them."""


def load_suite(name: str) -> Callable[[argparse.Namespace], None]:
    """The function that runs a suite.

    Args:
        name: in `SUITES`.

    Raises:
        UserError: the suite's package is not installed.
    """
    module, function = SUITES[name].split(":")
    package = module.split(".")[0]
    try:
        return getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise UserError(f"--suite={name} needs the package {package}, which is not installed") from None
