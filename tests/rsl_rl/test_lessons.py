import pytest

from rsl_rl.runners import Lesson, Lessons
from rsl_rl.utils.errors import ConfigError


def test_flat_ground_first_then_more_and_more_noise():
    lessons = Lessons(flat_iterations=3, noise_start_iteration=2, noise_end_iteration=6)
    assert [lessons.at(iteration) for iteration in range(8)] == [
        Lesson(True, 0.0),
        Lesson(True, 0.0),
        Lesson(True, 0.0),
        Lesson(False, 0.25),
        Lesson(False, 0.5),
        Lesson(False, 0.75),
        Lesson(False, 1.0),
        Lesson(False, 1.0),
    ]


def test_the_noise_may_come_all_at_once():
    lessons = Lessons(flat_iterations=0, noise_start_iteration=0, noise_end_iteration=0)
    assert lessons.at(0) == Lesson(False, 1.0)
    lessons = Lessons(flat_iterations=0, noise_start_iteration=2, noise_end_iteration=2)
    assert [lessons.at(iteration).noise_factor for iteration in range(4)] == [0.0, 0.0, 1.0, 1.0]


def test_progress_ends_with_the_course():
    lessons = Lessons(max_iterations=4)
    assert [lessons.progress(iteration) for iteration in (0, 1, 3, 4, 9)] == [0.0, 0.25, 0.75, 1.0, 1.0]


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="noise_start_iteration <= noise_end_iteration: 5, 4"):
        Lessons(noise_start_iteration=5, noise_end_iteration=4)
    with pytest.raises(ConfigError, match="max_iterations"):
        Lessons(max_iterations=0)
