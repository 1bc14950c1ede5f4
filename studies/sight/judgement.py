"""Tables of what policies reach: in each cell the worst training of a task, beside what it is to reach."""

from collections.abc import Iterable, Sequence
from typing import Any

from legged_gym.evaluation.statistics import rate
from studies.sight.grounds import LIMITS, ROUGH_LEVELS, ROUGH_LIMIT, SIZES
from studies.sight.walk import Record
from studies.tables import percent, table

Row = dict[str, Any]
"""A cell of all trainings of a task: `task`, `terrain`, `level`, `size`; `worst`, a rate as plain data, its `seed`,
`falls` and `stuck`; `mean` success, and `trainings`, their number; with a `limit`, whether it was `passed`."""


def summarize_crossings(records: Sequence[Record]) -> list[Row]:
    """Each type and size of `SIZES`."""
    return [row | _judged(row["worst"]["value"], LIMITS[row["level"]]) for row in _rows(records, list(SIZES))]


def summarize_rough(records: Sequence[Record]) -> list[Row]:
    """Each type and level of `go2_rough`'s map; only `ROUGH_LEVELS` have a limit."""
    rows = _rows(records, list(dict.fromkeys(record["terrain"] for record in records)))
    return [row | (_judged(row["worst"]["value"], ROUGH_LIMIT) if row["level"] in ROUGH_LEVELS else {}) for row in rows]


def report_crossings(rows: Sequence[Row]) -> str:
    """A line for each type and size, with a block of columns for each task."""
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    header = ["type and size, m", "limit"]
    for task in tasks:
        header += [f"{task}: worst", "seed", "falls", "stuck", "mean", ""]
    lines = []
    for kind, level in dict.fromkeys((row["terrain"], row["level"]) for row in rows):
        here = {row["task"]: row for row in rows if (row["terrain"], row["level"]) == (kind, level)}
        first = next(iter(here.values()))
        line = [f"{kind.replace('_', ' ')} {first['size']:.2f}", f"{100 * first['limit']:.0f}"]
        for task in tasks:
            line += _cells(here[task]) if task in here else ["-"] * 6
        lines.append(line)
    return "\n\n".join([table(f"ground to cross: success, %{_of_trials(rows)}", header, lines), _verdicts(rows, tasks)])


def report_rough(rows: Sequence[Row]) -> str:
    """A table by type and level for each task."""
    tasks, levels = (sorted({row[key] for row in rows}) for key in ("task", "level"))
    texts = []
    for task in tasks:
        here = [row for row in rows if row["task"] == task]
        lines = []
        for kind in dict.fromkeys(row["terrain"] for row in here):
            worst = {row["level"]: row["worst"] for row in here if row["terrain"] == kind}
            lines.append([kind.replace("_", " "), *(percent(worst.get(level)) for level in levels)])
        title = f"go2_rough's map: success of the worst training of {task}, %{_of_trials(here)}"
        texts.append(table(title, ["level", *map(str, levels)], lines))
    return "\n\n".join([*texts, _verdicts(rows, tasks)])


def _rows(records: Iterable[Record], terrains: Sequence[str]) -> list[Row]:
    """One row for each task, type and level, in order."""
    cells: dict[tuple[str, str, int], list[Record]] = {}
    for record in records:
        cells.setdefault((record["task"], record["terrain"], record["level"]), []).append(record)
    order = sorted(cells, key=lambda key: (terrains.index(key[1]), key[2]))
    rows = []
    for task, terrain, level in order:
        found = cells[task, terrain, level]
        worst = min(found, key=_share)
        rows.append({
            "task": task, "terrain": terrain, "level": level, "size": worst["size"],
            "worst": rate(worst["successes"], worst["trials"])._asdict(),
            "seed": worst["seed"], "falls": worst["falls"], "stuck": worst["stuck"],
            "mean": sum(map(_share, found)) / len(found), "trainings": len(found),
        })  # fmt: skip
    return rows


def _share(record: Record) -> float:
    return record["successes"] / record["trials"]


def _judged(value: float, limit: float) -> dict[str, Any]:
    return {"limit": limit, "passed": value >= limit}


def _cells(row: Row) -> list[str]:
    return [
        percent(row["worst"], interval=True), str(row["seed"]), str(row["falls"]), str(row["stuck"]),
        f"{100 * row['mean']:.0f}", "pass" if row["passed"] else "FAIL",
    ]  # fmt: skip


def _verdicts(rows: Sequence[Row], tasks: Sequence[str]) -> str:
    """How many limits each task reaches, and which it does not."""
    lines = []
    for task in tasks:
        judged = [row for row in rows if row["task"] == task and "limit" in row]
        missed = [_place(row) for row in judged if not row["passed"]]
        trainings = max((row["trainings"] for row in judged), default=0)
        noun = "training" if trainings == 1 else "trainings"
        text = f"{task}, {trainings} {noun}: {len(judged) - len(missed)} of {len(judged)} limits reached"
        lines.append(text + (f"; not {', '.join(missed)}" if missed else ""))
    return "\n".join(lines)


def _place(row: Row) -> str:
    where = f"{row['size']:.2f} m" if row["limit"] in LIMITS else f"level {row['level']}"
    return f"{row['terrain'].replace('_', ' ')} {where} ({100 * row['worst']['value']:.0f} %)"


def _of_trials(rows: Sequence[Row]) -> str:
    counts = sorted({row["worst"]["trials"] for row in rows})
    return f", of {' or '.join(map(str, counts))} trials each"
