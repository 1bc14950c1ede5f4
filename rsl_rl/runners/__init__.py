"""The training loops."""

from rsl_rl.runners.on_policy_runner import OnPolicyRunner
from rsl_rl.runners.student_curriculum import CurriculumSettings, StudentCurriculum
from rsl_rl.runners.teacher_student_runner import TeacherStudentRunner

__all__ = ["CurriculumSettings", "OnPolicyRunner", "StudentCurriculum", "TeacherStudentRunner"]
