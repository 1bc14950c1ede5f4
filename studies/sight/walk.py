"""Walk policies over a ground, and count what comes of it."""

import argparse
import copy
import logging
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated, Any

import torch

from legged_gym.config.fields import NonNegative, OneOf
from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import Settings, set_fields
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation.cells import by_cell
from legged_gym.evaluation.trials import Trials, evaluation_settings, run_trials, spread_over_tiles
from legged_gym.runs.configure import place_run, trained_settings, unlearning
from legged_gym.sim.devices import Placement
from legged_gym.tasks import all_tasks, make_runner
from legged_gym.terrain.columns import column_types
from legged_gym.utils.seeding import set_seed
from studies.results import ORIGIN
from studies.sight.controls import CONTROLS, GOOD
from studies.sight.grounds import Ground
from studies.sight.policies import PolicyFile
from studies.sight.wrong_map import Misled, WrongMap, strangers

logger = logging.getLogger(__name__)

Record = dict[str, Any]
"""What came of the trials of a policy on a terrain type and level: `policy`, `task`, `seed`, `ground`, `control`,
`terrain`, `level`, `size` (m; None: the type has none), and the numbers of a `Cell`; plain data."""
Size = NonNegative | None
RECORD: dict[str, Any] = ORIGIN | {"control": Annotated[str, OneOf(*CONTROLS)], "size": Size}
"""What a record holds beside the numbers of a `Cell`, as far as it is not any name."""
CELL = ("policy", "control", "terrain", "level")
"""What tells the records of a ground from each other."""
SEED = 1
"""Default seed of the trials and of the map: the same for all policies, whatever they were trained with."""
TRIALS_GPU, TRIALS_CPU = 100, 10
"""Default number of trials of each cell."""


def walk(args: argparse.Namespace, policies: Sequence[PolicyFile], ground: Ground) -> Iterator[Record]:
    """The records of policies on one ground; those whose environments are alike share one."""
    settled = [(policy, _settings(args, policy, ground)) for policy in policies]
    for (task, _), group in groupby(settled, key=lambda pair: (pair[0].task, class_to_dict(pair[1].env_cfg))):
        alike = list(group)
        settings = alike[0][1]
        placement = place_run(args, settings)
        seed = set_seed(SEED if args.seed is None else args.seed)
        env = _make_env(task, settings, placement, ground, _trials(args, placement), seed)
        for policy, own in alike:
            start = time.perf_counter()
            runner = make_runner(env, own.train_cfg, None, placement.rl_device)
            runner.load(policy.path, load_optimizer=False, resume=False)
            set_seed(seed)
            trials = run_trials(env, runner.get_inference_policy(placement.sim_device))
            logger.info("%s, %s: %.0f s", policy.name, ground.name, time.perf_counter() - start)
            for record in records(env, trials, ground.controls):
                yield {"policy": policy.name, "task": task, "seed": policy.seed, "ground": ground.name, **record}
        env.close()


def records(env: LeggedRobot, trials: Trials, controls: Sequence[str]) -> Iterator[Record]:
    """What came of one policy's trials: the fields of `Record` from `control` on."""
    sizes, number = env.terrain.sizes(), control_of(env.num_envs, len(controls), env.device)
    for index, control in enumerate(controls):
        for terrain, row in by_cell(env, trials, number == index).items():
            for level, cell in enumerate(row):
                size = round(sizes[terrain][level], 4) if terrain in sizes else None
                yield {"control": control, "terrain": terrain, "level": level, "size": size, **cell._asdict()}


def control_of(num_envs: int, controls: int, device: torch.device) -> torch.Tensor:
    """The number of each environment's control [N]: as many one after the other as there are trials of it."""
    return torch.arange(num_envs, device=device) * controls // num_envs


def _settings(args: argparse.Namespace, policy: PolicyFile, ground: Ground) -> Settings:
    def mode(cfg: Any, train_cfg: Any) -> dict[str, Any]:
        there = copy.deepcopy(cfg)
        set_fields(ground.settings, there)
        return {**unlearning(train_cfg), **ground.settings, **evaluation_settings(there)}

    return trained_settings(args, policy.task, policy.path, mode)


def _trials(args: argparse.Namespace, placement: Placement) -> int:
    return args.trials or (TRIALS_CPU if placement.sim_device == "cpu" else TRIALS_GPU)


def _make_env(task: str, settings: Settings, placement: Placement, ground: Ground, trials: int, seed: int) -> Misled:
    """The environment with `trials` robots on each terrain type and level under each control."""
    cfg = settings.env_cfg
    terrain = cfg.terrain
    kinds = set(column_types(terrain.terrain_proportions, terrain.num_cols))
    cfg.env.num_envs = trials * len(kinds) * terrain.num_rows * len(ground.controls)
    cfg.sim.engine = placement.engine
    env_class = all_tasks()[task].env_class
    misled: type[Misled] = type(f"Misled{env_class.__name__}", (Misled, env_class), {})
    env = misled(cfg, placement.sim_device, seed)
    if ground.controls != (GOOD,):
        mislead(env, ground.controls)
    return env


def mislead(env: Misled, names: Sequence[str]) -> None:
    """Give the robots the maps of controls, in equal parts one after the other; before the first step."""
    spread_over_tiles(env)
    numbers: list[int] = control_of(env.num_envs, len(names), env.device).tolist()
    controls = [CONTROLS[names[number]] for number in numbers]
    order = {name: index for index, name in enumerate(dict.fromkeys(env.terrain.type_names))}
    kinds = torch.tensor([order[name] for name in env.terrain.type_names], device=env.device)
    swapped = torch.tensor([control.swapped for control in controls], device=env.device)
    env.mislead(WrongMap(env, controls, strangers(kinds[env.terrain_curriculum.types], swapped)))
