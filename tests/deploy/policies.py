"""Small hand-made policies with the metadata of an export."""

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

SECTIONS = (
    "asset", "control", "sim", "init_state", "terrain", "commands", "domain_rand", "normalization", "termination",
)  # fmt: skip
JOINTS = [f"{leg}_{part}_joint" for leg in ("FL", "FR", "RL", "RR") for part in ("hip", "thigh", "calf")]
WritePolicy = Callable[..., Path]


def describe(env: Any, groups: list[str]) -> Metadata:
    """The metadata of a policy that observes some groups of an environment, without sensor noise."""
    settings = class_to_dict(env.cfg)
    data = env.layout | {name: settings[name] for name in (*SECTIONS, "map_noise") if name in settings}
    data |= {"format": 2, "task": "test", "decimation": 4, "hidden_state": {}}
    data["history"] = env.layout.get("history", {}).get(groups[0], 1)
    terms = [entry for group in groups for entry in env.layout["observations"][group]]
    declared = env.observations.terms
    data["observations"] = [entry | {"noise": 0.0, "sensed": declared[entry["name"]].sensed} for entry in terms]
    return parse({key: json.dumps(value) for key, value in data.items()}, "test.onnx")


def go2_metadata(**changes: Any) -> dict[str, Any]:
    """Metadata of a policy that sees gravity alone, of a Go2 on a small map of slopes and stairs."""
    settings = class_to_dict(get_cfgs("go2_rough")[0])
    settings["terrain"] |= {
        "num_rows": 2, "num_cols": 4, "terrain_proportions": {"slope": 0.5, "stairs_up": 0.5}, "border_size": 2.0,
    }  # fmt: skip
    return {
        "format": 2,
        "task": "go2_rough",
        "joint_names": JOINTS,
        "default_dof_pos": [settings["init_state"]["default_joint_angles"][name] for name in JOINTS],
        "action_scale": 0.25,
        "clip_actions": 100.0,
        "clip_observations": 100.0,
        "control_dt": 0.02,
        "decimation": 4,
        "observations": [term("projected_gravity", 3)],
        "hidden_state": {},
        **{name: settings[name] for name in SECTIONS},
        **changes,
    }


def term(
    name: str, width: int, scale: float | list[float] = 1.0, noise: float = 0.0, sensed: bool = False
) -> dict[str, Any]:
    """An observation term of the metadata."""
    entry = {"name": name, "width": width, "scale": scale, "needs": "", "privileged": False}
    return entry | {"noise": noise, "sensed": sensed}


def write_policy(
    folder: Path,
    metadata: dict[str, Any] | None = None,
    weights: np.ndarray | None = None,
    bias: float = 0.0,
    memory: bool = False,
    name: str = "policy.onnx",
) -> Path:
    """Write an ONNX file: actions = obs @ weights + bias, and with memory + the hidden state's first number, which is
    one more after each step."""
    metadata = go2_metadata() if metadata is None else metadata
    weights = np.zeros((3, 12)) if weights is None else weights
    constants = {"weights": weights, "bias": np.full((1, 12), bias), "one": np.ones((1, 1, 1))}
    nodes = [
        helper.make_node("MatMul", ["obs", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum" if memory else "actions"]),
    ]
    inputs, outputs = [_tensor("obs", ["batch", len(weights)])], [_tensor("actions", ["batch", 12])]
    if memory:
        nodes.append(helper.make_node("Add", ["h_in", "one"], ["h_out"]))
        nodes.append(helper.make_node("ReduceMax", ["h_in"], ["h"], keepdims=0))
        nodes.append(helper.make_node("Add", ["sum", "h"], ["actions"]))
        inputs.append(_tensor("h_in", [2, "batch", 5]))
        outputs.append(_tensor("h_out", [2, "batch", 5]))
    tensors = [numpy_helper.from_array(value.astype(np.float32), key) for key, value in constants.items()]
    graph = helper.make_graph(nodes, "policy", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, {key: json.dumps(value) for key, value in metadata.items()})
    onnx.save(model, str(folder / name))
    return folder / name


def _tensor(name: str, shape: list[Any]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
