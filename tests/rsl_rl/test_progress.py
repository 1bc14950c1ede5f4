import io
import logging
import sys

import pytest
from rich.console import Console

from rsl_rl.utils import live_progress
from rsl_rl.utils.live_progress import LiveProgress
from rsl_rl.utils.logger import make_progress
from rsl_rl.utils.progress import Eta, LateLineProgress, LineProgress

SCALARS = {
    "Loss/kl": 0.0123456,
    "Loss/entropy": 15.0,
    "Episode/rew_torques": -0.5,
    "Episode/terrain_level": 3.25,
    "Train/mean_reward": 12.5,
    "Perf/total_fps": 12345.6,
    "Perf/learning_time": 0.5,
}


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self):
        return self.now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def end_iterations(eta, clock, durations):
    for duration in durations:
        clock.now += duration
        eta.end_iteration()


def test_eta_is_unknown_until_whole_iterations_after_the_first_two_are_known():
    clock = Clock()
    eta = Eta(clock)
    end_iterations(eta, clock, [60.0, 20.0, 2.0, 2.0])
    assert eta.seconds(6) is None
    end_iterations(eta, clock, [2.0])
    assert eta.seconds(5) == 10.0


def test_eta_counts_down_within_an_iteration_and_waits_for_one_that_takes_longer():
    clock = Clock()
    eta = Eta(clock)
    end_iterations(eta, clock, [60.0, 20.0, 2.0, 2.0, 2.0])
    clock.now += 1.5
    assert eta.seconds(5) == 8.5
    clock.now += 100.0
    assert eta.seconds(5) == 8.0
    assert eta.seconds(0) == 0.0


def test_eta_spreads_what_happens_now_and_then_over_all_iterations():
    """Every fifth iteration takes 4 s instead of 1 s, to save: 10 of them take 16 s."""
    clock = Clock()
    eta = Eta(clock)
    end_iterations(eta, clock, [9.0, 9.0] + [1.0, 1.0, 1.0, 1.0, 4.0] * 20)
    assert eta.seconds(10) == pytest.approx(16.0)
    end_iterations(eta, clock, [1.0])
    assert eta.seconds(10) == pytest.approx(10 * (1.0 + 60.0 / 101))  # 20 times 3 s more, in 101 iterations


def test_eta_follows_a_machine_that_became_slower():
    clock = Clock()
    eta = Eta(clock)
    end_iterations(eta, clock, [1.0] * 302)
    assert eta.seconds(100) == pytest.approx(100.0)
    end_iterations(eta, clock, [2.0] * 30)
    # Half of the window was needed to tell: 14 iterations were 1 s and one was 0.5 s above the median, of all 330.
    assert eta.seconds(100) == pytest.approx(100 * (2.0 + 14.5 / 330))


def test_lines_come_every_ten_seconds_and_at_the_end():
    console, clock = io.StringIO(), Clock()
    progress = LineProgress(console, 100, 130, clock)
    for iteration in range(101, 131):
        clock.now += 3.0
        progress.update(SCALARS, iteration)
    progress.close()
    lines = console.getvalue().splitlines()
    numbers = [int(line.split()[1].split("/")[0]) for line in lines]
    assert numbers == [101, 105, 109, 113, 117, 121, 125, 129, 130]
    values = "12,346 steps/s, mean_reward 12.5, terrain_level 3.25, kl 0.01235, entropy 15"
    assert lines[0] == f"iteration 101/130, 0:00:03 elapsed, -- left, {values}"
    assert lines[1] == f"iteration 105/130, 0:00:15 elapsed, 0:01:15 left, {values}"
    assert lines[-1] == f"iteration 130/130, 0:01:30 elapsed, 0:00:00 left, {values}"


def test_nothing_is_left_of_the_last_iteration_however_few_there_were():
    eta = Eta(Clock())
    assert (eta.seconds(1), eta.seconds(0)) == (None, 0.0)


def test_what_is_done_soon_has_no_lines_where_they_come_late():
    """Steps of 3 s: three of them take 9 s; five have a line after 12 s, and one at the end."""
    for steps, shown in ((3, []), (5, ["step 4/5", "step 5/5"])):
        console, clock = io.StringIO(), Clock()
        progress = LateLineProgress(console, 0, steps, clock, what="step")
        for _ in range(steps):
            clock.now += 3.0
            progress.count()
        progress.close()
        assert [line.partition(",")[0] for line in console.getvalue().splitlines()] == shown


def test_a_line_is_of_about_200_characters_on_any_number_of_terrain_types():
    """A writer gets the level on each type, and how the learning is scheduled."""
    levels = {f"Episode/terrain_level_type_{number}": 1.0 for number in range(20)}
    learning = {
        "Loss/surrogate": 0.01,
        "Loss/entropy_coef": 0.01,
        "Loss/learning_rate": 1e-3,
        "Loss/skipped_updates": 0.0,
    }
    console = io.StringIO()
    LineProgress(console, 0, 2, Clock()).update({**SCALARS, **levels, **learning}, 1)
    values = "12,346 steps/s, mean_reward 12.5, terrain_level 3.25, kl 0.01235, entropy 15"
    assert console.getvalue() == f"iteration 1/2, 0:00:00 elapsed, -- left, {values}\n"


def test_lines_of_a_training_that_was_stopped_or_never_began():
    console, clock = io.StringIO(), Clock()
    LineProgress(console, 0, 5, clock).close()
    assert console.getvalue() == ""
    progress = LineProgress(console, 0, 5, clock)
    progress.update({}, 1)
    progress.update({"Loss/kl": 0.5}, 2)
    progress.close()
    progress.close()
    assert console.getvalue().splitlines() == [
        "iteration 1/5, 0:00:00 elapsed, -- left",
        "iteration 2/5, 0:00:00 elapsed, -- left, kl 0.5",
    ]


def test_when_a_training_like_it_was_good_is_told_until_then():
    console, clock = io.StringIO(), Clock()
    progress = LineProgress(console, 0, 40, clock)
    progress.good_at = 15
    for iteration in range(1, 21):
        clock.now += 5.0
        progress.update({}, iteration)
    lines = console.getvalue().splitlines()
    assert lines[0] == "iteration 1/40, 0:00:05 elapsed, -- left, good at 15"
    assert lines[4] == "iteration 9/40, 0:00:45 elapsed, 0:02:35 left, good at 15 in 0:00:30"
    assert lines[7] == "iteration 15/40, 0:01:15 elapsed, 0:02:05 left"


def test_what_has_no_results_is_counted_and_named():
    console, clock = io.StringIO(), Clock()
    progress = LineProgress(console, 0, 3, clock, what="step")
    for _ in range(3):
        progress.count()
    progress.close()
    assert console.getvalue().splitlines() == [
        "step 1/3, 0:00:00 elapsed, -- left",
        "step 3/3, 0:00:00 elapsed, 0:00:00 left",
    ]


def test_a_full_disk_does_not_end_training():
    class FullDisk(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    progress = LineProgress(FullDisk(), 0, 2, Clock())
    progress.update(SCALARS, 1)
    progress.close()


def test_a_terminal_gets_a_live_display_and_a_file_gets_lines(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    live = make_progress(Terminal(), 0, 1)
    live.close()
    assert isinstance(live, LiveProgress)
    nowhere = make_progress(None, 0, 1)
    nowhere.count()
    nowhere.close()
    assert isinstance(make_progress(io.StringIO(), 0, 1), LineProgress)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(make_progress(Terminal(), 0, 1), LineProgress)


def rendered(progress, width, monkeypatch):
    monkeypatch.setattr(progress, "_terminal", Console(file=io.StringIO(), width=width))
    progress._terminal.print(progress._render())
    return [line.rstrip() for line in progress._terminal.file.getvalue().splitlines()]


def test_live_display(monkeypatch):
    clock = Clock()
    progress = LiveProgress(Terminal(), 10, 20, clock)
    try:
        assert rendered(progress, 50, monkeypatch)[1] == "0:00:00 elapsed   -- left"
        for iteration in range(11, 16):
            clock.now += 4.0
            progress.update(SCALARS, iteration)
        clock.now += 1.0
        narrow, wide = (rendered(progress, width, monkeypatch) for width in (50, 60))
    finally:
        progress.close()
    assert narrow[0].startswith("iteration 15/20") and narrow[0].endswith(" 50 %")
    assert narrow[1] == wide[1] == "0:00:21 elapsed   0:00:19 left   12,346 steps/s"
    assert wide[2:] == [
        "Train                      Episode",
        "mean_reward         12.5   terrain_level       3.25",
        "Loss                       Perf",
        "kl               0.01235   learning_time        0.5",
        "entropy               15   Reward",
        "                           torques             -0.5",
    ]
    assert [line.split()[0] for line in narrow[2:]] == [
        "Train", "mean_reward", "Loss", "kl", "entropy", "Episode", "terrain_level", "Perf", "learning_time", "Reward",
        "torques",
    ]  # fmt: skip


def test_what_is_printed_and_logged_stands_above_the_live_display(monkeypatch):
    stdout, stderr = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr)
    handler = logging.StreamHandler(stderr)
    logging.getLogger().addHandler(handler)
    try:
        progress = LiveProgress(stdout, 0, 10, Clock())
        logging.getLogger("somewhere").warning("disk full")
        print("hello")
        print("warning", file=sys.stderr)
        progress.close()
        logging.getLogger("somewhere").warning("afterwards")
    finally:
        logging.getLogger().removeHandler(handler)
    shown = stdout.getvalue()
    assert [shown.count(text) for text in ("disk full\n", "hello\n", "warning\n", "afterwards")] == [1, 1, 1, 0]
    assert stderr.getvalue() == "afterwards\n" and handler.stream is stderr
    assert (sys.stdout, sys.stderr) == (stdout, stderr)


def test_errors_that_go_to_a_file_still_do(monkeypatch):
    stdout, stderr = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", stderr)
    progress = LiveProgress(stdout, 0, 10, Clock())
    print("to the file", file=sys.stderr)
    progress.close()
    assert stderr.getvalue() == "to the file\n" and "to the file" not in stdout.getvalue()


def test_a_title_does_not_stand_at_the_foot_of_a_column():
    scalars = {f"{group}/{number}": 1.0 for group in "ABCD" for number in range(2)}
    for width in range(10, 80):
        lines = [line.rstrip() for line in live_progress._table(scalars, width).plain.splitlines()]
        assert not any(title in lines[-1] for title in "ABCD")
        assert sum(line.count(" 1") for line in lines) >= 8 or width < 12
