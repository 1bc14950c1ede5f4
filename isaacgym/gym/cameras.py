"""Calls of cameras, and of pictures of what a viewer would show."""

from pathlib import Path

import numpy as np
import torch

from isaacgym.cameras import Camera, looking
from isaacgym.descriptor import Tensor
from isaacgym.enums import CameraFollowMode, ImageType
from isaacgym.geometry import Transform, Vec3
from isaacgym.gym.buffers import snapshot
from isaacgym.params import CameraProperties
from isaacgym.pictures import Painter
from isaacgym.png import write_png
from isaacgym.scene import Env, Frame, Sim
from isaacgym.viewer import Viewer
from robust_parallel.errors import UserError

_KINDS = (ImageType.IMAGE_COLOR, ImageType.IMAGE_DEPTH, ImageType.IMAGE_SEGMENTATION)


class Cameras:
    """Pictures are drawn when they are asked for; nothing is drawn, and OpenGL is not needed, before that."""

    def create_camera_sensor(self, env: Env, props: CameraProperties) -> int:
        """A camera in an environment; returns its handle."""
        env.cameras.append(Camera(props.copied()))
        return len(env.cameras) - 1

    def destroy_camera_sensor(self, sim: Sim, env: Env, camera: int) -> None:
        """Nothing: a camera that is not asked for pictures costs nothing."""

    def set_camera_location(self, camera: int, env: Env, pos: Vec3, target: Vec3) -> None:
        """Let a camera look at a target from a place, both in the environment's frame, m."""
        env.camera(camera).pose, env.camera(camera).body = looking(pos, target), None

    def set_camera_transform(self, camera: int, env: Env, transform: Transform) -> None:
        """Put a camera somewhere in the environment's frame."""
        env.camera(camera).pose, env.camera(camera).body = Transform(transform.p + Vec3(), transform.r), None

    def get_camera_transform(self, sim: Sim, env: Env, camera: int) -> Transform:
        """Where a camera is in the environment's frame."""
        pose = _pose(sim, env, camera)
        return Transform(pose.p - env.origin, pose.r)

    def attach_camera_to_body(
        self, camera: int, env: Env, body: int, offset: Transform, mode: CameraFollowMode
    ) -> None:
        """Let a body carry a camera: whole, or its place alone.

        Raises:
            UserError: there is no such body, as where a name was not found.
        """
        seen = env.camera(camera)
        if not any(0 <= body < len(actor.asset.body_names) for actor in env.actors):
            raise UserError(f"isaacgym: attach_camera_to_body: the environment has no body {body}")
        seen.pose, seen.body, seen.mode = Transform(offset.p + Vec3(), offset.r), body, mode

    def render_all_camera_sensors(self, sim: Sim) -> None:
        """Take what is to be seen now for the pictures to come, and draw those that scripts hold tensors of."""
        _take(sim)
        for env in sim.envs:
            for handle, camera in enumerate(env.cameras):
                for kind, tensor in camera.tensors.items():
                    tensor.copy_(torch.from_numpy(_image(sim, env, handle, ImageType(kind))))

    def start_access_image_tensors(self, sim: Sim) -> None:
        """Nothing: pictures are there once they are drawn."""

    def end_access_image_tensors(self, sim: Sim) -> None:
        """Nothing."""

    def get_camera_image(self, sim: Sim, env: Env, camera: int, type: ImageType) -> np.ndarray:
        """What a camera saw when `render_all_camera_sensors` was called last.

        Returns:
            Colours [height, 4 width], RGBA, 8 bits; depths [height, width], m, negative, -inf where there is nothing;
            or segments [height, width], the ids of ground and robots.

        Raises:
            UserError: there is no OpenGL, or it is to be another kind of picture.
        """
        image = _image(sim, env, camera, type)
        return image.reshape(len(image), -1)

    def get_camera_image_gpu_tensor(self, sim: Sim, env: Env, camera: int, type: ImageType) -> Tensor:
        """The same on the device of the state tensors, colours [height, width, 4]: filled again at each rendering."""
        tensors = env.camera(camera).tensors
        if type not in tensors:
            image = torch.from_numpy(_image(sim, env, camera, type))
            with torch.inference_mode(False):
                tensors[type] = image.clone().to(sim.prepared().device)
        return Tensor(tensors[type])

    def write_camera_image_to_file(self, sim: Sim, env: Env, camera: int, type: ImageType, path: str) -> None:
        """Write what a camera saw as a PNG.

        Raises:
            UserError: it is to be no picture of colours.
        """
        if type != ImageType.IMAGE_COLOR:
            raise UserError("isaacgym: write_camera_image_to_file writes pictures of colours alone")
        write_png(Path(path), _image(sim, env, camera, type))

    def write_viewer_image_to_file(self, viewer: Viewer, path: str) -> None:
        """Write what the viewer would show, all robots, as a PNG."""
        frame = _take(viewer.sim)
        robots = list(zip(frame.roots, frame.joints, strict=True))
        write_png(Path(path), _painter(viewer.sim).colours(viewer.pose, viewer.properties, robots))


def _take(sim: Sim) -> Frame:
    asset = sim.actors[0].asset
    parts = (("roots", 1, 13), ("joints", len(asset.dof_names), 2), ("bodies", len(asset.body_names), 13))
    roots, joints, bodies = (snapshot(sim, *part).cpu().numpy() for part in parts)
    sim.frame = Frame(roots[:, 0], joints[..., 0], bodies)
    return sim.frame


def _pose(sim: Sim, env: Env, camera: int) -> Transform:
    frame = sim.frame or _take(sim)
    return env.camera(camera).in_world(env.origin, frame.bodies[env.index])


def _painter(sim: Sim) -> Painter:
    if sim.painter is None:
        sim.painter = Painter(sim.actors[0].asset, sim.ground(), sim.boxes())
    return sim.painter


def _image(sim: Sim, env: Env, camera: int, kind: ImageType) -> np.ndarray:
    if kind not in _KINDS:
        raise UserError(f"isaacgym: cameras give colours, depths and segments; {kind!r} is not there")
    frame, properties = sim.frame or _take(sim), env.camera(camera).properties
    seen = _pose(sim, env, camera), properties, [(frame.roots[env.index], frame.joints[env.index])]
    if kind == ImageType.IMAGE_COLOR:
        return _painter(sim).colours(*seen)
    if kind == ImageType.IMAGE_DEPTH:
        return _painter(sim).depths(*seen)
    return _painter(sim).segments(*seen, (sim.ground_segment, sim.actors[env.index].segment))
