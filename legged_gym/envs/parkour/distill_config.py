"""One student of all skills, which sees by a depth camera (Robot Parkour Learning, section III-C)."""

import os
from collections.abc import Iterator
from typing import Annotated

from legged_gym.config.fields import Bounds, Length, NonNegative, OneOf, Ordered, PositiveInt
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import Duration, Layers, SmallCount, Speed, Terms, Width
from legged_gym.envs.base.imitation_config import ImitationCfg
from legged_gym.envs.parkour.parkour_config import HARD, ParkourCfg, ParkourCfgPPO
from legged_gym.sensors.depth_image import DepthCameraCfg
from legged_gym.terrain.tracks import BLOCKS, blocks_of, unknown_block

PROPRIOCEPTION: list[str] = [
    "no_velocity",
    "base_ang_vel",
    "projected_gravity",
    "no_command",
    "dof_pos",
    "dof_vel",
    "actions",
]
"""The 48 of the oracle's first columns; zeros where the robot cannot measure, and where nobody tells it anything."""
PerLayer = Annotated[list[SmallCount], Length(1, 16)]


class DistillCfg(ParkourCfg):
    """Tracks with one obstacle each, of every kind and size, hard; robots begin on all levels."""

    class env(ParkourCfg.env):
        num_envs = 2048

    class terrain(ParkourCfg.terrain):
        horizontal_scale = 0.02
        """As `tilt` needs it."""
        num_cols = 10
        max_init_terrain_level = 9
        terrain_proportions = {"climb_track": 0.2, "leap_track": 0.4, "crawl_track": 0.2, "tilt_track": 0.2}
        """Twice as many gaps: they are over soonest, and hardest to see."""

    class parkour(ParkourCfg.parkour):
        dynamics = HARD

        def contradictions(self) -> Iterator[str]:
            """As the base's, and obstacles that no camera sees."""
            yield from super().contradictions()
            if self.dynamics != HARD:
                yield f"parkour.dynamics = {self.dynamics}: a camera sees obstacles that collide alone; leave it {HARD}"

    class init_state(ParkourCfg.init_state):
        yaw_noise = 0.1
        """The student cannot see the heading that it begins with, and the teachers' 0.3 rad lead off the track."""

    class depth_camera(DepthCameraCfg):
        pass

    class crossing(ParkourCfg.crossing):
        speeds: dict[str, Annotated[list[Speed], Ordered()]] = {
            "climb": [1.1, 1.2],
            "leap": [1.3, 1.4],
            "crawl": [0.5, 0.6],
            "tilt": [0.4, 0.5],
        }
        """Forward speed that the teachers are commanded at each kind of obstacle, m/s; elsewhere `speed`. Within those
        they were trained with, and narrow: the student is not told."""

        def contradictions(self) -> Iterator[str]:
            """Speeds at blocks that there are not."""
            yield from (unknown_block("crossing.speeds", kind) for kind in self.speeds if kind not in BLOCKS)

    class termination(ParkourCfg.termination):
        max_roll = 1.5

    class noise(ParkourCfg.noise):
        add_noise = True
        """Of the camera."""
        groups = ["policy", "proprioception"]
        """These come late, alike."""

        class noise_scales(ParkourCfg.noise.noise_scales):
            """Teachers learned with exact measurements."""

            dof_pos = 0.0
            dof_vel = 0.0
            lin_vel = 0.0
            ang_vel = 0.0
            gravity = 0.0

    class observations:
        policy: Terms = list(ParkourCfg.observations.policy)
        """What teachers see."""
        skill: Terms = ["skill"]
        """Which of them is asked."""
        proprioception: Terms = PROPRIOCEPTION
        """What the student feels."""
        depth: Terms = ["depth_image"]
        """What it sees."""
        privileged: Terms = ["base_lin_vel", "base_pose", "friction", "obstacle", "track_sides"]
        """What the teachers know besides, and the student's memory is to hold."""

    def idle(self) -> Idle:
        """As the base's, and speeds at obstacles that there are not, or that have their own."""
        yield from super().idle()
        crossed = () if self.terrain.mesh_type == "plane" else self._crossed_types()
        kinds = {kind for name in crossed for kind in blocks_of(name, self.terrain) or ("none",)}
        for kind in self.crossing.speeds.keys() - kinds:
            yield f"crossing.speeds.{kind}", f"no track of the map has a block {kind}"
        if kinds <= self.crossing.speeds.keys():
            yield "crossing.speed", "crossing.speeds has all obstacles of the map"


class DistillCfgPPO(ParkourCfgPPO):
    """DAgger of the student; `policy` is what all teachers are."""

    obs_groups = {
        "policy": ["policy"],
        "skill": ["skill"],
        "student": ["proprioception", "depth"],
        "privileged": ["privileged"],
    }
    """Groups read by the teachers, and by the student; a student without depth is blind. Without `privileged`, nothing
    is decoded from its memory, as in the paper."""

    def idle(self) -> Idle:
        """What is of an image that a blind student has not, and of a decoder that there is not."""
        if len(self.obs_groups.get("student", ())) == 1:
            for name in ("image_shape", "channels", "kernel_sizes", "strides", "image_dim"):
                yield f"student.{name}", "train.obs_groups gives the student no image"
        if not self.obs_groups.get("privileged"):
            for name in ("student.decoder_dims", "distillation.reconstruction_coef"):
                yield name, "train.obs_groups names nothing privileged to be decoded"

    class student:
        """The student: a convolutional encoder of the image, a memory, a perceptron."""

        image_shape: Annotated[list[Annotated[int, Bounds(1, 1024)]], Length(2)] = [48, 64]
        """Rows and columns of the image: `depth_camera.shape`."""
        channels: PerLayer = [16, 32, 32]
        """Of each convolution."""
        kernel_sizes: PerLayer = [5, 4, 3]
        """Sides of their kernels, pixels."""
        strides: PerLayer = [2, 2, 1]
        image_dim: Width = 128
        """Width of the image's code."""
        rnn_type: Annotated[str, OneOf("gru", "lstm")] = "gru"
        rnn_hidden_size: Width = 256
        hidden_dims: Layers = [512, 256, 128]
        decoder_dims: Layers = [128]
        """Of the decoder, in training."""

    class distillation(ImitationCfg):
        """How it learns; at first, teachers act in half of the episodes."""

        final_learning_rate = 1.0e-6
        """Practically none at the end. The student does not see where a track leads, and must go straight by itself:
        with 1e-4, A1s were off by -0.05 to 0.13 rad after 3 s under roofs, differently after each iteration, and 11 to
        31 of 32 got through. Training does not show it: in the nine iterations of an episode, errors cancel out."""
        num_learning_epochs = 1
        truncation_length = 20
        teacher_share = 0.5
        teacher_until = 0.3
        reconstruction_coef: NonNegative = 0.5
        """Weight of the error of what is decoded from the memory."""

    class pretrain_dataset:
        """Folders of trajectories that `collect.py` wrote."""

        data_dir: str = ""
        """A data set that the first iterations learn from; none if empty."""
        pretrain_iterations: PositiveInt = 100
        """How many iterations these are."""
        scan_dir: str = ""
        """Where collectors write what all other iterations learn from; if empty, the trainer has robots of its own."""
        num_trajectories: PositiveInt = 2048
        """Robots' trajectories in an iteration from `scan_dir`."""
        keep_latest: PositiveInt = 8192
        """The newest of `scan_dir` that are kept in memory; older ones are not learned from."""
        max_uses: PositiveInt = 2
        """Iterations that a trajectory of `scan_dir` goes into at most."""
        patience: Duration = 1800.0
        """Time without anything new in `scan_dir` after which a training ends, with a checkpoint, s."""

        def idle(self) -> Idle:
            """What is of a data set."""
            if not self.data_dir:
                yield "pretrain_iterations", "train.pretrain_dataset.data_dir names no folder"

        def contradictions(self) -> Iterator[str]:
            """A data set that collectors would write to, and a trainer delete from."""
            given = self.data_dir and self.scan_dir
            if given and os.path.realpath(self.data_dir) == os.path.realpath(self.scan_dir):
                yield (
                    f"train.pretrain_dataset: data_dir and scan_dir are both {self.data_dir}: a trainer deletes what "
                    "it learned of the second"
                )

    class runner(ParkourCfgPPO.runner):
        class_name = "SkillDistillationRunner"
        num_steps_per_env = 40
        max_iterations = 2500
        """13 minutes on one H100; what a student can do after them is in docs/parkour.md."""
        save_interval = 50
        sub_policy_paths: Annotated[dict[str, str], Length(1, 1000)] = {}
        """Teacher of each skill that blocks of the track need (climb, leap, crawl, tilt; none, where there is no
        block): an experiment, whose newest run with hard obstacles is taken, a run's folder, or a checkpoint."""
