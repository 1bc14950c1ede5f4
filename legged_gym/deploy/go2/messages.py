"""The messages of a Go2 (unitree_sdk2_python at 37116c5, message definitions of ROS 2), and their topics."""

from legged_gym.deploy.dds.idl import STRING, Array, Sequence, Struct, Topic
from legged_gym.deploy.dds.record import Record

NO_POSITION, NO_VELOCITY = 2.146e9, 16000.0
"""Of a motor's command: what stands for no target."""
NUM_MOTORS = 20
"""Places for motors in a message; a Go2 has the first 12."""


def _go(name: str, **fields) -> Struct:
    return Struct(f"unitree_go.msg.dds_.{name}_", fields)


def _api(name: str, **fields) -> Struct:
    return Struct(f"unitree_api.msg.dds_.{name}_", fields)


_FRAME = {
    "head": Array("uint8", 2), "level_flag": "uint8", "frame_reserve": "uint8", "sn": Array("uint32", 2),
    "version": Array("uint32", 2), "bandwidth": "uint16",
}  # fmt: skip
_MOTOR_CMD = _go(
    "MotorCmd", mode="uint8", q="float32", dq="float32", tau="float32", kp="float32", kd="float32",
    reserve=Array("uint32", 3),
)  # fmt: skip
_MOTOR_STATE = _go(
    "MotorState", mode="uint8", q="float32", dq="float32", ddq="float32", tau_est="float32", q_raw="float32",
    dq_raw="float32", ddq_raw="float32", temperature="uint8", lost="uint32", reserve=Array("uint32", 2),
)  # fmt: skip
_IMU_STATE = _go(
    "IMUState", quaternion=Array("float32", 4), gyroscope=Array("float32", 3), accelerometer=Array("float32", 3),
    rpy=Array("float32", 3), temperature="uint8",
)  # fmt: skip
_BMS_STATE = _go(
    "BmsState", version_high="uint8", version_low="uint8", status="uint8", soc="uint8", current="int32", cycle="uint16",
    bq_ntc=Array("uint8", 2), mcu_ntc=Array("uint8", 2), cell_vol=Array("uint16", 15),
)  # fmt: skip
_LOW_CMD = _go(
    "LowCmd", **_FRAME, motor_cmd=Array(_MOTOR_CMD, NUM_MOTORS),
    bms_cmd=_go("BmsCmd", off="uint8", reserve=Array("uint8", 3)), wireless_remote=Array("uint8", 40),
    led=Array("uint8", 12), fan=Array("uint8", 2), gpio="uint8", reserve="uint32", crc="uint32",
)  # fmt: skip
_LOW_STATE = _go(
    "LowState", **_FRAME, imu_state=_IMU_STATE, motor_state=Array(_MOTOR_STATE, NUM_MOTORS), bms_state=_BMS_STATE,
    foot_force=Array("int16", 4), foot_force_est=Array("int16", 4), tick="uint32", wireless_remote=Array("uint8", 40),
    bit_flag="uint8", adc_reel="float32", temperature_ntc1="uint8", temperature_ntc2="uint8", power_v="float32",
    power_a="float32", fan_frequency=Array("uint16", 4), reserve="uint32", crc="uint32",
)  # fmt: skip
_HEIGHT_MAP = _go(
    "HeightMap", stamp="float64", frame_id=STRING, resolution="float32", width="uint32", height="uint32",
    origin=Array("float32", 2), data=Sequence("float32"),
)  # fmt: skip

_TIME = Struct("builtin_interfaces.msg.dds_.Time_", {"sec": "int32", "nanosec": "uint32"})
HEADER = Struct("std_msgs.msg.dds_.Header_", {"stamp": _TIME, "frame_id": STRING})
POSE = Struct(
    "geometry_msgs.msg.dds_.Pose_",
    {
        "position": Struct("geometry_msgs.msg.dds_.Point_", dict.fromkeys("xyz", "float64")),
        "orientation": Struct("geometry_msgs.msg.dds_.Quaternion_", dict.fromkeys("xyzw", "float64")),
    },
)
_POSE_STAMPED = Struct("geometry_msgs.msg.dds_.PoseStamped_", {"header": HEADER, "pose": POSE})

_IDENTITY = _api("RequestIdentity", id="int64", api_id="int64")
_REQUEST = _api(
    "Request",
    header=_api(
        "RequestHeader",
        identity=_IDENTITY,
        lease=_api("RequestLease", id="int64"),
        policy=_api("RequestPolicy", priority="int32", noreply="bool"),
    ),
    parameter=STRING,
    binary=Sequence("uint8"),
)
_RESPONSE = _api(
    "Response",
    header=_api("ResponseHeader", identity=_IDENTITY, status=_api("ResponseStatus", code="int32")),
    data=STRING,
    binary=Sequence("uint8"),
)

LOW_CMD, LOW_STATE = Record(_LOW_CMD), Record(_LOW_STATE)
COMMANDS = Topic("rt/lowcmd", _LOW_CMD)
STATES = Topic("rt/lowstate", _LOW_STATE)
HEIGHT_MAPS = Topic("rt/utlidar/height_map_array", _HEIGHT_MAP)
POSES = Topic("rt/utlidar/robot_pose", _POSE_STAMPED)
SWITCHER_REQUESTS = Topic("rt/api/motion_switcher/request", _REQUEST)
SWITCHER_RESPONSES = Topic("rt/api/motion_switcher/response", _RESPONSE)
SPORT_REQUESTS = Topic("rt/api/sport/request", _REQUEST)
