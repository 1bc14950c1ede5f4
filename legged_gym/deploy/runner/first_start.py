"""Which controllers have proved themselves on a robot that hung in the air."""

import hashlib
import json
import logging
import sys
from pathlib import Path

from legged_gym.utils.errors import UserError
from robust_parallel.files import write_bytes

logger = logging.getLogger(__name__)

PROVED = Path.home() / ".local" / "state" / "robust_parallel" / "hung.json"
HUNG_TORQUE_SHARE = 0.3
"""Of the torque limits: nothing breaks, and legs in the air move as on the ground."""
_PROOF_TIME = 10.0
"""Time of walking in the air that proves a controller, s."""


class FirstStart:
    """A controller file that has not walked in the air on this computer must do so first."""

    def __init__(self, controller: Path, hung: bool, file: Path = PROVED) -> None:
        """Look the file up.

        Args:
            controller: the file.
            hung: the user says that the robot hangs.
            file: where proofs are kept.
        """
        self._digest, self._file = hashlib.sha256(controller.read_bytes()).hexdigest(), file
        self._proved = _read(file)
        self.hung = hung

    def ask(self) -> None:
        """Ask for a hung robot if the controller is new here.

        Raises:
            UserError: it does not hang, or nobody can answer.
        """
        if self.hung or self._digest in self._proved:
            return
        if not sys.stdin.isatty():
            raise UserError("a first start of this controller: hang the robot up, its feet in the air, and add --hung")
        print("This controller is new here. Hang the robot up, its feet in the air; torques will be 30 %.")
        try:
            answer = input("Type 'hung' when it is: ")
        except EOFError:
            answer = ""
        if answer.strip() != "hung":
            raise UserError("not started: the robot is not hung up")
        self.hung = True

    def note(self, walked: float, reason: str) -> None:
        """Keep it as proved if it has walked in the air for long enough without a stop.

        Args:
            walked: time, s.
            reason: of its end.
        """
        if self.hung and walked >= _PROOF_TIME and reason == "the operator":
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_bytes(self._file, json.dumps(sorted(self._proved | {self._digest})).encode())
            except OSError as error:
                logger.warning("this controller will have to hang again: %s", error)


def _read(file: Path) -> set[str]:
    """The proofs that are kept; none where the file is none of this program."""
    try:
        proofs = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError):
        return set()
    return {proof for proof in proofs if isinstance(proof, str)} if isinstance(proofs, list) else set()
