"""Mesh files that a URDF names: where they lie, and their content as MuJoCo takes it."""

import re
import struct
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from robust_parallel.errors import UserError
from robust_parallel.files import read_bytes
from robust_parallel.urdf.collada import collada_triangles

_OWN_FORMATS = (".obj", ".msh")
"""What MuJoCo reads as it is."""
_LEVELS = 6
"""Folders above the URDF's own in which a mesh is looked for."""
_STL_HEADER, _STL_FACET = 84, 50
"""Bytes of the header and of a facet of a binary STL."""
_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("bits", "<u2")])
"""A facet of a binary STL."""
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)")


def find_mesh(name: str, urdf: Path) -> Path:
    """The file that a URDF calls `name`: `package://PACKAGE/...`, `file://...`, absolute, or relative to the URDF.

    The parts of a name after its package, or all of a relative one, are looked for beside the URDF and in the folders
    above it, a package also as a folder of its name.

    Raises:
        UserError: it is nowhere; the places searched are named.
    """
    scheme, _, rest = name.replace("\\", "/").rpartition("://")
    if scheme == "file":
        rest = unquote(rest).removeprefix("localhost")
    folders = [urdf.parent, *urdf.resolve().parents[1 : _LEVELS + 1]]
    if scheme in ("package", "model"):
        rests = [rest, rest.partition("/")[2]]
    elif Path(rest).is_absolute() or scheme == "file":
        rests, folders = [rest], [Path("/")]
    else:
        rests = [rest]
    for folder in folders:
        for part in rests:
            if _is_file(path := folder / part):
                return path
    if folders == [Path("/")]:
        raise UserError(f"the mesh {name!r} is not there")
    searched = ", ".join(str(folder) for folder in folders)
    raise UserError(f"the mesh {name!r} is in none of {searched}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False


def read_mesh(path: Path) -> tuple[str, bytes]:
    """The ending and content of a mesh file as MuJoCo takes it: text STL and COLLADA become binary STL.

    Raises:
        UserError: it is of another format, or broken.
    """
    kind = path.suffix.lower()
    if kind not in (".stl", ".dae", *_OWN_FORMATS):
        raise UserError(f"{path} is no STL, OBJ or COLLADA file; convert it to one")
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    if kind in _OWN_FORMATS:
        return kind, data
    return ".stl", _binary_stl(data, path) if kind == ".stl" else _stl_of_collada(data, path)


def mesh_corners(path: Path) -> np.ndarray:
    """Corners [n, 3] of a mesh file's triangles, m.

    Raises:
        UserError: it cannot be read.
    """
    kind, data = read_mesh(path)
    if kind == ".stl":
        return np.frombuffer(data, _FACET, offset=_STL_HEADER)["corners"].reshape(-1, 3).astype(np.float64)
    lines = [line.split()[1:4] for line in data.decode(errors="replace").splitlines() if line.startswith("v ")]
    try:
        return np.array(lines, dtype=np.float64).reshape(-1, 3)
    except ValueError as error:
        raise UserError(f"{path} cannot be read: {error}") from error


def _stl_of_collada(data: bytes, path: Path) -> bytes:
    try:
        corners = collada_triangles(data)
    except ValueError as error:
        raise UserError(f"{path} is no COLLADA file, or broken: {error}") from error
    if not len(corners) or not np.isfinite(corners).all():
        raise UserError(f"{path} is a COLLADA file of {len(corners)} triangles, or of places that are no numbers")
    return _stl(corners)


def _binary_stl(data: bytes, path: Path) -> bytes:
    """STL in its binary form; binary files, too, may begin with the word `solid`."""
    count = int.from_bytes(data[_STL_HEADER - 4 : _STL_HEADER], "little") if len(data) >= _STL_HEADER else -1
    size = _STL_HEADER + _STL_FACET * count
    if count > 0 and len(data) >= size:
        return data[:size]
    if not data.lstrip().startswith(b"solid"):
        raise UserError(f"{path} is no STL file, or cut short")
    try:
        corners = np.array(_VERTEX.findall(data), dtype=np.float32)
    except ValueError as error:
        raise UserError(f"{path} is no STL file: {error}") from error
    if not len(corners) or len(corners) % 3 or not np.isfinite(corners).all():
        raise UserError(f"{path} is no STL file: {len(corners)} corners of triangles")
    return _stl(corners.reshape(-1, 3, 3))


def _stl(corners: np.ndarray) -> bytes:
    """Binary STL of triangles [n, 3, 3]."""
    facets = np.zeros(len(corners), _FACET)
    facets["corners"] = corners
    return b"\0" * (_STL_HEADER - 4) + struct.pack("<I", len(facets)) + facets.tobytes()
