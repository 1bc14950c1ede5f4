"""Shipped policies in a rehearsal, and controllers driven in torch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.export.assembly import make_controller
from legged_gym.export.metadata import Provenance
from legged_gym.export.rehearsal import make_rehearsal
from legged_gym.interface.controller import Controller
from legged_gym.runs.configure import saved_config, trained_configs
from legged_gym.tasks import make_runner
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from rsl_rl.modules import Policy

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"


class Rehearsal:
    """A shipped policy, its environment of a few robots, and its controller."""

    def __init__(self, name: str) -> None:
        checkpoint = POLICIES / f"{name}.pt"
        task = saved_config(checkpoint)["task"]
        env_cfg, train_cfg = trained_configs(checkpoint, task)
        for section in ("algorithm", "distillation"):
            if hasattr(train_cfg, section):
                getattr(train_cfg, section).num_mini_batches = 1
        self.env: Any = make_rehearsal(task, env_cfg)
        runner = make_runner(self.env, train_cfg, None, "cpu")
        runner.load(checkpoint, load_optimizer=False, resume=False)
        self.policy: Policy = runner.policy
        self.controller: Controller = make_controller(self.env, self.policy)
        self.provenance = Provenance(task, class_to_dict(env_cfg), "abc", 7)


class TorchDriver:
    """A controller that was not written to a file."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.reads_map = "height_map" in controller.input_names
        self.begin()

    def begin(self) -> None:
        self._state = torch.zeros(self._controller.state.size)

    def step(self, readings: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        given = {name: torch.from_numpy(value) for name, value in readings.items()}
        given["state_in"] = self._state
        with torch.no_grad():
            outputs = self._controller(*(given[name] for name in self._controller.input_names))
        named = dict(zip(self._controller.output_names, outputs, strict=True))
        self._state = named["state_out"]
        return {name: value.numpy() for name, value in named.items()}
