"""Plans, summaries, tables and figures of the parts, from made-up records."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch.utils.tensorboard import SummaryWriter

from legged_gym.scripts.evaluate import make_parser
from legged_gym.utils.errors import UserError
from studies import tables
from studies.belief import architecture, crossing, figures, gate_ablation, held_out, program, success, suite
from studies.belief.cells import Cell, Plan, Record, Records, cells
from studies.belief.policies import LABELS
from studies.parts import chosen_parts

BLIND = ["teacher", "blind"]
TERRAINS = ["stairs_up", "discrete"]
Success = Callable[[Cell], float]


def records_of(plan: Plan, share: Success = lambda cell: 0.5, **fields: Any) -> list[Record]:
    measures = {"action_error": 1.0, "action_error_se": 0.01, "height_error": 0.002, "gate": 0.5, "falls": 0}
    return [
        {**vars(cell), **measures, "trials": n, "successes": round(n * share(cell)), "steps": 100 * n} | fields
        for cell, n in plan.items()
    ]


def test_tables_line_up() -> None:
    text = tables.table("title", ["a", "long"], [["row one", "1"], ["x", "100.5"]])
    assert text == "title\n  a         long\n  row one      1\n  x        100.5"
    assert tables.percent({"value": 0.5, "low": 0.404, "high": 0.596}, interval=True) == "50 (40-60)"
    assert tables.percent(None) == tables.number(None) == "-"


def test_gain_of_the_gate() -> None:
    plan = cells(["student"], TERRAINS, [0], ["small"], 10)
    found = records_of(plan, action_error=0.9, height_error=0.001)
    found += records_of(cells(["student"], ["discrete"], [1], ["small"], 30), action_error=0.5)
    found += records_of(cells(["gru_none"], TERRAINS, [0, 1], ["small"], 10), action_error=1.2)
    summary = gate_ablation.summarize(Records(found, BLIND))
    small = summary["small"]
    assert small["stairs_up"]["student"]["action_error"] == pytest.approx(0.9)
    assert small["stairs_up"]["action_gain"] == pytest.approx(0.25)
    assert small["discrete"]["student"]["action_error"] == pytest.approx((0.9 + 3 * 0.5) / 4)  # by steps
    assert small["discrete"]["student"]["action_error_se"] == pytest.approx((0.01**2 + 0.03**2) ** 0.5 / 4)
    assert small["discrete"]["student"]["height_error"] == pytest.approx((0.001 + 3 * 0.002) / 4)
    assert small["mean"]["student"]["action_error"] == pytest.approx((0.9 + 0.6) / 2)  # terrains count alike
    assert small["mean"]["action_gain"] == pytest.approx(1 - 0.75 / 1.2)
    assert summary["large"]["mean"]["action_gain"] is None
    line = next(line for line in gate_ablation.report(summary).splitlines() if "discrete" in line)
    assert line.split() == ["discrete", "0.600", "1.200", "50.0", "1.4", "1.75", "2.00", "12.5"]


def standard_records(student: Success, blind: float = 0.5, noisy: float = 0.5, teacher: float = 1.0) -> Records:
    plan = cells(success.COMPARED, TERRAINS, range(10), success.MAP_CONDITIONS, 100)
    plan = {cell: n for cell, n in plan.items() if cell.policy not in BLIND or cell.condition == "none"}
    others = {"teacher": teacher, "blind": blind, "noisy_mlp": noisy}
    return Records(records_of(plan, lambda cell: others.get(cell.policy, student(cell))), BLIND)


def passes(records: Records, gate: dict[str, Any] | None = None) -> dict[str, bool]:
    keys = ("teacher", "blind", "MLP", "small", "large noise: upper bound")
    found = success.targets(records, gate)
    return {key: target["passed"] for key in keys for target in found if f"{key}" in target["name"]}


def test_targets_are_passed_and_failed() -> None:
    good = standard_records(lambda cell: 0.97)
    assert passes(good) == {"teacher": True, "blind": True, "MLP": True}
    one_bad = standard_records(lambda cell: 0.94 if (cell.level, cell.condition) == (6, "none") else 0.97)
    assert passes(one_bad) == {"teacher": False, "blind": True, "MLP": True}
    target = next(target for target in success.targets(one_bad, None) if "teacher" in target["name"])
    assert target["value"] == pytest.approx(0.94) and target["where"].endswith(" 6")
    assert passes(standard_records(lambda cell: 0.94 if cell.level == 7 else 0.97))["teacher"]  # too high to count
    hurt = standard_records(lambda cell: 0.3 if (cell.level, cell.condition) == (9, "large") else 0.97)
    assert passes(hurt) == {"teacher": True, "blind": False, "MLP": True}
    assert passes(standard_records(lambda cell: 0.4 if cell.condition == "large" else 1.0))["blind"]  # within intervals
    assert not passes(standard_records(lambda cell: 0.64 if cell.condition == "large" else 1.0))["MLP"]
    assert passes(standard_records(lambda cell: 0.66 if cell.condition == "large" else 1.0))["MLP"]


def test_targets_of_the_gate_allow_no_harm() -> None:
    def gate(small: float, large: float) -> dict[str, Any]:
        return {
            name: {"mean": {"action_gain": gain, "action_gain_se": 0.01}}
            for name, gain in (("small", small), ("large", large))
        }

    records = Records([], BLIND)
    assert passes(records, gate(0.06, -0.015)) == {"small": True, "large noise: upper bound": True}
    assert passes(records, gate(0.04, -0.025)) == {"small": False, "large noise: upper bound": False}
    assert success.targets(records, gate_ablation.summarize(Records(records_of({}), BLIND))) == []


def test_policies_without_a_map_stand_for_all_conditions() -> None:
    summary = success.summarize_map(standard_records(lambda cell: 0.8, blind=0.3))
    for condition in success.MAP_CONDITIONS:
        rows = summary[condition]["discrete"]
        assert list(rows) == list(success.COMPARED)
        assert [rate["value"] for rate in rows["blind"]] == [0.3] * 10
        expected = {"value": 0.8, "low": 0.7112, "high": 0.8666, "trials": 100}
        assert rows["student"][4] == pytest.approx(expected, abs=1e-3)


def test_held_out_success_is_pooled_over_the_middle_levels() -> None:
    names = ["student", "noisy_mlp"]
    plan = held_out.plan(names, ["slope_up", *TERRAINS], list(range(10)), 20)
    assert {cell.level for cell in plan} == {4, 5, 6, 7, 8} and {cell.terrain for cell in plan} == set(TERRAINS)
    assert not any(cell.policy == "noisy_mlp" and "memory" in cell.condition for cell in plan)
    found = records_of(plan, lambda cell: 1.0 if cell.terrain == "discrete" else cell.level / 10)
    summary = held_out.summarize(Records(found, BLIND))
    row = summary["student"]["stale map"]
    assert {key: rate["value"] for key, rate in row.items()} == {"stairs_up": 0.6, "discrete": 1.0, "all": 0.8}
    assert row["all"]["trials"] == 200
    assert set(summary["student"]) - set(summary["noisy_mlp"]) == set(held_out.MEMORY)
    assert "80 (74-85)" in held_out.report(summary)


def test_learning_curves_of_the_logs(tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path / "student"))
    for step in range(401):
        writer.add_scalar("Loss/behaviour", 2.0 * step, step)
        writer.add_scalar("Loss/other", 1.0, step)
    writer.close()
    (tmp_path / "another").mkdir()
    curves = architecture.read_curves(tmp_path)
    assert list(curves) == ["student"] and list(curves["student"]) == ["Loss/behaviour"]
    curve = curves["student"]["Loss/behaviour"]
    assert curve["step"] == list(range(0, 401, 3)) and curve["value"] == [2.0 * step for step in curve["step"]]
    with pytest.raises(UserError, match="no folder"):
        architecture.read_curves(tmp_path / "nowhere")
    with pytest.raises(UserError, match="another has no run folder of a policy.s training: "):
        architecture.read_curves(tmp_path / "another")


@pytest.mark.parametrize("left_out", [[], ["gru_none", "mlp_gate", "mlp_none", "noisy_mlp", "blind"]])
def test_everything_is_summarized_told_and_drawn(left_out: list[str], tmp_path: Path) -> None:
    """Also with the two required policies alone; from plain data that went through JSON."""
    names = [name for name in LABELS if name not in left_out]
    terrain = SimpleNamespace(num_rows=10, num_cols=4, terrain_proportions=dict.fromkeys(TERRAINS, 1.0))
    cfg: Any = SimpleNamespace(terrain=terrain)

    class Plans(suite.Suite):
        def _blind(self) -> list[str]:
            return BLIND

    plans = Plans(dict.fromkeys(names), cfg, "cpu", 1, 10)  # type: ignore[arg-type]
    draw = random.Random(0)
    records = {
        "standard": records_of(plans._standard_plan(), lambda cell: draw.random()),
        "steps": records_of(plans._step_plan(TERRAINS), lambda cell: draw.random()),
    }
    data: dict[str, Any] = {
        "parts": list(suite.PARTS),
        "policies": {name: {"sees_noisy_map": name not in BLIND} for name in names},
        "records": records,
        "curves": {"student": {"Loss/behaviour": {"step": [0, 1], "value": [2.0, 1.0]}}},
    }
    data |= suite.summarize(json.loads(json.dumps(data)))
    data = json.loads(json.dumps(data, allow_nan=False))
    text = suite.report(data)
    assert ("blind GRU" in text) == (not left_out) and "targets" in text and "student (GRU, gate)" in text
    paths = figures.draw(data, tmp_path / "pictures")
    expected = {"gate_ablation", "architecture", "curves", "success_by_height", "standard_map", "held_out"}
    assert {path.stem for path in paths} == expected and all(path.stat().st_size > 5000 for path in paths)


def test_parts_are_chosen_by_number() -> None:
    assert chosen_parts(None, suite.PARTS) == (1, 2, 3, 4, 5) and chosen_parts("4,2", suite.PARTS) == (4, 2)
    assert chosen_parts("2,2,1", suite.PARTS) == (2, 1)
    with pytest.raises(UserError, match="--parts: there is no part '7', but 1, 2, 3, 4, 5"):
        chosen_parts("1,7", suite.PARTS)


def test_parts_that_were_not_chosen_need_no_trials() -> None:
    terrain = SimpleNamespace(num_rows=10, num_cols=4, terrain_proportions=dict.fromkeys(TERRAINS, 1.0))
    cfg: Any = SimpleNamespace(terrain=terrain, noise=None, observations=None)
    empty = suite.Suite({}, cfg, "cpu", 1, 10, (4,))
    assert empty._standard_plan() == empty._step_plan(TERRAINS) == {}


def crossing_records(large: float, plain: float, blind: float, none: float = 0.95, lost: float = 0.3) -> Records:
    """Trials on gaps and beams: the student at `none`, at `large` and, without a map, at `lost`."""
    plan = cells(success.COMPARED, ["gap", "beams"], range(10), crossing.CONDITIONS, 100)
    plan = {cell: n for cell, n in plan.items() if cell.policy not in BLIND or cell.condition == "none"}
    student = {"none": none, "small": none, "large": large, crossing.NO_MAP: lost}
    others = {"teacher": 1.0, "blind": blind, "noisy_mlp": plain}
    return Records(records_of(plan, lambda cell: others.get(cell.policy, student[cell.condition])), BLIND)


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ((0.75, 0.6, 0.3), [True, True, True, True]),
        ((0.74, 0.6, 0.3), [True, False, True, True]),  # 14 points ahead
        ((0.75, 0.6, 0.3, 0.89), [False, True, True, True]),
        ((0.75, 0.5, 0.9), [True, True, False, False]),  # 65-82 % against 83-94 %; without a map 30 %
    ],
)
def test_targets_on_ground_to_cross(values: tuple[float, ...], passed: list[bool]) -> None:
    found = crossing.targets(crossing_records(*values))
    assert [target["passed"] for target in found] == passed
    student, plain = values[:2]
    assert found[1]["value"] == pytest.approx(student - plain)


def test_a_table_of_ground_to_cross() -> None:
    text = crossing.report(crossing.summarize(crossing_records(0.75, 0.6, 0.3)))
    rows = [line.split() for line in text.splitlines() if "gap: student" in line]
    assert [row[-1] for row in rows] == ["95", "95", "75", "30"]  # good map, small, large, none
    assert [line.split()[-1] for line in text.splitlines() if "gap: blind" in line] == ["30"] * 4


def test_a_figure_of_ground_to_cross(tmp_path: Path) -> None:
    """A row for each condition, a column for each type that decides; others are left out."""
    summary = crossing.summarize(crossing_records(0.75, 0.6, 0.3))
    figure = figures._crossing(summary | {"none": summary["none"] | {"slope_up": summary["none"]["gap"]}})
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:2] == ["gap, good map", "beams, good map"] and len(titles) == 2 * len(crossing.CONDITIONS)
    (line,) = [line for line in figure.axes[4].lines if line.get_label() == "student (GRU, gate)"]
    assert list(line.get_ydata()) == pytest.approx([75.0] * 10)  # gap, large noise
    assert [path.stem for path in figures.draw({"crossing": summary}, tmp_path)] == ["crossing"]


def test_a_folder_of_logs_that_is_not_there_is_told_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(program, "_measure", lambda args: pytest.fail("measured"))
    with pytest.raises(UserError, match="no folder nowhere"):
        program.run(make_parser().parse(["--suite=belief", "--logs=nowhere"]))
