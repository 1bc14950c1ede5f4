"""Meshes of a URDF: found wherever the file says, read whatever kind of STL they are, told when they are not."""

import logging
import struct
from pathlib import Path

import numpy as np
import pytest

from legged_gym.utils.errors import UserError
from robust_parallel.urdf import read_urdf, to_spec
from robust_parallel.urdf.collada import collada_triangles
from robust_parallel.urdf.meshes import find_mesh, read_mesh
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
        ("foot.dae", b"<COLLADA/>", "is a COLLADA file of 0 triangles"),
        ("foot.dae", b"<COLLADA", "is no COLLADA file, or broken"),
        ("foot.ply", b"ply", "is no STL, OBJ or COLLADA file; convert it to one"),
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


def collada(scene: str, polygons: str = "", unit: str = "1", namespace: str = "") -> bytes:
    """A square of corners 0, 1, 2, 3 in the plane z = 0, side 1, given as `polygons` with normals between."""
    return f"""<?xml version="1.0"?><COLLADA {namespace}><asset><unit meter="{unit}"/><up_axis>Y_UP</up_axis></asset>
    <library_geometries><geometry id="square"><mesh>
      <source id="places"><float_array>0 0 0  1 0 0  1 1 0  0 1 0</float_array><technique_common>
        <accessor stride="3"/></technique_common></source>
      <source id="normals"><float_array>0 0 1</float_array></source>
      <vertices id="corners"><input semantic="POSITION" source="#places"/></vertices>{polygons}
    </mesh></geometry></library_geometries>{scene}</COLLADA>""".encode()


INPUTS = (
    '<input semantic="NORMAL" source="#normals" offset="1"/><input semantic="VERTEX" source="#corners" offset="0"/>'
)
TRIANGLES = f"<triangles>{INPUTS}<p>0 0 1 0 2 0  0 0 2 0 3 0</p></triangles>"
POLYLIST = f"<polylist>{INPUTS}<vcount>4</vcount><p>0 0 1 0 2 0 3 0</p></polylist>"
POLYGONS = f"<polygons>{INPUTS}<p>0 0 1 0 2 0 3 0</p></polygons>"
SQUARE = np.array([[(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 0, 0), (1, 1, 0), (0, 1, 0)]], dtype=float)


@pytest.mark.parametrize("polygons", [TRIANGLES, POLYLIST, POLYGONS])
@pytest.mark.parametrize("namespace", ["", 'xmlns="http://www.collada.org/2005/11/COLLADASchema"'])
def test_collada_without_a_scene_is_its_geometries(polygons: str, namespace: str):
    found = collada_triangles(collada("", polygons, unit="0.01", namespace=namespace))
    np.testing.assert_allclose(found, 0.01 * SQUARE)


def test_collada_nodes_are_where_their_transforms_put_them():
    """Turned by a right angle about z in a node 1 m along x: (x, y) -> (1 - 2 y, 2 x), and once more as it is."""
    scene = """<library_nodes><node id="part"><rotate>0 0 2 90</rotate><scale>2 2 2</scale>
      <instance_geometry url="#square"/></node></library_nodes>
      <library_visual_scenes><visual_scene id="other"/><visual_scene id="scene">
        <node><matrix>1 0 0 1  0 1 0 0  0 0 1 0  0 0 0 1</matrix><instance_node url="#part"/></node>
        <node><translate>0 0 3</translate><instance_geometry url="#square"/></node>
        </visual_scene></library_visual_scenes>
      <scene><instance_visual_scene url="#scene"/></scene>"""
    turned = np.stack([1.0 - 2.0 * SQUARE[..., 1], 2.0 * SQUARE[..., 0], 0.0 * SQUARE[..., 2]], axis=-1)
    found = collada_triangles(collada(scene, TRIANGLES))
    np.testing.assert_allclose(found, np.concatenate([turned, SQUARE + [0.0, 0.0, 3.0]]), atol=1e-12)


@pytest.mark.parametrize(
    "scene, told",
    [
        ('<scene><instance_visual_scene url="#nowhere"/></scene>', "nowhere"),
        (
            '<visual_scene id="s"><node id="n"><instance_node url="#n"/></node></visual_scene>'
            '<scene><instance_visual_scene url="#s"/></scene>',
            "circle",
        ),
    ],
)
def test_a_broken_collada_scene_is_told(tmp_path: Path, scene: str, told: str):
    with pytest.raises(UserError, match=told):
        read_mesh(put(tmp_path / "square.dae", collada(scene, TRIANGLES)))


def test_a_collada_mesh_is_a_collision_shape(tmp_path: Path):
    """The file's square has a corner at 0; with a second one 3 m above it, it is a block of 1 x 1 x 3 m."""
    scene = """<library_visual_scenes><visual_scene id="s"><node><instance_geometry url="#square"/></node>
        <node><translate>0 0 3</translate><instance_geometry url="#square"/></node>
        </visual_scene></library_visual_scenes>
        <scene><instance_visual_scene url="#s"/></scene>"""
    put(tmp_path / "block.dae", collada(scene, POLYLIST))
    model = to_spec(read_urdf(write(tmp_path, TRUNK, leg("left", 0.1, foot=mesh("block.dae"))))).compile()
    np.testing.assert_allclose(np.ptp(model.mesh_vert, axis=0)[[0, 1, 2]].max(), 3.0, rtol=1e-5)


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
    assert len(caplog.messages) == 1 and "'trunk' is drawn by collision shapes" in caplog.messages[0]
    assert len([geom for geom in spec.body("trunk").geoms if geom.contype == 0]) == 1
    assert len(to_spec(robot).geoms) == 3


@pytest.mark.parametrize(
    "old, new, told",
    [
        ('semantic="VERTEX"', 'semantic="NORMAL"', "has no VERTEX"),
        ('semantic="POSITION"', 'semantic="NORMAL"', "has no POSITION"),
        ('version="1.0"', 'version="1.0" encoding="none"', "unknown encoding"),
    ],
)
def test_a_broken_collada_mesh_is_told(tmp_path: Path, old: str, new: str, told: str):
    text = collada("", TRIANGLES).decode().strip()
    assert old in text
    with pytest.raises(UserError, match=told) as error:
        read_mesh(put(tmp_path / "square.dae", text.replace(old, new, 1).encode()))
    assert "\n" not in str(error.value)


def test_a_file_address_may_have_a_host_and_escaped_characters(tmp_path: Path):
    path = put(tmp_path / "left foot.stl", b"")
    for host in ("", "localhost"):
        assert find_mesh(f"file://{host}{tmp_path}/left%20foot.stl", tmp_path / "toy.urdf") == path


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="is in none of"):
        find_mesh("x" * 400 + ".stl", tmp_path / "toy.urdf")
    with pytest.raises(UserError, match="'/nowhere/foot.stl' is not there"):
        find_mesh("/nowhere/foot.stl", tmp_path / "toy.urdf")
