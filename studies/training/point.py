"""One training of a study: what differs from the task's defaults, and when it is judged."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Point:
    """A training."""

    variant: str
    """Name of what is compared; a point for each of its seeds."""
    task: str
    seed: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Values by dotted key, those of the training under `train.`."""
    samples: tuple[float, ...] = ()
    """Control steps of all robots together after which the policy is judged; with `seconds`, as far as those go."""
    seconds: tuple[float, ...] = ()
    """Seconds of collecting and learning after which the policy is judged; the last of them end the training."""
    trials: int = 500
    """Episodes on a plane that the policy is judged by; on a map there are as many as it has tiles."""

    @property
    def name(self) -> str:
        """Name of the file that holds its result."""
        return f"{self.task}_{self.variant}_seed_{self.seed}"

    def to_json(self) -> str:
        """As text, for another process."""
        return json.dumps(asdict(self))

    def identity(self) -> dict[str, Any]:
        """What its result says of it, as plain data."""
        data = json.loads(self.to_json())
        return {name: data[name] for name in ("variant", "task", "seed", "settings")}

    @classmethod
    def from_json(cls, text: str) -> "Point":
        """What `to_json` gave."""
        data = json.loads(text)
        return cls(**{**data, "samples": tuple(data["samples"]), "seconds": tuple(data["seconds"])})
