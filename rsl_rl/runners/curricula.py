"""The curricula of a teacher and of its student."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rsl_rl.utils.annealing import annealed
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_window


class CurriculumSettings(NamedTuple):
    """What the environment is asked for during an iteration."""

    flat_ground: bool = False
    """Whether all ground is to be flat."""

    noise_factor: float = 0.0
    """How wrong the robot's map is to be, from 0 (perfect) to 1 (all the noise of training)."""

    lateness: float = 1.0
    """How late targets and measurements are to be, from 0 (at once) to 1 (all the delay of training)."""


@dataclass(frozen=True, kw_only=True)
class TeacherCurriculum:
    """Targets and measurements that come at once at first, and then later and later.

    Raises:
        ConfigError: A number is out of its range.
    """

    lateness_anneal: Sequence[float] = (0.0, 0.0)
    """Shares of the training between which delays grow from nothing to all of them, linearly."""

    def __post_init__(self) -> None:
        require_window("lateness_anneal", self.lateness_anneal)

    def at(self, progress: float) -> CurriculumSettings:
        """Return what is asked for when a share of the training is done."""
        return CurriculumSettings(lateness=annealed(progress, (0.0, 1.0), self.lateness_anneal))


@dataclass(frozen=True, kw_only=True)
class StudentCurriculum:
    """Flat ground first, then a map that gets worse little by little (Miki et al. 2022, S5).

    Raises:
        ConfigError: A number is out of its range.
    """

    max_iterations: int = 1000
    """Iterations of the whole training."""

    num_steps_per_env: int = 40
    """Steps of a rollout."""

    flat_iterations: int = 10
    """Iterations on flat ground."""

    noise_start_iteration: int = 20
    """The iteration from which on the map gets worse."""

    noise_end_iteration: int = 100
    """The iteration from which on the map has its full noise; linear from ``noise_start_iteration`` on."""

    def __post_init__(self) -> None:
        if self.max_iterations < 1 or self.num_steps_per_env < 1:
            raise ConfigError("student_curriculum: max_iterations and num_steps_per_env must be at least 1")
        if not 0 <= self.noise_start_iteration <= self.noise_end_iteration:
            raise ConfigError(
                "student_curriculum: need 0 <= noise_start_iteration <= noise_end_iteration: "
                f"{self.noise_start_iteration}, {self.noise_end_iteration}"
            )

    def at(self, iteration: int) -> CurriculumSettings:
        """Return what is asked for in an iteration, the first being 0."""
        return CurriculumSettings(iteration < self.flat_iterations, self._noise_factor(iteration))

    def progress(self, iteration: int) -> float:
        """Return how much of the training is done before an iteration, from 0 to 1."""
        return min(iteration / self.max_iterations, 1.0)

    def _noise_factor(self, iteration: int) -> float:
        return annealed(iteration, (0.0, 1.0), (self.noise_start_iteration, self.noise_end_iteration))
