"""What a program writes at its end: refused at its start if it cannot be written."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from legged_gym.utils.errors import UserError
from robust_parallel.files import in_memory, is_stream, temporary_of, write_bytes

FFMPEG_VARIABLE = "IMAGEIO_FFMPEG_EXE"
"""Environment variable that names the program which writes videos; without it, imageio takes its own."""
_FFMPEG_LIMIT = 10.0
"""For that program to say its version, s."""


def output_file(name: str | Path) -> Path:
    """The path of a file that can be written; its folder is made if there is none.

    Raises:
        UserError: it cannot be written.
    """
    path = Path(name)
    try:
        if is_stream(path):  # opened once, by who writes: whoever reads a pipe leaves when it is closed
            return path
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            with path.open("a"):
                pass
        with contextlib.suppress(FileNotFoundError):
            path.stat()  # a link that leads to itself is refused as what it is
        temporary = temporary_of(path.resolve())  # what it is written as at first: its name may be too long
        temporary.touch()
        temporary.unlink()
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    return path


def video_file(name: str | Path) -> Path:
    """The path of an mp4 file that can be written.

    Raises:
        UserError: it cannot be written, or has another ending, or the environment names a program that writes none.
    """
    if Path(name).suffix.lower() != ".mp4":
        raise UserError(f"the video {name} must end in .mp4")
    if is_stream(Path(name)):
        raise UserError(f"the video {name} must be a file, not a device or a pipe: it is written to its end and back")
    _check_ffmpeg()
    return output_file(name)


def _check_ffmpeg() -> None:
    named = os.environ.get(FFMPEG_VARIABLE)
    if not named:
        return
    try:
        said = subprocess.run([named, "-version"], capture_output=True, timeout=_FFMPEG_LIMIT, check=False).stdout
    except (OSError, ValueError, subprocess.TimeoutExpired):
        said = b""
    if not said.startswith(b"ffmpeg version"):
        raise UserError(f"{FFMPEG_VARIABLE} = {named!r} is no ffmpeg: unset it, and imageio takes its own")


def picture_file(name: str | Path) -> Path:
    """The path of a picture that can be written.

    Raises:
        UserError: it cannot be written, or its ending names no format of matplotlib's.
    """
    from matplotlib.backend_bases import FigureCanvasBase  # slow to import

    formats = FigureCanvasBase.get_supported_filetypes()
    if Path(name).suffix.lower().removeprefix(".") not in formats:
        raise UserError(f"the picture {name} must end in .png or another of {', '.join(sorted(formats))}")
    return output_file(name)


def output_folder(name: str | Path) -> Path:
    """The path of a folder that can be written to; it is made if there is none.

    Raises:
        UserError: it cannot be written to.
    """
    path = Path(name)
    try:
        if not path.exists():
            path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path):
            pass
    except OSError as error:
        nowhere = next((part for part in (path, *path.parents) if part.is_symlink() and not part.exists()), None)
        reason = f"{nowhere} is a link to nowhere" if isinstance(error, FileExistsError) and nowhere else error.strerror
        raise UserError(f"cannot write to {path}: {reason}") from error
    return path


def write_json(path: Path, data: Any, indent: int | None = None) -> None:
    """Write plain data.

    Raises:
        UserError: the file cannot be written.
    """
    write_file(path, (json.dumps(data, indent=indent) + "\n").encode())


def write_picture(path: Path, figure: Any, dpi: int) -> None:
    """Write a figure of matplotlib's; the file's ending names the format.

    Raises:
        UserError: the file cannot be written, or its ending is no format of matplotlib's.
    """
    _write_drawn(path, lambda buffer, format: figure.savefig(buffer, format=format, dpi=dpi))


def write_pixels(path: Path, pixels: Any) -> None:
    """Write an image, an array [R, C, 3], uint8 or of 0 to 1; the file's ending names the format, one of matplotlib's.

    Raises:
        UserError: the file cannot be written, or its ending is no format of matplotlib's.
    """
    from matplotlib.image import imsave  # slow to import

    _write_drawn(path, lambda buffer, format: imsave(buffer, pixels, format=format))


def _write_drawn(path: Path, save: Callable[[BinaryIO, str], object]) -> None:
    try:
        content = in_memory(lambda buffer: save(buffer, path.suffix[1:].lower()))
    except ValueError as error:
        raise UserError(f"cannot write {path}: {error}") from error
    write_file(path, content)


def write_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    try:
        write_bytes(path, content)
    except OSError as error:
        raise UserError(str(error)) from error
