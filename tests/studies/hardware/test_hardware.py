"""`evaluate.py --suite=hardware`: what its trials are made with, and from a checkpoint to the tables."""

import json
from pathlib import Path
from typing import Any

import pytest

from legged_gym.config.checks import check_config
from legged_gym.config.layers import set_fields
from legged_gym.scripts import evaluate
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.columns import column_types
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from studies.hardware.cells import OWN, PLANE, TURN, Cell, all_cells
from studies.hardware.program import report

STUDENT = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies" / "go2_perceptive_student.pt"


def test_forty_milliseconds_are_eight_physics_steps() -> None:
    settings = Cell(OWN, delay=0.04).settings(get_cfgs("go2_perceptive")[0], 100)
    assert settings["control.actuator.model"] == "delayed_pd" and settings["control.actuator.delay_range"] == [8, 8]
    assert settings["domain_rand.randomize_action_delay"] is False
    assert settings["commands.ranges.lin_vel_x"] == [0.5, 1.0] and "terrain.mesh_type" not in settings


def test_robots_turn_on_a_plane_by_one_command_with_one_friction() -> None:
    settings = Cell(PLANE, torsional_friction=0.02, command=TURN).settings(get_cfgs("go2_perceptive_sight")[0], 100)
    assert settings["terrain.mesh_type"] == "plane" and settings["env.episode_length_s"] == 20.0
    assert settings["asset.torsional_friction"] == 0.02
    assert settings["domain_rand.randomize_torsional_friction"] is False
    assert settings["commands.ranges.ang_vel_yaw"] == [0.8, 0.8] and settings["commands.ranges.lin_vel_x"] == [0.0, 0.0]
    assert "control.actuator.model" not in settings


@pytest.mark.parametrize("task", ["go2_perceptive", "go2_perceptive_sight", "go2_blind"])
def test_every_task_of_pd_drives_takes_the_trials(task: str) -> None:
    """A robot that is steered along its way elsewhere turns on a plane without."""
    for cell in all_cells():
        cfg, _ = get_cfgs(task)
        set_fields(cell.settings(cfg, 100), cfg)
        check_config(cfg)


@pytest.mark.parametrize(("trials", "columns"), [(100, 9), (180, 18), (200, 18), (270, 20)])
def test_the_map_has_the_columns_that_its_trials_need(trials: int, columns: int) -> None:
    """Nine types of go2_blind on ten levels: a column each for 100 trials, two for 180; for more there is the map."""
    cfg, _ = get_cfgs("go2_blind")
    types = set(column_types(cfg.terrain.terrain_proportions, cfg.terrain.num_cols))
    set_fields(Cell(OWN, 0.02).settings(cfg, trials), cfg)
    found = column_types(cfg.terrain.terrain_proportions, cfg.terrain.num_cols)
    assert len(found) == cfg.terrain.num_cols == columns and set(found) == types
    if trials < 270:
        assert all(found.count(name) == columns // 9 for name in types)


def test_drives_that_are_a_network_are_refused() -> None:
    with pytest.raises(UserError, match="targets come late to PD drives alone, not to 'network'"):
        Cell(PLANE, delay=0.02).settings(get_cfgs("anymal_c_flat")[0], 100)


def test_the_tables() -> None:
    record = {"ground": "plane", "trials": 48, "lin_vel_error": 0.1, "ang_vel_error": 0.2}
    late = record | {"delay": 0.03, "torsional_friction": None, "falls": 6}
    turn = record | {"delay": None, "torsional_friction": 0.02, "falls": 0, "yaw_rate": 0.75, "least_yaw_rate": 0.7}
    lines = [line.split() for line in report([late, turn]).splitlines()]
    assert lines[1] == ["30", "ms", "plane", "6", "of", "48", "(6-25", "%)", "0.100", "0.200"]
    assert lines[4] == ["0.02", "m", "0", "of", "48", "(0-7", "%)", "0.750,", "0.700"]


def test_from_a_checkpoint_to_the_data(monkeypatch: Any, tmp_path: Path, capsys: Any) -> None:
    monkeypatch.setattr("studies.hardware.cells.DELAYS", (0.0, 0.04))
    monkeypatch.setattr("studies.hardware.cells.TORSIONAL_FRICTIONS", (0.02,))
    flags = ["--suite=hardware", f"--checkpoint={STUDENT}", "--trials=3", "--sim=mujoco", "--seed=1"]
    small = ["--set", "terrain.num_rows=2", "--set", "terrain.num_cols=4", "--set", "env.episode_length_s=0.5"]
    evaluate.main([*flags, *small, "--json", str(tmp_path / "out.json")])
    records = json.loads((tmp_path / "out.json").read_text())["records"]
    cells = [(record["ground"], record["delay"], record["torsional_friction"]) for record in records]
    assert cells == [
        ("plane", 0.0, None), ("plane", 0.04, None), ("own", 0.0, None), ("own", 0.04, None), ("plane", None, 0.02),
    ]  # fmt: skip
    assert all(record["trials"] == 3 and record["falls"] == 0 for record in records)
    assert 0.3 < records[4]["yaw_rate"] < 0.9  # half a second from standing still
    assert records[0]["lin_vel_error"] != records[1]["lin_vel_error"]
    assert "40 ms" in capsys.readouterr().out
    with pytest.raises(UserError, match="--parts: not of --suite=hardware"):
        evaluate.main([*flags, "--parts=1"])
    with pytest.raises(UserError, match="--checkpoint: --suite=hardware is of one policy"):
        evaluate.main(["--suite=hardware", "--checkpoint", str(STUDENT), str(STUDENT)])
