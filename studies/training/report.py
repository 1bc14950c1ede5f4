"""What the trainings of a study came to: a table, numbers, and curves over levels or samples."""

import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

from matplotlib.figure import Figure

from legged_gym.config.fields import MOST, Bounds, Length, Name, NonNegative, Share
from legged_gym.config.io import load_json
from legged_gym.config.quantities import SmallCount
from legged_gym.evaluation.statistics import Rate, rate
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_picture
from studies.results import check_values, require_printable, taking_up
from studies.tables import number, percent, table
from studies.training.point import Point
from studies.training.queue import result_file

EASY_LEVELS = 7
"""Levels 0-6, on which the record is to be 95 % on every type."""
ERROR, NO_FALL = 0.2, 0.98
"""Criterion on a plane: velocity error, m/s, and share of episodes without a fall."""
WALKING = 0.4
"""Velocity error of robots in training, m/s, below which they walk: half of what they have who stand."""

_SO_FAR: dict[str, Any] = dict.fromkeys(("samples", "seconds", "learning"), Annotated[float, Bounds(0, 1e15)])
JUDGED: dict[str, Any] = _SO_FAR | {
    "marks": Annotated[list[Name], Length(1, 1000)],
    "lin_vel_error": NonNegative,
    "fall_rate": Share,
    "success": dict[str, list[Share]],
    "trials": dict[str, list[Annotated[int, Bounds(1, MOST)]]],
}
"""What a judgement holds, as far as it is read here."""
TRAINED: dict[str, Any] = {"sharing": SmallCount, "device": Name, "finished": bool}
"""The same of a training."""
TRACED: dict[str, Any] = _SO_FAR | {"error": NonNegative}
"""The same of a place of a trace; None stands for what was not finite."""

logger = logging.getLogger(__name__)

Row = dict[str, Any]


def load(points: Sequence[Point], folder: Path) -> dict[str, dict[str, Any]]:
    """The results that there are, by the names of their points; one that cannot be read is told, and is none of them.

    Raises:
        UserError: one is of another training.
    """
    results = {point.name: _read(file, point) for point in points if (file := result_file(folder, point)).exists()}
    return {name: result for name, result in results.items() if result is not None}


def _read(file: Path, point: Point) -> dict[str, Any] | None:
    """A result of a training, of which tables can be made."""
    identity = point.identity()
    try:
        result = load_json(file)
        with taking_up(str(file), "studies.training"):
            found = {name: result[name] for name in identity}
            _check(result)
    except UserError as error:
        logger.warning("%s: it counts as not there", error)
        return None
    for name, value in identity.items():
        if found[name] != value:
            raise UserError(f"{file} is of another training: its {name} is not that of the study; remove it")
    return result


def _check(result: dict[str, Any]) -> None:
    """See that tables can be made of a result."""
    check_values(result, TRAINED)
    require_printable(result["device"])
    for judged in result["judged"]:
        check_values(judged, JUDGED)
    for place in result.get("trace", []):
        check_values({name: value for name, value in place.items() if value is not None}, TRACED)
    text("", rows([result]))
    beginnings_text(beginnings([result]))


def rows(results: Sequence[dict[str, Any]]) -> list[Row]:
    """A row for each variant, mark and name of a device: what each seed came to, and the worst of them.

    On a map `success` has for each seed the mean over types by level, `easy` and `hardest` the least over types of the
    success on levels 0-6 and on the last level, and `interval` those of 95 % of the worst of both; on a plane there are
    `error`, m/s, and `no_fall`. `samples`, `seconds` and `learning` are means; seconds are None where one of the
    trainings shared its GPU.
    """
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for result in results:
        for judged in result["judged"]:
            for mark in judged["marks"]:
                training = {"seed": result["seed"], "is_alone": _is_alone(result)}
                found.setdefault((result["variant"], mark, result["device"]), []).append(judged | training)
    return [_row(*key, trainings) for key, trainings in found.items()]


def _row(variant: str, mark: str, device: str, trainings: Sequence[dict[str, Any]]) -> Row:
    trainings = sorted(trainings, key=lambda judged: judged["seed"])
    row: Row = {"variant": variant, "mark": mark, "device": device}
    row["seeds"] = [judged["seed"] for judged in trainings]
    row["samples"] = _mean([judged["samples"] for judged in trainings])
    are_alone = all(judged["is_alone"] for judged in trainings)
    for unit in ("seconds", "learning"):
        row[unit] = _mean([judged[unit] for judged in trainings]) if are_alone else None
    if "success" not in trainings[0]:
        row["error"] = [judged["lin_vel_error"] for judged in trainings]
        row["no_fall"] = [1.0 - judged["fall_rate"] for judged in trainings]
        row["worst"] = [max(row["error"]), min(row["no_fall"])]
        row["reached"] = max(row["error"]) <= ERROR and min(row["no_fall"]) >= NO_FALL
        return row
    tables = [list(judged["success"].values()) for judged in trainings]
    row["success"] = [[_mean(levels) for levels in zip(*kinds, strict=True)] for kinds in tables]
    row["worst"], row["interval"] = [], []
    for name, levels in (("easy", slice(EASY_LEVELS)), ("hardest", slice(-1, None))):
        least = [_least(judged, levels) for judged in trainings]
        row[name] = [share.value for share in least]
        row["worst"].append(min(least).value)
        row["interval"].append([min(least).low, min(least).high])
    return row


def _least(judged: dict[str, Any], levels: slice) -> Rate:
    """The least success on some levels together, over terrain types."""
    rates = []
    for kind, shares in judged["success"].items():
        trials = judged["trials"][kind][levels]
        successes = sum(share * count for share, count in zip(shares[levels], trials, strict=True))
        rates.append(rate(round(successes), sum(trials)))
    return min(rates)


def _is_alone(result: dict[str, Any]) -> bool:
    """Whether a training's seconds are its own."""
    return result.get("sharing", 1) == 1


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _labels(rows: Sequence[Row]) -> list[str]:
    """The variant of each row, with its device where there are several."""
    several = len({row["device"] for row in rows}) > 1
    return [f"{row['variant']} on {row['device']}" if several else row["variant"] for row in rows]


def text(title: str, rows: Sequence[Row]) -> str:
    """The rows as a table; worst of the seeds, with its 95 % interval on a map."""
    on_map = any("success" in row for row in rows)
    judged = ["levels 0-6, %", "last level, %", "all, %"] if on_map else ["error, m/s", "no fall, %", "reached"]
    header = ["variant", "at", "seeds", "Msamples", "s", "learning, s", *judged]
    lines = [[label, *_cells(row)] for label, row in zip(_labels(rows), rows, strict=True)]
    return table(f"{title}: worst of the seeds, least over terrain types", header, lines)


def _cells(row: Row) -> list[str]:
    if "success" in row:
        cells = [
            percent({"value": value, "low": low, "high": high}, interval=True)
            for value, (low, high) in zip(row["worst"], row["interval"], strict=True)
        ]
        cells.append(percent({"value": min(_mean(levels) for levels in row["success"])}))
    else:
        cells = [number(row["worst"][0]), number(row["worst"][1], 1, 100.0), "yes" if row["reached"] else "no"]
    sizes = number(row["samples"], 1, 1e-6), number(row["seconds"], 0), number(row["learning"], 0)
    return [row["mark"], str(len(row["seeds"])), *sizes, *cells]


def beginnings(results: Sequence[dict[str, Any]]) -> list[Row]:
    """Of each variant on a plane and device, when its robots have begun to walk and when they reach the criterion.

    `walking` has for each seed million samples and seconds after which the error of the robots in training stays below
    `WALKING`, `reached` those of the judgement from which on all reach the criterion; None where that is never, and
    infinite seconds where a training shared its GPU.
    """
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for result in sorted(results, key=lambda result: result["seed"]):
        if "success" not in result["judged"][0]:
            found.setdefault((result["variant"], result["device"]), []).append(result)
    return [
        {
            "variant": variant,
            "device": device,
            "seeds": [training["seed"] for training in trainings],
            "walking": [_place(training, _from_then_on(training["trace"], _walks)) for training in trainings],
            "reached": [_place(training, _from_then_on(training["judged"], _reaches)) for training in trainings],
        }
        for (variant, device), trainings in found.items()
    ]


def _from_then_on(
    course: Sequence[dict[str, float]], holds: Callable[[dict[str, float]], bool]
) -> dict[str, float] | None:
    """The first place of a course from which on something holds; None if it does not at the end."""
    place = None
    for now in reversed(course):
        if not holds(now):
            break
        place = now
    return place


def _walks(now: dict[str, Any]) -> bool:
    return now["error"] is not None and now["error"] < WALKING


def _reaches(judged: dict[str, Any]) -> bool:
    return judged["lin_vel_error"] <= ERROR and judged["fall_rate"] <= 1.0 - NO_FALL


def _place(training: dict[str, Any], now: dict[str, float] | None) -> tuple[float, float] | None:
    if now is None:
        return None
    return 1e-6 * now["samples"], now["seconds"] if _is_alone(training) else math.inf


def beginnings_text(rows: Sequence[Row]) -> str:
    """The rows as a table; the last of the seeds, and `-` where one never does."""
    header = ["variant", "seeds", "walking at Msamples", "s", "criterion at Msamples", "s"]
    rows = sorted(rows, key=lambda row: _order(row["reached"]) + _order(row["walking"]))
    lines = [
        [label, str(len(row["seeds"])), *_last(row["walking"]), *_last(row["reached"])]
        for label, row in zip(_labels(rows), rows, strict=True)
    ]
    return table("When the last of the seeds walks, and when it reaches the criterion, soonest first", header, lines)


def _last(places: Sequence[tuple[float, float] | None]) -> list[str]:
    samples, seconds = _order(places)
    return ["-" if value == math.inf else number(value, digits) for value, digits in ((samples, 2), (seconds, 0))]


def _order(places: Sequence[tuple[float, float] | None]) -> tuple[float, float]:
    return max((math.inf, math.inf) if place is None else place for place in places)


def draw(rows: Sequence[Row], path: Path) -> None:
    """Curves with bands from the worst to the best seed: success by level at each mark, or error over samples."""
    on_map = any("success" in row for row in rows)
    marks = list(dict.fromkeys(row["mark"] for row in rows)) if on_map else [""]
    labels = _labels(rows)
    figure = Figure(figsize=(6.0 * len(marks), 4.2), layout="constrained")
    axes = figure.subplots(1, len(marks), squeeze=False, sharey=True)
    for axis, mark in zip(axes[0], marks, strict=True):
        for color, label in enumerate(dict.fromkeys(labels)):
            chosen = [row for own, row in zip(labels, rows, strict=True) if own == label and mark in ("", row["mark"])]
            if not chosen:
                continue
            if on_map:
                places, seeds = range(len(chosen[0]["success"][0])), list(zip(*chosen[0]["success"], strict=True))
            else:
                places, seeds = [row["samples"] / 1e6 for row in chosen], [row["error"] for row in chosen]
            middle = [_mean(values) for values in seeds]
            axis.plot(places, middle, label=label, color=f"C{color % 10}", linestyle="-:"[color // 10 % 2])
            axis.fill_between(places, list(map(min, seeds)), list(map(max, seeds)), color=f"C{color % 10}", alpha=0.12)
        axis.set_title(mark)
        axis.set_xlabel("level" if on_map else "million samples")
    axes[0][0].set_ylabel("success, mean over types" if on_map else "velocity error, m/s")
    axes[0][-1].legend(fontsize=7)
    write_picture(path, figure, dpi=120)
