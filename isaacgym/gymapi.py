"""Types, constants and the calls' object, under the names that scripts import."""

from typing import Any

from isaacgym.descriptor import Tensor
from isaacgym.enums import (
    ENUMS,
    CameraFollowMode,
    ContactCollection,
    CoordinateSpace,
    DofDriveMode,
    ImageType,
    IndexDomain,
    KeyboardInput,
    MeshNormalMode,
    MeshType,
    SimType,
    TensorDataType,
    UpAxis,
)
from isaacgym.geometry import Mat33, Quat, Transform, Vec3
from isaacgym.gym.interface import Gym, acquire_gym
from isaacgym.params import (
    AssetOptions,
    CameraProperties,
    FlexParams,
    ForceSensorProperties,
    HeightFieldParams,
    PhysXParams,
    PlaneParams,
    SimParams,
    TriangleMeshParams,
    VhacdParams,
)
from isaacgym.properties import DofState, RigidBodyProperties, RigidShapeProperties
from isaacgym.scene import Env, Sim
from isaacgym.unknown import unknown
from isaacgym.viewer import Viewer

__all__ = [
    "AssetOptions",
    "CameraFollowMode",
    "CameraProperties",
    "ContactCollection",
    "CoordinateSpace",
    "DofDriveMode",
    "DofState",
    "Env",
    "FlexParams",
    "ForceSensorProperties",
    "Gym",
    "HeightFieldParams",
    "HeightFieldProperties",
    "ImageType",
    "IndexDomain",
    "KeyboardInput",
    "Mat33",
    "MeshNormalMode",
    "MeshType",
    "PhysXParams",
    "PlaneParams",
    "Quat",
    "RigidBodyProperties",
    "RigidShapeProperties",
    "Sim",
    "SimParams",
    "SimType",
    "Tensor",
    "TensorDataType",
    "Transform",
    "TriangleMeshParams",
    "UpAxis",
    "Vec3",
    "VhacdParams",
    "Viewer",
    "acquire_gym",
]

HeightFieldProperties = HeightFieldParams
"""What some old forks call it."""

globals().update({member.name: member for enum in ENUMS for member in enum})


def __getattr__(name: str) -> Any:
    raise unknown("gymapi", name)
