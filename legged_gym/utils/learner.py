"""Whether the package `rsl_rl` is this project's learner, and not upstream's, which has the same name."""

import importlib
import sys
from pathlib import Path

_SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def require_own_learner() -> None:
    """See that `rsl_rl` is the learner that training, playing and judging need; environments do without.

    It is called where those parts of `legged_gym` are imported. A program of this project ends with one line and
    status 2.

    Raises:
        ImportError: it is another package, or none. Says what clashes and what to do.
    """
    try:
        package = importlib.import_module("rsl_rl")
    except ImportError:
        package = None
    if getattr(package, "DISTRIBUTION", None) == "robust_parallel":
        return
    if package is None:
        fault = "there is no package rsl_rl: install this project again (pip install .)"
    else:
        place = next(iter(package.__path__))
        fault = (
            f"rsl_rl in {place} is that of rsl-rl-lib, not this project's learner of the same name: "
            "pip uninstall rsl-rl-lib, then install this project again; "
            "to train with upstream's runner see 'The upstream runner' in README.md"
        )
    program = Path(getattr(sys.modules["__main__"], "__file__", None) or "")
    if program.resolve().parent == _SCRIPTS or program.name.startswith("rp-"):
        print(f"error: {fault}", file=sys.stderr)
        raise SystemExit(2)
    raise ImportError(fault)
