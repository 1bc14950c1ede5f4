"""Position targets that bring out what a drive does: in a gait's rhythm, as sweeps, steps, and a policy's chatter."""

import math
from collections.abc import Callable

import numpy as np

POLICY_TIME = 0.02
"""Time between two targets of a policy, s."""
MAX_SPEED = 8.0
"""Highest velocity of a sweep's target, rad/s."""


def make_targets(num_samples: int, num_drives: int, sample_time: float, rng: np.random.Generator) -> np.ndarray:
    """Targets about zero [T, D], rad: for each drive its own row of episodes of 1 to 4 s, of kinds in random order."""
    columns = [_one_drive(num_samples, sample_time, rng) for _ in range(num_drives)]
    return np.stack(columns, axis=1)


def _one_drive(num_samples: int, sample_time: float, rng: np.random.Generator) -> np.ndarray:
    episodes: list[np.ndarray] = []
    while sum(map(len, episodes)) < num_samples:
        time = np.arange(0.0, rng.uniform(1.0, 4.0), sample_time)
        episodes.append(EPISODES[rng.integers(len(EPISODES))](time, rng))
    return np.concatenate(episodes)[:num_samples]


def _gait(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A joint's path in a trot.

    Slow while the foot stands, a fast arc while it swings, each target held as long as a policy's.
    """
    swing_share, frequency = rng.uniform(0.3, 0.6), rng.uniform(0.8, 3.0)
    phase = (frequency * _held(time) + rng.uniform()) % 1.0
    swing = np.minimum(phase / swing_share, 1.0)
    stance = np.clip((phase - swing_share) / (1.0 - swing_share), 0.0, 1.0)
    stride = 0.5 - 0.5 * np.cos(math.pi * swing) - stance
    lift = np.sin(math.pi * swing)
    noise = rng.normal(0.0, rng.uniform(0.0, 0.1), len(time))[_policy_index(time)]
    return rng.uniform(-0.3, 0.3) + rng.uniform(-0.5, 0.5) * stride + rng.uniform(-0.6, 0.6) * lift + noise


def _sweep(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A sine of rising or falling frequency, to 12 Hz, of at most `MAX_SPEED`."""
    low, high = rng.uniform(0.2, 1.0), rng.uniform(3.0, 12.0)
    frequency = low * (high / low) ** (time / time[-1])
    frequency = frequency[::-1] if rng.random() < 0.5 else frequency
    phase = 2.0 * math.pi * np.cumsum(frequency) * time[1]
    amplitude = np.minimum(rng.uniform(0.1, 0.6), MAX_SPEED / (2.0 * math.pi * frequency))
    return rng.uniform(-0.2, 0.2) + amplitude * np.sin(phase)


def _steps(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random targets, each held for some tenths of a second; far ones saturate the drive."""
    spread, interval = 0.1 * 30.0 ** rng.random(), rng.uniform(0.1, 0.8)
    index = (time / interval).astype(int)
    return rng.uniform(-spread, spread, index[-1] + 1)[index]


def _bursts(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What a policy that still explores asks for: correlated noise, a new value every 20 ms."""
    correlation, spread = rng.uniform(0.0, 0.95), rng.uniform(0.05, 0.5)
    index = _policy_index(time)
    values = rng.normal(0.0, spread, index[-1] + 1)
    for i in range(1, len(values)):
        values[i] = correlation * values[i - 1] + math.sqrt(1.0 - correlation**2) * values[i]
    return values[index]


def _rest(time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One target, which the load alone moves the joint from."""
    return np.full(len(time), rng.uniform(-0.3, 0.3))


EPISODES: tuple[Callable[[np.ndarray, np.random.Generator], np.ndarray], ...] = (_gait, _sweep, _steps, _bursts, _rest)


def _policy_index(time: np.ndarray) -> np.ndarray:
    """The number of the policy's step at each time."""
    return (time / POLICY_TIME + 1.0e-6).astype(int)


def _held(time: np.ndarray) -> np.ndarray:
    """The time at the policy's last step."""
    return _policy_index(time) * POLICY_TIME
