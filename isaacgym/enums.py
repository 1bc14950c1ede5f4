"""Isaac Gym's enumerations; their members are names of `gymapi`, too."""

from enum import IntEnum
from typing import Any


class SimType(IntEnum):
    """Physics engines."""

    SIM_PHYSX = 0
    SIM_FLEX = 1


class UpAxis(IntEnum):
    """Which axis points up."""

    UP_AXIS_Y = 0
    UP_AXIS_Z = 1


class DofDriveMode(IntEnum):
    """How a joint is driven."""

    DOF_MODE_NONE = 0
    DOF_MODE_POS = 1
    DOF_MODE_VEL = 2
    DOF_MODE_EFFORT = 3


class CoordinateSpace(IntEnum):
    """Axes of forces on bodies."""

    ENV_SPACE = 0
    LOCAL_SPACE = 1
    GLOBAL_SPACE = 2


class IndexDomain(IntEnum):
    """Among what an index counts."""

    DOMAIN_ACTOR = 0
    DOMAIN_ENV = 1
    DOMAIN_SIM = 2


class StateFlags(IntEnum):
    """Parts of a joint's state."""

    STATE_NONE = 0
    STATE_POS = 1
    STATE_VEL = 2
    STATE_ALL = 3


class ImageType(IntEnum):
    """What a camera gives."""

    IMAGE_COLOR = 0
    IMAGE_DEPTH = 1
    IMAGE_SEGMENTATION = 2
    IMAGE_OPTICAL_FLOW = 3


class CameraFollowMode(IntEnum):
    """How a camera follows the body that it is attached to."""

    FOLLOW_POSITION = 0
    FOLLOW_TRANSFORM = 1


class MeshType(IntEnum):
    """Meshes of a body that are coloured."""

    MESH_NONE = 0
    MESH_COLLISION = 1
    MESH_VISUAL = 2
    MESH_VISUAL_AND_COLLISION = 3


class MeshNormalMode(IntEnum):
    """Whence a mesh has its normals."""

    FROM_ASSET = 0
    COMPUTE_PER_VERTEX = 1
    COMPUTE_PER_FACE = 2


class ContactCollection(IntEnum):
    """In which substeps contact forces are collected."""

    CC_NEVER = 0
    CC_LAST_SUBSTEP = 1
    CC_ALL_SUBSTEPS = 2


class TensorDataType(IntEnum):
    """Types of a tensor's elements."""

    DTYPE_FLOAT32 = 0
    DTYPE_UINT32 = 1
    DTYPE_UINT64 = 2
    DTYPE_UINT8 = 3
    DTYPE_INT16 = 4
    DTYPE_INT32 = 5


KeyboardInput = IntEnum(
    "KeyboardInput",
    """
    KEY_SPACE KEY_APOSTROPHE KEY_COMMA KEY_MINUS KEY_PERIOD KEY_SLASH KEY_0 KEY_1 KEY_2 KEY_3 KEY_4 KEY_5 KEY_6 KEY_7
    KEY_8 KEY_9 KEY_SEMICOLON KEY_EQUAL KEY_A KEY_B KEY_C KEY_D KEY_E KEY_F KEY_G KEY_H KEY_I KEY_J KEY_K KEY_L KEY_M
    KEY_N KEY_O KEY_P KEY_Q KEY_R KEY_S KEY_T KEY_U KEY_V KEY_W KEY_X KEY_Y KEY_Z KEY_LEFT_BRACKET KEY_BACKSLASH
    KEY_RIGHT_BRACKET KEY_GRAVE_ACCENT KEY_ESCAPE KEY_TAB KEY_ENTER KEY_BACKSPACE KEY_INSERT KEY_DEL KEY_RIGHT KEY_LEFT
    KEY_DOWN KEY_UP KEY_PAGE_UP KEY_PAGE_DOWN KEY_HOME KEY_END KEY_CAPS_LOCK KEY_SCROLL_LOCK KEY_NUM_LOCK
    KEY_PRINT_SCREEN KEY_PAUSE KEY_F1 KEY_F2 KEY_F3 KEY_F4 KEY_F5 KEY_F6 KEY_F7 KEY_F8 KEY_F9 KEY_F10 KEY_F11 KEY_F12
    KEY_NUMPAD_0 KEY_NUMPAD_1 KEY_NUMPAD_2 KEY_NUMPAD_3 KEY_NUMPAD_4 KEY_NUMPAD_5 KEY_NUMPAD_6 KEY_NUMPAD_7 KEY_NUMPAD_8
    KEY_NUMPAD_9 KEY_NUMPAD_ADD KEY_NUMPAD_SUBTRACT KEY_NUMPAD_MULTIPLY KEY_NUMPAD_DIVIDE KEY_NUMPAD_ENTER
    KEY_NUMPAD_EQUAL KEY_LEFT_SHIFT KEY_LEFT_CONTROL KEY_LEFT_ALT KEY_LEFT_SUPER KEY_RIGHT_SHIFT KEY_RIGHT_CONTROL
    KEY_RIGHT_ALT KEY_RIGHT_SUPER KEY_MENU
    """,
    module=__name__,
)
"""Keys that a viewer could hear."""

ENUMS: tuple[Any, ...] = (
    SimType,
    UpAxis,
    DofDriveMode,
    CoordinateSpace,
    IndexDomain,
    StateFlags,
    ImageType,
    CameraFollowMode,
    MeshType,
    MeshNormalMode,
    ContactCollection,
    TensorDataType,
    KeyboardInput,
)
"""All of them."""
