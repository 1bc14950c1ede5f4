"""Measure phases of an iteration without waiting for the device."""

import time

import torch


class PhaseTimer:
    """Marks moments in the stream of work of a device.

    On CUDA the marks are events, so the phases are those of the device. The host may read them once the device has
    passed the last mark, as it has when a later result was copied to the host.
    """

    def __init__(self, device: torch.device | str) -> None:
        """Choose the clock.

        Args:
            device: Where the work is done.
        """
        self._device = torch.device(device)
        self._marks: list[float | torch.cuda.Event] = []

    def mark(self) -> None:
        """Mark this moment."""
        if self._device.type == "cuda":
            event = torch.cuda.Event(enable_timing=True)
            event.record(torch.cuda.current_stream(self._device))
            self._marks.append(event)
        else:
            self._marks.append(time.perf_counter())

    def pop(self) -> list[float]:
        """Return the seconds between successive marks, and forget them."""
        marks, self._marks = self._marks, []
        return [_elapsed(start, end) for start, end in zip(marks, marks[1:], strict=False)]


def _elapsed(start: float | torch.cuda.Event, end: float | torch.cuda.Event) -> float:
    if isinstance(start, torch.cuda.Event) and isinstance(end, torch.cuda.Event):
        end.synchronize()
        return start.elapsed_time(end) / 1000.0
    assert isinstance(start, float) and isinstance(end, float)
    return end - start
