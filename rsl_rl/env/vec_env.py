"""What a vectorised environment must offer to be trained on."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from tensordict import TensorDict


class VecEnv(ABC):
    """A batch of environments which step together and reset themselves.

    Compatible with the environments of upstream rsl_rl 5. Everything is batched over ``N = num_envs`` and lives on
    ``device``. An environment that ends during :meth:`step` is reset within the same call, so the returned observation
    is the first one of the new episode; the last one of the old episode is found in ``extras["final_observations"]``.
    What :meth:`step` and :meth:`get_observations` return is the caller's to keep: later steps do not change it.

    Used where an environment has them: ``state_dict()`` and ``load_state_dict(state)``, for what has to survive a
    restart (curricula, command ranges); and ``layout``, plain data that describes the meaning of observations and
    actions (joint names, widths, scales), which is stored in checkpoints and compared on loading; and
    ``set_curriculum(flat_ground: bool, noise_factor: float, lateness: float)``, called before each iteration of a
    teacher's or a student's training: whether all ground is to be flat, how wrong the robot's map is to be, from 0
    (perfect) to 1 (all the noise of training), and how late targets and measurements, likewise; and
    ``on_iteration()``, called after each iteration, and each rollout of a collector, when the device has been read, to
    tell on the host what went wrong; and ``faults()``, called when steps of a rollout were not finite: a line that says
    of what, or an empty text; and ``mirrors()``, what left and right exchanged is: by observation group, and of
    "actions", for each column that from which its mirrored value is, and the sign it takes.

    Where a layout has "observations", they are for each group a list of its terms: mappings with ``name``, ``width``
    and ``scale``, the factor of the observed value, a number or one for each column. Where it has "history", that is
    the number of frames of each group that holds several.
    """

    num_envs: int
    """Number of environments N."""

    num_actions: int
    """Number of actions A."""

    max_episode_length: int | torch.Tensor
    """Longest episode in steps: one number, or one for each environment [N]."""

    episode_length_buf: torch.Tensor
    """Steps since the last reset of each environment [N], long. The runner may write to it before training."""

    device: torch.device | str
    """Where the tensors of the environment live."""

    cfg: Any
    """The environment's configuration; not interpreted here."""

    @abstractmethod
    def get_observations(self) -> TensorDict:
        """Return the current observation groups, each [N, width of the group]."""

    @abstractmethod
    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Advance all environments by one control step.

        Args:
            actions: [N, A]. The buffer is reused: copy what has to outlive the call.

        Returns:
            The observation groups, the rewards [N], the dones [N] (bool or integer; true where an episode ended for any
            reason) and a dictionary of extras:

            - ``time_outs`` [N] bool: the subset of dones that ended by the clock and not by the task.
            - ``final_observations``: the observation groups of the true last state, before the reset; equal to the
              returned ones where no episode ended. Required beside ``time_outs``.
            - ``log``: scalars to average over the iteration, numbers or 0-d tensors. NaN means nothing to report.
        """
