"""What a sweep has found: a table, the best settings as a command, the importance of parameters, and all as files."""

import csv
import io
import logging
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from matplotlib.figure import Figure
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from legged_gym.sweeps.candidate_queue import ERROR, HOST, INTERRUPTED, RERUN_OF, RUN
from legged_gym.sweeps.optuna_backend import IDENTITY
from legged_gym.sweeps.space import overrides
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_file, write_json, write_picture

TABLE_FILE, JSON_FILE, IMPORTANCE_FILE = "candidates.csv", "candidates.json", "importance.png"

MIN_FOR_IMPORTANCE = 4
"""Finished candidates below which nothing can be said about the parameters."""

logger = logging.getLogger(__name__)


def report(study: optuna.Study, folder: Path) -> str:
    """Write `candidates.csv`, `candidates.json` and `importance.png` into a folder, and tell the same as text.

    Raises:
        UserError: the folder cannot be written.
    """
    rows = [_row(candidate) for candidate in study.trials]
    shares = importances(study)
    metric = study.user_attrs[IDENTITY]["sweep"]["metric"]["name"]
    command = best_command(study)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}") from error
    _write_csv(rows, folder / TABLE_FILE)
    if shares:
        _plot(shares, metric, folder / IMPORTANCE_FILE)
    data = {"metric": metric, "best_command": command, "importances": shares, "candidates": rows}
    write_json(folder / JSON_FILE, data, indent=2)

    parts = [_table(rows, metric, study.direction == optuna.study.StudyDirection.MAXIMIZE)]
    if shares:
        parts.append("importance: " + ", ".join(f"{key} {100 * share:.0f} %" for key, share in shares.items()))
    parts.append(f"best: {command}" if command else "no candidate has finished yet")
    parts.append(f"files: {folder}")
    return "\n\n".join(parts)


def best_command(study: optuna.Study) -> str | None:
    """The command that trains as the best candidate did; None if none has finished."""
    if not study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]):
        return None
    settings = [text for override in overrides(study.best_params) for text in ("--set", override)]
    return shlex.join(["rp-train", *study.user_attrs[IDENTITY]["train"], *settings])


def importances(study: optuna.Study) -> dict[str, float]:
    """Each parameter's share in what decides the metric, largest first (PED-ANOVA, Watanabe et al. 2023).

    Empty if too few candidates have finished, or they differ in one parameter at most.
    """
    finished = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    varied = {key for candidate in finished for key, values in candidate.distributions.items() if not values.single()}
    if len(finished) < MIN_FOR_IMPORTANCE or len(varied) < 2:
        return {}
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(), params=sorted(varied))


def _row(candidate: FrozenTrial) -> dict[str, Any]:
    duration = candidate.duration
    return {
        "candidate": candidate.number,
        "state": _state(candidate),
        "value": candidate.value if candidate.state in (TrialState.COMPLETE, TrialState.PRUNED) else None,
        "minutes": None if duration is None else round(duration.total_seconds() / 60, 2),
        "parameters": candidate.params,
        "run": candidate.user_attrs.get(RUN),
        "host": candidate.user_attrs.get(HOST),
        "rerun_of": candidate.user_attrs.get(RERUN_OF),
        "error": candidate.user_attrs.get(ERROR),
    }


def _state(candidate: FrozenTrial) -> str:
    names = {TrialState.COMPLETE: "done", TrialState.PRUNED: "ended early"}
    if candidate.state != TrialState.FAIL:
        return names.get(candidate.state, candidate.state.name.lower())
    if ERROR in candidate.user_attrs:
        return "crashed"
    return "interrupted" if INTERRUPTED in candidate.user_attrs else "lost"


def _write_csv(rows: list[dict[str, Any]], path: Path) -> None:
    keys = list(dict.fromkeys(key for row in rows for key in row["parameters"]))
    columns = [column for column in (rows[0] if rows else {}) if column != "parameters"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*columns, *keys])
    for row in rows:
        writer.writerow([*(row[column] for column in columns), *(row["parameters"].get(key) for key in keys)])
    write_file(path, text.getvalue().encode())


def _table(rows: list[dict[str, Any]], metric: str, maximize: bool) -> str:
    """The candidates, best first, with the last part of each key for a title."""

    def badness(row: dict[str, Any]) -> tuple[bool, float]:
        value = math.inf if row["value"] is None else (-row["value"] if maximize else row["value"])
        return row["state"] != "done", value

    keys = list(dict.fromkeys(key for row in rows for key in row["parameters"]))
    lines = [["candidate", "state", metric, "min", *(key.rpartition(".")[2] for key in keys), "what"]]
    for row in sorted(rows, key=badness):
        values = (row["parameters"].get(key) for key in keys)
        what = row["run"] or ""
        if row["error"]:
            what = row["error"].splitlines()[-1]
        lines.append([*map(_cell, (row["candidate"], row["state"], row["value"], row["minutes"], *values)), what])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _plot(shares: Mapping[str, float], metric: str, path: Path) -> None:
    figure = Figure(figsize=(7.0, 1.2 + 0.35 * len(shares)), layout="constrained")
    axes = figure.subplots()
    names = list(shares)[::-1]
    bars = axes.barh(names, [100 * shares[name] for name in names], color="tab:blue")
    axes.bar_label(bars, fmt="%.0f", padding=3)
    axes.set_xlabel(f"share in what decides {metric}, %")
    axes.margins(x=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    write_picture(path, figure, dpi=150)
