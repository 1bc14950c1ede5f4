"""Sick copies of a controller file: well while the robot is asked to stand still, ill as soon as it is asked to move.

This is for rehearsals of faults that arise within a policy. It needs the package `onnx`, which robots need not have.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from legged_gym.utils.digest import KEY, sealed
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file

JUMP = 2.0
"""Of the first joint's target, rad."""
LATE_TURNS = 10**5
"""Of a loop in the policy's graph: some 80 ms."""
ENDLESS_TURNS = 10**15
_TARGETS, _COMMAND, _IS_ILL = "joint_targets", "command", "sick_is_ill"
_LAYERS = ("Gemm", "MatMul")


def write_sick_file(policy: Path, sickness: str, path: Path) -> None:
    """Write a sick copy of a controller file, with its metadata and a digest of its own.

    Args:
        policy: a sound controller file.
        sickness: one of `SICKNESSES`.
        path: file to write.

    Raises:
        UserError: the controller cannot fall ill so, or the file cannot be written.
    """
    model = onnx.load(policy)
    graph = model.graph
    if _COMMAND not in {port.name for port in graph.input}:
        raise UserError(f"{policy.name} takes no command, so that nothing can tell a sick copy when to fall ill")
    SICKNESSES[sickness](graph)
    asked = helper.make_node("ReduceL1", [_COMMAND], ["sick_asked"], keepdims=0)
    ill = helper.make_node("Greater", ["sick_asked", _constant(graph, "nothing", np.float32(0.0))], [_IS_ILL])
    graph.node.insert(0, asked)
    graph.node.insert(1, ill)
    entries = {entry.key: entry.value for entry in model.metadata_props if entry.key != KEY}
    helper.set_model_props(model, entries)
    write_file(path, sealed(model.SerializeToString()))


def _jump(graph: onnx.GraphProto) -> None:
    """The first joint's target is `JUMP` beyond what it should be."""
    joints = next(port.type.tensor_type.shape.dim[0].dim_value for port in graph.output if port.name == _TARGETS)
    jump = _constant(graph, "jump", JUMP * np.eye(joints, dtype=np.float32)[0])
    none = _constant(graph, "none", np.float32(0.0))
    _rename_targets(graph)
    graph.node.append(helper.make_node("Where", [_IS_ILL, jump, none], ["sick_amount"]))
    graph.node.append(helper.make_node("Add", ["sick_targets", "sick_amount"], [_TARGETS]))


def _not_a_number(graph: onnx.GraphProto) -> None:
    """The network's last layer gives no numbers: what the file itself makes of that is its own matter."""
    index = _last_layer(graph)
    layer = graph.node[index]
    name, layer.output[0] = layer.output[0], "sick_layer"
    nan = _constant(graph, "nan", np.float32(np.nan))
    graph.node.insert(index + 1, helper.make_node("Where", [_IS_ILL, nan, "sick_layer"], [name]))


def _slow(turns: int) -> Callable[[onnx.GraphProto], None]:
    """Nothing comes of a loop of so many turns but time."""

    def fall_ill(graph: onnx.GraphProto) -> None:
        ports = [("turn", TensorProto.INT64), ("goes_on", TensorProto.BOOL), ("value", TensorProto.FLOAT)]
        inputs = [helper.make_tensor_value_info(f"sick_{name}", kind, []) for name, kind in ports]
        ends = [("still", TensorProto.BOOL), ("next", TensorProto.FLOAT)]
        outputs = [helper.make_tensor_value_info(f"sick_{name}", kind, []) for name, kind in ends]
        nodes = [
            helper.make_node("Identity", ["sick_goes_on"], ["sick_still"]),
            helper.make_node("Sin", ["sick_value"], ["sick_next"]),  # of 0, which stays 0
        ]
        body = helper.make_graph(nodes, "sick_loop", inputs, outputs)
        many, none = _constant(graph, "many", np.int64(turns)), _constant(graph, "none", np.int64(0))
        zero = _constant(graph, "zero", np.float32(0.0))
        _rename_targets(graph)
        graph.node.append(helper.make_node("Where", [_IS_ILL, many, none], ["sick_turns"]))
        graph.node.append(helper.make_node("Loop", ["sick_turns", "", zero], ["sick_spent"], body=body))
        graph.node.append(helper.make_node("Add", ["sick_targets", "sick_spent"], [_TARGETS]))

    return fall_ill


SICKNESSES: dict[str, Callable[[onnx.GraphProto], None]] = {
    "jump of a target": _jump, "an action that is no number": _not_a_number, "late policy": _slow(LATE_TURNS),
    "hung policy": _slow(ENDLESS_TURNS),
}  # fmt: skip
"""What each does to a graph, in which the value `_IS_ILL` says whether it is time."""


def _constant(graph: onnx.GraphProto, name: str, value: Any) -> str:
    """A constant's name in the graph."""
    graph.initializer.append(numpy_helper.from_array(np.asarray(value), f"sick_{name}"))
    return f"sick_{name}"


def _rename_targets(graph: onnx.GraphProto) -> None:
    """What were the targets are `sick_targets`, for all that use them, too."""
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = ["sick_targets" if name == _TARGETS else name for name in names]


def _last_layer(graph: onnx.GraphProto) -> int:
    """Index of the last matrix product that the targets come of; nodes stand after those that they use."""
    needed = {_TARGETS}
    for index in reversed(range(len(graph.node))):
        node = graph.node[index]
        if needed.isdisjoint(node.output):
            continue
        if node.op_type in _LAYERS:
            return index
        needed.update(filter(None, node.input))  # empty: one that is left out
    raise UserError("no layer of a network is found in the controller file, which a sick copy needs")
