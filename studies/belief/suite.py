"""The whole evaluation: which cells each part needs, one environment for each map to measure them, and the summary."""

import copy
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from legged_gym.config.fields import Bounds, Distinct, Entries, Name, NonNegative, PositiveInt
from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.terrain.columns import column_types
from legged_gym.utils.seeding import set_seed
from studies.belief import architecture, crossing, gate_ablation, held_out, maps, probes, rollout, success
from studies.belief.cells import CELL, RECORD, Plan, Record, Records, merged
from studies.belief.conditions import CONDITIONS, DECLARED
from studies.belief.multi_policy import MultiPolicy
from studies.belief.policies import PolicyFile
from studies.belief.robot import TrialRobot
from studies.results import ORIGIN, check_policies, check_trials, check_values

logger = logging.getLogger(__name__)

GATE_ABLATION, ARCHITECTURE, SUCCESS, PROBES, HELD_OUT = PARTS = (1, 2, 3, 4, 5)
CROSSING = 6
"""The part of tasks with ways across, on whose map a blind robot does not get far; the others' map is ordinary."""


MEASURED: dict[str, Any] = ORIGIN | {
    "parts": Annotated[list[Annotated[int, Bounds(GATE_ABLATION, CROSSING)]], Distinct()],
    "trials": PositiveInt,
    "policies": dict[str, dict[str, Any]],
    "conditions": dict[str, dict[str, Any]],
    "records": Annotated[dict[str, Any], Entries(standard=list[Any], steps=list[Any])],
    "seconds": dict[str, NonNegative],
}
"""What the suite measures, as plain data."""
POLICY: dict[str, Any] = {"file": Name, "sees_noisy_map": bool}
"""Of one policy."""


def check(data: dict[str, Any]) -> None:
    """See that what was measured is of trials.

    Raises:
        ValueError: it is not.
    """
    check_values(data, MEASURED)
    for name, policy in data["policies"].items():
        check_values({"policy": name, **policy}, RECORD | POLICY)
    for name, condition in data.get("conditions", {}).items():
        check_values({"condition": name, **condition}, RECORD | DECLARED)
    for records in data["records"].values():
        check_trials(records, RECORD, CELL)
        check_policies(records, data["policies"])


@dataclass
class Suite:
    """What to evaluate, and where."""

    policies: dict[str, PolicyFile]
    """Policies by name; teacher and student at least."""
    env_cfg: PerceptiveCfg
    """Configuration with `trials.evaluation_settings`: its map is the standard one, and `env.num_envs` the most
    environments at a time."""
    device: str
    seed: int
    trials: int
    """Number of trials of each cell; half as many of cells with held-out noise, whose success is pooled over many."""
    parts: tuple[int, ...] = PARTS
    robot: type[TrialRobot] = TrialRobot
    """The environment of the trials."""

    def measure(self) -> dict[str, Any]:
        """Run all trials.

        Returns:
            Plain data: `parts`, `trials`, `policies`, `conditions`, `records` of the maps `standard` and `steps`,
            `probes`, and the `seconds` each map took.
        """
        seconds: dict[str, float] = {}

        def timed(name: str, walk: Callable[..., Any], *args: Any) -> Any:
            start = time.perf_counter()
            result = walk(*args)
            seconds[name] = round(time.perf_counter() - start, 1)
            logger.info("%s: %.0f s", name, seconds[name])
            return result

        standard = timed("standard", self._walk, self._standard_plan(), lambda terrain: None)
        stairs = timed("stairs", self._walk, self._step_plan(["stairs_up", "stairs_down"]), maps.stairs)
        discrete = timed("discrete", self._walk, self._step_plan(["discrete"]), maps.discrete)
        probed = timed("probes", self._probe) if PROBES in self.parts else {}
        blind = self._blind()
        return {
            "parts": list(self.parts),
            "trials": self.trials,
            "policies": {
                name: {"file": file.path.name, "sees_noisy_map": name not in blind}
                for name, file in self.policies.items()
            },
            "conditions": {name: asdict(condition) for name, condition in CONDITIONS.items()},
            "records": {"standard": standard, "steps": stairs + discrete},
            "probes": probed,
            "seconds": seconds,
        }

    def _blind(self) -> list[str]:
        """Policies that no noise of the map reaches."""
        return [name for name, file in self.policies.items() if not file.sees_noisy_map(self.env_cfg)]

    def _standard_plan(self) -> Plan:
        terrain, names = self.env_cfg.terrain, list(self.policies)
        terrains = list(dict.fromkeys(column_types(terrain.terrain_proportions, terrain.num_cols)))
        levels = list(range(terrain.num_rows))
        plans = {
            GATE_ABLATION: gate_ablation.plan(names, terrains, levels, self.trials),
            SUCCESS: success.map_plan(names, terrains, levels, self.trials),
            HELD_OUT: held_out.plan(names, terrains, levels, max(1, self.trials // 2)),
            CROSSING: crossing.plan(names, terrains, levels, self.trials),
        }
        return merged((plan for part, plan in plans.items() if part in self.parts), self._blind())

    def _step_plan(self, terrains: list[str]) -> Plan:
        names = list(self.policies)
        plans = {
            ARCHITECTURE: architecture.plan(names, terrains, self.trials),
            SUCCESS: success.height_plan(names, terrains, self.trials),
        }
        return merged((plan for part, plan in plans.items() if part in self.parts), self._blind())

    def _walk(self, plan: Plan, change_map: Callable[[Any], None]) -> list[Record]:
        """Measure the cells of a plan on one map."""
        if not plan:
            return []
        cfg = copy.deepcopy(self.env_cfg)
        change_map(cfg.terrain)
        names = {cell.policy for cell in plan}
        cfg.env.num_envs = max(len(names), min(cfg.env.num_envs, sum(plan.values())))
        env = self._make_env(cfg)
        env.assign(plan)
        totals = rollout.run(env, self._multi_policy(env))
        env.close()
        return rollout.summarize(env.batch, totals)

    def _probe(self) -> dict[str, Any]:
        plan = probes.plan(list(self.policies), self.trials)
        cfg = copy.deepcopy(self.env_cfg)
        probes.prepare(cfg)
        cfg.env.num_envs = sum(plan.values())
        env = self._make_env(cfg)
        probes.begin(env, plan)
        multi_policy = self._multi_policy(env)
        watch = probes.Watch(env, multi_policy)
        totals = rollout.run(env, multi_policy, watch)
        env.close()
        return probes.summarize(env, multi_policy, watch.trace, rollout.summarize(env.batch, totals))

    def _make_env(self, cfg: PerceptiveCfg) -> TrialRobot:
        set_seed(self.seed)
        return self.robot(cfg, self.device, self.seed)

    def _multi_policy(self, env: TrialRobot) -> MultiPolicy:
        return MultiPolicy({name: file.build(env) for name, file in self.policies.items()}, env)


def summarize(data: dict[str, Any]) -> dict[str, Any]:
    """The parts' results from what was measured, to be added to it.

    Keys: `gate_ablation`, `architecture`, `success_by_height`, `standard_map`, `targets`, `held_out`,
    `crossing`.
    """
    parts = data["parts"]
    blind = [name for name, policy in data["policies"].items() if not policy["sees_noisy_map"]]
    standard, steps = (Records(data["records"][name], blind) for name in ("standard", "steps"))
    result: dict[str, Any] = {}
    if GATE_ABLATION in parts:
        result["gate_ablation"] = gate_ablation.summarize(standard)
    if ARCHITECTURE in parts:
        result["architecture"] = architecture.summarize(steps)
    if SUCCESS in parts:
        result["success_by_height"] = success.summarize_heights(steps)
        result["standard_map"] = success.summarize_map(standard)
        result["targets"] = success.targets(standard, result.get("gate_ablation"))
    if HELD_OUT in parts:
        result["held_out"] = held_out.summarize(standard)
    if CROSSING in parts:
        result["crossing"] = crossing.summarize(standard)
        result["targets"] = result.get("targets", []) + crossing.targets(standard)
    return result


def report(data: dict[str, Any]) -> str:
    """All tables."""
    reports: dict[str, Callable[[Any], str]] = {
        "gate_ablation": gate_ablation.report,
        "architecture": architecture.report,
        "success_by_height": success.report_heights,
        "standard_map": success.report_map,
        "probes": probes.report,
        "held_out": held_out.report,
        "crossing": crossing.report,
        "targets": success.report_targets,
    }
    return "\n\n".join(write(data[key]) for key, write in reports.items() if data.get(key))
