import errno
import json

import imageio.v3 as imageio
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from legged_gym.utils import outputs
from legged_gym.utils.errors import UserError


def test_a_check_leaves_nothing_but_the_folder(tmp_path):
    for check, name in (
        (outputs.output_file, "new/out.json"),
        (outputs.video_file, "new/film.MP4"),
        (outputs.picture_file, "new/plot.svg"),
    ):
        assert check(str(tmp_path / name)) == tmp_path / name
    assert outputs.output_folder(tmp_path / "figures") == tmp_path / "figures"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["figures", "new"]


@pytest.mark.parametrize(("check", "name"), [(outputs.output_folder, "logs"), (outputs.output_file, "logs/out.json")])
def test_a_folder_that_another_process_makes_meanwhile_is_taken(tmp_path, monkeypatch, check, name):
    """Processes that train together look for it at the same moment."""
    (tmp_path / "logs").mkdir()
    monkeypatch.setattr(outputs.Path, "exists", lambda path: False)
    assert check(tmp_path / name) == tmp_path / name


def test_a_check_leaves_a_file_as_it_is(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old")
    outputs.output_file(path)
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("check", "name", "message"),
    [
        (outputs.output_file, "file/out.json", "cannot write .*file/out.json: Not a directory"),
        (outputs.output_file, "folder", "cannot write .*folder: Is a directory"),
        (outputs.output_file, "", "cannot write .*: Is a directory"),
        (outputs.output_folder, "file", "cannot write to .*file: Not a directory"),
        (outputs.video_file, "film.gif", "the video .*film.gif must end in .mp4"),
        (outputs.video_file, "file/film.mp4", "cannot write .*film.mp4"),
        (outputs.picture_file, "plot.txt", "the picture .*plot.txt must end in .png or another of .*svg"),
        (outputs.picture_file, "file/plot.png", "cannot write .*plot.png"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_line(check, name, message, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=message) as error:
        check(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_file_whose_name_leaves_no_room_for_that_of_a_half_written_one_is_refused(tmp_path):
    name = f"{'n' * 248}.json"
    (tmp_path / name).touch()
    with pytest.raises(UserError, match="cannot write .*: File name too long"):
        outputs.output_file(tmp_path / name)


def test_a_file_in_a_folder_that_takes_no_other_is_refused(tmp_path, monkeypatch):
    """Nobody can forbid root anything, which tests may be."""

    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "out.json").touch()
    monkeypatch.setattr(outputs.Path, "touch", refuse)
    with pytest.raises(UserError, match="cannot write .*out.json: Permission denied"):
        outputs.output_file(tmp_path / "out.json")


def test_json_is_written_or_refused(tmp_path):
    outputs.write_json(tmp_path / "out.json", {"a": [1, 2.5]})
    assert (tmp_path / "out.json").read_text() == '{"a": [1, 2.5]}\n'
    outputs.write_json(tmp_path / "out.json", {"a": 1}, indent=2)
    assert json.loads((tmp_path / "out.json").read_text()) == {"a": 1}
    with pytest.raises(UserError, match="cannot write .*: Is a directory"):
        outputs.write_json(tmp_path, {})


def test_pixels_are_written_whole_in_the_format_of_the_name_or_not_at_all(tmp_path, monkeypatch):
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[1, 2] = 10, 200, 30
    outputs.write_pixels(tmp_path / "a.png", pixels)
    np.testing.assert_array_equal(imageio.imread(tmp_path / "a.png")[..., :3], pixels)
    outputs.write_pixels(tmp_path / "a.PDF", pixels)
    assert (tmp_path / "a.PDF").read_bytes().startswith(b"%PDF")

    def full(path, content):
        raise OSError(f"cannot write {path}: No space left on device")

    monkeypatch.setattr(outputs, "write_bytes", full)
    with pytest.raises(UserError, match="cannot write .*b.png: No space left on device"):
        outputs.write_pixels(tmp_path / "b.png", pixels)
    assert not (tmp_path / "b.png").exists()


def test_a_link_to_nowhere_is_told_as_such(tmp_path):
    link = tmp_path / "logs"
    link.symlink_to("nowhere")
    with pytest.raises(UserError, match="logs is a link to nowhere"):
        outputs.output_folder(link / "go2_flat")


@pytest.mark.parametrize("named", ["/bin/true", "/nowhere/ffmpeg", "", "ffmpeg of imageio"])
def test_the_program_that_writes_videos_is_tried_where_the_environment_names_it(tmp_path, monkeypatch, named):
    path = tmp_path / "film.mp4"
    monkeypatch.delenv(outputs.FFMPEG_VARIABLE, raising=False)
    is_one = named in ("", "ffmpeg of imageio")
    monkeypatch.setenv(outputs.FFMPEG_VARIABLE, get_ffmpeg_exe() if named.endswith("imageio") else named)
    if is_one:
        assert outputs.video_file(path) == path
        return
    with pytest.raises(UserError, match=f"IMAGEIO_FFMPEG_EXE = '{named}' is no ffmpeg: unset it"):
        outputs.video_file(path)
