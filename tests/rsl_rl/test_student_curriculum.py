import pytest

from rsl_rl.runners import CurriculumSettings, StudentCurriculum
from rsl_rl.utils.errors import ConfigError


def test_flat_ground_first_then_more_and_more_noise():
    curriculum = StudentCurriculum(flat_iterations=3, noise_start_iteration=2, noise_end_iteration=6)
    assert [curriculum.at(iteration) for iteration in range(8)] == [
        CurriculumSettings(True, 0.0),
        CurriculumSettings(True, 0.0),
        CurriculumSettings(True, 0.0),
        CurriculumSettings(False, 0.25),
        CurriculumSettings(False, 0.5),
        CurriculumSettings(False, 0.75),
        CurriculumSettings(False, 1.0),
        CurriculumSettings(False, 1.0),
    ]


def test_the_noise_may_come_all_at_once():
    curriculum = StudentCurriculum(flat_iterations=0, noise_start_iteration=0, noise_end_iteration=0)
    assert curriculum.at(0) == CurriculumSettings(False, 1.0)
    curriculum = StudentCurriculum(flat_iterations=0, noise_start_iteration=2, noise_end_iteration=2)
    assert [curriculum.at(iteration).noise_factor for iteration in range(4)] == [0.0, 0.0, 1.0, 1.0]


def test_progress_ends_with_the_course():
    curriculum = StudentCurriculum(max_iterations=4)
    assert [curriculum.progress(iteration) for iteration in (0, 1, 3, 4, 9)] == [0.0, 0.25, 0.75, 1.0, 1.0]


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="noise_start_iteration <= noise_end_iteration: 5, 4"):
        StudentCurriculum(noise_start_iteration=5, noise_end_iteration=4)
    with pytest.raises(ConfigError, match="max_iterations"):
        StudentCurriculum(max_iterations=0)
