import subprocess
from types import SimpleNamespace

import imageio
import numpy as np
import pytest
import torch

from legged_gym.utils.errors import UserError
from legged_gym.viewing import video
from legged_gym.viewing.rendering import Camera
from robust_parallel.files import temporary_of


class StubRenderer:
    """Frames that grow brighter, and the markers that were asked for."""

    def __init__(self, sim, asset, terrain, width, height, fast):
        self.sim = sim
        self.shape = (height, width, 3)
        self.frames = 0
        self.markers = []
        self.text = None

    def render(self, env_id, camera, markers, others, text):
        self.markers, self.text, self.followed = markers, text, env_id
        assert camera == Camera() and sorted([env_id, *others]) == list(range(len(self.sim.root_states)))
        self.frames += 1
        return np.full(self.shape, 20 * self.frames, dtype=np.uint8)

    def close(self):
        pass


@pytest.fixture
def env(monkeypatch):
    monkeypatch.setattr(video, "Renderer", StubRenderer)
    root = torch.zeros(3, 13)
    root[0, :3] = torch.tensor([1.0, 2.0, 0.3])
    root[0, 7:9] = torch.tensor([0.4, -0.2])
    return SimpleNamespace(
        dt=0.02,
        num_envs=3,
        sim=None,
        depth_camera=None,
        terrain=None,
        cfg=SimpleNamespace(asset=None),
        root_states=root,
        dof_names=["hip", "knee"],
        dof_pos=torch.tensor([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]),
        heading=torch.tensor([[0.0, 1.0]] * 3),
        commands=torch.tensor([[1.0, 0.5, 0.0, 0.0]] * 3),
    )


def test_what_a_killed_program_left_of_a_film_is_removed(env, tmp_path, monkeypatch):
    ended = subprocess.Popen(["true"])
    ended.wait()
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: ended.pid)
        left = temporary_of(tmp_path / "film.mp4", ".mp4")
    left.write_bytes(b"half of a film")
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", width=64, height=48)
    assert not left.exists()
    recorder.show()
    recorder.close()
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_film_runs_in_real_time(env, tmp_path):
    recorder = video.VideoRecorder(env, tmp_path / "new" / "film.mp4", width=64, height=48)
    for _ in range(20):
        assert recorder.show()
    recorder.close()
    reader = imageio.get_reader(tmp_path / "new" / "film.mp4")
    frames = list(reader.iter_data())
    assert reader.get_meta_data()["fps"] == pytest.approx(25.0)  # every second of 50 control steps a second
    assert len(frames) == 10 and frames[0].shape == (48, 64, 3)
    assert [round(float(frame.mean()) / 20) for frame in frames] == list(range(1, 11))


def test_arrows_show_command_and_velocity_in_the_world(env, tmp_path):
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", width=64, height=48)
    recorder.show()
    recorder.close()
    command, velocity = recorder._renderer.markers
    # Heading along +y: forward 1, left 0.5 is (-0.5, 1) in the world.
    np.testing.assert_allclose(command.vector, 0.5 * np.array([-0.5, 1.0, 0.0]))
    np.testing.assert_allclose(velocity.vector, 0.5 * np.array([0.4, -0.2, 0.0]), rtol=1e-6)
    np.testing.assert_allclose(velocity.start[:2], [1.0, 2.0])


def test_chosen_robots_are_followed_and_drawn(env, tmp_path):
    env.root_states[:, 0] = torch.tensor([1.0, 2.0, 3.0])
    env.commands[2] = torch.tensor([0.2, 0.0, 0.0, 0.0])
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", robots=[2, 0], width=64, height=48)
    env.root_states[2, 0] = 5.0  # between opening and filming
    recorder.show()
    recorder.close()
    shown = recorder._renderer.sim
    np.testing.assert_allclose(shown.root_states[:, 0], [5.0, 1.0])
    np.testing.assert_allclose(shown.dof_pos, [[2.0, 2.1], [0.0, 0.1]])
    np.testing.assert_allclose(recorder._renderer.markers[0].vector, [0.0, 0.1, 0.0], atol=1e-7)


def test_another_robot_is_followed_with_its_own_arrows_and_view(env, tmp_path):
    env.commands[2] = torch.tensor([0.2, 0.0, 0.0, 0.0])
    view = SimpleNamespace(markers=lambda: [], lines=lambda: ("", ""), robot=None)
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", view, robots=[0, 2], width=64, height=48)
    assert view.robot == 0
    recorder.follow(1)
    recorder.show()
    recorder.close()
    assert view.robot == 2 and recorder._renderer.followed == 1
    np.testing.assert_allclose(recorder._renderer.markers[0].vector, [0.0, 0.1, 0.0], atol=1e-7)


def test_a_view_adds_its_shapes_and_its_text(env, tmp_path):
    shape = object()
    view = SimpleNamespace(markers=lambda: [shape], lines=lambda: ("gate FL", "0.50"))
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", view, width=64, height=48)
    recorder.show()
    recorder.close()
    assert len(recorder._renderer.markers) == 3 and recorder._renderer.markers[-1] is shape
    assert recorder._renderer.text == ("gate FL", "0.50")


def test_bad_file_names_are_refused_at_once(env, tmp_path):
    with pytest.raises(UserError, match="must end in .mp4"):
        video.VideoRecorder(env, tmp_path / "film.gif")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write .*film.mp4: Not a directory"):
        video.VideoRecorder(env, tmp_path / "file" / "film.mp4")


def test_a_film_that_is_cut_short_is_an_error_and_is_removed(env, tmp_path, monkeypatch):
    """ffmpeg says nothing of a disk that is full at the end."""
    path = tmp_path / "film.mp4"
    recorder = video.VideoRecorder(env, path, width=64, height=48)
    recorder.show()
    close = recorder._file._writer.close

    def close_and_cut() -> None:
        close()
        part = recorder._file._part
        part.write_bytes(part.read_bytes()[:-100])

    monkeypatch.setattr(recorder._file._writer, "close", close_and_cut)
    with pytest.raises(
        UserError, match=r"cannot write the video .*film\.mp4: ffmpeg failed \(.* MB left on the disk\)"
    ):
        recorder.close()
    assert not list(tmp_path.iterdir())


def test_a_film_takes_the_place_of_the_last_one_when_it_is_complete(env, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(b"the last one")
    recorder = video.VideoRecorder(env, path, width=64, height=48)
    recorder.show()
    assert path.read_bytes() == b"the last one"  # and stays, if the program is killed now
    recorder.close()
    assert [found.name for found in tmp_path.iterdir()] == ["film.mp4"] and path.stat().st_size > 500


def test_a_film_whose_writer_fails_is_an_error_of_one_line(env, tmp_path, monkeypatch):
    recorder = video.VideoRecorder(env, tmp_path / "film.mp4", width=64, height=48)

    def fail(frame: np.ndarray) -> None:
        raise OSError("[Errno 32] Broken pipe\n\nFFMPEG COMMAND: ...")

    monkeypatch.setattr(recorder._file._writer, "append_data", fail)
    with pytest.raises(UserError, match="cannot write the video") as error:
        recorder.show()
    assert "\n" not in str(error.value)
    recorder.close()
