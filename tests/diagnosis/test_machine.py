"""What is told of a machine, for machines that are made up."""

from types import SimpleNamespace

import pytest

from legged_gym.diagnosis import machine


def found(monkeypatch: pytest.MonkeyPatch, name: str, **changes: object):
    for key, value in changes.items():
        monkeypatch.setattr(machine, key, value)
    return next(finding for finding in machine.look() if finding.name == name)


def test_this_machine_is_told():
    names = [finding.name for finding in machine.look()]
    assert names[:2] == ["legged_gym", "Python"] and {"cores", "OpenMP", "disk", "CUDA driver"} <= set(names)
    assert all(finding.state != "fault" for finding in machine.look())


def test_an_old_driver_has_no_conditional_graphs(monkeypatch):
    assert found(monkeypatch, "CUDA driver", driver_version=lambda: None).state == "note"
    old = found(monkeypatch, "CUDA driver", driver_version=lambda: 12_030)
    assert old.state == "warning" and old.value.startswith("CUDA 12.3") and "no conditional graphs" in old.value
    new = found(monkeypatch, "CUDA driver", driver_version=lambda: 13_000)
    assert new.state == "ok" and new.value.startswith("CUDA 13.0")


def test_threads_that_spin_and_settings_that_come_too_late(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    monkeypatch.setenv("GOMP_SPINCOUNT", "0")
    monkeypatch.setattr(machine.openmp, "IS_LATE", False)
    monkeypatch.setattr(machine, "available_cores", lambda: 4)
    for threads, state in (("1", "ok"), ("4", "ok"), ("5", "warning"), ("0", "warning"), ("four", "warning")):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        assert found(monkeypatch, "OpenMP").state == state, threads
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert found(monkeypatch, "OpenMP").state == "ok"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert found(monkeypatch, "OpenMP").state == "warning"
    monkeypatch.setattr(machine.openmp, "IS_LATE", True)
    assert "torch was imported before" in found(monkeypatch, "OpenMP").value


def test_little_memory_and_disk_and_busy_cores_are_warnings(monkeypatch):
    assert found(monkeypatch, "memory", available_memory=lambda: 1.0).state == "warning"
    assert found(monkeypatch, "memory", available_memory=lambda: 100.0).state == "ok"
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))
    assert found(monkeypatch, "disk").value.startswith("1.0 GiB") and found(monkeypatch, "disk").state == "warning"
    monkeypatch.setattr(machine.os, "getloadavg", lambda: (7.0, 0.0, 0.0))
    assert "would keep 7.0 busy" in found(monkeypatch, "cores", available_cores=lambda: 8).advice
    assert found(monkeypatch, "cores", available_cores=lambda: 16).state == "ok"
