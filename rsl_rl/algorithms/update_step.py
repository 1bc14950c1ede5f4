"""The update of weights on one mini-batch."""

from collections.abc import Callable

from rsl_rl.algorithms.flat_gradients import FlatGradients
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.graph import CapturedFunction


class UpdateStep:
    """Computes gradients, averages them over the processes and applies them, from CUDA graphs if wanted.

    The exchange between processes stands between two graphs; alone, both parts are one.
    """

    def __init__(
        self,
        compute: Callable[[], None],
        apply: Callable[[], None],
        gradients: FlatGradients,
        distributed: Distributed,
        use_graphs: bool,
    ) -> None:
        """Prepare the graphs.

        Args:
            compute: Computes the gradients of a mini-batch.
            apply: Changes the weights by them.
            gradients: Where they are in between.
            distributed: The processes which train together.
            use_graphs: Whether to use CUDA graphs.
        """

        def compute_and_apply() -> None:
            compute()
            apply()

        if distributed.world_size == 1:
            self._captured = [CapturedFunction(compute_and_apply, use_graphs)]
            self._parts: list[Callable[[], None]] = [*self._captured]
        else:
            self._captured = [CapturedFunction(compute, use_graphs), CapturedFunction(apply, use_graphs)]
            self._parts = [self._captured[0], lambda: gradients.average(distributed), self._captured[1]]

    def __call__(self) -> None:
        """Update the weights once."""
        for part in self._parts:
            part()

    def reset(self) -> None:
        """Forget the graphs, because a tensor used in them has been replaced."""
        for part in self._captured:
            part.reset()
