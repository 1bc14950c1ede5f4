"""The worst of the seeds, by hand."""

import json

import pytest

from studies.training import report
from studies.training.point import Point
from studies.training.program import main


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


def test_the_program_reports_what_there_is(tmp_path, capsys):
    point = Point("default", "go2_flat", 1)
    (tmp_path / f"{point.name}.json").write_text(json.dumps(on_plane(1, 0.19, 0.0)))
    main(["levers_cpu", "--out", str(tmp_path), "--report"])
    assert "0.190" in capsys.readouterr().out
    assert json.loads((tmp_path / "levers_cpu.json").read_text())[0]["error"] == [0.19]
    assert (tmp_path / "levers_cpu.png").read_bytes().startswith(b"\x89PNG")
