"""Imports go one way: no circle of files, none of folders, and no room knows what it must not."""

import ast
import functools
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("robust_parallel", "legged_gym", "rsl_rl", "isaacgym", "studies", "examples")
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
"""Every module by its dotted name."""
FACE = "legged_gym"
"""The public face is for users; rooms import each other's modules."""

ROBOT_PROGRAMS = [
    f"legged_gym.scripts.{folder}{name}"
    for folder in ("", "programs.")
    for name in ("sim2sim", "run_robot", "simulate_robot", "rehearse_robot")
]
"""What runs without torch."""

ELSEWHERE = "legged_gym.sim.isaacgym.worker"
"""What another interpreter runs, which has an isaacgym of its own."""
FORBIDDEN = [
    ("robust_parallel", "legged_gym"),
    ("robust_parallel", "rsl_rl"),
    ("robust_parallel", "isaacgym"),
    ("isaacgym", "legged_gym"),
    ("isaacgym", "rsl_rl"),
    ("legged_gym", "isaacgym"),
    ("rsl_rl", "isaacgym"),
    ("rsl_rl", "legged_gym"),
    ("rsl_rl", "studies"),
    ("legged_gym", "studies"),
    ("legged_gym.sim", "legged_gym.envs"),
    ("legged_gym.deploy", "legged_gym.envs"),
    ("legged_gym.interface", "legged_gym.sim"),
    ("legged_gym.interface", "legged_gym.envs"),
    ("legged_gym.interface", "legged_gym.export"),
    ("legged_gym.utils", "legged_gym"),
    ("legged_gym.utils", "rsl_rl"),
]
"""Who must not import whom, in whatever function."""


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def parsed(module: str) -> ast.Module:
    return ast.parse(FILES[module].read_text())


def imported(node: ast.AST) -> Iterator[str]:
    """The modules that an import statement names: of `from a import b`, `a.b` if that is a module, else `a`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, "relative imports are not used"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in FILES else node.module


def loaded(statements: list[ast.stmt]) -> Iterator[str]:
    """What is imported when a module is loaded: not in functions, nor for type checkers alone."""
    for statement in statements:
        yield from imported(statement)
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        for block in ("body", "orelse", "handlers", "finalbody"):
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from loaded(getattr(statement, block, []))


@functools.cache  # not when this is loaded: who only collects the tests needs none
def graph() -> dict[str, set[str]]:
    """Which module imports which, wherever in its file."""
    return {
        module: {name for node in ast.walk(parsed(module)) for name in imported(node) if name in FILES} - {module}
        for module in FILES
    }


def room(module: str) -> str:
    """A module's folder; a file between folders, such as `legged_gym/tasks.py`, is a room of its own."""
    path = FILES[module]
    top = path.parent == ROOT / path.relative_to(ROOT).parts[0]
    return module if top else ".".join(path.relative_to(ROOT).parts[:-1])


def circle(graph: dict[str, set[str]]) -> str:
    """A circle of a graph as text; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " <- ".join(error.args[1])
    return ""


def test_the_graph_is_that_of_the_code():
    assert {"legged_gym.config.layers", "rsl_rl.runners.on_policy_runner"} <= graph().keys()
    assert "legged_gym.sim.placing" in graph()["legged_gym.tasks"]
    assert "legged_gym.tasks" in graph()["legged_gym.scripts.command_line"]  # imported in a function
    assert room("legged_gym.tasks") == "legged_gym.tasks"
    assert (
        room("legged_gym.envs.go2.go2_config") == "legged_gym.envs.go2" and room("legged_gym.sim") == "legged_gym.sim"
    )
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}}) and not circle({"a": {"b", "c"}, "b": {"c"}})


def test_no_circle_of_files():
    assert not circle(graph())


def test_no_circle_of_rooms():
    rooms: dict[str, set[str]] = {}
    for module, targets in graph().items():
        rooms.setdefault(room(module), set()).update(room(target) for target in targets if target != FACE)
    assert not circle({name: targets - {name} for name, targets in rooms.items()})


@pytest.mark.parametrize(("who", "whom"), FORBIDDEN)
def test_what_a_room_must_not_know(who, whom):
    found = [
        (module, target)
        for module, targets in graph().items()
        for target in targets
        if within(module, who) and within(target, whom) and not within(target, who) and not within(module, ELSEWHERE)
    ]
    assert not found


def test_nobody_imports_a_program_or_the_face():
    for module, targets in graph().items():
        is_program = within(module, "legged_gym.scripts") or module.endswith(".__main__")
        assert is_program or not any(within(name, "legged_gym.scripts") for name in targets)
        assert not within(module, FACE) or FACE not in targets, module


def reached(wanted: list[str]) -> Iterator[tuple[str, str]]:
    """What modules load, and what that loads: each name, and a module that loads it."""
    known = set(wanted)
    while wanted:
        module = wanted.pop()
        parents = {module.rsplit(".", count)[0] for count in range(1, module.count(".") + 1)}
        for name in {*loaded(parsed(module).body), *parents}:
            yield name, module
            if name in FILES and name not in known:
                known.add(name)
                wanted.append(name)


def test_a_robot_needs_no_torch():
    """What deploy and the programs around it load, and what that loads."""
    found = dict(reached([name for name in FILES if within(name, "legged_gym.deploy") or name in ROBOT_PROGRAMS]))
    for name, module in found.items():
        assert name.partition(".")[0] not in ("torch", "tensordict"), f"{name} in {module}"
        assert not within(name, "legged_gym.envs"), f"{name} in {module}"
    assert "legged_gym.utils.errors" in found


def test_a_robots_own_computer_needs_few_packages():
    """Those that docs/robot.md names; cyclonedds is loaded when there is a robot to talk to."""
    found = dict(reached(["legged_gym.scripts.run_robot", "legged_gym.scripts.programs.run_robot"]))
    others = {name.partition(".")[0]: module for name, module in found.items() if name not in FILES}
    assert others.keys() - sys.stdlib_module_names == {"numpy", "onnxruntime", "yaml"}, others
