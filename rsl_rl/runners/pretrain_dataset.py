"""Where a student's rollouts come from, if not from robots of its own."""

from dataclasses import dataclass

from rsl_rl.utils.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class PretrainDataset:
    """Folders of trajectories.

    Raises:
        ConfigError: A number is out of its range.
    """

    data_dir: str = ""
    """A data set that the first iterations learn from; none if empty."""

    pretrain_iterations: int = 100
    """How many iterations these are."""

    scan_dir: str = ""
    """Where collectors write what all other iterations learn from; if empty, the runner has robots of its own."""

    num_trajectories: int = 2048
    """Robots' trajectories in a rollout of ``scan_dir``."""

    keep_latest: int = 8192
    """Of ``scan_dir`` the newest that are kept in memory; older ones are not learned from."""

    max_uses: int = 2
    """Rollouts that a trajectory of ``scan_dir`` goes into at most."""

    patience: float = 1800.0
    """Seconds without anything new in ``scan_dir`` after which training ends, with a checkpoint."""

    def __post_init__(self) -> None:
        if min(self.pretrain_iterations, self.num_trajectories, self.keep_latest, self.max_uses) < 1:
            raise ConfigError("pretrain_dataset: its numbers must be at least 1")
        if self.patience <= 0.0:
            raise ConfigError(f"pretrain_dataset.patience must be above 0, not {self.patience}")
        if self.keep_latest < self.num_trajectories:
            raise ConfigError(
                f"pretrain_dataset.keep_latest = {self.keep_latest} is less than a rollout's num_trajectories = "
                f"{self.num_trajectories}"
            )
