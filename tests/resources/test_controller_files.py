"""The shipped controller files: they act as the shipped policies do, and tell all of their robot."""

import json
import re
from typing import Any

import onnx
import pytest

from legged_gym.config.io import config_hash
from legged_gym.export.metadata import FORMAT, SIMULATION_SECTIONS
from legged_gym.export.rehearsal import ROBOTS, ControllerFile, check_drivers
from legged_gym.runs.configure import saved_config
from tests.export.rehearsals import POLICIES, Rehearsal

DEPLOYABLE = (
    "go2_blind", "go2_flat_deploy", "go2_perceptive_sight_student", "go2_perceptive_student", "go2_rough_deploy",
    "qmini",
)  # fmt: skip
ALL = (
    "a1_flat", "a1_rough", "anymal_c_flat", "anymal_c_rough", "go2_blind", "go2_flat", "go2_flat_deploy",
    "go2_rough", "go2_sight", "go2_perceptive_sight_student", "go2_perceptive_student", "go2_rough_deploy",
    "mini_cheetah", "mini_cheetah_ref", "qmini",
)  # fmt: skip

OWN_DRIVES = ("anymal_c_flat", "anymal_c_rough", "go2_perceptive_sight_student")
"""Those whose drives are no PD law: networks, and targets that come late."""


def metadata_of(model: onnx.ModelProto) -> dict[str, Any]:
    return {entry.key: json.loads(entry.value) for entry in model.metadata_props}


@pytest.mark.parametrize("name", ALL)
def test_the_file_acts_as_the_policy_does(name: str) -> None:
    rehearsal = Rehearsal(name)
    files = [ControllerFile(POLICIES / f"{name}.onnx") for _ in range(ROBOTS)]
    assert check_drivers(files, rehearsal.env, rehearsal.policy, rehearsal.controller, steps=15) < 1e-4
    said = metadata_of(onnx.load(POLICIES / f"{name}.onnx"))
    assert said["joint_names"] == rehearsal.env.dof_names and said["control_dt"] == rehearsal.env.dt
    rehearsal.env.close()


@pytest.mark.parametrize("name", ALL)
def test_the_file_tells_of_its_policy(name: str) -> None:
    said, config = metadata_of(onnx.load(POLICIES / f"{name}.onnx")), saved_config(POLICIES / f"{name}.pt")
    assert (said["format"], said["task"], said["config_hash"]) == (FORMAT, config["task"], config_hash(config))
    assert said["deployable"] is (name in DEPLOYABLE) and said["licence"] == "BSD-3-Clause"
    assert said["evaluation"]
    for section in SIMULATION_SECTIONS:
        trained = config["env"].get(section, {})
        assert said["simulation"].get(section, {}).keys() >= trained.keys() - {"measure_heights"}, section
    drives = said["actuator"].get("file")
    assert drives == (f"{name}_drives.onnx" if name in OWN_DRIVES else None)


def test_files_are_readable_for_older_runtimes_and_name_no_folder_of_the_machine_that_wrote_them() -> None:
    files = sorted(POLICIES.glob("*.onnx"))
    assert len(files) == len(ALL) + 5  # and the drives of three, and the halves of qmini's network
    for path in files:
        assert not re.search(rb"/(home|root|tmp|usr|opt|mnt|work|var)/", path.read_bytes()), path.name
        model = onnx.load(path)
        assert model.ir_version <= 9 and all(each.version <= 18 for each in model.opset_import), path.name
