"""The training loops."""

from collections.abc import Mapping

from rsl_rl.runners.curricula import CurriculumSettings, StudentCurriculum, TeacherCurriculum
from rsl_rl.runners.on_policy_runner import ALGORITHMS, POLICIES, OnPolicyRunner
from rsl_rl.runners.skill_distillation_runner import DAGGERS, DEPTH_STUDENTS, SkillDistillationRunner
from rsl_rl.runners.teacher_student_runner import IMITATIONS, REINFORCEMENTS, STUDENTS, TeacherStudentRunner
from rsl_rl.runners.trajectory_collector import TrajectoryCollector

__all__ = [
    "CHOICES",
    "RUNNERS",
    "CurriculumSettings",
    "OnPolicyRunner",
    "SkillDistillationRunner",
    "StudentCurriculum",
    "TeacherCurriculum",
    "TeacherStudentRunner",
    "TrajectoryCollector",
]

CHOICES: Mapping[str, Mapping[str, type]] = {
    "policy": POLICIES,
    "algorithm": ALGORITHMS,
    "student": {**STUDENTS, **DEPTH_STUDENTS},
    "distillation": {**IMITATIONS, **DAGGERS},
    "reinforcement": REINFORCEMENTS,
}
"""The classes that a section of a training configuration chooses from by its ``class_name``, the default first."""

RUNNERS: Mapping[str, type[OnPolicyRunner]] = {
    "OnPolicyRunner": OnPolicyRunner,
    "TeacherStudentRunner": TeacherStudentRunner,
    "SkillDistillationRunner": SkillDistillationRunner,
}
"""The runners a configuration can choose from; it may also name one as "module:Class"."""
