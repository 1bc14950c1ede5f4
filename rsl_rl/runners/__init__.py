"""The training loops."""

from rsl_rl.runners.lessons import Lesson, Lessons
from rsl_rl.runners.on_policy_runner import OnPolicyRunner
from rsl_rl.runners.teacher_student_runner import TeacherStudentRunner

__all__ = ["Lesson", "Lessons", "OnPolicyRunner", "TeacherStudentRunner"]
