"""Small hand-made controllers with the metadata of an export."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.metadata import Metadata, parse
from legged_gym.tasks import get_cfgs
from legged_gym.utils.digest import sealed

SECTIONS = ("asset", "control", "sim", "init_state", "terrain", "commands", "domain_rand", "termination")
JOINTS = [f"{leg}_{part}_joint" for leg in ("FL", "FR", "RL", "RR") for part in ("hip", "thigh", "calf")]
MAP_INPUTS = {"height_map": ["R", "C"], "map_origin": [2], "map_resolution": [1], "base_pos": [3], "base_quat": [4]}
STATE = 13
"""The last targets, and the number of steps."""
WriteController = Callable[..., Path]


def go2_metadata(task: str = "go2_rough", readings: dict[str, list[Any]] | None = None, **changes: Any) -> dict:
    """Metadata of a controller that reads gravity and some further readings, of a Go2 on a small map of slopes and
    stairs."""
    settings = class_to_dict(get_cfgs(task)[0])
    settings["terrain"] |= {
        "num_rows": 2, "num_cols": 4, "terrain_proportions": {"slope": 0.5, "stairs_up": 0.5}, "border_size": 2.0,
    }  # fmt: skip
    inputs = {"gravity": [3], **(readings or {}), "state_in": [STATE]}
    return {
        "format": 3,
        "task": task,
        "joint_names": JOINTS,
        "default_dof_pos": [settings["init_state"]["default_joint_angles"][name] for name in JOINTS],
        "torque_limits": [23.7, 23.7, 35.55] * 4,
        "control_dt": 0.02,
        "physics_dt": 0.005,
        "decimation": 4,
        "action": {"scale": 0.25, "clip": 100.0, "target": "position"},
        "actuator": {"model": "pd", "stiffness": [20.0] * 12, "damping": [0.5] * 12},
        "observations": [term("projected_gravity")],
        "inputs": tensors(inputs),
        "outputs": tensors({"joint_targets": [12], "state_out": [STATE], "ok": [1]}),
        "state": {"size": STATE},
        "simulation": {name: settings[name] for name in (*SECTIONS, "map_noise") if name in settings},
        **changes,
    }


def map_metadata(kind: str = "height_scan", task: str = "go2_rough", **changes: Any) -> dict:
    """The same of a controller that reads a height map: 2 samples around the base or around each foot."""
    feet = [f"{leg}_foot" for leg in ("FL", "FR", "RL", "RR")] if kind == "foot_scan" else []
    view = {"kind": kind, "points": [[0.2, 0.0], [0.0, -0.1]], "feet": feet}
    return go2_metadata(task, MAP_INPUTS, **{"map": view, **changes})


def tensors(shapes: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Inputs or outputs as the metadata lists them."""
    return [{"name": name, "shape": shape, "unit": "", "frame": "", "meaning": ""} for name, shape in shapes.items()]


def term(name: str, noise: float = 0.0, sensed: bool = False) -> dict[str, Any]:
    """An observation term of the metadata."""
    return {"name": name, "width": 3, "scale": 1.0, "needs": "", "privileged": False, "noise": noise, "sensed": sensed}


def parsed(metadata: dict[str, Any]) -> Metadata:
    """Metadata as deploy reads it."""
    return parse({key: json.dumps(value) for key, value in metadata.items()}, "test.onnx")


def write_controller(
    folder: Path,
    metadata: dict[str, Any] | None = None,
    weights: np.ndarray | None = None,
    bias: float = 0.0,
    growth: float = 0.0,
    name: str = "policy.onnx",
) -> Path:
    """Write an ONNX file: joint targets = default pose + bias + gravity @ weights + growth * steps done, by the rules
    of a controller for readings that are not finite. Further readings of the metadata are not used."""
    metadata = go2_metadata() if metadata is None else metadata
    constants = {
        "weights": np.zeros((3, 12)) if weights is None else weights,
        "rest": np.array(metadata["default_dof_pos"], dtype=np.float64) + bias,
        "growth": np.array([growth]),
        "zero": np.zeros(1),
        "one": np.ones(1),
    }
    node = helper.make_node
    nodes = [
        node("Split", ["state_in", "parts"], ["last", "steps"], axis=0),
        node("MatMul", ["gravity", "weights"], ["product"]),
        node("Mul", ["growth", "steps"], ["grown"]),
        node("Sum", ["rest", "product", "grown"], ["wanted"]),
        node("Mul", ["wanted", "zero"], ["nothing"]),  # NaN, if something is not finite
        node("ReduceSum", ["nothing"], ["sum"], keepdims=1),
        node("Equal", ["sum", "zero"], ["ok"]),
        node("Where", ["ok", "wanted", "last"], ["joint_targets"]),
        node("Add", ["steps", "one"], ["more"]),
        node("Concat", ["wanted", "more"], ["next"], axis=0),
        node("Where", ["ok", "next", "state_in"], ["state_out"]),
    ]
    numbers = [numpy_helper.from_array(value.astype(np.float32), key) for key, value in constants.items()]
    numbers.append(numpy_helper.from_array(np.array([12, 1]), "parts"))
    inputs = [_tensor(entry["name"], entry["shape"]) for entry in metadata.get("inputs", [])]
    outputs = [_tensor("joint_targets", [12]), _tensor("state_out", [STATE]), _tensor("ok", [1], TensorProto.BOOL)]
    return write_graph(folder / name, nodes, inputs, outputs, numbers, metadata)


def write_drives(path: Path, stiffness: float, damping: float, limit: float) -> Path:
    """Write drives of 12 joints: torque = clip(stiffness (target - q) - damping qd, +-limit), half of it in the first
    step of an episode."""
    constants = {"kp": stiffness, "kd": damping, "low": -limit, "high": limit, "one": 1.0, "two": 2.0}
    node = helper.make_node
    nodes = [
        node("Sub", ["joint_targets", "dof_pos"], ["error"]),
        node("Mul", ["kp", "error"], ["spring"]),
        node("Mul", ["kd", "dof_vel"], ["damper"]),
        node("Sub", ["spring", "damper"], ["wanted"]),
        node("Clip", ["wanted", "low", "high"], ["full"]),
        node("Add", ["state_in", "one"], ["steps"]),
        node("Min", ["steps", "two"], ["state_out"]),
        node("Div", ["state_out", "two"], ["share"]),
        node("Mul", ["full", "share"], ["torques"]),
    ]
    numbers = [numpy_helper.from_array(np.array(value, dtype=np.float32), key) for key, value in constants.items()]
    inputs = [_tensor(name, [12]) for name in ("joint_targets", "dof_pos", "dof_vel")] + [_tensor("state_in", [1])]
    return write_graph(path, nodes, inputs, [_tensor("torques", [12]), _tensor("state_out", [1])], numbers, {})


def write_graph(
    path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], numbers: list[Any], metadata: dict[str, Any]
) -> Path:
    """Write a graph with metadata and digest; with neither where there is no metadata."""
    graph = helper.make_graph(nodes, "graph", inputs, outputs, numbers)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    if metadata:
        retell(path, metadata)
    return path


def retell(path: Path, metadata: dict[str, Any]) -> None:
    """Give a file other metadata, and its digest."""
    model = onnx.load(str(path))
    helper.set_model_props(model, {key: json.dumps(value) for key, value in metadata.items()})
    path.write_bytes(sealed(model.SerializeToString()))


def _tensor(name: str, shape: list[Any], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)
