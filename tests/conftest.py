"""What holds for every test."""

import signal
import threading

import pytest


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tensors do not gain from threads, and tests share the machine: programs may not take all its cores."""
    import torch  # not above: the process that hands out the tests needs none

    torch.set_num_threads(1)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)


@pytest.fixture(autouse=True)
def signals_end_processes() -> None:
    """Processes of a test begin as a terminal's do, whatever this one ignores, or blocks, since it was begun."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
