"""doctor.py from its flags to the page, the file and the status."""

import json

from legged_gym.diagnosis import packages
from legged_gym.diagnosis.findings import Finding
from legged_gym.scripts import doctor


def test_the_page_and_the_file_tell_the_same(run_script, tmp_path, capsys):
    path = tmp_path / "doctor.json"
    assert run_script(doctor, "--no_measure", f"--json={path}") == 0
    page, result = capsys.readouterr().out, json.loads(path.read_text())
    assert page.startswith("machine\n") and page.endswith("\n") and "faults (X): 0" in page
    assert list(result["findings"]) == ["machine", "packages", "drawing"] and result["speeds"] == []
    torch = next(finding for finding in result["findings"]["packages"] if finding["name"] == "torch")
    assert torch["state"] == "ok" and torch["value"] in page


def test_nothing_is_measured_where_something_is_broken(run_script, monkeypatch, capsys):
    monkeypatch.setattr(packages, "look", lambda: iter([Finding("mujoco", "not installed", "fault")]))
    assert run_script(doctor) == 1
    assert "mend what is marked by X first" in capsys.readouterr().out


def test_flags_of_a_measurement_that_is_left_out_are_refused(run_script, capsys):
    assert run_script(doctor, "--no_measure", "--sim_device=cpu") == 2
    assert "--sim_device says what to measure: leave --no_measure out" in capsys.readouterr().err


def test_a_device_that_is_not_there_is_a_mistake_and_no_finding(run_script, capsys):
    assert run_script(doctor, "--sim_device=cdua:0") == 2
    assert "error: unknown device 'cdua:0'; use cpu or cuda:0, cuda:1, ..." in capsys.readouterr().err
    assert run_script(doctor, "--sim_device=cuda:99") == 2
    assert "error: there is no device 'cuda:99'" in capsys.readouterr().err


def test_an_unknown_task_is_refused(run_script, capsys):
    assert run_script(doctor, "--task", "go2_flatt") == 2
    assert "error: unknown task 'go2_flatt'; did you mean go2_flat?" in capsys.readouterr().err
