"""The examples of CONTRIBUTING.md are true."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import legged_gym
from legged_gym import tasks
from legged_gym.terrain import kinds


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What an example registers is forgotten."""
    yield
    tasks.TASKS.pop("my_robot", None)
    kinds.KINDS.pop("waves", None)
    kinds.GENERATORS._entries.pop("waves", None)


def test_a_reward_a_task_and_a_terrain_type():
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
    reward, task, terrain = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {"__name__": __name__}
    for example in (reward, task, terrain):
        exec(example, names)
    env = names["env"]
    env.root_states[:, 2] = torch.where(torch.arange(env.num_envs) < 3, 0.51, 0.49)
    assert env._reward_high_base().sum() == 3.0 and env.cfg.rewards.scales.high_base == 0.1
    env.close()

    small = {"terrain.terrain_proportions": {"waves": 1.0}, "terrain.num_rows": 2, "terrain.num_cols": 1}
    rough = legged_gym.make("go2_rough", num_envs=2, device="cpu", **small)
    assert set(rough.terrain.type_names) == {"waves"}
    assert float(rough.terrain.heights.max()) == pytest.approx(0.1 * 0.5, abs=1e-3)  # levels of difficulty 0 and 0.5
    rough.close()
