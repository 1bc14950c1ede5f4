"""Gives readers spoiled input until time is up: `python -m tests.fuzz.hunt [--seconds 600] [--target NAME ...]`.

What is refused must be refused in one line, soon; anything else is a fault, told with the seed that makes it again.
Status 1 where there was one.
"""

import argparse
import math
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from robust_parallel.errors import UserError
from rsl_rl.utils.errors import RslRlError
from tests.fuzz.targets import TARGETS

PATIENCE = 20.0
"""A reader that takes longer hangs, s; a busy machine has its pauses."""


def faults(name: str, seconds: float, first_seed: int = 0, most: float = math.inf) -> Iterator[str]:
    """Faults of one target, each in a line; ends with the number of inputs that were tried.

    Args:
        name: in `TARGETS`.
        seconds: time to spend.
        first_seed: of the first input; the next one has the next.
        most: inputs, if time allows.
    """
    read, end, seed = TARGETS[name](), time.monotonic() + seconds, first_seed
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end and seed - first_seed < most:
            start = time.monotonic()
            try:
                read(random.Random(seed), Path(folder))
            except (UserError, RslRlError) as error:
                if "\n" in str(error):
                    yield f"{name}, seed {seed}: more than one line: {error!r}"
            except Exception as error:  # whatever a reader lets through is what is looked for
                yield f"{name}, seed {seed}: {type(error).__name__}: {error}"
            if time.monotonic() - start > PATIENCE:
                yield f"{name}, seed {seed}: took {time.monotonic() - start:.0f} s"
            seed += 1
    print(f"{name}: {seed - first_seed} inputs")


def main() -> None:
    """Hunt, and tell."""
    parser = argparse.ArgumentParser(description="Give readers spoiled input.")
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target; default: 600")
    parser.add_argument("--target", nargs="+", choices=tuple(TARGETS), default=list(TARGETS), help="default: all")
    parser.add_argument("--seed", type=int, default=0, help="of the first input")
    args = parser.parse_args()
    found = 0
    for name in args.target:
        for fault in faults(name, args.seconds, args.seed):
            found += 1
            print(fault)
    sys.exit(int(found > 0))


if __name__ == "__main__":
    main()
