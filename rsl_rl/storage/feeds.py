"""What fills rollouts from files: recorders that are at work, or a data set."""

import logging
import math
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch

from rsl_rl.storage.sequence_storage import SequenceStorage
from rsl_rl.storage.trajectories import Trajectories
from rsl_rl.storage.trajectory_folder import TrajectoryFolder, iteration_of
from rsl_rl.utils.errors import ConfigError, StoppedEarlyError, TrainingError

logger = logging.getLogger(__name__)

POLL = 0.1
"""Seconds between two looks into a folder."""
REMINDER = 30.0
"""Seconds between two lines that tell of waiting."""


class _Entry(NamedTuple):
    trajectories: Trajectories
    uses: torch.Tensor
    """Rollouts that each robot's steps went into [N]."""


class ScanFeed:
    """Takes what recorders write, the newest first, and waits for them where all is learned from.

    Files that are learned from, or too old to be, are deleted when :meth:`discard` is called: after a checkpoint was
    written that has learned from them. So a trainer that is killed finds the others again.
    """

    def __init__(self, folder: TrajectoryFolder, *, keep_latest: int, max_uses: int, patience: float) -> None:
        """Begin with what is there.

        Args:
            folder: The folder.
            keep_latest: Robots' trajectories that are kept in memory; older ones are not learned from any more.
            max_uses: Rollouts that each trajectory goes into at most.
            patience: Seconds without a new file after which there is no point in waiting any more.
        """
        self.folder = folder
        self._keep_latest, self._max_uses, self._patience = keep_latest, max_uses, patience
        self.iteration: float = math.inf
        """Of the student that learns: what one of a later iteration did is of another training, counts as oldest."""
        self._pool: dict[str, _Entry] = {}
        self._seen: set[str] = set()
        self._spent: set[str] = set()
        self.num_files = 0
        """Files that were read."""
        self.waited = 0.0
        """Seconds spent on waiting, in all."""
        self.policy_iteration = math.nan
        """Mean iteration of the students that made the last rollout; NaN before the first."""

    def fill(
        self, storage: SequenceStorage, should_stop: Callable[[], bool], make_room: Callable[[], None] = lambda: None
    ) -> None:
        """Fill a rollout [T, N] with trajectories, each with the state that it began with.

        Args:
            storage: The rollout.
            should_stop: Whether not to wait any longer: then trajectories are used once more.
            make_room: Writes a checkpoint and calls :meth:`discard`. Asked for while nothing comes: it may be that what
                was learned from fills the disk.

        Raises:
            TrainingError: Nothing came.
            StoppedEarlyError: Nothing came before it should stop.
        """
        self._look()
        if self._num_fresh < storage.num_envs:
            self._wait(storage.num_envs, should_stop, make_room)
        if not self._pool:
            raise StoppedEarlyError(f"stopped before any trajectories came to {self.folder.path}")
        self._copy(storage)

    def discard(self) -> None:
        """Delete the files that nothing is learned from any more."""
        for name in self._spent:
            self.folder.delete(name)
        self._spent.clear()

    @property
    def _num_fresh(self) -> int:
        """Trajectories that may still be learned from."""
        return sum(int((entry.uses < self._max_uses).sum()) for entry in self._pool.values())

    def _wait(self, wanted: int, should_stop: Callable[[], bool], make_room: Callable[[], None]) -> None:
        began = last = told = time.monotonic()
        while self._num_fresh < wanted and not should_stop():
            now = time.monotonic()
            if now - last > self._patience:
                raise TrainingError(
                    f"no new trajectories in {self.folder.path} for {self._patience:.0f} s: start collectors, and go "
                    "on with --resume"
                )
            if now - told > REMINDER:
                told = now
                logger.info("waiting for trajectories in %s: %d of %d", self.folder.path, self._num_fresh, wanted)
                if self._spent:
                    make_room()
            time.sleep(POLL)
            if self._look():
                last = time.monotonic()
        self.waited += time.monotonic() - began

    def _look(self) -> int:
        """Read what is new, and return how many files that were."""
        names = self.folder.names()
        if names:  # none: a folder that is away for a moment, perhaps; what was read of it stays read
            self._seen.intersection_update(names)
        count = columns = 0
        for name in self._newest_first(names):
            if name in self._seen:
                continue
            self._seen.add(name)
            if columns >= self._keep_latest:
                self._spent.add(name)
            elif (found := self.folder.read(name)) is not None:
                self._pool[name] = _Entry(found, torch.zeros(found.num_envs, dtype=torch.long))
                columns += found.num_envs
                count += 1
            elif name in self.folder.unreadable:
                self._seen.discard(name)
        self.num_files += count
        self._leave_out_old()
        return count

    def _newest_first(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=lambda name: (iteration_of(name) <= self.iteration, name), reverse=True)

    def _leave_out_old(self) -> None:
        columns = 0
        for name in self._newest_first(self._pool):
            if columns >= self._keep_latest:
                del self._pool[name]
                self._spent.add(name)
            else:
                columns += self._pool[name].trajectories.num_envs

    def _copy(self, storage: SequenceStorage) -> None:
        """Choose those that were used least, at random; all again where there are too few."""
        uses = torch.cat([entry.uses for entry in self._pool.values()])
        order = torch.argsort(uses + torch.rand(len(uses)))
        chosen = order.repeat(-(-storage.num_envs // len(order)))[: storage.num_envs]
        first = place = 0
        iterations = 0.0
        for name, (found, used) in list(self._pool.items()):
            columns = chosen[(chosen >= first) & (chosen < first + found.num_envs)] - first
            found.copy_to(storage, columns, place)
            used.index_add_(0, columns, torch.ones_like(columns))
            first, place = first + found.num_envs, place + len(columns)
            iterations += found.policy_iteration * len(columns)
            if (used >= self._max_uses).all():
                del self._pool[name]
                self._spent.add(name)
        self.policy_iteration = iterations / storage.num_envs


class DataSetFeed:
    """Goes through a data set's files in random order, again and again; nothing is written there."""

    def __init__(self, folder: TrajectoryFolder) -> None:
        """Look what is there.

        Raises:
            ConfigError: Nothing, or it is a trainer's.
        """
        folder.require_staying()
        self.folder = folder
        self._queue: list[str] = []
        if not folder.names():
            raise ConfigError(f"there are no trajectories in {folder.path}")

    def fill(self, storage: SequenceStorage) -> None:
        """Fill a rollout [T, N] with trajectories, each with the state that it began with.

        Raises:
            TrainingError: No file can be read.
        """
        place = failures = 0
        while place < storage.num_envs:
            if not self._queue:
                names = self.folder.names()
                self._queue = [names[index] for index in torch.randperm(len(names)).tolist()]
            found = self.folder.read(self._queue.pop(), set_aside=False) if self._queue else None
            if found is None:
                failures += 1
                if failures > len(self.folder.names()):
                    raise TrainingError(f"none of the files in {self.folder.path} can be read")
                continue
            failures = 0
            columns = torch.randperm(found.num_envs)[: storage.num_envs - place]
            found.copy_to(storage, columns, place)
            place += len(columns)
