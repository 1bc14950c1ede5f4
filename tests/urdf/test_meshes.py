"""Meshes of a URDF: found wherever the file says, read whatever kind of STL they are, told when they are not."""

import logging
import struct
from pathlib import Path

import numpy as np
import pytest

from legged_gym.urdf import read_urdf, to_spec
from legged_gym.urdf.meshes import find_mesh, read_mesh
from legged_gym.utils.errors import UserError
from tests.urdf.toys import LEGS, TRUNK, leg, link, write

CORNERS = np.array([(3, 3, 3), (-3, -3, 3), (-3, 3, -3), (3, -3, -3)]) / 100.0
FACES = [(0, 2, 1), (0, 1, 3), (0, 3, 2), (1, 2, 3)]


def binary_stl(header: bytes = b"") -> bytes:
    """A tetrahedron."""
    facets = (struct.pack("<12fH", 0, 0, 0, *CORNERS[list(face)].ravel(), 0) for face in FACES)
    return header.ljust(80, b"\0") + struct.pack("<I", len(FACES)) + b"".join(facets)


def text_stl() -> bytes:
    facets = [
        "facet normal 0 0 0\n outer loop\n"
        + "".join(f"  vertex {x:e} {y} {z}\n" for x, y, z in CORNERS[list(face)])
        + " endloop\nendfacet\n"
        for face in FACES
    ]
    return ("solid foot\n" + "".join(facets) + "endsolid foot\n").encode()


def mesh(name: str, scale: str = "1 1 1", use: str = "collision") -> str:
    return f'<{use}><geometry><mesh filename="{name}" scale="{scale}"/></geometry></{use}>'


def put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "package://toy_description/meshes/foot.stl",
        "package://other_name/meshes/foot.stl",
        "../meshes/foot.stl",
        "meshes/foot.stl",
        "toy_description/meshes/foot.stl",
        "..\\meshes\\foot.stl",
        "file://{root}/toy_description/meshes/foot.stl",
        "{root}/toy_description/meshes/foot.stl",
    ],
)
def test_where_a_mesh_is_found(tmp_path: Path, name: str):
    path = put(tmp_path / "toy_description" / "meshes" / "foot.stl", binary_stl())
    urdf = tmp_path / "toy_description" / "urdf" / "toy.urdf"
    urdf.parent.mkdir()
    assert find_mesh(name.format(root=tmp_path), urdf).resolve() == path


def test_a_missing_mesh_names_link_and_places(tmp_path: Path):
    feet = mesh("package://toy/foot.stl")
    path = write(tmp_path, TRUNK, leg("left", 0.1, foot=feet), name="urdf/toy.urdf")
    with pytest.raises(UserError) as error:
        to_spec(read_urdf(path))
    told = str(error.value)
    assert told.startswith(f"{path}: link 'left_foot': the mesh 'package://toy/foot.stl' is in none of {path.parent}, ")
    assert str(tmp_path) in told and "\n" not in told


@pytest.mark.parametrize("content", [binary_stl(), binary_stl(b"solid of a careless exporter"), text_stl()])
def test_every_kind_of_stl_gives_the_same_hull(tmp_path: Path, content: bytes):
    put(tmp_path / "foot.STL", content)
    path = write(tmp_path, TRUNK, leg("left", 0.1, foot=mesh("foot.STL")))
    spec = to_spec(read_urdf(path))
    spec.body("trunk").add_freejoint()
    model = spec.compile()
    assert model.nmesh == 1 and model.mesh_vertnum[0] == 4
    np.testing.assert_allclose(np.abs(model.mesh_vert).max(), 0.03, atol=0.01)
    assert model.body("left_foot").mass[0] == 0.05


def test_one_file_at_two_scales_and_two_files_of_one_name(tmp_path: Path):
    put(tmp_path / "a" / "foot.stl", binary_stl())
    put(tmp_path / "b" / "foot.stl", binary_stl())
    feet = mesh("a/foot.stl") + mesh("a/foot.stl", "1 -1 1") + mesh("b/foot.stl") + mesh("a/foot.stl")
    spec = to_spec(read_urdf(write(tmp_path, TRUNK, leg("left", 0.1, foot=feet))))
    assert len(spec.meshes) == 3
    spec.body("trunk").add_freejoint()
    assert spec.compile().nmesh == 3


@pytest.mark.parametrize(
    "name, content, told",
    [
        ("foot.dae", b"<COLLADA/>", "is no STL or OBJ file; convert it to one"),
        ("foot.stl", b"\0" * 30, "is no STL file, or cut short"),
        ("foot.stl", binary_stl()[:-60], "is no STL file, or cut short"),
        ("foot.stl", b"solid foot\nendsolid foot\n", "0 corners of triangles"),
        ("foot.stl", b"solid foot\nvertex 1 2 nan\n" * 3, "corners of triangles"),
        ("foot.stl", b"solid foot\nvertex 1 2 x\n" * 3, "is no STL file: "),
    ],
)
def test_meshes_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, told: str):
    with pytest.raises(UserError) as error:
        read_mesh(put(tmp_path / name, content))
    assert told in str(error.value) and name in str(error.value) and "\n" not in str(error.value)


def test_what_mujoco_cannot_compile_is_told_with_its_name(tmp_path: Path):
    put(tmp_path / "flat.obj", b"v 0 0 0\nv 1 0 0\nf 1 2 2\n")
    path = write(tmp_path, TRUNK, leg("left", 0.1, foot=mesh("flat.obj")))
    with pytest.raises(UserError, match="link 'left_foot': the mesh 'flat.obj' cannot be read") as error:
        to_spec(read_urdf(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["trunk.dae", "nowhere.stl"])
def test_a_visual_that_cannot_be_read_gives_way_to_the_collision_shapes(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
):
    put(tmp_path / "trunk.dae", b"<COLLADA/>")
    trunk = TRUNK.replace("</link>", mesh(name, use="visual") * 2 + "</link>")
    robot = read_urdf(write(tmp_path, trunk, LEGS, link("frame"), '<joint name="j" type="fixed"><parent link="trunk"/>'
                            '<child link="frame"/></joint>'))  # fmt: skip
    with caplog.at_level(logging.WARNING):
        spec = to_spec(robot, visuals=True)
    assert len(caplog.messages) == 1 and "'trunk' is drawn by its collision shapes" in caplog.messages[0]
    assert len([geom for geom in spec.body("trunk").geoms if geom.contype == 0]) == 1
    assert len(to_spec(robot).geoms) == 3
