"""Command lines and settings from dictionaries."""

import sys

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymutil


def arguments(monkeypatch, *flags: str, **settings):
    monkeypatch.setattr(sys, "argv", ["train.py", *flags])
    return gymutil.parse_arguments(description="test", **settings)


def test_devices():
    assert gymutil.parse_device_str("cuda:1") == ("cuda", 1)
    assert gymutil.parse_device_str("cuda") == ("cuda", 0) and gymutil.parse_device_str("cpu") == ("cpu", 0)
    assert gymutil.parse_device_str(torch.device("cuda:1")) == ("cuda", 1)
    for unknown in ("gpu", None):
        with pytest.raises(ValueError, match=f"unknown device {unknown!r}"):
            gymutil.parse_device_str(unknown)


def test_defaults_are_those_of_a_cpu(monkeypatch):
    args = arguments(monkeypatch)
    assert (args.sim_device, args.sim_device_type, args.compute_device_id) == ("cpu", "cpu", 0)
    assert not args.use_gpu and not args.use_gpu_pipeline and args.physics_engine == gymapi.SIM_PHYSX
    assert (args.graphics_device_id, args.num_threads, args.subscenes, args.slices) == (0, 0, 0, 0)


def test_flags_of_the_simulator_and_of_the_script(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    own = [
        {"name": "--task", "type": str, "default": "a1", "help": "which"},
        {"name": "--resume", "action": "store_true", "help": "go on"},
    ]
    flags = ("--sim_device=cuda:2", "--flex", "--task", "go2", "--resume", "--headless", "--num_threads=4")
    args = arguments(monkeypatch, *flags, headless=True, custom_parameters=own)
    assert (args.task, args.resume, args.headless, args.num_threads) == ("go2", True, True, 4)
    assert (args.sim_device_type, args.compute_device_id, args.use_gpu_pipeline) == ("cuda", 2, True)
    assert args.physics_engine == gymapi.SIM_FLEX
    assert not arguments(monkeypatch, "--sim_device=cuda", "--pipeline=cpu").use_gpu_pipeline
    assert arguments(monkeypatch, "--nographics", no_graphics=True).headless


def test_unknown_flags_and_devices_end_the_program(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        arguments(monkeypatch, "--num_env=4")
    with pytest.raises(SystemExit):
        arguments(monkeypatch, "--sim_device=tpu")
    assert "unknown device 'tpu'" in capsys.readouterr().err
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit):
        arguments(monkeypatch, "--sim_device=cuda:0")
    assert "pass --sim_device=cpu" in capsys.readouterr().err


def test_settings_from_a_dictionary():
    params = gymapi.SimParams()
    physx = {"num_threads": 10, "contact_offset": 0.01, "no_such_setting": 1}
    settings = {
        "dt": 0.005,
        "gravity": [0.0, 0.0, -9.81],
        "up_axis": 1,
        "physx": physx,
        "body_measure_points": {"a": 1},
    }
    gymutil.parse_sim_config(settings, params)
    assert (params.dt, params.substeps, params.up_axis) == (0.005, 2, gymapi.UP_AXIS_Z)
    assert params.gravity == gymapi.Vec3(0.0, 0.0, -9.81)
    assert (params.physx.num_threads, params.physx.contact_offset) == (10, 0.01)


def test_lines_are_taken_and_not_drawn():
    sphere = gymutil.WireframeSphereGeometry(0.02, 4, 4, None, color=(1, 1, 0))
    assert len(sphere.vertices()) == len(sphere.colors()) == 0 and sphere.vertices().dtype == gymapi.Vec3.dtype
    gymutil.WireframeBoxGeometry(1.0, 2.0, 3.0, gymapi.Transform(), color=(1, 0, 0))
    gymutil.AxesGeometry(0.1, None)
    gymutil.draw_lines(sphere, None, None, None, gymapi.Transform())
    gymutil.draw_line(gymapi.Vec3(), gymapi.Vec3(), gymapi.Vec3(), None, None, None)
    assert np.zeros(0, gymapi.Vec3.dtype).shape == (0,)
