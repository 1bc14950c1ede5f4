"""What the engines read of a configuration: the robot's asset, its drives and the physics options."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from legged_gym.actuators.models import ACTUATORS, ENGINE_PD
from legged_gym.config.fields import Bounds, Length, Name, OneOf
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import (
    Armature,
    Damping,
    DelaySteps,
    JointFriction,
    SmallCount,
    Stiffness,
    TorsionalFriction,
)
from legged_gym.config.registry import Named
from legged_gym.sim.engines import AUTO, ENGINES
from legged_gym.utils.errors import UserError


class AssetCfg:
    """The robot's description file and the roles of its parts: bodies and joints, chosen by name.

    What is exactly so called is meant alone; otherwise all that have it in their name. A root without a collision shape
    has the contacts of what is welded to it.
    """

    file: str = ""
    """URDF path; `{ROOT}` stands for the project's root."""
    name: str = "legged_robot"
    foot_name: Name | Annotated[list[Name], Length(1, 1000)] = "None"
    """Bodies whose contacts are the gait."""
    hip_name: Name | list[Name] = "hip"
    """Joints that abduct the legs; where none is so called by default, there are none."""
    penalize_contacts_on: list[Name] = []
    """Bodies whose contacts cost reward."""
    terminate_after_contacts_on: list[Name] = []
    """Bodies whose contacts end the episode."""
    fix_base_link: bool = False
    """Weld the base to the world (test stands, single-joint experiments)."""
    self_collisions: bool = False
    """Let the robot's own parts collide with each other. Off: the engines then test each part against terrain only."""
    torsional_friction: TorsionalFriction = 0.0
    """Torque that resists the turning of a contact about its normal, per force along it, m: about two thirds of the
    radius of the patch that touches, times the sliding coefficient. 0: contacts are points and turn freely, with four
    constraint rows each instead of six (see `SimCfg.max_constraints`)."""
    armature: Armature | dict[str, Armature] = 0.01
    """Rotor inertia reflected to the joint, kg m^2; of every joint, or per joint-name substring."""
    dof_friction: JointFriction = 0.0
    """Dry friction of a joint, N m; 0: that of the URDF's `<dynamics>`, if it has one."""
    dof_damping: JointFriction = 0.0
    """Viscous friction of a joint, N m s/rad, besides the drive's own damping; 0: that of the URDF."""


MOST_PER_ACTION = {"position": 10.0, "velocity": 100.0, "torque": 1.0e4}
"""Of `action_scale` by what an action asks for: rad, rad/s or N m; an action is about 1 where a training begins."""
ActionScale = Annotated[float, Bounds(1.0e-6, max(MOST_PER_ACTION.values()))]
"""rad, rad/s or N m per unit action."""
DRIVE_MODES = ("position", "velocity", "torque", "passive", "held")
"""Ways in which a joint is driven: see `ControlCfg.drive_modes`."""
MIMIC = "mimic"
"""That of a joint that follows another one by its description."""


class ControlCfg:
    """Joint drives.

    Unless `actuator` says otherwise, a PD position servo with a torque limit, evaluated by the engine every substep.
    """

    stiffness: dict[str, Stiffness] = {"joint": 10.0}
    """Proportional gain per joint name or part of joint names, N m/rad; a whole name means that joint alone."""
    damping: dict[str, Damping] = {"joint": 1.0}
    """Derivative gain per joint-name substring, N m s/rad."""
    action_scale: ActionScale = 0.5
    """Joint target = action_scale * action + default angle, rad per unit action (model `torque`: the joint's torque =
    action_scale * action, N m per unit action)."""
    action_scales: dict[str, ActionScale] = {}
    """`action_scale` of some joints, per joint-name substring."""
    drive_modes: dict[str, Annotated[str, OneOf(*DRIVE_MODES)]] = {}
    """What drives a joint, per joint-name substring; the others are `position`.

    `position`: to the target, as above. `velocity` (wheels): target = action_scale * action, rad/s, and torque =
    damping * (target - speed). `torque`: torque = action_scale * action, N m. Joints that no action goes to: `passive`
    ones turn freely, `held` ones are driven to their default angle. `env.num_actions` counts the joints that an action
    goes to; a joint that mimics another by its description is none of them.
    """
    decimation: SmallCount = 4
    """Physics substeps a control step."""

    class actuator:
        """What turns targets into torques."""

        model: Annotated[str, Named(ACTUATORS, ENGINE_PD)] = ENGINE_PD
        """`pd` (in the engine), `delayed_pd`, `torque` (targets are torques), `network` (learned from a drive), or
        `module:Class` of another."""
        delay_range: DelaySteps = [0, 0]
        """Least and most physics substeps by which targets come late to a `delayed_pd`; drawn for each environment at
        its reset."""
        network_file: str = ""
        """File of a `network`, which train_actuator.py wrote; `{ROOT}` stands for the project's root."""

        def idle(self) -> Idle:
            """What is of another model."""
            for name, model in (("delay_range", "delayed_pd"), ("network_file", "network")):
                if self.model in (ENGINE_PD, *ACTUATORS) and self.model != model:
                    yield name, f"control.actuator.model is {self.model}"

    def contradictions(self) -> Iterator[str]:
        """Drives to positions that never pull, or far beyond all joints."""
        actuator: Any = self.actuator
        modes = {"torque"} if actuator.model == "torque" else {"position", *self.drive_modes.values()}
        most = max(MOST_PER_ACTION.get(mode, 0.0) for mode in modes)
        for name, scale in {"": self.action_scale, **self.action_scales}.items():
            if scale > most and actuator.model in (ENGINE_PD, *ACTUATORS):
                key = f"action_scales.{name}" if name else "action_scale"
                yield f"control.{key} = {scale:g} must be at most {most:g} for drives by {' or '.join(sorted(modes))}"
        if self.stiffness and not any(self.stiffness.values()) and actuator.model == ENGINE_PD and not self.drive_modes:
            yield f"control.stiffness = {self.stiffness}: without any, drives follow no position (control.drive_modes)"


def check_action_scales(
    control: ControlCfg, names: Sequence[str], modes: Sequence[str], scales: Sequence[float]
) -> None:
    """See that a unit action asks no joint for too much; an actuator model from elsewhere may take anything.

    Args:
        control: has the actuator model.
        names: of the joints.
        modes: of their drives.
        scales: rad, rad/s or N m of a unit action.

    Raises:
        UserError: it does.
    """
    if control.actuator.model not in (ENGINE_PD, *ACTUATORS):
        return
    for name, mode, scale in zip(names, modes, scales, strict=True):
        if scale > (most := MOST_PER_ACTION.get(mode, scale)):
            raise UserError(
                f"control.action_scale of joint {name!r} = {scale:g} must be at most {most:g} for a drive by {mode} "
                "(control.action_scales)"
            )


Sideways = Annotated[float, Bounds(-30, 30)]
"""m/s^2; Jupiter's gravity is 24.8."""


class SimCfg:
    """Physics options, the same for every engine."""

    engine: Annotated[str, Named(ENGINES, AUTO)] = AUTO
    """`auto` (MuJoCo Warp where a CUDA GPU and the package are usable, else MuJoCo C), `mujoco`, `mujoco_warp`,
    `isaacgym` (NVIDIA's, in an interpreter of its own: docs/isaacgym.md), or `module:Class` of another."""
    dt: Annotated[float, Bounds(1.0e-5, 0.05)] = 0.005
    """Physics time step, s."""
    gravity: tuple[Sideways, Sideways, Annotated[float, Bounds(-30, 0)]] = (0.0, 0.0, -9.81)
    solver_iterations: SmallCount = 5
    """Newton iterations of MuJoCo Warp at most: all environments wait for the slowest one. One or two are the rule.
    MuJoCo C goes on until its tolerance."""
    solver_ls_iterations: SmallCount = 20
    """Line-search iterations of MuJoCo Warp at most."""
    num_threads: Annotated[int, Bounds(0, 1024)] = 0
    """Threads of the MuJoCo C engine; 0: one a core of this process."""
    contact_time_constant: Annotated[float, Bounds(1.0e-5, 1)] = 0.01
    """How fast a contact gives back penetration (MuJoCo's solref), s; at least two physics steps. MuJoCo's own 0.02
    lets a landing foot sink deeper than its radius, and a height field then throws it out sideways."""
    max_contacts: Annotated[int, Bounds(1, 10_000)] = 24
    """MuJoCo Warp: contacts an environment, on average over all of them: one pool, which fails all of them when full. A
    sphere has one on a plane, at most two on a height field and two at what hangs over it (`heightfield_kernels`)."""
    max_constraints: Annotated[int, Bounds(1, 10_000)] = 96
    """MuJoCo Warp: constraint rows of one environment at most."""
    max_position: Annotated[float, Bounds(1, 1.0e6)] = 1.0e3
    """A base farther than this from the origin has failed, m."""
    max_velocity: Annotated[float, Bounds(1, 1.0e6)] = 1.0e3
    """A generalized velocity beyond this has failed, m/s or rad/s."""

    def contradictions(self) -> Iterator[str]:
        """Contacts that the time step cannot resolve."""
        least = 2 * self.dt
        if self.contact_time_constant < least * (1 - 1e-9):
            yield (
                f"sim.contact_time_constant = {self.contact_time_constant:g} s must be at least two steps of sim.dt, "
                f"{least:g} s"
            )
