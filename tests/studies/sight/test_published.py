"""The tables of docs/sight.md are those of the results that it links to."""

import re
from pathlib import Path

import pytest

from legged_gym.config.io import load_json
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR

PAGE = (Path(LEGGED_GYM_ROOT_DIR) / "docs/sight.md").read_text()
RESULTS = Path(LEGGED_GYM_ROOT_DIR) / "benchmarks/results"
RECORDS = load_json(RESULTS / "mujoco_c_go2_sight_suite.json")["records"]
COLUMNS = [("go2_sight", {1, 2, 3}), ("go2_sight", {2}), ("go2_sight_blind", {1})]
"""Of the table of ground to cross, from its third on: task, and the trainings whose worst it shows."""


def rows(header: str) -> list[list[str]]:
    """Cells of the lines below a table's header, without the marks of bold and code."""
    lines = PAGE.split(header, 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[re.sub(r"[*`]", "", cell).strip() for cell in line.strip("|").split("|")] for line in lines]


def percent(record: dict) -> int:
    return round(100 * record["successes"] / record["trials"])


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_success_on_ground_to_cross_is_that_of_the_results(column):
    task, seeds = COLUMNS[column]
    for row in rows("| type | sizes, m | worst of three trainings |"):
        terrain, sizes = row[0].split(":")[0], [float(size) for size in row[1].split(",")]
        cells = [
            [
                percent(record)
                for record in RECORDS["crossings"]
                if (record["task"], record["terrain"], record["size"]) == (task, terrain, size)
                and record["seed"] in seeds
            ]
            for size in sizes
        ]
        assert [len(cell) for cell in cells] == [len(seeds)] * len(sizes), f"{terrain}: no such trials"
        assert [int(shown) for shown in row[2 + column].split(",")] == [min(cell) for cell in cells], terrain


def test_success_with_wrong_maps_is_that_of_the_results():
    for control, *shown in rows("| control | gap 0.40 m |"):
        name = "good map" if control == "its own map" else control
        measured = [
            [
                percent(record)
                for record in RECORDS["controls"]
                if record["terrain"] == ground and record["control"] == name
            ]
            for ground in ("gap", "stepping_stones", "beams", "pit")
        ]
        said = [[int(number)] for cell in shown for number in re.findall(r"\d+", cell)]
        assert said == measured, control
