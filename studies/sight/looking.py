"""Whether a policy uses its map: what it loses under each control."""

from collections.abc import Sequence
from typing import Any

from legged_gym.evaluation.statistics import Rate, rate
from studies.sight.controls import GOOD, SWAPPED
from studies.sight.walk import Record
from studies.tables import percent, table

LITTLE = 0.3
"""Success on the good map below which there is too little to lose."""
SAME = 0.1
"""Smaller losses are none."""
LOOKS, BLIND, FAILS, UNTOLD = "looks", "does not look", "fails", "untold"
"""Verdicts."""

Summary = dict[str, Any]
"""Of a policy: `policy`, `task`, `seed`; `success` by control and terrain type, rates as plain data; `size` of each
type, m; and the `verdict` on each."""


def summarize(records: Sequence[Record]) -> list[Summary]:
    """One summary for each policy."""
    result = []
    for name in dict.fromkeys(record["policy"] for record in records):
        own = [record for record in records if record["policy"] == name]
        success: dict[str, dict[str, Any]] = {}
        for record in own:
            found = rate(record["successes"], record["trials"])
            success.setdefault(record["control"], {})[record["terrain"]] = found._asdict()
        result.append({
            "policy": name, "task": own[0]["task"], "seed": own[0]["seed"], "success": success,
            "size": {record["terrain"]: record["size"] for record in own},
            "verdict": {
                terrain: verdict(Rate(**success[GOOD][terrain]), Rate(**success[SWAPPED][terrain]))
                for terrain in success[GOOD]
            },
        })  # fmt: skip
    return result


def verdict(good: Rate, swapped: Rate) -> str:
    """Whether success under the map of another robot is lower: beyond both 95 % intervals, or hardly at all."""
    if swapped.high < good.low:
        return LOOKS
    if good.value < LITTLE:
        return FAILS
    return BLIND if good.value - swapped.value < SAME else UNTOLD


def report(summaries: Sequence[Summary]) -> str:
    """A table and the verdicts of each policy."""
    return "\n\n".join(map(_report, summaries))


def _report(summary: Summary) -> str:
    success, sizes = summary["success"], summary["size"]
    header = ["control", *(f"{terrain.replace('_', ' ')} {size:.2f} m" for terrain, size in sizes.items())]
    lines = [
        [control, *(percent(rates[terrain], interval=control in (GOOD, SWAPPED)) for terrain in sizes)]
        for control, rates in success.items()
    ]
    trials = next(iter(success[GOOD].values()))["trials"]
    title = f"is the map used? {summary['task']}, seed {summary['seed']}: success, %, of {trials} trials each"
    return "\n".join([table(title, header, lines), *(_sentence(summary, terrain) for terrain in sizes)])


def _sentence(summary: Summary, terrain: str) -> str:
    good, swapped = (summary["success"][control][terrain] for control in (GOOD, SWAPPED))
    losses = f"{percent(good)} % with its own map, {percent(swapped)} % with another robot's"
    meaning = {
        LOOKS: "the policy looks",
        BLIND: "the policy DOES NOT LOOK",
        FAILS: "too little success to lose",
        UNTOLD: "too few trials to tell",
    }[summary["verdict"][terrain]]
    return f"  {terrain.replace('_', ' ')}: {meaning} ({losses})"
