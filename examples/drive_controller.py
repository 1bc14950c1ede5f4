"""Walk a robot in MuJoCo with a controller file alone: `drive_controller.py [FILE.onnx [ROBOT.urdf [SECONDS]]]`."""

# pyright: reportAttributeAccessIssue=false
import json
import sys
from pathlib import Path

import mujoco
import numpy as np
import onnxruntime


def load_robot(urdf: Path, physics_dt: float) -> mujoco.MjModel:
    """A free robot on a floor; only the two touch each other."""
    text = urdf.read_text().replace("</robot>", '<mujoco><compiler discardvisual="true"/></mujoco></robot>')
    spec = mujoco.MjSpec.from_string(text)
    spec.option.timestep = physics_dt
    for geom in spec.geoms:
        geom.contype, geom.conaffinity = 0, 1
    for joint in spec.joints:
        joint.armature = 0.01  # rotors, kg m^2
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1], contype=1, conaffinity=0)
    spec.bodies[1].add_freejoint()
    return spec.compile()


def walk(controller: Path, urdf: Path, seconds: float, command: tuple[float, float, float]) -> tuple[float, bool]:
    """Distance walked forward, m, and whether the robot is upright at the end."""
    session = onnxruntime.InferenceSession(str(controller))
    about = {key: json.loads(value) for key, value in session.get_modelmeta().custom_metadata_map.items()}
    data = mujoco.MjData(model := load_robot(urdf, about["physics_dt"]))
    q, v = (np.array([getattr(model.joint(j), at)[0] for j in about["joint_names"]]) for at in ("qposadr", "dofadr"))
    drive, limit = about["actuator"], np.array(about["torque_limits"])
    kp, kd = np.array(drive["stiffness"]), np.array(drive["damping"])
    data.qpos[2], data.qpos[q] = about["simulation"]["init_state"]["pos"][2], about["default_dof_pos"]
    state, inputs = np.zeros(about["state"]["size"], np.float32), [node.name for node in session.get_inputs()]
    for _ in range(round(seconds / about["control_dt"])):
        mujoco.mj_kinematics(model, data)
        readings = {
            "gyro": data.qvel[3:6], "gravity": -data.xmat[1, 6:], "command": command, "dof_pos": data.qpos[q],
            "dof_vel": data.qvel[v], "height_map": np.zeros((31, 31)), "map_origin": data.qpos[:2] - 1.5,
            "map_resolution": [0.1], "base_pos": data.qpos[:3], "base_quat": np.roll(data.qpos[3:7], -1),
        }  # fmt: skip
        feed = {name: np.asarray(readings[name], np.float32) for name in inputs if name != "state_in"}
        targets, state = session.run(["joint_targets", "state_out"], feed | {"state_in": state})
        for _ in range(about["decimation"]):
            data.qfrc_applied[v] = np.clip(kp * (targets - data.qpos[q]) - kd * data.qvel[v], -limit, limit)
            mujoco.mj_step(model, data)
    return float(data.qpos[0]), bool(data.xmat[1, 8] > 0.7)


if __name__ == "__main__":
    home = Path(__file__).resolve().parents[1] / "resources"
    defaults = [home / "policies/go2_perceptive_student.onnx", home / "robots/go2/urdf/go2.urdf", 5.0]
    try:
        file, robot, duration = [*sys.argv[1:], *defaults[len(sys.argv) - 1 :]]
        distance, upright = walk(Path(file), Path(robot), float(duration), (0.6, 0.0, 0.0))
    except Exception as error:  # what is read is no controller's file, or no robot's
        sys.exit(f"error: {type(error).__name__}: {' '.join(str(error).split())}")
    print(f"walked {distance:.2f} m, {'upright' if upright else 'fallen'}")
