"""An exported policy with its memory."""

from pathlib import Path

import numpy as np
import onnxruntime

from legged_gym.deploy.metadata import Metadata, parse
from legged_gym.utils.errors import UserError


class OnnxPolicy:
    """Maps one robot's observations to its actions; keeps the hidden state between calls."""

    metadata: Metadata
    """What the file says of its robot."""

    def __init__(self, path: Path) -> None:
        """Load a file.

        Args:
            path: ONNX file written by play.py.

        Raises:
            UserError: the file is missing, is no ONNX, or is not a policy of this project.
        """
        if not path.is_file():
            raise UserError(f"policy not found: {path}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise UserError(f"{path} is no ONNX model: {' '.join(str(error).split())}") from error
        self._name = path.name
        self.metadata = parse(self._session.get_modelmeta().custom_metadata_map, path.name)
        self._check_tensors()
        self._outputs = ["actions", *(name.replace("_in", "_out") for name in self.metadata.hidden_state)]
        self.reset()

    def reset(self) -> None:
        """Forget: an episode begins."""
        self._state = [np.zeros(shape, dtype=np.float32) for shape in self.metadata.hidden_state.values()]

    def act(self, observation: np.ndarray) -> np.ndarray:
        """Actions [A], clipped, for an observation [O].

        Raises:
            UserError: the policy gives no finite actions.
        """
        state = dict(zip(self.metadata.hidden_state, self._state, strict=True))
        observation = observation.astype(np.float32)
        outputs = self._session.run(self._outputs, {"obs": observation[None], **state})
        actions, *self._state = (np.asarray(output) for output in outputs)
        if not np.isfinite(actions).all():
            blind = np.isnan(observation).any()
            hint = ": it cannot walk without a map" if blind else ""
            raise UserError(f"the actions of {self._name} are not finite{hint}")
        limit = self.metadata.clip_actions
        return np.clip(actions[0], -limit, limit)

    def _check_tensors(self) -> None:
        """The network must have the inputs and outputs that the metadata tells of."""
        inputs = {node.name: node.shape for node in self._session.get_inputs()}
        outputs = {node.name for node in self._session.get_outputs()}
        states = self.metadata.hidden_state
        expected = {"obs", *states}, {"actions", *(name.replace("_in", "_out") for name in states)}
        if set(inputs) != expected[0] or not expected[1] <= outputs:
            found, told = (
                " to ".join(", ".join(sorted(names)) for names in ends) for ends in ((inputs, outputs), expected)
            )
            raise UserError(f"{self._name} is not the whole policy: it maps {found}, its metadata tells of {told}")
        width = self.metadata.history * sum(term.width for term in self.metadata.terms)
        if inputs["obs"][-1] != width:
            raise UserError(f"{self._name} reads {inputs['obs'][-1]} observations, its metadata describes {width}")
