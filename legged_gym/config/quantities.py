"""Quantities that configurations set, each within what robots, their drives and the ground can have.

A value beyond it is a slip of the keyboard or of the unit, and no simulation of it says anything.
"""

from typing import Annotated

from legged_gym.config.fields import LARGEST, Bounds, Distinct, Length, Ordered

Duration = Annotated[float, Bounds(1.0e-3, LARGEST)]
"""Time that something takes, s."""
DurationRange = Annotated[list[Duration], Ordered()]
Delay = Annotated[float, Bounds(0, 10)]
"""Time by which something is late, s."""
DelayRange = Annotated[list[Delay], Ordered()]
DelaySteps = Annotated[list[Annotated[int, Bounds(0, 200)]], Ordered()]
"""Least and most steps by which something is late: a second of physics, four of control."""
Episode = Annotated[float, Bounds(1.0e-3, 1.0e6)]
"""Time until something begins anew, s: up to eleven days."""
Watch = Annotated[float, Bounds(0, 1.0e6)]
"""Time for which somebody waits, s: up to eleven days."""
Extent = Annotated[float, Bounds(0, 100)]
"""Length of a thing that a robot meets, m."""
PositiveExtent = Annotated[float, Bounds(1.0e-3, 100)]
Place = Annotated[float, Bounds(-100, 100)]
"""Coordinate on a tile or of a robot's frame, m."""
Speed = Annotated[float, Bounds(0, 20)]
"""Of a body, m/s or rad/s: the fastest robot with legs, Boston Dynamics' Cheetah, ran 13 m/s."""
Velocity = Annotated[float, Bounds(-20, 20)]
"""The same with its sign."""
VelocityRange = Annotated[list[Velocity], Ordered()]
Turn = Annotated[float, Bounds(0, 3.15)]
"""Angle up to half a turn, rad."""
Angle = Annotated[float, Bounds(-6.3, 6.3)]
"""Within a turn, rad."""
AngleRange = Annotated[list[Angle], Ordered()]
JointAngle = Annotated[float, Bounds(-100, 100)]
"""rad; wheels may turn often."""
Friction = Annotated[float, Bounds(0, 10)]
"""Coefficient of sliding friction."""
FrictionRange = Annotated[list[Friction], Ordered()]
TorsionalFriction = Annotated[float, Bounds(0, 0.2)]
"""Torque about a contact's normal per force along it, m: less than a foot is wide."""
JointFriction = Annotated[float, Bounds(0, 1000)]
"""Dry, N m, or viscous, N m s/rad."""
Armature = Annotated[float, Bounds(0, 2)]
"""Inertia of a rotor, reflected to its joint, kg m^2."""
Torque = Annotated[float, Bounds(1.0e-3, 1.0e4)]
"""N m."""
Force = Annotated[float, Bounds(0, 1.0e5)]
"""Of a contact, N: a hundred times what a robot of 100 kg weighs."""
Stiffness = Annotated[float, Bounds(0, 1.0e4)]
"""N m/rad; an arm of Franka Emika's has 4500."""
Damping = Annotated[float, Bounds(0, 1.0e3)]
"""N m s/rad; the same arm has 450."""
Factor = Annotated[float, Bounds(0, 100)]
"""What a nominal value is multiplied by."""
KernelWidth = Annotated[float, Bounds(1.0e-6, 100)]
"""Squared error at which the reward exp(-error^2 / width) has fallen to 1/e."""
SizeRatio = Annotated[float, Bounds(0.01, 100)]
"""Length of a robot's leg by that of another's."""
FactorRange = Annotated[list[Annotated[float, Bounds(0, 10)]], Ordered()]
Scale = Annotated[float, Bounds(1.0e-4, 100)]
"""What a reading is multiplied by before a network sees it."""
Width = Annotated[int, Bounds(1, 16384)]
"""Neurons of a layer."""
Layers = Annotated[list[Width], Length(0, 32)]
"""Widths of a network's hidden layers."""
Terms = Annotated[list[str], Length(1, 1000), Distinct()]
"""Observation terms of a group, or groups."""
SmallCount = Annotated[int, Bounds(1, 1000)]
Robots = Annotated[int, Bounds(1, 10**7)]
LearningRate = Annotated[float, Bounds(0, 0.1, above=True)]
"""Of Adam, whose steps it bounds: at 0.1, weights of a layer of 128 inputs (0.09) are gone in one."""
