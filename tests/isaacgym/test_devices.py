"""The device of a simulation, also of scripts that name theirs twice: walk-these-ways has a GPU pipeline on `cpu`."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from isaacgym import failure_reader, legacy
from isaacgym.engines import choose_engine
from robust_parallel.errors import UserError
from tests.isaacgym.worlds import BALL, world

CPU = torch.device("cpu")


@pytest.fixture
def gpus(monkeypatch):
    """Let torch find so many GPUs."""

    def find(count: int) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return find


def test_a_gpu_pipeline_without_a_gpu_is_one_on_the_cpu(gpus, tmp_path, caplog):
    gpus(0)
    with caplog.at_level(logging.WARNING):
        made = world(tmp_path, BALL, on_gpu=True).prepare()
    assert (made.sim.engine_name, made.roots.device) == ("mujoco", CPU)
    assert "physics and tensors on the CPU" in caplog.text


def test_the_engine_goes_with_the_device(gpus, monkeypatch):
    monkeypatch.delenv("ISAACGYM_ENGINE", raising=False)
    gpus(1)
    assert choose_engine(False, 0) == ("mujoco", CPU)
    assert choose_engine(True, 0) == ("mujoco_warp", torch.device("cuda", 0))
    with pytest.raises(UserError, match=r"there is no cuda:1; GPUs here: 1"):
        choose_engine(True, 1)


@pytest.mark.parametrize("count", [0, 1])
def test_the_variable_keeps_a_script_on_the_cpu(gpus, monkeypatch, count):
    gpus(count)
    monkeypatch.setenv("ISAACGYM_ENGINE", "mujoco")
    assert choose_engine(True, 0) == ("mujoco", CPU)


def test_tensors_of_cuda_types_are_on_the_cpu_where_there_is_no_gpu(gpus, monkeypatch):
    """DreamWaQ writes its commands with `torch.cuda.FloatTensor(..., device=self.device)`."""
    gpus(0)
    monkeypatch.setattr(torch.cuda, "FloatTensor", None)
    legacy.restore_names()
    commands = torch.zeros(2, 4)
    commands[[1], :] = torch.cuda.FloatTensor([0.5, 0, 0, 0], device="cpu")
    assert commands.tolist() == [[0.0] * 4, [0.5, 0.0, 0.0, 0.0]]


def test_tensors_of_cuda_types_stay_where_there_is_a_gpu(gpus, monkeypatch):
    gpus(1)
    present = object()
    monkeypatch.setattr(torch.cuda, "FloatTensor", present)
    legacy.restore_names()
    assert torch.cuda.FloatTensor is present


def test_counts_are_awaited_on_their_own_device(monkeypatch):
    """On that of torch's current one an event says nothing of the copy."""
    recorded: list[str] = []
    event = SimpleNamespace(record=recorded.append, query=lambda: True)
    cuda = SimpleNamespace(Event=lambda: event, current_stream=lambda device: f"stream of {device}")
    arrived = SimpleNamespace(copy_=lambda counts, non_blocking: None, tolist=lambda: [3])
    monkeypatch.setattr(failure_reader, "torch", SimpleNamespace(cuda=cuda, zeros=lambda *_, **__: arrived))
    counts: Any = SimpleNamespace(device=torch.device("cuda:1"), shape=(1,), dtype=torch.int32)
    reader = failure_reader.CountReader(counts)
    assert [reader.look() for _ in range(51)] == [None] * 50 + [[3]]
    assert recorded == ["stream of cuda:1"]
