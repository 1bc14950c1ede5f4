"""A Go2's transport over DDS."""

from collections.abc import Sequence

from legged_gym.deploy.dds.cyclone import CycloneBus
from legged_gym.deploy.go2.transport import Go2Transport


def connect(interface: str, domain: int, joint_names: Sequence[str]) -> Go2Transport:
    """Join a robot's network.

    Args:
        interface: network interface that the robot is on.
        domain: of DDS.
        joint_names: the controller's joints, in its order.

    Raises:
        UserError: no such interface, or the joints are not a Go2's.
    """
    return Go2Transport(CycloneBus(interface, domain), joint_names)
