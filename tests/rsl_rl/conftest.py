import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors do not gain from threads, and tests share the machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)
