import sys
from types import SimpleNamespace

import pytest
import torch

from legged_gym.sim import devices
from legged_gym.sim.devices import Placement, check_memory, choose_placement
from legged_gym.utils.errors import UserError
from robust_parallel import cores


@pytest.fixture
def gpus(monkeypatch):
    """Pretend to a number of GPUs that both torch and warp can use."""

    def pretend(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(devices, "_warp_fault", lambda: "" if count else "torch sees no CUDA GPU")

    return pretend


def test_auto_takes_the_gpu_where_there_is_one(gpus):
    gpus(1)
    assert choose_placement("auto") == Placement("mujoco_warp", "cuda:0", "cuda:0")
    assert choose_placement("auto", "cpu") == Placement("mujoco", "cpu", "cpu")
    assert choose_placement("mujoco", None, "cuda") == Placement("mujoco", "cpu", "cuda:0")
    gpus(0)
    assert choose_placement("auto") == Placement("mujoco", "cpu", "cpu")


def test_auto_falls_back_when_warp_is_missing(gpus, monkeypatch):
    gpus(1)
    monkeypatch.setattr(devices, "_warp_fault", lambda: "mujoco_warp not installed")
    assert choose_placement("auto") == Placement("mujoco", "cpu", "cpu")
    with pytest.raises(UserError, match="not installed"):
        choose_placement("auto", "cuda:0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("isaac",), "unknown engine 'isaac'"),
        (("tests.own_parts:Engine", "cuda:0"), "tests.own_parts:Engine engine runs on cpu, not on cuda:0"),
        (("mujoco", "cuda:0"), "mujoco engine runs on cpu, not on cuda:0"),
        (("mujoco_warp", "cuda:3"), "no device 'cuda:3': torch sees 1 CUDA"),
        (("auto", "tpu"), "unknown device"),
        (("auto", "meta"), "not supported"),
        (("mujoco", "cpu:99"), "device 'cpu:99' is not supported"),
        (("mujoco", None, "cuda:1"), "no device"),
    ],
)
def test_refusals(gpus, arguments, message):
    gpus(1)
    with pytest.raises(UserError, match=message):
        choose_placement(*arguments)


def test_an_engine_of_both_kinds_takes_its_preferred_one_where_it_is(gpus):
    gpus(1)
    assert choose_placement("isaacgym") == Placement("isaacgym", "cuda:0", "cuda:0")
    assert choose_placement("isaacgym", "cpu") == Placement("isaacgym", "cpu", "cpu")
    gpus(0)
    assert choose_placement("isaacgym") == Placement("isaacgym", "cpu", "cpu")
    with pytest.raises(UserError, match="torch sees 0 CUDA GPUs"):
        choose_placement("isaacgym", "cuda:0")


def test_warp_needs_a_gpu_unless_the_cpu_is_named(gpus):
    gpus(0)
    with pytest.raises(UserError, match="torch sees no CUDA GPU"):
        choose_placement("mujoco_warp")
    assert choose_placement("mujoco_warp", "cpu") == Placement("mujoco_warp", "cpu", "cpu")


def test_cores_count_hyper_threads_once_and_obey_the_quota(monkeypatch):
    monkeypatch.setattr(cores.os, "sched_getaffinity", lambda _: {0, 1, 4, 5}, raising=False)
    monkeypatch.setattr(cores, "_siblings", lambda cpu: {0: "0,4", 4: "0,4", 1: "1,5", 5: "1,5"}[cpu])
    monkeypatch.setattr(cores, "_cpu_quota", lambda: 8)
    assert cores.available_cores() == 2
    monkeypatch.setattr(cores, "_cpu_quota", lambda: 1)
    assert cores.available_cores() == 1


@pytest.mark.parametrize(
    ("variables", "answers", "expected"),
    [({}, True, False), ({"DISPLAY": ":0"}, True, True), ({"DISPLAY": ":99"}, False, False)],
)
def test_a_display_is_one_that_answers(monkeypatch, variables, answers, expected):
    monkeypatch.setitem(sys.modules, "glfw", SimpleNamespace(init=lambda: answers))
    monkeypatch.setattr(devices, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.setattr(devices.os, "environ", variables)
    assert devices.has_display() is expected
    monkeypatch.setattr(devices, "sys", SimpleNamespace(platform="darwin"))
    assert devices.has_display()


def test_more_robots_than_memory_holds_are_refused_at_once() -> None:
    check_memory(4096, "cpu")
    with pytest.raises(UserError, match=r"1000000000 environments need more memory than cpu has; at most [0-9]+ fit"):
        check_memory(10**9, "cpu")
