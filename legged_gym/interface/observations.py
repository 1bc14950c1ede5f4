"""Observations as a declaration: terms with their formulas, widths, scales and noise, put together into groups.

One declaration makes the training tensors, the critic's group, the layout stored in checkpoints, and the controller
that a robot runs: a formula is a function of readings, evaluated on N simulated robots or traced on one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from legged_gym.interface.history import begin
from legged_gym.interface.mirror import Mirror, OfJoints
from legged_gym.interface.readings import Readings
from legged_gym.utils.errors import UserError
from robust_parallel.memory import require_room


@dataclass(frozen=True)
class ObservationTerm:
    """One quantity of an observation."""

    name: str
    width: int
    compute: Callable[[Readings], torch.Tensor]
    """The formula: the unscaled value of every robot [N, width], of the readings alone (a privileged term, which only
    the simulation evaluates, may read what it wants)."""
    scale: float | tuple[float, ...]
    """Factor of the value, one or one a column."""
    needs: str
    """What measures it on a robot."""
    noise: float = 0.0
    """Uniform noise +- of the unscaled value."""
    sensed: bool = False
    """A proprioceptive measurement: it arrives with the observation delay."""
    privileged: bool = False
    """The real robot cannot measure it: a deployable policy must not see it."""
    sense: Callable[[], torch.Tensor] | None = None
    """The unscaled value as the robot's sensors report it, [N, width], instead of `compute` with uniform noise."""
    mirror: Mirror | OfJoints | None = None
    """How it changes when left and right are exchanged; None: not declared, or the robot has none."""

    @property
    def factors(self) -> list[float]:
        """The scale of each column."""
        return [self.scale] * self.width if isinstance(self.scale, float | int) else list(self.scale)

    def mirrored(self, joints: Mirror) -> Mirror | None:
        """How it changes when left and right are exchanged, given how the robot's joints do; None: not declared."""
        if self.mirror is None or isinstance(self.mirror, Mirror):
            return self.mirror
        return self.mirror(joints)


def privileged(
    name: str,
    width: int,
    compute: Callable[[], torch.Tensor],
    scale: float = 1.0,
    mirror: Mirror | OfJoints | None = None,
) -> ObservationTerm:
    """A term that only the simulation knows: `compute` gives its unscaled value [N, width]."""
    return ObservationTerm(
        name, width, lambda readings: compute(), scale, "nothing on the robot", privileged=True, mirror=mirror
    )


def frame(
    terms: Sequence[ObservationTerm],
    readings: Readings,
    scale: torch.Tensor,
    clip: float,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """Terms side by side, scaled and clipped.

    Args:
        terms: in the order of the columns.
        readings: of N robots.
        scale: factor of each column [W].
        clip: bound of every scaled value.
        out: where to write the result.

    Returns:
        Values [N, W].

    Raises:
        UserError: a term is not as wide as it says.
    """
    values = [term.compute(readings) for term in terms]
    for term, value in zip(terms, values, strict=True):
        if value.shape[1:] != (term.width,):
            raise UserError(f"observation term {term.name} has the shape {list(value.shape)}, not [N, {term.width}]")
    return torch.cat(values, dim=1, out=out).mul_(scale).clamp_(-clip, clip)


def _side_by_side(terms: dict[str, ObservationTerm]) -> dict[str, slice]:
    """The columns of each term, one after the other."""
    columns, start = {}, 0
    for name, term in terms.items():
        columns[name] = slice(start, start + term.width)
        start += term.width
    return columns


def named_terms(terms: Any, owner: str) -> dict[str, ObservationTerm]:
    """Terms by their names.

    Args:
        terms: what `observation_terms` of a robot gave.
        owner: the robot's class, for the message.

    Raises:
        UserError: they are no list of terms.
    """
    if not isinstance(terms, list) or not all(isinstance(term, ObservationTerm) for term in terms):
        raise UserError(f"{owner}.observation_terms() must return a list of ObservationTerm")
    return {term.name: term for term in terms}


class Observations:
    """The observation groups of N environments, refreshed in place.

    `measure` computes every term once; `observe` makes the groups of it. Some groups carry noise and delay, the
    others only what readings have themselves, such as a depth image. A group with a history holds its last frames side
    by side, newest first, each as it was observed; an episode's first frame stands for those before it.
    """

    def __init__(
        self,
        terms: dict[str, ObservationTerm],
        groups: dict[str, list[str]],
        num_envs: int,
        device: torch.device,
        clip: float,
        noise_level: float,
        noisy_groups: list[str],
        delay: torch.Tensor | None = None,
        history: dict[str, int] | None = None,
    ) -> None:
        """Lay out the buffers.

        Args:
            terms: every declared term by name.
            groups: ordered term names of each group.
            num_envs: N.
            device: of all buffers.
            clip: bound of every scaled value.
            noise_level: factor of the terms' noise; 0 turns noise off, that of `sense` too.
            noisy_groups: groups that carry noise and delay.
            delay: age [N] long of the sensed terms of those groups in control steps, or None.
            history: frames of the groups that hold more than the present one.
        """
        used = dict.fromkeys(name for names in groups.values() for name in names)
        self.terms = {name: terms[name] for name in used}
        self.groups = groups
        self.noisy_groups = noisy_groups
        self.history = history or {}
        self.clip = clip
        parts = self.terms.values()
        self._columns = _side_by_side(self.terms)
        self._scale = torch.tensor([factor for term in parts for factor in term.factors], device=device)
        noise = [noise_level * term.noise * abs(factor) for term in parts for factor in term.factors]
        self._noise = torch.tensor(noise, device=device)
        self._values = torch.zeros(num_envs, len(noise), device=device)
        """Every term, scaled and exact [N, W]."""
        sensed = [term.sensed for term in parts for _ in range(term.width)]
        self._sensed = torch.tensor(sensed, device=device).nonzero()[:, 0]
        """Columns that arrive with the delay [S]."""
        self._delay = delay
        self._noisy = bool(noise_level > 0.0 and any(noise))
        seen = {name for group in noisy_groups for name in groups.get(group, [])}
        self._senses = {
            name: term.sense
            for name, term in self.terms.items()
            if term.sense is not None and name in seen and noise_level > 0.0
        }
        if delay is not None:
            self._past = torch.zeros(int(delay.max()) + 1, num_envs, len(self._sensed), device=device)
            """Past values of those columns, newest first [H, N, S]."""
        exact = delay is None and not self._noisy and not self._senses
        self._sensed_values = self._values if exact else torch.zeros_like(self._values)
        """Every term as the robot's sensors report it [N, W]."""
        self.buffers = self._new_groups(num_envs, device)
        self.final_buffers = self._new_groups(num_envs, device)
        """The groups of the last state before a reset, exact."""

    def _new_groups(self, num_envs: int, device: torch.device) -> dict[str, torch.Tensor]:
        columns = sum(self.group_width(group) for group in self.groups)
        what = f"observations of {columns} numbers, with their history, of each of {num_envs} environments"
        require_room(4 * num_envs * columns, str(device), what)
        return {group: torch.zeros(num_envs, self.group_width(group), device=device) for group in self.groups}

    def group_width(self, group: str) -> int:
        """Columns of a group."""
        return self.history.get(group, 1) * sum(self.terms[name].width for name in self.groups[group])

    def group_terms(self, group: str) -> list[ObservationTerm]:
        """The terms of a group's frame in order."""
        return [self.terms[name] for name in self.groups[group]]

    def mirrors(self, joints: Mirror) -> dict[str, Mirror]:
        """How the columns of each group change when left and right are exchanged.

        Args:
            joints: the same of the robot's joints.

        Raises:
            UserError: a term does not declare it.
        """
        found = {}
        for group in self.groups:
            images = {term.name: term.mirrored(joints) for term in self.group_terms(group)}
            if missing := [name for name, image in images.items() if image is None]:
                raise UserError(f"observation group {group!r}: of {', '.join(missing)} no mirror image is declared")
            frame = Mirror.side_by_side([image for image in images.values() if image is not None])
            found[group] = Mirror.side_by_side([frame] * self.history.get(group, 1))
        return found

    def measure(self, readings: Readings) -> None:
        """Compute every term of the present readings."""
        frame(list(self.terms.values()), readings, self._scale, self.clip, out=self._values)

    def observe_final(self) -> None:
        """Keep the groups of the measured state as those of an episode's end."""
        self._assemble(self.final_buffers, self._values)

    def observe(self, fresh: torch.Tensor) -> None:
        """Make the groups of the measured state.

        Args:
            fresh: environments [N] bool that were just reset: their delayed measurements and histories start anew.
        """
        sensed = self._values
        if self._delay is not None:
            now = self._values[:, self._sensed]
            past = torch.cat((now[None], self._past[:-1]))
            self._past.copy_(torch.where(fresh[None, :, None], now, past))
            aged = self._past.gather(0, self._delay[None, :, None].expand(1, *now.shape))[0]
            sensed = self._values.index_copy(1, self._sensed, aged)
        if self._noisy:
            torch.addcmul(sensed, torch.rand_like(sensed).mul_(2.0).sub_(1.0), self._noise, out=self._sensed_values)
        elif self._sensed_values is not self._values:
            self._sensed_values.copy_(sensed)
        for name, sense in self._senses.items():
            columns = self._columns[name]
            self._sensed_values[:, columns] = (sense() * self._scale[columns]).clamp_(-self.clip, self.clip)
        self._assemble(self.buffers, self._sensed_values)
        for group, count in self.history.items():
            frames = self.buffers[group].view(len(fresh), count, -1)
            frames.copy_(begin(fresh, frames[:, 0], frames))

    def _assemble(self, groups: dict[str, torch.Tensor], sensed_values: torch.Tensor) -> None:
        """Write each group's new frame, and after it the latest of those that it held until now."""
        for group, buffer in groups.items():
            values = sensed_values if group in self.noisy_groups else self._values
            terms = [values[:, self._columns[name]] for name in self.groups[group]]
            if group not in self.history:
                torch.cat(terms, dim=1, out=buffer)
                continue
            width = buffer.shape[1] // self.history[group]
            past = self.buffers[group][:, :-width]
            buffer.copy_(torch.cat((*terms, past), dim=1))  # `past` may be in it: not in place

    def layout(self) -> dict[str, list[dict]]:
        """The declaration as plain data: for each group its terms with width, scale, source and privilege."""
        return {
            group: [
                {
                    "name": term.name,
                    "width": term.width,
                    "scale": term.scale if isinstance(term.scale, float | int) else list(term.scale),
                    "needs": term.needs,
                    "privileged": term.privileged,
                }
                for term in self.group_terms(group)
            ]
            for group in self.groups
        }
