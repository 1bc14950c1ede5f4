"""All files that a trained policy is handed on as."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from legged_gym.export.assembly import frames_of, make_controller
from legged_gym.export.controller_file import write_controller
from legged_gym.export.drives_file import nominal_drives, write_drives
from legged_gym.export.metadata import FORMAT, Provenance, actor_terms, check_deployable, controller_metadata
from legged_gym.export.network_files import export_onnx_halves, export_torchscript
from legged_gym.export.onnx_file import quiet
from legged_gym.export.parity import Recording
from legged_gym.export.rehearsal import check_controller, make_rehearsal
from legged_gym.export.stateful_file import export_stateful
from legged_gym.utils.errors import UserError
from robust_parallel.files import remove_leftovers
from rsl_rl.modules import EstimatorActorCritic, Policy

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileNames:
    """Names of a checkpoint's files in a folder of its own."""

    controller: str = "policy.onnx"
    drives: str = "policy_drives.onnx"
    estimator: str = "estimator.onnx"
    actor: str = "actor.onnx"
    script: str = "policy.pt"
    stateful: str = "policy_stateful.pt"

    def of_copy(self, checkpoint: Path) -> str:
        """Name of the copy of a checkpoint beside them; it replaces none of them."""
        return checkpoint.name if checkpoint.name not in asdict(self).values() else f"{checkpoint.stem}_checkpoint.pt"

    @classmethod
    def of(cls, checkpoint: Path) -> "FileNames":
        """Those of a checkpoint: one with a name of its own, which is no `model_<iteration>.pt`, gives it to them."""
        name = checkpoint.stem
        if name.startswith("model_"):
            return cls()
        return cls(f"{name}.onnx", f"{name}_drives.onnx", f"{name}_estimator.onnx", f"{name}_actor.onnx")


def export_policy(
    policy: Policy,
    env_cfg: Any,
    layout: dict[str, Any],
    provenance: Provenance,
    recording: Recording,
    folder: Path,
    names: FileNames,
    allow_privileged: bool,
) -> None:
    """Write the files of a policy into a folder, each checked; those of an earlier export are removed first.

    `policy.pt` is the network as TorchScript, `policy_stateful.pt` the same with what it remembers. The controller
    file is the whole way from sensor readings to joint targets (see docs/controller.md), with the robot's drives beside
    it if they are no PD law; a policy that observes what no robot measures gets none, unless it is allowed: it is for
    robots. A policy with an estimator is also written as the two halves of its network.

    Args:
        policy: the trained policy.
        env_cfg: its environment's configuration.
        layout: its environment's layout.
        provenance: where it is from.
        recording: steps to check the networks over.
        folder: where to write.
        names: of the files.
        allow_privileged: whether a policy that no robot can feed gets a controller file.

    Raises:
        UserError: the folder cannot be written, or an exported file does not act like the policy.
    """
    _clear(folder, names)
    export_torchscript(policy, folder / names.script, recording)
    frames = frames_of(layout.get("history", {}), policy.actor_input.groups)
    difference = export_stateful(policy, frames, folder / names.stateful, recording)
    logger.info("%s: largest difference %.1e", folder / names.stateful, difference)
    try:
        check_deployable(actor_terms(layout, policy.actor_input.groups))
        if allow_privileged:
            logger.warning("--allow_privileged has no effect: robots can measure all that the policy observes")
    except UserError as error:
        if not allow_privileged:
            logger.warning("no controller file: %s", error)
            return
    _export_controller(policy, env_cfg, provenance, folder, names)
    if isinstance(policy, EstimatorActorCritic):
        note = {"format": FORMAT, "task": provenance.task, "part": f"half of the network of {names.controller}"}
        export_onnx_halves(policy, folder / names.estimator, folder / names.actor, recording, note)


def _clear(folder: Path, names: FileNames) -> None:
    """Make the folder, without the files that this export may not write again: they would be of another policy."""
    path = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        for path in (folder / name for name in asdict(names).values()):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error


def _export_controller(policy: Policy, env_cfg: Any, provenance: Provenance, folder: Path, names: FileNames) -> None:
    """Write the controller file, and the drives where they are no PD law."""
    with _rehearsal(provenance.task, env_cfg) as env:
        controller, actuator = make_controller(env, policy), nominal_drives(env)
        drives = None if actuator is None else names.drives
        metadata = controller_metadata(env, policy, controller, provenance, drives)
        path = folder / names.controller
        write_controller(controller, path, metadata)
        difference = check_controller(path, env, policy, controller)
        logger.info("%s: largest difference from the environment %.1e", path, difference)
        if actuator is not None:
            note = {"format": FORMAT, "task": provenance.task, "joint_names": metadata["joint_names"]}
            note |= {"physics_dt": env.sim.physics_dt, "part": f"drives of {names.controller}"}
            write_drives(actuator, folder / names.drives, note)


@contextmanager
def _rehearsal(task: str, env_cfg: Any) -> Iterator[Any]:
    with quiet():  # the environment has been built before, and said what there is to say
        env = make_rehearsal(task, env_cfg)
    try:
        yield env
    finally:
        env.close()
