"""Every reader of what is not ours, each with something that it reads and a way to spoil it."""

import contextlib
import copy
import json
import random
import sqlite3
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.actuators.logs import ActuatorLog, read_log, write_log
from legged_gym.config.io import load_json
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.overrides import read_overrides
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds import cdr
from legged_gym.deploy.go2.grid_map import GRID_MAP, read_grid_maps
from legged_gym.deploy.go2.messages import HEIGHT_MAPS, POSES, STATES
from legged_gym.deploy.go2.transport import Go2Transport
from legged_gym.deploy.metadata import parse
from legged_gym.deploy.runner.recording import STEP, Recorder, read_recording
from legged_gym.deploy.runner.replay import Topics, replay
from legged_gym.runs.configure import saved_config
from legged_gym.scripts import evaluate
from legged_gym.sweeps.definition import read_definition
from legged_gym.sweeps.space import check_space
from legged_gym.tasks import get_cfgs
from robust_parallel.urdf.reader import read_urdf
from rsl_rl.runners import OnPolicyRunner
from tests.config.schema import fields
from tests.deploy.go2.test_grid_map import grid_map
from tests.deploy.go2.test_grid_map import recording as recording_of_maps
from tests.deploy.runner.loop import Loop
from tests.fuzz.mutations import NASTY, spoiled_bytes, spoiled_data, spoiled_text
from tests.rsl_rl.point_env import PointEnv, train_cfg

ROOT = Path(LEGGED_GYM_ROOT_DIR)
POLICIES = ROOT / "resources" / "policies"
Target = Callable[[random.Random, Path], None]
"""Spoils something, from a file in a folder if it has to be one, and reads it."""


def urdf() -> Target:
    """A robot."""
    content = (ROOT / "resources/robots/qmini/urdf/qmini.urdf").read_bytes()

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "robot.urdf"
        path.write_bytes(spoiled_text(content, rng))
        read_urdf(path)

    return read


def checkpoint_bytes() -> Target:
    """A checkpoint whose bytes are spoiled."""
    content = (POLICIES / "go2_flat.pt").read_bytes()

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "model_1.pt"
        path.write_bytes(spoiled_bytes(content, rng))
        saved_config(path)

    return read


def checkpoint_content() -> Target:
    """A checkpoint whose configuration is spoiled, over the task's defaults."""
    state = torch.load(POLICIES / "go2_flat.pt", weights_only=True)
    small = {"schema_version": state["schema_version"], "config": state["config"]}

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "model_1.pt"
        torch.save(spoiled_data(small, rng), path)
        resolve_settings(*get_cfgs("go2_flat"), saved_config(path))

    return read


def metadata() -> Target:
    """What a controller file says of itself."""
    entries = {entry.key: json.loads(entry.value) for entry in _model().metadata_props}

    def read(rng: random.Random, _: Path) -> None:
        spoiled = spoiled_data(entries, rng)
        texts = {key: json.dumps(value) for key, value in spoiled.items()}
        if rng.random() < 0.1:
            texts[rng.choice(list(texts))] = "{not json"
        parse(texts, "policy.onnx")

    return read


def config() -> Target:
    """`--set key=value`."""
    env_cfg, train_cfg = get_cfgs("go2_perceptive_sight")
    keys = [key for key, _ in fields(env_cfg)] + [f"train.{key}" for key, _ in fields(train_cfg)]
    words = ("", "[", "{a: b}", "[1, 2, 3]", "{hip: 1e-4}", "!!python/object:os.system x", "*a", "&a [*a]", "1e5", "-")

    def read(rng: random.Random, _: Path) -> None:
        key = rng.choice([*keys, rng.choice(keys)[:-1], "train", ".", ""])
        value = rng.choice([*words, str(rng.choice(NASTY)), json.dumps(rng.choice(NASTY))])
        resolve_settings(env_cfg, train_cfg, asked=[Asked(read_overrides([f"{key}={value}"]))])

    return read


def sweep() -> Target:
    """A sweep's file."""
    definition = load_json(ROOT / "sweep_config_example.json")
    cfgs = get_cfgs("go2_flat")

    def read(rng: random.Random, folder: Path) -> None:
        path, content = folder / "sweep.json", json.dumps(spoiled_data(definition, rng)).encode()
        path.write_bytes(spoiled_bytes(content, rng) if rng.random() < 0.2 else content)
        check_space(read_definition(path).space, *copy.deepcopy(cfgs))

    return read


def actuator_log() -> Target:
    """A drive's log."""
    time = np.arange(30)[:, None] * 0.01
    log = ActuatorLog(["a"], 0.01, np.sin(time), np.sin(time - 0.1), np.cos(time), 5.0 * np.sin(time))

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "log.csv"
        write_log(path, log)
        path.write_bytes(spoiled_text(path.read_bytes(), rng))
        read_log(path)

    return read


def controller() -> Target:
    """Readings of a robot."""
    running = Controller(POLICIES / "go2_flat_deploy.onnx")
    shapes = {
        name: [size if isinstance(size, int) else 1 for size in running.metadata.inputs[name]]
        for name in running.readings
    }

    def read(rng: random.Random, _: Path) -> None:
        readings: dict[str, Any] = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
        running.step(spoiled_data(readings, rng))
        if not np.isfinite(running.outputs["joint_targets"]).all():
            raise AssertionError("joint targets are not finite")

    return read


def recording() -> Target:
    """A recording of a robot, replayed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "walk.bin"
        recorder = Recorder(path)
        loop = Loop(recorder=recorder)
        loop.walk(0.05)
        recorder.close()
        entries = list(read_recording(path))
    kept = [entry for entry in entries if entry.kind == STEP or entry.topic == STATES.name]
    make_transport = partial(Go2Transport, joint_names=loop.facts.joint_names)

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "walk.bin"
        recorder = Recorder(path)
        for entry in kept:
            data = entry.data
            if rng.random() < (0.5 if entry.kind == STEP else 0.02):
                is_step = entry.kind == STEP
                data = json.dumps(spoiled_data(json.loads(data), rng)).encode() if is_step else spoiled_bytes(data, rng)
            recorder.add(entry.kind, entry.topic, data)
        recorder.close()
        if rng.random() < 0.2:
            path.write_bytes(spoiled_bytes(path.read_bytes(), rng))
        topics = Topics(STATES, HEIGHT_MAPS, POSES)
        for _ in replay(read_recording(path), loop.controller, make_transport, topics):
            pass

    return read


def grid_maps() -> Target:
    """A ROS 2 recording of height maps."""
    with tempfile.TemporaryDirectory() as folder:
        content = recording_of_maps(Path(folder) / "map.db3", grid_map()).read_bytes()

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "map.db3"
        if rng.random() < 0.3:
            path.write_bytes(spoiled_bytes(content, rng))
        else:
            path.write_bytes(content)
            data = rng.choice([spoiled_bytes(cdr.encode(GRID_MAP, grid_map()), rng), None, 5, "text"])
            with sqlite3.connect(path) as database:
                database.execute("update messages set data = ?", (data,))
        read_grid_maps(path)

    return read


def training_state() -> Target:
    """A checkpoint whose content is spoiled, and a training that goes on from it."""
    with tempfile.TemporaryDirectory() as folder:
        first = OnPolicyRunner(PointEnv(8), train_cfg(), folder)
        first.console = None
        first.learn(1)
        state = torch.load(Path(folder) / "model_1.pt", weights_only=True)

    def read(rng: random.Random, folder: Path) -> None:
        path = folder / "model_1.pt"
        part = rng.choice([name for name in state if name not in ("schema_version", "config")])
        torch.save(state | spoiled_data({part: state[part]}, rng), path)
        runner = OnPolicyRunner(PointEnv(8), train_cfg())
        runner.console = None
        runner.load(path)
        runner.learn(1)

    return read


def suite_results() -> Target:
    """What a suite of evaluate.py wrote, for its tables."""
    results = {
        suite: load_json(ROOT / "benchmarks" / "results" / f"{name}.json")
        for suite, name in (("sight", "mujoco_c_go2_perceptive_sight_crossings"), ("belief", "belief_sight_h100"))
    }
    del results["belief"]["records"]["standard"][12:]

    def read(rng: random.Random, folder: Path) -> None:
        suite, path = rng.choice(list(results)), folder / "results.json"
        path.write_text(json.dumps(spoiled_data(results[suite], rng)))
        with contextlib.redirect_stdout(None):
            evaluate.main([f"--suite={suite}", "--from_json", str(path)])

    return read


def _model() -> Any:
    return onnx.load(POLICIES / "go2_flat_deploy.onnx")


TARGETS: dict[str, Callable[[], Target]] = {
    function.__name__: function
    for function in (
        urdf,
        checkpoint_bytes,
        checkpoint_content,
        metadata,
        config,
        sweep,
        actuator_log,
        controller,
        recording,
        grid_maps,
        training_state,
        suite_results,
    )
}
"""By name: what makes the target."""
