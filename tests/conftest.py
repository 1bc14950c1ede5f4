"""What holds for every test."""

import gc
import signal
import threading
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded with the tests stays to the end: searching it for garbage, over and over, takes a third longer."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()  # it is counted, too: the more there is, the rarer are searches of everything
        gc.freeze()
        gc.enable()


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
