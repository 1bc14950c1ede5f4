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
    judged |= {"success": {"stairs": stairs, "gap": gap}, "trials": {"stairs": 10 * [20], "gap": 10 * [20]}}
    return {"variant": "a", "seed": seed, "device": "cpu", "judged": [judged]}


def on_plane(seed, error, fall_rate):
    judged = {"marks": ["1 samples", "2 seconds"], "samples": 1.5e6, "seconds": 100.0, "learning": 40.0}
    return {
        "variant": "b",
        "seed": seed,
        "device": "cpu",
        "judged": [judged | {"lin_vel_error": error, "fall_rate": fall_rate}],
    }


def test_on_a_map():
    first = on_map(2, [1.0] * 7 + [0.9, 0.8, 0.5], [0.8] * 7 + [0.7, 0.6, 0.6])
    second = on_map(1, [0.9] * 10, [0.9] * 6 + [0.2] * 4)
    (row,) = report.rows([first, second])
    assert row["seeds"] == [1, 2] and row["samples"] == 1.5e8
    assert row["easy"] == pytest.approx([0.8, 0.8]) and row["hardest"] == pytest.approx([0.2, 0.5])
    assert row["worst"] == pytest.approx([0.8, 0.2])
    assert row["success"][1][7:] == pytest.approx([0.8, 0.7, 0.55])
    # Wilson's interval of 112 of 140 trials and of 4 of 20
    assert row["interval"] == [pytest.approx([0.7261, 0.8579], abs=1e-4), pytest.approx([0.0807, 0.4160], abs=1e-4)]
    line = report.text("study", [row]).splitlines()[-1].split()
    cells = ["80", "(73-86)", "20", "(8-42)", "76"]  # (9.0 + 6.2) / 20
    assert line == ["a", "180", "seconds", "2", "150.0", "181", "60", *cells]


def test_trainings_on_unlike_devices_are_not_of_one_row():
    here, there = on_plane(1, 0.1, 0.0), on_plane(2, 0.15, 0.0) | {"device": "NVIDIA H200"}
    for training in (here, there):
        training["trace"] = [{"samples": 1e6, "seconds": 70.0, "error": 0.3}]
    rows = report.rows([here, there])
    assert [(row["mark"], row["device"], row["seeds"]) for row in rows] == [
        ("1 samples", "cpu", [1]),
        ("2 seconds", "cpu", [1]),
        ("1 samples", "NVIDIA H200", [2]),
        ("2 seconds", "NVIDIA H200", [2]),
    ]
    assert [line.split("  ")[1] for line in report.text("", rows).splitlines()[2:]] == [
        *2 * ["b on cpu"],
        *2 * ["b on NVIDIA H200"],
    ]
    begun = report.beginnings([here, there])
    assert [(row["device"], row["seeds"]) for row in begun] == [("cpu", [1]), ("NVIDIA H200", [2])]
    assert "b on NVIDIA H200" in report.beginnings_text(begun)
    assert "on cpu" not in report.text("", rows[:2]) + report.beginnings_text(begun[:1])


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
        return {"variant": f"v{seed > 2}", "seed": seed, "device": "cpu", "trace": trace, "judged": marks}

    first = training(1, [0.7, 0.3, 0.5, 0.39, 0.2], [(3e5, 30.0, 0.1, 0.021), (4e5, 40.0, 0.2, 0.02)])
    second = training(2, [0.3, 0.3], [(1e5, 15.0, 0.1, 0.0), (2e5, 25.0, 0.3, 0.0), (3e5, 35.0, 0.19, 0.0)])
    third = training(3, [0.3, None], [(1e5, 15.0, 0.1, 0.0), (2e5, 25.0, 0.7, 0.0)])
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


UNREADABLE = ["{", "[]", "{}", '{"variant": 1, "judged": [{"marks": 5}], "seed": 1}']


@pytest.mark.parametrize("content", UNREADABLE)
def test_results_of_strangers_are_told_in_a_line_and_count_as_not_there(content, tmp_path, caplog):
    first, second, *_ = STUDIES["levers_cpu"]()
    file = tmp_path / f"{first.name}.json"
    file.write_text(content)
    with pytest.raises(UserError, match="has no results of levers_cpu"):
        main(["levers_cpu", f"--out={tmp_path}", "--report"])
    (message,) = caplog.messages
    assert message.startswith(str(file)) and message.endswith("it counts as not there") and "\n" not in message
    write(tmp_path, second)
    main(["levers_cpu", f"--out={tmp_path}", "--report"])
    assert [row["variant"] for row in json.loads((tmp_path / "levers_cpu.json").read_text())] == 2 * [second.variant]


@pytest.mark.parametrize("flag", ["--gpus=7", "--cores_each=1", "--variants=default", "--seeds=1"])
def test_a_report_trains_nothing_and_has_all(flag, tmp_path):
    with pytest.raises(UserError, match=f"{flag.partition('=')[0]}: --report trains nothing, and has all"):
        main(["levers_cpu", f"--out={tmp_path}", "--report", flag])


def write(folder, point, **changed):
    """The result of a training on a plane, with something changed."""
    result = on_plane(point.seed, 0.19, 0.0) | point.identity() | {"trace": []}
    (judged,) = result["judged"]
    for name, value in changed.items():
        (judged if name in judged else result)[name] = value
    (folder / f"{point.name}.json").write_text(json.dumps(result))


def test_tables_have_all_of_a_study_whatever_is_asked_for_now(tmp_path):
    """Here nothing, for want of time."""
    points = [point for point in STUDIES["record_cpu"]() if point.variant in ("plain", "either")]
    for point in points:
        write(tmp_path, point)
    flags = ["--variants=either_calm", "--seeds=2", "--cores_each=1", "--minutes=0"]
    main(["record_cpu", f"--out={tmp_path}", *flags])
    rows = json.loads((tmp_path / "record_cpu.json").read_text())
    assert [(row["variant"], row["seeds"]) for row in rows[::2]] == [("either", [1, 2, 3]), ("plain", [1, 2, 3])]


@pytest.mark.parametrize(
    "changed",
    [
        {"variant": "other"},
        {"seed": 7},
        {"settings": {"train.algorithm.desired_kl": 0.5}},
    ],
)
def test_results_of_another_training_are_refused(changed, tmp_path):
    """Before anything trains, too: what is there is not repeated."""
    write(tmp_path, STUDIES["levers_cpu"]()[0], **changed)
    for flags in (["--report"], ["--cores_each=1"]):
        with pytest.raises(UserError, match=f"of another training: its {next(iter(changed))} is not that"):
            main(["levers_cpu", f"--out={tmp_path}", *flags])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lin_vel_error": math.nan}, "lin_vel_error = nan must be a number of at least 0"),
        ({"lin_vel_error": -1.0}, "lin_vel_error = -1.0 must be"),
        ({"fall_rate": 7}, "fall_rate = 7 must be a number of at least 0 and at most 1"),
        ({"samples": math.inf}, "samples = inf must be"),
        ({"marks": "1 samples"}, "marks = '1 samples' must be a list"),
        ({"sharing": 0}, "sharing = 0 must be a whole number of at least 1"),
        ({"device": 5}, "device = 5 must be"),
        ({"finished": "no"}, "finished = 'no' must be"),
        ({"trace": [{"samples": 1, "seconds": 1, "error": math.nan}]}, "error = nan must be"),
    ],
)
def test_numbers_that_no_training_gives_are_those_of_none(changed, message, tmp_path, caplog):
    point = STUDIES["levers_cpu"]()[0]
    write(tmp_path, point, **changed)
    assert report.load([point], tmp_path) == {}
    assert message in caplog.text


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write to .*file"):
        main(["levers_cpu", f"--out={tmp_path / 'file' / 'deep'}", "--minutes=0"])
