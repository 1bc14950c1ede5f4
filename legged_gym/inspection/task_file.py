"""A task to start from: a Python file with a robot's configuration, which trains, plays and evaluates it."""

import importlib.util
import json
import keyword
import math
import re
from pathlib import Path
from typing import Any

from legged_gym.inspection.inspect import Inspection
from legged_gym.inspection.stance import Stance
from legged_gym.inspection.standing import Gains
from legged_gym.tasks import all_tasks
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file

_FROUDE = 0.5
"""Fastest command against the speed sqrt(g l) of a walk's limit, with l the height of the centre of mass."""

_TEMPLATE = '''"""{robot} on a plane: a task to start from.

`python {name}.py --num_envs 64` trains it, `python {name}.py play` shows it, `python {name}.py evaluate` judges it.
Written by check_robot.py from {file}: pose, gains and roles are its guesses; see docs/robots.md.
"""

from legged_gym import Task
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfg, LeggedRobotCfgPPO
from legged_gym.scripts.own_task import run_own_task


class {cls}Cfg(LeggedRobotCfg):
    class env(LeggedRobotCfg.env):
        num_actions = {num_actions}

    class terrain(LeggedRobotCfg.terrain):
        mesh_type = "plane"

    class commands(LeggedRobotCfg.commands):
        class ranges(LeggedRobotCfg.commands.ranges):
            lin_vel_x = [-{speed}, {speed}]
            lin_vel_y = [-{speed_aside}, {speed_aside}]

    class init_state(LeggedRobotCfg.init_state):
        pos = [0.0, 0.0, {height}]
        velocity_noise = 0.1
        default_joint_angles = {angles}

    class control(LeggedRobotCfg.control):
        stiffness = {stiffness}
        damping = {damping}
        action_scale = 0.25{wheels}

    class asset(LeggedRobotCfg.asset):
        file = {path}
        name = "{name}"
        foot_name = {feet}
        hip_name = {hips}
        penalize_contacts_on = {penalised}
        terminate_after_contacts_on = {terminating}

    class domain_rand(LeggedRobotCfg.domain_rand):
        max_push_vel_xy = {push}

    class rewards(LeggedRobotCfg.rewards):
        base_height_target = {target}
        air_time_target = {air_time}
        max_contact_force = {force}

        class scales(LeggedRobotCfg.rewards.scales):
            orientation = -1.0
            dof_deviation = -0.05{no_feet}

    class observations(LeggedRobotCfg.observations):
        policy = list(BLIND_OBSERVATIONS)
        critic = list(policy)


class {cls}CfgPPO(LeggedRobotCfgPPO):
    class policy(LeggedRobotCfgPPO.policy):
        actor_hidden_dims = [128, 64, 32]
        critic_hidden_dims = [128, 64, 32]

    class runner(LeggedRobotCfgPPO.runner):
        experiment_name = "{name}"


TASK = Task(LeggedRobot, {cls}Cfg, {cls}CfgPPO, "{robot} on a plane")

if __name__ == "__main__":
    run_own_task("{name}", TASK)
'''


def task_path(name: str) -> Path:
    """The file that a task of this name is written to, in the working folder.

    Raises:
        UserError: the name cannot be a Python module's or is another's, or the file is there already.
    """
    if not name.isidentifier() or not name[0].isalpha() or keyword.iskeyword(name):
        raise UserError(
            f"--make_task: {name!r} must be made of letters, digits and _, begin with a letter, be no keyword"
        )
    path = Path(f"{name}.py")
    if path.exists():
        raise UserError(f"--make_task: {path} is there already; choose another name or remove it")
    if name in all_tasks():
        raise UserError(f"--make_task: there is a task {name!r} already; choose another name")
    if importlib.util.find_spec(name) is not None:
        raise UserError(f"--make_task: {path} would hide the module {name!r} from Python; choose another name")
    return path


def write_task(found: Inspection, stance: Stance, gains: Gains, name: str) -> Path:
    """Write the task into the working folder.

    Raises:
        UserError: the file cannot be written.
    """
    path = task_path(name)
    write_file(path, task_text(found, stance, gains, name).encode())
    return path


def task_text(found: Inspection, stance: Stance, gains: Gains, name: str) -> str:
    """The file's text."""
    speed = max(round(_FROUDE * math.sqrt(9.81 * stance.mass_height), 1), 0.1)
    terminating, penalised, hips = _roles(found, stance)
    wheels = [joint for joint in stance.angles if found.skeleton.is_wheel(joint)]
    feet = list(stance.feet)
    return _TEMPLATE.format(
        robot=_plain(found.robot.name) or name,
        file=_plain(found.path.name),
        name=name,
        cls="".join(part.capitalize() for part in name.split("_")) or "My",
        num_actions=len(stance.angles),
        speed=speed,
        speed_aside=round(0.5 * speed, 2),
        height=round(stance.height, 3),
        target=max(round(stance.height, 3), 0.01),
        angles=_literal(stance.angles),
        stiffness=_literal({key: value for key, value in gains.stiffness.items() if key not in wheels}),
        damping=_literal(gains.damping),
        wheels=_wheels(found, wheels, speed),
        path=json.dumps(str(found.path.resolve())),
        feet=_literal(feet) if feet else '"None"',
        hips=_literal(hips),
        penalised=_literal(penalised),
        terminating=_literal(terminating),
        push=round(0.5 * speed, 2),
        air_time=round(0.5 * math.sqrt(stance.mass_height), 2),
        force=float(f"{1.5 * 9.81 * found.mass:.2g}"),
        no_feet="" if feet else "\n            feet_air_time = 0.0",
    )


def _roles(found: Inspection, stance: Stance) -> tuple[list[str], list[str], list[str]]:
    """Bodies whose contacts end an episode, those that cost reward, and the joints that abduct the legs.

    The first are the base's, the second the rest but the feet's moving parts; a leg's first joint along x abducts it.
    """
    robot, skeleton = found.robot, found.skeleton
    shaped = [link.name for link in robot.links if link.collisions]
    base = [name for name in robot.welded_to(robot.root.name) if name in shaped]
    skeleton.pose(stance.angles)
    legs = [limb for limb in skeleton.limbs() if limb.end in stance.feet]
    ends = {name for leg in legs for name in robot.welded_to(skeleton.moved_by(leg.joints[-1]))}
    others = [name for name in shaped if name not in base and name not in ends]
    along_x = ([joint for joint in leg.joints if abs(skeleton.axis(joint)[0]) > 0.7] for leg in legs)
    return [robot.root.name] if base else [], others, [joint for joints in along_x for joint in joints[:1]]


def _wheels(found: Inspection, wheels: list[str], speed: float) -> str:
    """Settings of wheels: driven by speed, one unit of action the fastest command."""
    if not wheels:
        return ""
    scales = {name: round(speed / found.skeleton.wheel_radius(name), 1) for name in wheels}
    modes = _literal(dict.fromkeys(wheels, "velocity"))
    return f"\n        action_scales = {_literal(scales)}\n        drive_modes = {modes}"


def _plain(text: str) -> str:
    """Text without what would end a string in Python source, or mean something in it."""
    return " ".join(re.sub(r"[^\w .()-]", " ", text).split())


def _literal(value: dict[str, Any] | list[str]) -> str:
    """Python source as it stands in a section of a configuration: one entry of a dictionary a line."""
    if isinstance(value, list):
        return json.dumps(value)
    lines = [f"            {json.dumps(key)}: {json.dumps(item)},\n" for key, item in value.items()]
    return "{\n" + "".join(lines) + "        }" if lines else "{}"
