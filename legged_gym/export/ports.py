"""What a controller's inputs and outputs are: unit, frame and meaning of each."""

from typing import Any

from legged_gym.interface.action import MIXED, POSITION, TORQUE
from legged_gym.interface.controller import Controller

Port = tuple[str | None, str | None, str]
"""Unit, frame and meaning."""

INPUTS: dict[str, Port] = {
    "gyro": ("rad/s", "base", "angular velocity, as the gyroscope reads it"),
    "gravity": ("1", "base", "unit vector of the direction of gravity; upright: 0, 0, -1"),
    "command": ("m/s, m/s, rad/s", "base", "velocity asked for: forward, to the left, turning to the left"),
    "dof_pos": ("rad", "joint", "joint angles as the encoders read them, in the order of joint_names"),
    "dof_vel": ("rad/s", "joint", "joint velocities, in the order of joint_names"),
    "present_dof_pos": ("rad", "joint", "dof_pos in time, by which targets are held; dof_pos may be late"),
    "present_dof_vel": ("rad/s", "joint", "dof_vel in time, likewise"),
    "depth_image": (
        "m",
        "camera",
        "newest image of the depth camera: distances along its axis; rows from above, columns from the left; 0: none",
    ),
    "height_map": ("m", "map", "ground height of each cell; first index along x, second along y; NaN: unknown"),
    "map_origin": ("m", "map", "x and y of the centre of the cell [0, 0]"),
    "map_resolution": ("m", "map", "cell size"),
    "base_pos": ("m", "map", "position of the base"),
    "base_quat": ("1", "map", "orientation of the base, xyzw, base to map"),
    "state_in": (None, None, "what the controller remembers: state_out of the last call; zeros begin an episode"),
}
PRIVILEGED: Port = (None, None, "what no robot measures, as the simulation knows it; unscaled")

OUTPUTS: dict[str, Port] = {
    "joint_targets": ("rad", "joint", "what the drives are to follow until the next call, in the order of joint_names"),
    "state_out": (None, None, "state_in of the next call"),
    "ok": (
        None,
        None,
        "false: a reading, or an answer of the network, was not finite; joint_targets are the last good ones, and "
        "nothing is remembered of this call",
    ),
    "actions": ("1", "joint", "the network's clipped output"),
    "map_samples": ("m", "map", "x, y, z of the ground that the policy looks at; z NaN: unknown"),
    "estimate": ("SI", "base", "what the policy estimates, term after term as in `estimate`"),
    "belief": (None, None, "the policy's belief of ground and privileged state, in codes"),
    "decoded_heights": ("m", "foot", "ground around each foot as the policy believes it to be, relative to the foot"),
    "gate": ("1", None, "how much of the present view enters the belief: 0 nothing, 1 all"),
}


_TARGETS: dict[str, dict[str, str]] = {
    TORQUE: {"unit": "N m", "meaning": "torques of the drives, in the order of joint_names"},
    MIXED: {
        "unit": "rad, rad/s or N m",
        "meaning": "what each drive is told, as drive_modes says, in the order of joint_names",
    },
}
"""What `joint_targets` are where they are no joint angles."""


def ports(controller: Controller) -> dict[str, list[dict[str, Any]]]:
    """The controller's `inputs` and `outputs` in order, each with name, shape, unit, frame and meaning."""
    given = controller.example_inputs()
    inputs = [
        _described(name, list(tensor.shape), INPUTS.get(name, PRIVILEGED))
        for name, tensor in zip(controller.input_names, given, strict=True)
    ]
    for port in inputs:
        if port["name"] == "height_map":
            port["shape"] = ["rows", "cols"]
    outputs = [
        _described(name, list(tensor.shape), OUTPUTS[name])
        for name, tensor in zip(controller.output_names, controller(*given), strict=True)
    ]
    if controller.action_map.target != POSITION:
        outputs[0] |= _TARGETS[controller.action_map.target]
    return {"inputs": inputs, "outputs": outputs}


def _described(name: str, shape: list[int], port: Port) -> dict[str, Any]:
    unit, frame, meaning = port
    return {"name": name, "shape": shape, "unit": unit, "frame": frame, "meaning": meaning}
