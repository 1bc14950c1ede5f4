"""Teachers of a student of several skills."""

import pytest

from legged_gym.runs.skills import skill_teachers
from legged_gym.runs.stages import chosen_teacher
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
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


@pytest.mark.parametrize("name", ["a" * 300, "logs/" + "a" * 300, "a\0b", "/a\0b", ""])
def test_a_name_that_no_file_can_have_is_no_teacher(tmp_path, name):
    """Fault: it ended in a traceback."""
    env_cfg, train_cfg = get_cfgs("a1_distill")
    train_cfg.runner.sub_policy_paths = {"climb": name}
    with pytest.raises(UserError, match="no teacher of 'climb': .*; train it, or name another"):
        skill_teachers(env_cfg, train_cfg, tmp_path)


@pytest.mark.parametrize("name", ["a" * 300, "logs/" + "a" * 300, "a\0b"])
def test_nor_is_it_the_teacher_of_a_perceptive_student(tmp_path, name):
    _, train_cfg = get_cfgs("go2_perceptive")
    train_cfg.runner.teacher = name
    with pytest.raises(UserError, match="no teacher: .*train one with --stage=teacher or name one with --teacher"):
        chosen_teacher(train_cfg, "go2_perceptive", tmp_path)
