"""The suite as a program: what `evaluate.py --suite=sight` does."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from legged_gym.config.fields import Name, OneOf
from legged_gym.config.io import load_json
from legged_gym.evaluation.cells import Cell
from legged_gym.sim.devices import use_available_cores
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder, write_json
from studies.flags import refuse, refuse_measuring
from studies.parts import chosen_parts
from studies.results import ORIGIN, check_policies, check_trials, check_values, taking_up
from studies.sight import figures, judgement, looking
from studies.sight.grounds import crossings, looked_at, rough
from studies.sight.policies import find_policies
from studies.sight.walk import CELL, RECORD, Record, walk

CROSSINGS, ROUGH, LOOKING = PARTS = (1, 2, 3)
SUMMARIZERS: dict[str, Callable[[list[Record]], list[dict[str, Any]]]] = {
    "crossings": judgement.summarize_crossings,
    "rough": judgement.summarize_rough,
    "controls": looking.summarize,
}
"""What makes the results of the records of each ground."""
FIELDS = {"policy", "task", "seed", "control", "terrain", "level", "size", *Cell._fields}
"""What tables are made of in a record."""


def run(args: argparse.Namespace) -> None:
    """Measure, or read what was measured; print the tables, write the data, draw the figure.

    Args:
        args: flags of evaluate.py.

    Raises:
        UserError: a flag of another suite.
    """
    if args.from_json:
        refuse_measuring(args)
    refuse(args, ("logs", "num_envs", "load_run", "experiment_name"), "not of --suite=sight, which takes --trials")
    if args.checkpoints:
        refuse(args, ("policies",), "--checkpoint names the policies")
    folder = output_folder(args.plot) if args.plot else None
    data = _read(Path(args.from_json)) if args.from_json else _measure(args)
    with taking_up(args.from_json, f"--suite={args.suite} --json"):
        _check(data)
        data |= summarize(data["records"])
        text = report(data)
    print(text)
    if args.json:
        write_json(args.json, data)
    if folder and data["crossings"]:
        with taking_up(args.from_json, f"--suite={args.suite} --json"):
            figures.draw(data["crossings"], folder)


def summarize(records: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The parts' results from the records of each ground: `crossings`, `rough`, `controls`."""
    return {name: summarized(records.get(name, [])) for name, summarized in SUMMARIZERS.items()}


def report(data: dict[str, Any]) -> str:
    """All tables."""
    reports = {
        "crossings": judgement.report_crossings,
        "rough": judgement.report_rough,
        "controls": looking.report,
    }
    return "\n\n".join(write(data[name]) for name, write in reports.items() if data[name])


def _measure(args: argparse.Namespace) -> dict[str, Any]:
    """The chosen parts; only policies that see are asked whether they look."""
    parts = chosen_parts(args.parts, PARTS)
    policies = find_policies(args)
    seeing = [policy for policy in policies if policy.sees]
    if parts == (LOOKING,) and not seeing:
        raise UserError(f"--parts={LOOKING} is of policies with a map, and none of these has one")
    use_available_cores()
    grounds = {CROSSINGS: (crossings(), policies), ROUGH: (rough(), policies), LOOKING: (looked_at(), seeing)}
    records = {ground.name: list(walk(args, walkers, ground)) for ground, walkers in (grounds[part] for part in parts)}
    return {
        "suite": args.suite,
        "policies": [
            {"file": policy.name, "task": policy.task, "seed": policy.seed, "sees": policy.sees} for policy in policies
        ],
        "records": records,
    }


def _read(path: Path) -> dict[str, Any]:
    """What an earlier run of the suite wrote."""
    data = load_json(path)
    if not isinstance(data, dict) or data.get("suite") != "sight" or not _are_records(data.get("records")):
        raise UserError(f"{path} was not written by --suite=sight --json")
    return data


def _check(data: dict[str, Any]) -> None:
    """See that results are those of trials.

    Raises:
        ValueError: they are not.
    """
    check_values(data, {"policies": list[dict[str, Any]]})
    for policy in data.get("policies", []):
        check_values(policy, ORIGIN | {"file": Name, "sees": bool})
    for ground, records in data["records"].items():
        check_trials(records, RECORD | {"ground": Annotated[str, OneOf(ground)]}, CELL)
        if "policies" in data:
            check_policies(records, [policy["file"] for policy in data["policies"]], CELL)


def _are_records(records: Any) -> bool:
    """Whether these are the records of trials on each ground: whole, and of one trial at least."""
    rows = records.values() if isinstance(records, dict) and records.keys() <= SUMMARIZERS.keys() else [None]
    return any(rows) and all(
        isinstance(row, list) and all(isinstance(one, dict) and one.keys() >= FIELDS and one["trials"] for one in row)
        for row in rows
    )
