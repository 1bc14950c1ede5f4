"""Teachers of a student of several skills."""

import pytest

from legged_gym.runs.skills import skill_teachers
from legged_gym.tasks import get_cfgs
from rsl_rl.utils import checkpoint


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"parkour": {"dynamics": "hard"}, "control": {"max_torque": 25.0, "of_a_later_version": 1}}, None),
        ({"parkour": {"dynamics": "soft"}}, "with soft obstacles, which do not collide: name a run of the hard stage"),
        (
            {"control": {"stiffness": {"joint": 20.0}, "max_torque": 25.0}},
            "with control.stiffness = {'joint': 20.0}, not {'joint': 50.0}: its actions mean other torques here",
        ),
        ({"terrain": {"terrain_proportions": {"leap_track": 1.0}}}, "on leap_track alone"),
        ({"terrain": 3, "parkour": None, "control": []}, None),
    ],
)
def test_a_teacher_of_another_training_than_its_skill_needs_is_told(tmp_path, caplog, section, told):
    """Fault: a teacher that never met an obstacle which collides, or of other drives, taught without a word."""
    env_cfg, train_cfg = get_cfgs("a1_distill")
    path = tmp_path / "climb.pt"
    train_cfg.runner.sub_policy_paths = {"climb": str(path)}
    config = {"task": "a1_climb", "env": {"asset": {"file": env_cfg.asset.file}, **section}, "train": {}}
    checkpoint.save(path, {"config": config})
    assert skill_teachers(env_cfg, train_cfg, tmp_path) == {"climb": path}
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == ([] if told is None else [f"the teacher of 'climb', {path}, was trained {told}"])
