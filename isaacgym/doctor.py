"""`python -m isaacgym.doctor FORK`: what a fork asks of Isaac Gym that is not there, and what it needs besides.

It reads the fork's Python files and runs none of them.
"""

import argparse
import ast
import builtins
import importlib.util
import os
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isaacgym import gymapi, gymtorch, gymutil, terrain_utils, torch_utils
from isaacgym.unknown import need_of

_MODULES: dict[str, Any] = {
    "gymapi": gymapi,
    "gymtorch": gymtorch,
    "gymutil": gymutil,
    "terrain_utils": terrain_utils,
    "torch_utils": torch_utils,
}
_GYM_OBJECTS = ("gym", "_gym", "isaac_gym")
"""Variables and attributes that hold what `acquire_gym` gives."""
_SKIPPED = {".git", "build", "dist", "node_modules", "venv", ".venv", "site-packages"}

Place = tuple[Path, int]
"""A file and a line."""


def main(argv: list[str] | None = None) -> int:
    """Tell what is wrong with a fork; the exit status is 1 if something it asks for is not there."""
    parser = argparse.ArgumentParser(prog="python -m isaacgym.doctor", description="what a fork asks of Isaac Gym")
    parser.add_argument("fork", type=Path, help="folder of the fork")
    fork: Path = parser.parse_args(argv).fork
    if not fork.is_dir():
        parser.error(f"{fork} is no folder")
    found = [path for path in sorted(fork.rglob("*.py")) if not _SKIPPED & set(path.relative_to(fork).parts)]
    files = [path for path in found if path.is_file() and os.access(path, os.R_OK)]  # no pipes, nor links to nowhere
    used: dict[tuple[str, str], list[Place]] = defaultdict(list)
    imported: set[str] = set()
    for path in files:
        tree = _parsed(path)
        if tree is None:
            print(f"not read, as it is no Python 3: {path.relative_to(fork)}")
            continue
        for owner, name, line in _uses(tree):
            used[owner, name].append((path.relative_to(fork), line))
        imported.update(_imports(tree))
    missing = {key: places for key, places in used.items() if not _is_there(*key)}
    print(f"{len(files)} files use {len(used)} names of Isaac Gym; {len(missing)} of them are not there")
    for (owner, name), places in sorted(missing.items()):
        path, line = places[0]
        times = f", {len(places)} times" if len(places) > 1 else ""
        print(f"  {owner}.{name}  ({path}:{line}{times}): {need_of(name)}")
    if absent := sorted(_absent(imported, files)):
        print(f"packages it imports that are not installed: {', '.join(absent)}")
    if any((fork / name).is_file() for name in ("setup.py", "pyproject.toml")):
        print("install it with: pip install --no-deps -e .  (its pins may have no build for this Python)")
    return int(bool(missing))


def _parsed(path: Path) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _uses(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Names of Isaac Gym that a file uses: whose they are, what they are called, and the line."""
    modules: dict[str, str] = {}
    gyms: set[str] = set(_GYM_OBJECTS)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "isaacgym":
            modules.update({alias.asname or alias.name: alias.name for alias in node.names})
            yield from (("isaacgym", alias.name, node.lineno) for alias in node.names if alias.name not in _MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("isaacgym."):
            owner = (node.module or "").removeprefix("isaacgym.")
            yield from ((owner, alias.name, node.lineno) for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Import):  # `gym` may be OpenAI's
            gyms -= {alias.asname or alias.name for alias in node.names}
            whole = (alias for alias in node.names if alias.asname and alias.name.startswith("isaacgym."))
            modules.update({str(alias.asname): alias.name.removeprefix("isaacgym.") for alias in whole})
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (owner := _owner(node.value, modules, gyms)):
            yield owner, node.attr, node.lineno
    yield from _uses_of_stars(tree)


def _uses_of_stars(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Names that come from nowhere but an import of all names of a module of Isaac Gym, or from nowhere at all."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    stars = [node.module or "" for node in imports if node.names[0].name == "*"]
    if not stars or not all(name.removeprefix("isaacgym.") in _MODULES for name in stars):
        return  # what another package's star brings is not known
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(dir(builtins)) | {"__file__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    owners = [name.removeprefix("isaacgym.") for name in stars]
    for node in names:
        if node.id not in bound:
            owner = next((owner for owner in owners if _is_there(owner, node.id)), owners[0])
            yield owner, node.id, node.lineno


def _owner(holder: ast.expr, modules: dict[str, str], gyms: set[str]) -> str | None:
    """Whose attributes an expression has: a module's of Isaac Gym, or `gym`'s.

    Args:
        holder: the expression.
        modules: those that the file imports, by the names that it gives them.
        gyms: names of variables that hold a `gym`.
    """
    if isinstance(holder, ast.Attribute):
        if isinstance(holder.value, ast.Name) and holder.value.id == "isaacgym" and holder.attr in _MODULES:
            return holder.attr
        return "gym" if holder.attr in _GYM_OBJECTS else None
    if not isinstance(holder, ast.Name):
        return None
    if modules.get(holder.id) in _MODULES:
        return modules[holder.id]
    return "gym" if holder.id in gyms else None


def _is_there(owner: str, name: str) -> bool:
    return hasattr(gymapi.acquire_gym() if owner == "gym" else _MODULES.get(owner), name)


def _imports(tree: ast.Module) -> Iterator[str]:
    """Packages that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _absent(packages: set[str], files: list[Path]) -> Iterator[str]:
    """Packages that are neither Python's own, nor installed, nor the fork's."""
    own = {path.stem for path in files} | {path.parent.name for path in files}
    for name in packages - own - sys.stdlib_module_names:
        if importlib.util.find_spec(name) is None:
            yield name


def run() -> int:
    """Be the program: a full disk or Ctrl-C is a line, nobody who reads is none; the exit status."""
    try:
        status = main()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        status = 128 + signal.SIGPIPE
    except OSError as error:
        print(f"error: cannot write the output: {error.strerror}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        status = 128 + signal.SIGINT
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the interpreter would print what is left once more
    return status


if __name__ == "__main__":
    sys.exit(run())
