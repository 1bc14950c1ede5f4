"""What holds for every test."""

import pytest


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tensors do not gain from threads, and tests share the machine: programs may not take all its cores."""
    import torch  # not above: the process that hands out the tests needs none

    torch.set_num_threads(1)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
