"""The worst of the seeds, by hand."""

import json
import math

import pytest

from legged_gym.utils.errors import UserError
from studies.training import report
from studies.training.__main__ import main
from studies.training.grids import STUDIES
from studies.training.point import Point
from studies.training.program import chosen, together
from tests.flags import latest


def on_map(seed, stairs, gap):
    judged = {"marks": ["180 seconds"], "samples": 1e8 * seed, "seconds": 181.0, "learning": 60.0}
    return {"variant": "a", "seed": seed, "judged": [judged | {"success": {"stairs": stairs, "gap": gap}}]}


def on_plane(seed, error, fall_rate):
    judged = {"marks": ["1 samples", "2 seconds"], "samples": 1.5e6, "seconds": 100.0, "learning": 40.0}
    return {"variant": "b", "seed": seed, "judged": [judged | {"lin_vel_error": error, "fall_rate": fall_rate}]}


def test_on_a_map():
    first = on_map(2, [1.0] * 7 + [0.9, 0.8, 0.5], [0.8] * 7 + [0.7, 0.6, 0.6])
    second = on_map(1, [0.9] * 10, [0.9] * 6 + [0.2] * 4)
    (row,) = report.rows([first, second])
    assert row["seeds"] == [1, 2] and row["samples"] == 1.5e8
    assert row["easy"] == pytest.approx([0.8, 0.8]) and row["hardest"] == pytest.approx([0.2, 0.5])
    assert row["worst"] == pytest.approx([0.8, 0.2])
    assert row["success"][1][7:] == pytest.approx([0.8, 0.7, 0.55])
    line = report.text("study", [row]).splitlines()[-1].split()
    assert line == ["a", "180", "seconds", "2", "150.0", "181", "60", "80", "20", "76"]  # (9.0 + 6.2) / 20


def test_on_a_plane():
    rows = report.rows([on_plane(1, 0.19, 0.0), on_plane(2, 0.15, 0.01)])
    assert [row["mark"] for row in rows] == ["1 samples", "2 seconds"]
    assert rows[0]["worst"] == pytest.approx([0.19, 0.99]) and rows[0]["reached"]
    (row,) = report.rows([on_plane(1, 0.19, 0.03)])[:1]
    assert not row["reached"]
    assert report.text("study", [row]).splitlines()[-1].split()[-3:] == ["0.190", "97.0", "no"]


def test_seconds_on_a_shared_gpu_are_no_trainings_own():
    alone, shared = on_plane(1, 0.1, 0.0), on_plane(2, 0.15, 0.0) | {"sharing": 2}
    for training in (alone, shared):
        training["trace"] = [{"samples": 1e6, "seconds": 70.0, "error": 0.3}]
    row = report.rows([alone, shared])[0]
    assert row["seconds"] is None and row["learning"] is None and row["samples"] == 1.5e6
    assert report.text("study", [row]).splitlines()[-1].split()[3:7] == ["2", "1.5", "-", "-"]
    assert report.rows([alone])[0]["seconds"] == 100.0
    (line,) = report.beginnings_text(report.beginnings([alone, shared])).splitlines()[2:]
    assert line.split() == ["b", "2", "1.00", "-", "1.50", "-"]


def test_when_robots_walk_and_when_they_reach_the_criterion():
    def training(seed, errors, judged):
        trace = [{"samples": 1e5 * i, "seconds": 10.0 * i, "error": error} for i, error in enumerate(errors)]
        keys = ("samples", "seconds", "lin_vel_error", "fall_rate")
        marks = [dict(zip(keys, values, strict=True)) for values in judged]
        return {"variant": f"v{seed > 2}", "seed": seed, "trace": trace, "judged": marks}

    first = training(1, [0.7, 0.3, 0.5, 0.39, 0.2], [(3e5, 30.0, 0.1, 0.021), (4e5, 40.0, 0.2, 0.02)])
    second = training(2, [0.3, 0.3], [(1e5, 15.0, 0.1, 0.0), (2e5, 25.0, 0.3, 0.0), (3e5, 35.0, 0.19, 0.0)])
    third = training(3, [0.3, 0.7], [(1e5, 15.0, 0.1, 0.0), (2e5, 25.0, 0.7, 0.0)])
    late, soon = report.beginnings([third, second, first])[::-1]
    assert soon["walking"] == [pytest.approx((0.3, 30.0)), (0.0, 0.0)]
    assert soon["reached"] == [pytest.approx((0.4, 40.0)), pytest.approx((0.3, 35.0))]
    assert late["seeds"] == [3] and late["walking"] == late["reached"] == [None]
    lines = [line.split() for line in report.beginnings_text([late, soon]).splitlines()[-2:]]
    assert lines == [["vFalse", "2", "0.30", "30", "0.40", "40"], ["vTrue", "1", "-", "-", "-", "-"]]


def test_some_variants_and_seeds():
    def points(variants):
        return [Point(variant, "go2_flat", seed) for seed in (1, 2) for variant in variants]

    def places(points):
        return "".join(f"{point.variant}{point.seed}" for point in points)

    studies = {"first": points("abc"), "second": points("ad")}
    found = chosen(studies, ["d", "c", "a"], None)
    assert {name: places(points) for name, points in found.items()} == {"first": "c1a1c2a2", "second": "d1a1d2a2"}
    assert places(together(found.values())) == "c1a1d1c2a2d2"  # a is the same training in both
    assert places(chosen(studies, None, ["2"])["first"]) == "a2b2c2"
    with pytest.raises(UserError, match="--variants: the study has no 'e'"):
        chosen(studies, ["e"], None)


def test_the_program_reports_what_there_is(tmp_path, capsys):
    point = STUDIES["levers_cpu"]()[0]
    trace = [{"samples": 1.2e6, "seconds": 80.0, "error": 0.2}]
    result = on_plane(1, 0.19, 0.0) | point.identity() | {"trace": trace}
    (tmp_path / f"{point.name}.json").write_text(json.dumps(result))
    main(["levers_cpu", "--out", str(tmp_path), "--report"])
    assert "0.190" in (printed := capsys.readouterr().out)
    assert printed.splitlines()[-1].split() == [point.variant, "1", "1.20", "80", "1.50", "100"]
    assert json.loads((tmp_path / "levers_cpu.json").read_text())[0]["error"] == [0.19]
    assert (tmp_path / "levers_cpu.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--cores_each=0"], "must be positive, got 0"),
        (["--cores_each=1000000"], "--cores_each 1000000: there are "),
        (["--cores_each=1", "--gpus=0"], "not allowed with argument"),
        (["--gpus=a,b"], "expected numbers such as 0,1, got 'a,b'"),
        (["--gpus=0,0"], "names a GPU twice"),
        (["--per_gpu=0"], "must be positive, got 0"),
        (["--per_gpu=2", "--cores_each=1"], "--per_gpu: --cores_each trains on the CPU"),
        (["--minutes=nan"], "expected a number, got 'nan'"),
        (["--minutes=-1"], "must be a number of at least 0 and at most"),
        (["--seeds=9"], "--seeds: the study has no '9'"),
        (["--report"], "--minutes: --report trains nothing"),
        (["--repot"], "unknown argument --repot; did you mean --report?"),
    ],
)
def test_faulty_flags_are_told_in_a_line(flags, message, tmp_path):
    with pytest.raises(UserError, match=message) as stop:
        main(latest(["levers_cpu", f"--out={tmp_path}", "--minutes=0", *flags]))
    assert "\n" not in str(stop.value)


def test_what_is_judged_by_time_shares_no_gpu(tmp_path):
    with pytest.raises(UserError, match="--per_gpu 2: go2_flat_progress_kl_0.02_seed_1 is judged by the time of"):
        main(["quick_cpu", "record_gpu", f"--out={tmp_path}", "--per_gpu=2"])


def test_trainings_of_one_name_that_are_not_the_same_are_told(tmp_path):
    with pytest.raises(UserError, match="go2_flat_default_seed_1 is not the same training in all of these"):
        main(["levers_cpu", "record_gpu", f"--out={tmp_path}"])


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"variant": 1, "judged": [{"marks": 5}], "seed": 1}'])
def test_results_of_strangers_are_told_in_a_line(content, tmp_path):
    name = f"{STUDIES['levers_cpu']()[0].name}.json"
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=name):
        main(["levers_cpu", f"--out={tmp_path}", "--report"])
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match="has no results of levers_cpu"):
        main(["levers_cpu", f"--out={tmp_path}", "--report"])
    for flag in ("--gpus=7", "--cores_each=1"):
        with pytest.raises(UserError, match="--report trains nothing"):
            main(["levers_cpu", f"--out={tmp_path}", "--report", flag])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"variant": "other"}, "of another training: its variant is not that"),
        ({"seed": 7}, "of another training: its seed is not that"),
        ({"settings": {"train.algorithm.desired_kl": 0.5}}, "of another training: its settings is not that"),
        ({"lin_vel_error": math.nan}, "lin_vel_error = nan must be a number of at least 0"),
        ({"lin_vel_error": -1.0}, "lin_vel_error = -1.0 must be"),
        ({"fall_rate": 7}, "fall_rate = 7 must be a number of at least 0 and at most 1"),
        ({"samples": math.inf}, "samples = inf must be"),
        ({"marks": "1 samples"}, "marks = '1 samples' must be a list"),
        ({"sharing": 0}, "sharing = 0 must be a whole number of at least 1"),
    ],
)
def test_results_of_another_training_and_numbers_that_none_gives_are_refused(changed, message, tmp_path):
    """Before anything trains, too: what is there is not repeated."""
    point = STUDIES["levers_cpu"]()[0]
    result = on_plane(1, 0.19, 0.0) | point.identity() | {"trace": []}
    (judged,) = result["judged"]
    for name, value in changed.items():
        (judged if name in judged else result)[name] = value
    (tmp_path / f"{point.name}.json").write_text(json.dumps(result))
    for flags in (["--report"], ["--cores_each=1"]):
        with pytest.raises(UserError, match=message):
            main(["levers_cpu", f"--out={tmp_path}", *flags])


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write to .*file"):
        main(["levers_cpu", f"--out={tmp_path / 'file' / 'deep'}", "--minutes=0"])
